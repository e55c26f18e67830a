"""Settings files of the project: what `json.load` and `tomllib.load` make of them."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from claude_lint.findings import Place
from claude_lint.following.segments import constant
from claude_lint.following.values import (
    UNKNOWN,
    DictObject,
    Entry,
    Item,
    ListObject,
    Scalar,
    Text,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from claude_lint.following.values import Object, Ref

LOADING: Final = {"json": "json", "tomllib": "toml", "tomli": "toml", "toml": "toml"}
"""Modules whose `load` and `loads` read a language."""

MOST_VALUES: Final = 400
"""Documents of more values are data rather than settings."""


def loads(name: str) -> str:
    """The language that a call of the dotted `name` reads, or an empty string."""
    module, _, function = name.rpartition(".")
    return LOADING.get(module, "") if function in {"load", "loads"} else ""


def document(text: Text, language: str, allocate: Callable[[Object], Ref]) -> Value:
    """The value that a document is. Unknown for what cannot be read, or is too long for settings."""
    segment = text.segments[0]
    try:
        content = json.loads(segment.text or "") if language == "json" else _toml().loads(segment.text or "")
    except (ValueError, RecursionError):
        return UNKNOWN
    if _size(content) > MOST_VALUES:
        return UNKNOWN
    lines = (segment.text or "").splitlines()
    return _value(content, segment.place, lines, allocate)


def _toml() -> Any:
    return import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")


def _size(content: object) -> int:
    if isinstance(content, dict):
        return 1 + sum(_size(one) for one in content.values())
    return 1 + sum(_size(one) for one in content) if isinstance(content, list) else 1


def _value(content: object, whole: Place, lines: list[str], allocate: Callable[[Object], Ref]) -> Value:
    if isinstance(content, dict):
        entries = {
            str(key): Entry(_value(one, whole, lines, allocate), whole) for key, one in content.items()
        }
        return allocate(DictObject(entries, whole))
    if isinstance(content, list):
        return allocate(
            ListObject(tuple(Item(_value(one, whole, lines, allocate)) for one in content), whole)
        )
    if isinstance(content, str):
        line = next(
            (number for number, line in enumerate(lines, 1) if content and content in line), whole.line
        )
        return Text((constant(content, Place(whole.path, line)),))
    if content is None or isinstance(content, (int, float)):
        return Scalar(content, whole)
    return UNKNOWN
