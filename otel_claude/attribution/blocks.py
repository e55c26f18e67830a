"""How a block of code says something of the calls made in it, and how long that holds.

A block in a generator is a special case. A generator runs in its consumer's context, so what it attaches is still
there while the consumer runs, and for good when the consumer breaks out. An attribution that a generator's frame
attached therefore holds only while that generator is at work; see `owner`. And its next step can run in another
context, which does not have it, or inside a block that the consumer entered meanwhile, so that it is found by its frame
as well.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import inspect
import logging
import sys
from abc import ABC, abstractmethod
from types import AsyncGeneratorType, CoroutineType, GeneratorType, MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, ParamSpec, Protocol, TypeVar, cast

from opentelemetry import context

from otel_claude import attributes as names
from otel_claude.attribution.owner import Owner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType, TracebackType

    from opentelemetry.context import Context

    from otel_claude.attribution.owner import Holder

P = ParamSpec("P")
R = TypeVar("R")
Entered = TypeVar("Entered")
Tag = str | bool | int | float

log: Final = logging.getLogger("otel_claude")

OUTER_FEATURE: Final = "feature.outer"
"""The tag that names the features around the innermost one, from the outermost on."""

BETWEEN_FEATURES: Final = " > "

_KEY: Final = context.create_key("otel_claude.attribution")
_MOST_WAITING: Final = 100
"""How many attributions can be attached around a block before those are dropped of generators that wait."""

_MOST_GENERATORS: Final = 10_000 if sys.version_info >= (3, 11) else 200
"""How many generators in a block are known by their frame: asynchronous ones that their loop never closed stay.

So do those that nobody refers to but they themselves, on Python 3.10, where a frame has references of its own.
"""

_CAN_SWEEP: Final = sys.version_info >= (3, 11)
"""Whether a frame tells that its generator is gone."""

_SWEPT_AFTER: Final = 64
"""Among how many generators in blocks those are looked for that are gone."""

_GOING_ON: Final = (CoroutineType, GeneratorType, AsyncGeneratorType)
_IN_A_GENERATOR: Final = inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR
NO_TAGS: Final[Mapping[str, Tag]] = MappingProxyType({})


class TaskIdentity(Protocol):
    """A task as the calls made in it know it: it may have begun in another process."""

    @property
    def name(self) -> str: ...

    @property
    def id(self) -> str: ...

    @property
    def is_remote(self) -> bool: ...


class Attribution(NamedTuple):
    """What holds for a call. `block` attached it where `outer` was attached. An `owner` says whether it holds."""

    feature: str | None = None
    tags: Mapping[str, Tag] = NO_TAGS
    task: TaskIdentity | None = None
    naming: Callable[[], str | None] | None = None
    """Names the feature when a call is made, where that is not known before: a route, which is found late."""

    block: Block[Any] | None = None
    entered: Any = None
    """What entering the block gave."""

    outer: Attribution | None = None
    around: Attribution | None = None
    """What held there: `outer`, unless that is of a generator that waited."""

    owner: Holder | None = None

    def span_attributes(self) -> dict[str, Tag]:
        """What it adds to the span of a call."""
        found: dict[str, Tag] = {} if self.feature is None else {names.FEATURE: self.feature}
        for name, value in self.tags.items():
            found[names.TAG_PREFIX + name] = value
        if self.task is not None:
            found[names.TASK_NAME] = self.task.name
            found[names.TASK_ID] = self.task.id
            if self.task.is_remote:
                found[names.TASK_REMOTE] = True
        return found

    def featuring(self, feature: str) -> Attribution:
        """Itself, with `feature` inside the features that hold already. These are kept as a tag, each once."""
        if self.feature is None or self.feature == feature:
            return self._replace(feature=feature)
        before = self.tags.get(OUTER_FEATURE)
        around = [*(str(before).split(BETWEEN_FEATURES) if before else ()), self.feature]
        path = BETWEEN_FEATURES.join(name for name in dict.fromkeys(around) if name != feature)
        return self._replace(feature=feature, tags={**self.tags, OUTER_FEATURE: path})

    def by_default(self, default: Attribution) -> Attribution:
        """Itself, with the feature of `default`, which is around nothing."""
        return self._replace(feature=default.feature)

    def named(self) -> Attribution:
        """Itself, with the feature that `naming` says now."""
        if self.naming is None:
            return self
        try:
            name = self.naming()
        except Exception:
            log.debug("Could not name the feature of a call", exc_info=True)
            name = None
        bare = self._replace(naming=None)
        return bare if not name else bare.featuring(name)


NOTHING_SAID: Final = Attribution()


def current(within: Context | None = None) -> Attribution | None:
    """The attribution of a call made here and now, or `None`; that of the context `within` where one is given."""
    there = _there(within)
    attribution = _held(there) if within is None else _holding(there)
    return attribution if attribution is None or attribution.naming is None else attribution.named()


def plain(text: str) -> str:
    """The text of `text`, which may be a member of an enumeration that is a string too."""
    return str.__str__(text)


def attached(attribution: Attribution | None, within: Context | None = None) -> Context:
    """The context `within`, by default the current one, with `attribution` in place of its own."""
    return context.set_value(_KEY, attribution, within)


def _there(within: Context | None = None) -> Attribution | None:
    """What was attached last, whether or not it holds for the code that runs now."""
    return cast("Attribution | None", (context.get_current() if within is None else within).get(_KEY))


def _holding(there: Attribution | None) -> Attribution | None:
    """The last of those attached `there` that holds."""
    while there is not None and there.owner is not None and not there.owner.holds():
        there = there.outer
    return there


def _held(there: Attribution | None) -> Attribution | None:
    """What holds here and now, in a context that has what is attached `there`."""
    holding = _holding(there)
    own = _of_this_stack() if _of_generators else None
    return holding if own is None or _is_inside(holding, own) else own


def _of_this_stack() -> Attribution | None:
    """What the innermost generator that runs here, and is in a block, attached last."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if attached_by := _of_generators.get(frame):
            return attached_by[-1]
        frame = frame.f_back
    return None


