EVENT = """Read the announcement and respond in JSON format like this:
```json
{"title": "...", "starts": "...", "place": "..."}
```
"""
