"""What a call pays for and does not need, as far as one request and its answer tell.

`request` measures a request without keeping it, `audit` follows the call and says it in attributes of the span:
tools that the answer did not call, documents that it did not cite, requests that were answered before, and how much of
the input is the system prompt. What that comes to in USD, over many calls, `otel_claude.report.wastes` says.
"""
