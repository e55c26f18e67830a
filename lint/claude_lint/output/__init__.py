"""How a result is shown: one module for each format.

`full` is for people and `table` for what traces add to it; `jsondoc`, `github` and `sarif` are for programs.
"""
