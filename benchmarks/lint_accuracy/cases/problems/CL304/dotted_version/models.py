BEST = "claude-opus-5.5"
