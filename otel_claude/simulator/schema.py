"""The smallest value that a JSON Schema allows, for structured output and tool input.

Covers what structured outputs accept: types, `properties`, `required`, `items`, `enum`, `const`, local
`$ref`, `anyOf`, `oneOf`, `allOf`, bounds and string formats. `pattern` is not looked at.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMATS: Final[Mapping[str, str]] = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
    "time": "00:00:00Z",
    "duration": "P1D",
    "email": "a@example.com",
    "hostname": "example.com",
    "ipv4": "127.0.0.1",
    "ipv6": "::1",
    "uri": "https://example.com",
    "uuid": "00000000-0000-4000-8000-000000000000",
}

LONGEST: Final = 100_000
"""Items of a list, or characters of a string."""


class UnsatisfiableError(ValueError):
    """No finite value was found for the schema; the message says where."""


def smallest(schema: Any) -> Any:
    """A value that `schema` allows: required properties only, the shortest strings and lists, the first
    choice.

    Raises:
        UnsatisfiableError: the schema requires itself, refers to what it does not define, or is no schema.
    """
    try:
        return _Walk(schema).value(schema, ())
    except UnsatisfiableError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise UnsatisfiableError(f"not a schema: {error}") from None


class _Walk:
    def __init__(self, root: Any) -> None:
        self._root = root

    def value(self, schema: Any, refs: tuple[str, ...]) -> Any:
        if schema is True:
            return {}
        if not isinstance(schema, dict):
            raise UnsatisfiableError(f"not a schema: {schema!r}")
        if "$ref" in schema:
            return self._reference(str(schema["$ref"]), refs)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return schema["enum"][0]
        for key in ("anyOf", "oneOf"):
            if schema.get(key):
                return self._first(schema[key], refs)
        if schema.get("allOf"):
            return self._all(schema, refs)
        kind = schema.get("type")
        if isinstance(kind, list):
            return self._first([{**schema, "type": each} for each in kind], refs)
        return self._typed(kind or ("object" if "properties" in schema else "null"), schema, refs)

    def _reference(self, reference: str, refs: tuple[str, ...]) -> Any:
        if reference in refs:
            raise UnsatisfiableError(f"{reference} requires itself")
        target = self._root
        for part in reference.removeprefix("#").split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(target, dict) or key not in target:
                raise UnsatisfiableError(f"{reference} is not defined in the schema")
            target = target[key]
        return self.value(target, (*refs, reference))

    def _first(self, options: list[Any], refs: tuple[str, ...]) -> Any:
        failures = []
        for option in options:
            try:
                return self.value(option, refs)
            except UnsatisfiableError as error:  # noqa: PERF203
                failures.append(str(error))
        raise UnsatisfiableError("; ".join(failures) or "there is no choice")

    def _all(self, schema: dict[str, Any], refs: tuple[str, ...]) -> Any:
        own = {key: value for key, value in schema.items() if key != "allOf"}
        parts = [own, *schema["allOf"]] if own.keys() & {"type", "properties"} else schema["allOf"]
        values = [self.value(part, refs) for part in parts]
        if all(isinstance(value, dict) for value in values):
            return {key: item for value in values for key, item in value.items()}
        return values[-1]

    def _typed(self, kind: Any, schema: dict[str, Any], refs: tuple[str, ...]) -> Any:
        if kind == "object":
            properties = schema.get("properties") or {}
            return {
                name: self.value(properties.get(name, True), refs) for name in schema.get("required") or ()
            }
        if kind == "array":
            return [self.value(schema.get("items", True), refs)] * _least(schema, "minItems")
        if kind == "string":
            length = max(_least(schema, "minLength"), min(1, schema.get("maxLength", 1)))
            return FORMATS.get(str(schema.get("format")), "x" * length)
        if kind in ("integer", "number"):
            return _number(schema, integer=kind == "integer")
        if kind == "boolean":
            return False
        if kind == "null":
            return None
        raise UnsatisfiableError(f"unknown type {kind!r}")


def _least(schema: dict[str, Any], bound: str) -> int:
    least = int(schema.get(bound) or 0)
    if least > LONGEST:
        raise UnsatisfiableError(f"{bound} exceeds {LONGEST}")
    return least


def _number(schema: dict[str, Any], *, integer: bool) -> Any:
    """Zero, or what lies nearest to it within the bounds."""
    low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    above, below = schema.get("exclusiveMinimum", -math.inf), schema.get("exclusiveMaximum", math.inf)
    step = schema.get("multipleOf") or (1 if integer else None)
    if step:
        if above >= 0 or low > 0:
            return step * max(
                math.floor(above / step) + 1 if above >= 0 else 0, math.ceil(low / step) if low > 0 else 0
            )
        if below <= 0 or high < 0:
            return step * min(
                math.ceil(below / step) - 1 if below <= 0 else 0, math.floor(high / step) if high < 0 else 0
            )
        return 0
    if above >= 0 and above >= low:
        return (above + min(high, below, above + 2)) / 2
    if below <= 0 and below <= high:
        return (below + max(low, above, below - 2)) / 2
    return low if low > 0 else high if high < 0 else 0
