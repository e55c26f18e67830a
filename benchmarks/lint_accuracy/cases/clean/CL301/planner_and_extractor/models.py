PLANNER = "claude-opus-5-5"
EXTRACTOR = "claude-haiku-5-5"
