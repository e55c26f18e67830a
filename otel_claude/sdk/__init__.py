"""What knows the anthropic SDK: its private names, where it is hooked, and what one of its calls is.

An *API call* is one invocation of an SDK method with its retries and the reading of its response. Since 1.14 the SDK
makes a span for each, and we *enrich* it; for an older one, or where the SDK's spans are switched off, we *emit* a
span of the same name and attributes. A call *settles* when its usage is known for good, or known to be unknown: that
is when it is priced, once.
"""
