"""What makes a call again after it failed: decorators, loops, and calls that are given what to call.

Only what the SDK would try again too counts. A handler for JSON that does not parse is no retry of the call.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import libcst as cst

from claude_lint.following.calls import FOREIGN_ROOTS
from claude_lint.modelling.turns import LoopNode, loops_around, name_of, names_in, settings_in
from claude_lint.reading.outline import calls_in, last_name, parameters_of
from claude_lint.reading.walk import descendants
from claude_lint.request import Retry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from claude_lint.reading.outline import Outline

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

EVERYTHING: Final = frozenset({"", "Exception", "BaseException"})
"""What catches errors of the API and all others alike."""

FALLBACK_WORDS: Final = r"(^|_)(key|client|model|provider|region|endpoint)s?(_|$)"

RETRY_DECORATORS: Final = r"(^|_)retry(_|$)|(^|_)retrying(_|$)|^on_exception$|backoff"

RETRY_WORDS: Final = r"retr(y|ies)|attempt|tries\b"

RETRY_ITERATORS: Final = frozenset({"Retrying", "AsyncRetrying", "retry_context"})

NOT_ERRORS: Final = r"retry_if_result|retry_if_not_result|on_predicate"

ERROR_NAME: Final = r"\b((?:\w+\.)*)(\w*(?:Error|Exception|Timeout))\b"
"""The name of an error, with the package that it is written with."""

OTHERS_ERRORS: Final = FOREIGN_ROOTS | {
    "aiohttp",
    "botocore",
    "google",
    "psycopg",
    "redis",
    "requests",
    "sqlalchemy",
}
"""Packages whose errors a call to Claude does not raise."""


def retries_around(level: cst.Call, outline: Outline, *, direct: bool) -> Iterator[Retry]:
    """The loops that try a level again. `direct` says whether it is the call to Claude itself."""
    for node, _ in loops_around(level, outline):
        if not is_retry(node, level, outline) or isinstance(node, cst.CompFor) or _changes_over(node, level):
            continue
        if direct or _means_errors_of_the_api(node, level, outline):
            yield Retry(outline.source.place(node), "the loop")


def _changes_over(node: cst.For | cst.While, level: cst.Call) -> bool:
    """Whether each turn goes to another account, client or model: who changes over wants no second try before."""
    given = frozenset().union(*(names_in(one.value) for one in level.args), names_in(level.func))
    anew = {
        name_of(target.target)
        for one in descendants(node.body)
        if isinstance(one, cst.Assign)
        for target in one.targets
    }
    turned = names_in(node.target) if isinstance(node, cst.For) else frozenset()
    return any(re.search(FALLBACK_WORDS, name.lower()) for name in given & (anew | turned))


def _means_errors_of_the_api(node: cst.For | cst.While, level: cst.Call, outline: Outline) -> bool:
    """Whether a loop around a function that leads to the call is about errors of the API, not of what comes after.

    Who catches everything around more than the call, and does not wait, asks for a better answer.
    """
    attempt = next(one for one in outline.above(level) if isinstance(one, (cst.Try, cst.TryStar)))
    if _sleeps(node.body):
        return True
    named = any(not _caught(handler) <= EVERYTHING for handler in attempt.handlers if _tries_again(handler))
    return named or len(attempt.body.body) == 1


def retry_given(level: cst.Call, outline: Outline) -> Iterator[Retry]:
    """The function that is given what to call, by a name that says that it tries again.

    A function of that name that makes the call itself is no evidence: what it does is to be seen in it.
    """
    if re.search(RETRY_DECORATORS, last_name(level.func)) and any(
        _is_function(one.value) for one in level.args
    ):
        yield Retry(outline.source.place(level), f"`{last_name(level.func)}`")


def retry_passed(level: cst.Call, outline: Outline) -> Iterator[Retry]:
    """What is given the function around a level by its name, and says by its own that it tries again."""
    definition = outline.definition(level)
    if not isinstance(definition, cst.FunctionDef):
        return
    around = outline.definition(definition)
    for call in outline.calls:
        passed = bool(call.args) and name_of(call.args[0].value) == definition.name.value
        if not passed or not re.search(RETRY_DECORATORS, last_name(call.func)):
            continue
        if (
            isinstance(around, cst.FunctionDef) and outline.definition(call) is not around
        ) or not _of_the_api(outline.source.code(call)):
            continue
        yield Retry(outline.source.place(call), f"`{last_name(call.func)}`")


def is_retry(node: LoopNode, level: cst.Call, outline: Outline) -> bool:
    """Whether a loop makes a call again only after it failed."""
    if isinstance(node, cst.CompFor):
        return False
    if isinstance(node, cst.For) and any(
        last_name(call.func) in RETRY_ITERATORS for call in calls_in(node.iter)
    ):
        return True
    attempt = next((one for one in outline.above(level) if isinstance(one, (cst.Try, cst.TryStar))), None)
    if attempt is None or not any(one is attempt for one in descendants(node.body)):
        return False
    if not any(_tries_again(handler) for handler in attempt.handlers):
        return False
    waits = any(_tries_again(one) and _sleeps(one) for one in attempt.handlers)
    return (_says_retry(node, attempt) and _ends_on_success(node, attempt, level)) or (
        waits and _counts_attempts(node)
    )


def _counts_attempts(node: cst.For | cst.While) -> bool:
    """Whether a loop counts attempts by their name. A turn that does not fail may go on too, after a bad answer."""
    counted = node.target if isinstance(node, cst.For) else None
    return counted is not None and any(re.search(RETRY_WORDS, word.lower()) for word in names_in(counted))


def _sleeps(node: cst.CSTNode) -> bool:
    return any(last_name(call.func) == "sleep" for call in calls_in(node))


def _says_retry(node: cst.For | cst.While, attempt: cst.Try | cst.TryStar) -> bool:
    head = node.test if isinstance(node, cst.While) else node.iter
    words = names_in(head) if isinstance(node, cst.While) else names_in(head) | names_in(node.target)
    counted = isinstance(head, cst.Call) and last_name(head.func) == "range"
    sleeps = any(_sleeps(one) for one in attempt.handlers)
    return counted or sleeps or any(re.search(RETRY_WORDS, word.lower()) for word in words)


def _ends_on_success(node: cst.For | cst.While, attempt: cst.Try | cst.TryStar, level: cst.Call) -> bool:
    """Whether a turn that does not fail is always the last: one that goes on is a turn of something else."""
    blocks = [node.body, attempt.body, *([attempt.orelse.body] if attempt.orelse is not None else [])]
    if any(_leaves(block) for block in blocks):
        return True
    set_by = (one.names for one in settings_in(node.body) if any(n is level for n in descendants(one.node)))
    return isinstance(node, cst.While) and any(names & names_in(node.test) for names in set_by)


def _leaves(block: cst.BaseSuite) -> bool:
    """Whether whoever runs through `block` leaves the loop that it is in."""
    for one in block.body:
        if isinstance(one, cst.SimpleStatementLine):
            if any(isinstance(small, (cst.Return, cst.Break, cst.Raise)) for small in one.body):
                return True
        elif isinstance(one, cst.With) and _leaves(one.body):
            return True
    return False


def _is_function(value: cst.BaseExpression) -> bool:
    """Whether an argument is a call to make rather than the result of one: a lambda, or a method of the SDK's."""
    return isinstance(value, cst.Lambda) or (
        isinstance(value, cst.Attribute) and value.attr.value in {"create", "stream", "parse"}
    )


