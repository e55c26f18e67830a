"""What a value can be: expressions, functions, classes, imports and templates, followed without running anything.

The follower is one class in layers, each of which adds what the one below leaves out: expressions (`resolve`), then
operators, comprehensions, methods of values, functions, calls (`knowncalls`, `invoke`), classes, assignments
(`targets`), statements (`flow`) and imports.
"""
