"""What a value can be: expressions, functions, classes, imports and templates, followed without running anything.

The follower is one class in layers, each of which adds what the one below leaves out: expressions (`resolve`), then
operators, methods of values, functions, calls, classes, statements (`flow`) and imports.
"""
