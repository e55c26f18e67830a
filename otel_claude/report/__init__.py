"""What calls cost, from the spans of a store.

A *call* is one request to Claude that a model answered, or was asked to: `calls` finds them among spans,
each once; `pricing` says what one cost. `table` groups them, `callsites` measures each line of code that
makes them, `terminal` and `formats` show a table.
"""
