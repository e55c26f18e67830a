"""How a result is shown: one module for each format.

`full` and `concise` are for people, `statistics` counts, and `table` is what traces add; `markdown` is for pages, and
`jsondoc`, `github`, `gitlab`, `junit` and `sarif` are for programs.
"""
