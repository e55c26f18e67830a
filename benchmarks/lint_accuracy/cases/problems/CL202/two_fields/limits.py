DEFAULTS = {"model": "claude-haiku-5-5", "max_tokens": 20000}
