"""How often the linter is right.

A *case* is a small file or directory with a label: a *problem* has one known mistake, a *clean* case looks like one
and has none. A *report* is what a tool said about a file. A problem is *found* when a report names its rule at the
call or at the cause, and found *at the cause* when it points at what has to be mended. A *false alarm* is a report
about a clean case.

`python -m benchmarks.lint_accuracy` runs the cases, `python -m benchmarks.lint_accuracy.mutation` plants mistakes in
public code, `python -m benchmarks.lint_accuracy.labels` compares with call sites labelled by a reader.
"""