def _is_inside(there: Attribution | None, own: Attribution) -> bool:
    """Whether the attribution `there` was attached inside a step of the generator whose `own` the other is.

    If not, it is its consumer's. One that no block attached is part of a context that is there as a whole: its
    consumer's, if it was there when the generator entered its block.
    """
    while there is not None:
        if there.owner is own.owner:
            return True
        if there.block is None:
            before = own.outer
            while before is not None and before is not there:
                before = before.outer
            return before is None
        there = there.around
    return False


def _bounded(there: Attribution | None) -> Attribution | None:
    """What a block puts back when it is left that is entered where `there` is attached: all of it, held or not.

    What a generator attached that waits at a `yield` is not held here, and is to be there at its next step. One that
    was given up stays behind: of those, no more than `_MOST_WAITING` are kept.
    """
    depth, each = 0, there
    while each is not None:
        depth, each = depth + 1, each.outer
    return there if depth < _MOST_WAITING else _held(there)


class Block(ABC, Generic[Entered]):
    """Says something of the Claude calls made inside a block or a function.

    It is a context manager, and a decorator of a function, a coroutine function, a generator function or an async
    generator function. One object can be entered any number of times, also by several threads and tasks at once.

    A block *begins* and *ends* once each time it is entered. In between it is *held* by the code inside: by a decorated
    generator only while one of its steps runs.
    """

    @abstractmethod
    def _begin(self) -> Entered:
        """Begins, and returns what `with` binds."""

    @abstractmethod
    def _said(self, outer: Attribution, entered: Entered) -> Attribution:
        """What holds inside the block that was `entered`, where `outer` holds outside."""

    def _end(self, entered: Entered | None, error: BaseException | None) -> None:
        """Ends what was `entered`, which is `None` where it is left in a context that does not know."""

    def _into(self, within: Context, entered: Entered, owner: Holder | None) -> Context:  # noqa: ARG002
        """The context `within` with what the block puts there besides."""
        return within

    def _out_of(self, within: Context, entered: Entered) -> Context:  # noqa: ARG002
        """The context `within` as it was before `_into`."""
        return within

    def __enter__(self) -> Entered:
        entered = self._begin()
        generator = _generator(sys._getframe(1))
        self._attach(entered, None if generator is None else Owner.here(generator))
        return entered

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        generator = _generator(sys._getframe(1))
        self._end(self._detach(generator, is_closed=exc_type is GeneratorExit), exc)

    def _attach(self, entered: Entered, owner: Holder | None) -> None:
        there = _there()
        around = _held(there)
        said = self._said(around or NOTHING_SAID, entered)
        said = _placed(said, self, entered, _bounded(there), around, owner)
        if isinstance(owner, Owner) and owner.frame is not None:
            _remember(said, owner.frame)
        context.attach(self._into(attached(said), entered, owner))

    def _detach(self, generator: FrameType | None = None, *, is_closed: bool = False) -> Entered | None:
        """Takes back what was attached last here, and returns what was entered then.

        It is left by the frame of a `generator`, if one is given, or by a coroutine or generator that `is_closed`.

        Attaching what was there before, rather than detaching, is right also in a context other than the one that was
        entered: there another attribution holds, and stays. So does what was attached since, by a generator that waits
        or by a block that is left later.
        """
        there = _there()
        left = self._left(there, generator, is_closed=is_closed)
        if left is None:
            return None
        if isinstance(left.owner, Owner):
            _forget(left)
            left.owner.leave()
        entered = cast("Entered", left.entered)
        if there is not None and _is_among(left, there):
            before = left.outer if left is there else _without(left, there)
            context.attach(self._out_of(attached(before), entered))
        return entered

    def _left(
        self, there: Attribution | None, generator: FrameType | None, *, is_closed: bool
    ) -> Attribution | None:
        """The one that is left: that of the `generator`, or the last of those attached `there` that holds."""
        if generator is not None:
            for own in _of_generators.get(generator, ())[::-1]:
                if own.block is self:
                    return own
        while there is not None:
            if there.owner is None or there.owner.holds():
                if there.block is self:
                    return there
                if is_closed:
                    # In whatever context: what is further out is another's.
                    return None
            there = there.outer
        return None

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Decorates `function`, whatever kind it is. What it is to `inspect` stays the same."""
        if isinstance(function, type) or not (callable(function) or isinstance(function, classmethod)):
            raise TypeError(
                f"{type(self).__name__} decorates functions and methods, not {function!r}; put it on what calls Claude"
            )
        if isinstance(function, (staticmethod, classmethod)):
            return cast("Callable[P, R]", type(function)(self(function.__func__)))
        if inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function):
            from otel_claude.attribution import generators

            return cast("Callable[P, R]", generators.decorated(self, function))
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def coroutine(*args: P.args, **kwargs: P.kwargs) -> Any:
                with self:
                    return await function(*args, **kwargs)

            return cast("Callable[P, R]", coroutine)

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            stay = Stay(self)
            try:
                with stay:
                    result = function(*args, **kwargs)
            except BaseException as error:
                stay.end(error)
                raise
            if isinstance(result, _GOING_ON) and (
                isinstance(result, CoroutineType) or sys.getrefcount(result) <= _REFERENCES
            ):
                # The SDK's own `create` is such a function: it makes a coroutine without being a coroutine function.
                from otel_claude.attribution import generators

                return cast("R", generators.continued(stay, result))
            stay.end(None)
            return result

        return call


class Stay(Generic[Entered]):
    """One time that a block is entered, and held step by step: a context manager around each of them.

    It is left when `end` says so, and at the latest when nothing can take a step any more.
    """

    def __init__(self, block: Block[Entered]) -> None:
        self._block = block
        self._entered = block._begin()  # noqa: SLF001 - the two are one mechanism
        self._is_left = False

    def __enter__(self) -> None:
        self._block._attach(self._entered, None)  # noqa: SLF001

    def __exit__(self, exc_type: type[BaseException] | None, *_: object) -> None:
        self._block._detach(is_closed=exc_type is GeneratorExit)  # noqa: SLF001

    def end(self, error: BaseException | None) -> None:
        """The block is left, by `error` if there is one."""
        self._is_left = True
        self._block._end(self._entered, error)  # noqa: SLF001

    def __del__(self) -> None:
        if not self._is_left:
            self.end(None)


def _placed(
    said: Attribution,
    block: Block[Any],
    entered: Any,
    outer: Attribution | None,
    around: Attribution | None,
    owner: Holder | None,
) -> Attribution:
    """`said` as what `block` attached there."""
    return Attribution(said.feature, said.tags, said.task, said.naming, block, entered, outer, around, owner)


def _is_same(one: Attribution, other: Attribution) -> bool:
    """Whether they were attached at once: what a generator attached can since be there in another place."""
    return one is other or (one.owner is not None and one.owner is other.owner)


def _is_among(one: Attribution, there: Attribution | None) -> bool:
    while there is not None and not _is_same(there, one):
        there = there.outer
    return there is not None


def _without(left: Attribution, there: Attribution) -> Attribution | None:
    """What was attached `there`, but for `left`, which is among it. What was said inside of it is said without it.

    What a generator said holds on as it was said.
    """
    since: list[Attribution] = []
    while there.outer is not None and not _is_same(there, left):
        since.append(there)
        there = there.outer
    before = there.outer
    instead = {id(there): there.around}
    for each in reversed(since):
        around = instead.get(id(each.around), each.around)
        if around is each.around or each.owner is not None or each.block is None:
            before = each._replace(outer=before)
        else:
            said = each.block._said(around or NOTHING_SAID, each.entered)  # noqa: SLF001
            before = _placed(said, each.block, each.entered, before, around, None)
        instead[id(each)] = before
    return before


def _remember(said: Attribution, generator: FrameType) -> None:
    if _CAN_SWEEP and len(_of_generators) % _SWEPT_AFTER == _SWEPT_AFTER - 1:
        _sweep()
    if len(_of_generators) >= _MOST_GENERATORS:
        with contextlib.suppress(RuntimeError):  # another thread does the same
            _of_generators.pop(next(iter(_of_generators)), None)
    _of_generators[generator] = (*_of_generators.get(generator, ()), said)


def _sweep() -> None:
    """Forgets the generators that are gone without leaving their block, as asynchronous ones are whose loop is closed.

    A frame has no referents of its own while its generator has it, and its locals once that is gone.
    """
    for frame in list(_of_generators):
        if gc.get_referents(frame):
            _of_generators.pop(frame, None)


def _forget(left: Attribution) -> None:
    generator = left.owner.frame if isinstance(left.owner, Owner) else None
    if generator is None:
        return
    rest = tuple(each for each in _of_generators.get(generator, ()) if each.owner is not left.owner)
    if rest:
        _of_generators[generator] = rest
    else:
        _of_generators.pop(generator, None)


def _generator(frame: FrameType) -> FrameType | None:
    """The frame of the generator that `frame` attaches for, or `None` when what it attaches holds until it is left.

    A generator under `contextlib.contextmanager` attaches for the frame that enters the manager, and an `ExitStack` for
    the frame that filled it.
    """
    while True:
        while frame.f_code.co_filename == contextlib.__file__ and frame.f_back is not None:
            frame = frame.f_back
        if not frame.f_code.co_flags & _IN_A_GENERATOR:
            return None
        outer = frame.f_back
        if outer is None or outer.f_code.co_filename != contextlib.__file__:
            return frame
        frame = outer


def _references_of_a_local() -> int:
    local = object()
    return sys.getrefcount(local)


_REFERENCES: Final = _references_of_a_local()
"""Of a generator that the function has made which returned it. What has more is somebody else's to close."""

_of_generators: Final[dict[FrameType, tuple[Attribution, ...]]] = {}
"""What the frame of each generator attached and has not left, in that order."""
