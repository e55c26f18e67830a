"""Names the feature after what a web framework or a queue runs: the route, or the task. One line each.

Each module is for one framework, and needs nothing of it before it is used.
"""
