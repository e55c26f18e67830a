MODELS = {"fast": {"model": "claude-haiku-5-5"}, "good": {"model": "claude-sonnet-5-5"}}
COMMON = {"system": "You help gardeners."}
