"""Public code that the linter was not written beside: `repositories.json` pins it, `judged.json` says what a reader of
each finding made of it.
"""
