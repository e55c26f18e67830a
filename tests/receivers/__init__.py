"""What receives telemetry in the tests, and programs that send it.

A *receiver* takes OTLP as a backend does: `aspire` is a real one, and `ingest` is a stand-in with the rules of
Honeycomb's endpoint. `silence` is an endpoint that is down. A *program* is an application in a process and a project
of its own, with nothing set but what a test sets.
"""
