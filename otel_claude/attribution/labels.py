"""What `feature()` and `tag()` say of the calls made inside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otel_claude.attribution.blocks import Attribution, Block, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from otel_claude.attribution.blocks import Tag


class feature(Block["feature"]):  # noqa: N801
    """Names the feature that makes the Claude calls inside a block or a function. Nested, the innermost counts.

    Use it as a context manager, `with feature("search"):`, or as a decorator, `@feature("search")`. Those around the
    innermost are kept as one tag, `feature.outer`: "support > answer".

    Raises `ValueError` for an empty name and `TypeError` for one that is not a string.
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"feature() takes the name of a feature, a string, not {type(name).__name__}")
        if not name.strip():
            raise ValueError("feature() takes the name of a feature, which cannot be empty")
        self.name = plain(name)

    def _begin(self) -> feature:
        return self

    def _said(self, outer: Attribution, entered: feature) -> Attribution:  # noqa: ARG002
        return outer.named().featuring(self.name)


class tag(Block["tag"]):  # noqa: N801
    """Tags the Claude calls inside a block or a function: `with tag(tenant="acme", tier="gold"):`.

    A tag is the attribute `otel_claude.tag.<name>` of their spans, and `otel-claude report --by tag.<name>` groups by
    it. Nested, tags add up, and of the same name the innermost counts. They are never sent to Anthropic, and are
    dimensions of metrics only where `instrument(metric_tags=...)` names them.

    Raises `TypeError` for no tag, and for a value that is no string, number or boolean.
    """

    def __init__(self, **tags: Tag) -> None:
        if not tags:
            raise TypeError('tag() takes tags by name, such as tag(tenant="acme")')
        for name, value in tags.items():
            if not isinstance(value, (str, bool, int, float)):
                raise TypeError(
                    f"tag() takes strings, numbers and booleans; {name} is a {type(value).__name__}"
                )
        self.tags = {name: plain(value) if isinstance(value, str) else value for name, value in tags.items()}

    def _begin(self) -> tag:
        return self

    def _said(self, outer: Attribution, entered: tag) -> Attribution:  # noqa: ARG002
        return Attribution(outer.feature, {**outer.tags, **self.tags}, outer.task, outer.naming)


class naming(Block["naming"]):  # noqa: N801
    """Has the feature of the calls inside named when they are made, by `name`, which returns `None` for no name.

    `name` is called in the context of the call. A framework's route is such a name: it is found after the block is
    entered.
    """

    def __init__(self, name: Callable[[], str | None]) -> None:
        self._name = name

    def _begin(self) -> naming:
        return self

    def _said(self, outer: Attribution, entered: naming) -> Attribution:  # noqa: ARG002
        around = outer.named()
        return Attribution(around.feature, around.tags, around.task, self._name)
