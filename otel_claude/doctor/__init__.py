"""Looks at a setup: what `instrument()` would find here, where the spans would go, and whether they arrive.

A *check* is one thing looked at, with what to do where it is not as it should be. `setup` checks the installation and
the environment, `export` the way to the backend, with one test span, and `asking` asks the backend for that span.
Nothing of the user's program is run, so a provider that it sets in its code is not seen.
"""
