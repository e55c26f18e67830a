"""Why the prompt cache missed: what each call could have read, and why it did not.

A *block* is one tool, one block of the system prompt or one content block of a message; a *prefix* is all blocks up to
one of them, with the model and those parameters that the cache depends on. A *breakpoint* is a block with
`cache_control`; an *entry* is a prefix that was written at one. A call *misses* when it writes what an entry before it
held, or could have held.

`status` is what the usage says of every call, and all that is imported until the first breakpoint; `late` waits for
that. `prompt` reads a request into digests, `key` is what they are keyed with, `knowledge` is what this process
remembers of earlier calls, `decision` says why a call missed, and `audit` follows the calls. No text of a prompt is
kept.
"""
