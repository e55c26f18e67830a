import os


class Conf:
    model = os.environ.get("CLAUDE_MODEL", "claude-3-opus-20240229")
    limit = 400
