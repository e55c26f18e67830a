"""Sends stored spans to an OTLP endpoint, each of them once.

`batches` cuts files into requests, `endpoint` sends one, `journal` remembers how far each file has been sent to each
endpoint, and `sending` does it all. A batch is *in doubt* when it was sent and no answer came: the endpoint may have
taken it or not. Nothing more of its file is sent then until the user says which.
"""
