from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_claude.simulator.schema import FORMATS, UnsatisfiableError, smallest

NAMES = st.sampled_from(["a", "b", "c", "d e", "ü"])
BOUND = st.integers(-50, 50)


def numbers(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    def between(bounds: tuple[int, int, bool, bool, int | None]) -> dict[str, Any]:
        low, width, open_low, open_high, step = bounds
        schema: dict[str, Any] = {
            "type": kind,
            "exclusiveMinimum" if open_low else "minimum": low,
            "exclusiveMaximum" if open_high else "maximum": low + 2 * (step or 1) + width,
        }
        return {**schema, "multipleOf": step} if step else schema

    either = st.one_of(st.none(), st.integers(1, 7))
    full = st.tuples(BOUND, st.integers(0, 9), st.booleans(), st.booleans(), either).map(between)
    half = st.sampled_from(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"])
    return st.one_of(full, st.builds(lambda key, bound: {"type": kind, key: bound}, half, BOUND))


LEAVES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.sampled_from(
        [{"type": "null"}, {"type": "boolean"}, {"type": ["string", "null"]}, {"enum": [3, "x"]}]
    ),
    st.builds(
        lambda least: {"type": "string", "minLength": least, "maxLength": least + 1}, st.integers(0, 4)
    ),
    st.sampled_from(sorted(FORMATS)).map(lambda name: {"type": "string", "format": name}),
    numbers("integer"),
    numbers("number"),
    st.just({"$ref": "#/$defs/leaf~1one"}),
)


def grown(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    def closed(properties: dict[str, Any]) -> dict[str, Any]:
        required = sorted(properties)
        return {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        }

    return st.one_of(
        st.dictionaries(NAMES, inner, max_size=4).map(closed),
        st.builds(
            lambda item, least: {"type": "array", "items": item, "minItems": least}, inner, st.integers(0, 3)
        ),
        st.lists(inner, min_size=1, max_size=3).map(lambda options: {"anyOf": options}),
    )


@settings(deadline=None)
@given(st.recursive(LEAVES, grown, max_leaves=12))
def test_what_is_made_is_valid(schema: dict[str, Any]) -> None:
    root = {**schema, "$defs": {"leaf/one": {"const": {"k": 1}}}}
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(root, format_checker=checker).validate(smallest(root))


def test_a_recursive_schema_ends_where_it_can() -> None:
    node = {
        "type": "object",
        "properties": {"next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}},
        "required": ["next"],
    }
    assert smallest({"$ref": "#/$defs/node", "$defs": {"node": node}}) == {"next": None}


def test_all_parts_of_an_object_are_made() -> None:
    part = {"type": "object", "properties": {"a": {"const": 1}}, "required": ["a"]}
    own = {"type": "object", "properties": {"b": {"const": 2}}, "required": ["b"]}
    assert smallest({**own, "allOf": [part]}) == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"$ref": "#/$defs/missing"},
        {"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]},
        {"type": "thing"},
        {"type": "array", "minItems": "two"},
        {"anyOf": 3},
        {"type": "object", "properties": [1], "required": ["a"]},
        {"type": "array", "minItems": 10**12},
        {"type": "integer", "minimum": "low"},
        {"enum": {"a": 1}},
        None,
    ],
)
def test_a_schema_that_allows_nothing_or_is_none_is_an_error(schema: Any) -> None:
    with pytest.raises(UnsatisfiableError):
        smallest(schema)
