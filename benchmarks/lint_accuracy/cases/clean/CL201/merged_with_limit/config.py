import os

MODELS = {"fast": {"model": "claude-haiku-5-5", "max_tokens": 300}}
LIMIT = int(os.getenv("LIMIT", "1000"))
COMMON = {"system": "You help gardeners."}
