"""Our `dataclass` makes what the standard library's makes."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from dataclasses import FrozenInstanceError, field
from itertools import product
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from claude_lint import dataclass as ours
from claude_lint.findings import Place, Step

if TYPE_CHECKING:
    from collections.abc import Callable


def classes(dataclass: Any) -> SimpleNamespace:
    @dataclass(frozen=True, slots=True, order=True)
    class Span:
        """A range."""

        start: int
        end: int = 0
        note: str = field(default="", compare=False)

        @property
        def length(self) -> int:
            return self.end - self.start

    @dataclass(frozen=True, slots=True)
    class Named:
        name: str
        settings: dict[str, int] = field(default_factory=dict, hash=False)

    @dataclass(frozen=True, slots=True)
    class Renamed(Named):
        before: str = ""

        def __repr__(self) -> str:
            return f"{self.before} → {self.name}"

    @dataclass(slots=True)
    class Tally:
        seen: list[str] = field(default_factory=list)
        late: str = field(init=False)
        secret: str = field(default="", repr=False)

    return SimpleNamespace(Span=Span, Named=Named, Renamed=Renamed, Tally=Tally)


OURS, THEIRS = classes(ours.dataclass), classes(dataclasses.dataclass)
BOTH = pytest.mark.parametrize("made", [OURS, THEIRS], ids=["ours", "the standard library's"])


def outcome(does: Callable[[], Any]) -> object:
    """What comes of it; of an error its type."""
    try:
        return does()
    except Exception as error:
        return type(error)


@pytest.mark.parametrize(
    "says",
    [
        lambda m: repr(m.Span(1, note="x")),
        lambda m: repr(m.Renamed("b", before="a")),
        lambda m: repr(m.Tally),
        lambda m: (m.Span.__doc__, m.Span.__name__, m.Span.__module__, m.Span.__match_args__, m.Tally.__match_args__),
        lambda m: list(inspect.signature(m.Renamed).parameters),
        lambda m: m.Renamed.__match_args__,
        lambda m: m.Span(1, 3).length,
        lambda m: (m.Span(1, 2) == m.Span(1, 2, "x"), m.Span(1, 2) != m.Span(1, 3)),
        lambda m: hash(m.Span(1, 2)) == hash(m.Span(1, 2, "x")),
        lambda m: m.Named("a") == m.Renamed("a"),
        lambda m: m.Named("a") == "a",
        lambda m: m.Named("a", {"b": 1}) == m.Named("a", {"b": 2}),
        lambda m: hash(m.Named("a", {"b": 1})) == hash(m.Named("a", {"b": 2})),
        lambda m: hash(m.Tally()),
        lambda m: m.Tally().seen is m.Tally().seen,
        lambda m: m.Tally().late,
        lambda m: m.Tally(secret="x").secret,
        lambda m: m.Span(),
        lambda m: m.Span(1, 2, "", 3),
        lambda m: m.Span(1, length=3),
        lambda m: m.Named("a") < m.Named("b"),
        lambda m: m.Span(1) < 2,
        lambda m: setattr(m.Tally(), "other", 1),
        lambda m: setattr(m.Span(1), "start", 1),
        lambda m: delattr(m.Span(1), "start"),
        lambda m: dataclasses.asdict(m.Renamed("b", {"c": 1}, "a")),
        lambda m: dataclasses.astuple(m.Span(1, 2)),
        lambda m: dataclasses.astuple(dataclasses.replace(m.Span(1, 2), end=4)),
        lambda m: dataclasses.replace(m.Span(1, 2), length=4),
        lambda m: [(one.name, one.type, one.compare) for one in dataclasses.fields(m.Renamed)],
        lambda m: [one.name for one in dataclasses.fields(m.Named)],
        lambda m: dataclasses.is_dataclass(m.Tally),
        lambda m: copy.copy(m.Span(1, 2)) == copy.deepcopy(m.Span(1, 2)),
    ],
)  # fmt: skip
def test_a_class_does_what_one_of_the_standard_library_does(says: Callable[[SimpleNamespace], Any]) -> None:
    assert outcome(lambda: says(OURS)) == outcome(lambda: says(THEIRS))


def test_a_class_has_slots_for_the_fields_that_it_adds() -> None:
    """The standard library of Python 3.10 gives it those of its base again."""
    assert OURS.Renamed.__slots__ == ("before",)


@BOTH
def test_an_order_is_that_of_the_fields_that_are_compared(made: SimpleNamespace) -> None:
    for one, other in product(
        [made.Span(1, 2, "b"), made.Span(1, 2, "a"), made.Span(1, 3), made.Span(0)], repeat=2
    ):
        left, right = (one.start, one.end), (other.start, other.end)
        assert (one < other, one <= other, one > other, one >= other) == (
            left < right, left <= right, left > right, left >= right
        )  # fmt: skip


@BOTH
def test_what_is_frozen_stays_as_it_is(made: SimpleNamespace) -> None:
    span = made.Span(1, 2)
    with pytest.raises(FrozenInstanceError, match="start"):
        span.start = 3
    with pytest.raises(FrozenInstanceError, match="end"):
        del span.end
    assert span == made.Span(1, 2)


@BOTH
def test_what_is_not_frozen_can_be_set(made: SimpleNamespace) -> None:
    tally = made.Tally(["a"])
    tally.late = "now"
    assert dataclasses.astuple(tally) == (["a"], "now", "")


@BOTH
def test_a_pattern_takes_the_fields_by_their_place(made: SimpleNamespace) -> None:
    match made.Renamed("b", before="a"):
        case made.Renamed(name, _, before):
            assert (name, before) == ("b", "a")


def test_an_object_comes_back_from_a_pickle() -> None:
    step = Step(Place("a.py", 3, cell=1), "here")
    assert pickle.loads(pickle.dumps(step)) == step
