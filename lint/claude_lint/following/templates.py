"""Templates whose placeholders are not Python: Jinja's `{{ … }}` and the `$name` of `string.Template`.

What a placeholder names is looked up in what the template is rendered with. Names that a Jinja environment is commonly
given for the clock count as the clock.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

import libcst as cst

from claude_lint.findings import Place, Step
from claude_lint.following.segments import joined, segments_of, unknown
from claude_lint.following.values import Dotted, Template, Text, Value
from claude_lint.reading.guard import refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from claude_lint.following.heap import Heap
    from claude_lint.request import Segment

JINJA_NAMES: Final[dict[str, Value]] = {
    "now": Dotted("datetime.datetime.now"),
    "utcnow": Dotted("datetime.datetime.utcnow"),
    "today": Dotted("datetime.date.today"),
    "datetime": Dotted("datetime.datetime"),
}
"""What these names mean in a template that is rendered without a value for them."""

TEMPLATES: Final[dict[str, Literal["jinja", "dollar"]]] = {
    "jinja2.Template": "jinja",
    "jinja2.nativetypes.NativeTemplate": "jinja",
    "string.Template": "dollar",
}
"""What makes a template of a text."""

ENVIRONMENTS: Final = frozenset(
    {
        "jinja2.Environment",
        "jinja2.sandbox.SandboxedEnvironment",
        "jinja2.sandbox.ImmutableSandboxedEnvironment",
    }
)
JINJA_IMPORTS: Final = ("jinja2", "Environment", "SandboxedEnvironment", "ImmutableSandboxedEnvironment")
"""What a module has of Jinja in which a class named as a template is one of Jinja's."""

LOADERS: Final = frozenset({"jinja2.FileSystemLoader", "jinja2.loaders.FileSystemLoader"})
RENDERING: Final = {
    "jinja": frozenset({"render", "render_async", "async_render"}),
    "dollar": frozenset({"substitute", "safe_substitute"}),
}

_JINJA: Final = r"(?s)\{\{[-+]?(?P<expression>.*?)[-+]?\}\}|\{%.*?%\}|\{#.*?#\}"
_DOLLAR: Final = r"\$(?:(?P<escaped>\$)|(?P<name>[_a-zA-Z]\w*)|\{(?P<braced>[_a-zA-Z]\w*)\})"


def rendered(
    template: Template,
    named: Mapping[str, Value],
    evaluate: Callable[[cst.BaseExpression], Value],
    heap: Heap,
    missing: Place,
    parsed: dict[str, cst.BaseExpression],
) -> Text:
    """The text of a template. `evaluate` gives the value of an expression of it; `missing` is the place that an
    expression gets which stands in no file. `parsed` keeps the expressions: what is known of a node is known by its id,
    which must not become another's.
    """
    parts: list[tuple[Segment, ...]] = []
    pattern = _JINJA if template.kind == "jinja" else _DOLLAR
    for segment in template.text.segments:
        if segment.text is None:
            parts.append((segment,))
            continue
        end = 0
        for match in re.finditer(pattern, segment.text):
            parts.append((replace(segment, text=segment.text[end : match.start()], token=""),))
            end = match.end()
            place = _below(segment.place, segment.text[: match.start()])
            if template.kind == "dollar":
                parts.append(_dollar(match, segment, named, heap, place))
            elif match["expression"] is not None:
                value = _value(match["expression"].split("|")[0].strip(), evaluate, parsed)
                found = (unknown(place),) if value is None else segments_of(value, heap, place)
                parts.append(tuple(_placed(one, missing, place) for one in found))
        parts.append((replace(segment, text=segment.text[end:], token=""),))
    return joined(parts)


def _dollar(
    match: re.Match[str], segment: Segment, named: Mapping[str, Value], heap: Heap, place: Place
) -> tuple[Segment, ...]:
    if match["escaped"]:
        return (replace(segment, text="$", token=""),)
    value = named.get(match["name"] or match["braced"])
    return (unknown(place),) if value is None else segments_of(value, heap, place)


def _value(
    expression: str,
    evaluate: Callable[[cst.BaseExpression], Value],
    parsed: dict[str, cst.BaseExpression],
) -> Value | None:
    if len(expression) > 400 or refusal(expression) is not None:
        return None
    try:
        if expression not in parsed:
            parsed[expression] = cst.parse_expression(expression)
        return evaluate(parsed[expression])
    except Exception:  # noqa: BLE001 - Jinja's expressions are not all Python's, and libcst raises what it likes
        return None


def _placed(segment: Segment, missing: Place, place: Place) -> Segment:
    """The segment with the place of its placeholder where it has none of its own."""
    chain = tuple(Step(place, step.message) if step.place == missing else step for step in segment.chain)
    return replace(segment, place=place if segment.place == missing else segment.place, chain=chain)


def _below(place: Place, before: str) -> Place:
    """The place in a template that has the text `before` in front of it."""
    lines = before.count("\n")
    return place if not lines else Place(place.path, place.line + lines, cell=place.cell)
