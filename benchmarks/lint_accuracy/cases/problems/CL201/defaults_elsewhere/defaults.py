DEFAULTS = {
    "model": "claude-sonnet-5-5",
    "stop_sequences": ["</answer>"],
    "timeout": 30.0,
}
