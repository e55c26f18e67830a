DEFAULTS = {"model": "claude-sonnet-5-5", "max_tokens": 700, "timeout": 30.0}
