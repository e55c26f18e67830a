"""What makes a call again after it failed: decorators, loops, and calls that are given what to call.

Only what the SDK would try again too counts. A handler for JSON that does not parse is no retry of the call.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import libcst as cst

from claude_lint.outline import calls_in, last_name
from claude_lint.request import Retry
from claude_lint.turns import LoopNode, exits_of, loops_around, names_in, settings_in
from claude_lint.walk import descendants

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.outline import Outline

RETRIED_ERRORS: Final = frozenset(
    {
        "",
        "Exception",
        "BaseException",
        "AnthropicError",
        "APIError",
        "APIStatusError",
        "APIConnectionError",
        "APITimeoutError",
        "RateLimitError",
        "InternalServerError",
        "OverloadedError",
        "ServiceUnavailableError",
        "ConflictError",
        "ConnectionError",
        "TimeoutError",
    }
)
"""What the SDK tries again by itself comes as one of these; the empty name is an `except` without one. Source:
anthropic 2.11, `_base_client`: connection errors and statuses 408, 409, 429 and 5xx."""

RETRY_DECORATORS: Final = re.compile(r"(^|_)retry(_|$)|(^|_)retrying(_|$)|^on_exception$|backoff")

RETRY_WORDS: Final = re.compile(r"retr(y|ies)|attempt|tries\b")

RETRY_ITERATORS: Final = frozenset({"Retrying", "AsyncRetrying", "retry_context"})

NOT_ERRORS: Final = re.compile(r"retry_if_result|retry_if_not_result|on_predicate")

ERROR_NAME: Final = re.compile(r"\b\w*(?:Error|Exception|Timeout)\b")






def