def retry_by(
    decorator: cst.Decorator, outline: Outline, spelled: Callable[[cst.BaseExpression], str]
) -> Retry | None:
    """The retry that a decorator makes of errors of the API, if it does. `spelled` gives the call that made it."""
    target = decorator.decorator
    called = target.func if isinstance(target, cst.Call) else target
    named_so = re.search(RETRY_DECORATORS, last_name(called))
    code = outline.source.code(target) if named_so else ""
    if not named_so or isinstance(target, cst.Name):
        code = spelled(target) or code
    if not code:
        return None
    if not _of_the_api(code):
        return None
    return Retry(outline.source.place(target), f"`{outline.source.code(called)}`")


def _of_the_api(code: str) -> bool:
    """Whether what tries again, as it is spelled, may do so after errors that the SDK retries too."""
    named = re.findall(ERROR_NAME, code)
    retried = {name for package, name in named if package.partition(".")[0] not in OTHERS_ERRORS}
    return not re.search(NOT_ERRORS, code) and (not named or bool(retried & RETRIED_ERRORS))


def tries_again(decorator: cst.CSTNode) -> bool:
    """Whether a function is a decorator that calls what it decorates again after an error that the SDK retries."""
    inner = [one for one in descendants(decorator) if isinstance(one, cst.FunctionDef)]
    given = {name for one in inner for name in parameters_of(one)}
    for loop in (one for one in descendants(decorator) if isinstance(one, (cst.For, cst.While))):
        for attempt in (one for one in descendants(loop.body) if isinstance(one, cst.Try)):
            calls = [call for call in calls_in(attempt.body) if last_name(call.func) in given]
            again = any(_tries_again(handler) for handler in attempt.handlers)
            if again and any(
                _says_retry(loop, attempt) and _ends_on_success(loop, attempt, one) for one in calls
            ):
                return True
    return False


def _is_others(error: cst.BaseExpression | None) -> bool:
    """Whether an error is written with a package whose errors a call to Claude does not raise."""
    while isinstance(error, cst.Attribute):
        error = error.value
    return isinstance(error, cst.Name) and error.value in OTHERS_ERRORS


def _tries_again(handler: cst.ExceptHandler | cst.ExceptStarHandler) -> bool:
    """Whether a handler takes errors that the SDK tries again too, and lets the loop go on."""
    if not _caught(handler) & RETRIED_ERRORS:
        return False
    last = handler.body.body[-1] if handler.body.body else None
    small = last.body[-1] if isinstance(last, cst.SimpleStatementLine) else None
    return not isinstance(small, (cst.Raise, cst.Return, cst.Break))


def _caught(handler: cst.ExceptHandler | cst.ExceptStarHandler) -> frozenset[str]:
    """The names of the errors that a handler takes, other packages' left out; empty text for all errors."""
    caught = handler.type
    errors = [one.value for one in caught.elements] if isinstance(caught, cst.Tuple) else [caught]
    return frozenset("" if one is None else last_name(one) for one in errors if not _is_others(one))
