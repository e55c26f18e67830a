"""The request model: what is known of one Claude call by reading, and all that a rule may read.

A *request* is one call site with its arguments. An *argument* is given, absent, or unknown (an unresolved `**`). What
an argument can be is a list of *known* values; it is *open* when it can be something else too. The prompt is a list
of *pieces* in the order in which the API caches them: tools, system, messages. A piece is one block; its text is a
list of *segments*, each with a stability and the chain of places it came from. A *breakpoint* stands on a piece, and
everything up to and including that piece is the *prefix* that it caches.
"""

from __future__ import annotations

from dataclasses import field
from enum import Enum
from typing import TYPE_CHECKING, Final, Literal

from claude_lint.dataclass import dataclass

if TYPE_CHECKING:
    from claude_lint.findings import Edit, Place, Step

Part = Literal["tools", "system", "messages"]
Method = Literal[
    "create", "stream", "parse", "tool_runner", "count_tokens", "batch", "batch_retrieve", "batch_results"
]
ANSWERED: Final[frozenset[Method]] = frozenset({"create", "stream", "parse", "tool_runner", "batch"})
"""The methods that make Claude answer. The others count, or ask after a batch."""

Way = Literal["sdk", "http", "bedrock", "framework"]
"""How a request reaches Claude: the SDK, raw HTTP to the API, boto3, or a framework that fills in most of it."""


class Stability(str, Enum):
    """How long a piece of text stays the same. `UNKNOWN` stands apart: it is neither stable nor changing."""

    CONSTANT = "constant"
    IMPORT_TIME = "import_time"
    PER_DAY = "per_day"
    PER_SESSION = "per_session"
    PER_CALL = "per_call"
    UNKNOWN = "unknown"

    @property
    def rank(self) -> int:
        """0 for what never changes up to 4 for what changes with every call; -1 for unknown."""
        return RANKS[self]


RANKS: Final = {
    Stability.UNKNOWN: -1,
    Stability.CONSTANT: 0,
    Stability.IMPORT_TIME: 1,
    Stability.PER_DAY: 2,
    Stability.PER_SESSION: 3,
    Stability.PER_CALL: 4,
}


class Presence(str, Enum):
    """Whether an argument is in the request. `UNKNOWN` where an unresolved `**` or a branch may bring it."""

    GIVEN = "given"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of prompt text of one stability."""

    text: str | None
    """The text where it is known: always for a constant that was read, never for what changes."""

    stability: Stability
    place: Place
    """Where the segment enters the text."""

    source: str = ""
    """What makes it change, in words for a message ("the clock"). Empty for constants and unknowns."""

    chain: tuple[Step, ...] = ()
    """From the source to `place`."""

    loops: tuple[Place, ...] = ()
    """The loops in which the value is made, outermost first; of what is unknown, those in which it differs."""

    token: str = ""
    """The literal as it is spelled at `place`, quotes included, where the whole segment is one literal."""

    unordered: bool = False
    """Whether this is an empty mark: what follows comes in an order that another process need not repeat."""

    made: int = field(default=0, compare=False)
    """Which reading of its source the segment holds: equal for two segments with the same reading."""

    renewed: str = ""
    """The method that reads the value again each time that it writes it into a conversation that goes on."""

    origin: str = field(default="", compare=False)
    """What a caller or a loop gives here, as it is named in the code ("history[-1]"), where it is unknown."""

    def differs(self, loops: tuple[Place, ...]) -> bool:
        """Whether this is unknown, and known to be something else in each turn of the innermost of `loops`."""
        return self.stability is Stability.UNKNOWN and bool(loops) and self.loops == loops


@dataclass(frozen=True, slots=True)
class Known:
    """One value that an argument can have, with where it is written and how it got to the call."""

    value: str | int | float | bool | None
    place: Place
    chain: tuple[Step, ...] = ()
    token: str = ""
    """The literal as it is spelled at `place`, quotes included, or empty when it is not one literal."""


PARAMETER: Final = "the parameter "
"""What the reason begins with why a value is open that a caller gives."""


@dataclass(frozen=True, slots=True)
class Argument:
    """What is known of one argument of a request."""

    presence: Presence
    known: tuple[Known, ...] = ()
    open: bool = False
    """Whether it can also have a value that is not in `known`."""

    because: str = ""
    """Why it is open, where that can be told ("the environment variable MODEL")."""

    place: Place | None = None
    """Where the argument is given."""

    left_out: bool = False
    """Whether it is given on one side of a branch, and on the other the call is made without it."""

    @property
    def by_caller(self) -> bool:
        """Whether a caller may give another value than those in `known`."""
        return self.open and self.because.startswith(PARAMETER)

    @property
    def value(self) -> str | int | float | bool | None:
        """The one value it has, or `None` when it is open, has several, or is not given."""
        return self.known[0].value if len(self.known) == 1 and not self.open else None


ABSENT: Final = Argument(Presence.ABSENT)
UNRESOLVED: Final = Argument(Presence.UNKNOWN, open=True)


@dataclass(frozen=True, slots=True)
class Piece:
    """One block of the prompt: a tool, a system block, or a content block of a message."""

    part: Part
    path: str
    """Where it stands in the request ("system[0]", "messages[2].content[1]")."""

    segments: tuple[Segment, ...]
    place: Place
    role: str = ""
    """The role of its message, or empty."""

    turn: int = -1
    """The index of its message, or -1 outside messages."""

    newest: bool = False
    """Whether it belongs to the last message of the request."""

    certain: bool = True
    """False when the block is in the request on some paths only, or stands for an unknown number of blocks."""

    kind: str = ""
    """The `type` of the block as written ("text", "document"), `text` for a string, or empty where unknown."""

    varies: bool | None = None
    """Whether it differs from turn to turn of the innermost loop around the call; `None` where that cannot be told."""

    @property
    def text(self) -> str:
        """What is known of its text, without what is not."""
        return "".join(segment.text or "" for segment in self.segments)


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """A `cache_control` mark. It caches the pieces up to and including `piece`."""

    piece: int
    """The index of its piece in the request's `pieces`."""

    ttl: Literal["5m", "1h"]
    place: Place
    certain: bool = True
    """False when it is set on some paths only."""

    many: bool = False
    """True when it stands for one on each of any number of blocks."""

    automatic: bool = False
    """True for the top-level `cache_control`, which the API puts on the last block."""


@dataclass(frozen=True, slots=True)
class Beta:
    """A beta header that a request sends, with the edit that takes it out where that is mechanical."""

    name: str
    place: Place
    removal: Edit | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """The shape that a request asks its answer to have."""

    kind: Literal["schema", "tool"]
    fields: int
    """The number of top-level properties, or -1 when it cannot be told."""

    flat: bool
    """Whether every property is a scalar, an enum, a boolean, or a list of scalars."""

    choices: bool
    """Whether every property is an enum or a boolean."""

    place: Place
    tool: str = ""
    """The name of the tool that takes the answer, where it is known."""


@dataclass(frozen=True, slots=True)
class Loop:
    """The innermost loop around a call that is no retry loop, in its function or in a caller of the file."""

    place: Place
    kind: Literal["for", "while", "comprehension"]
    few: bool = False
    """Whether it is known to have fewer than `FEW_TURNS` turns."""

    many: bool = False
    """Whether what it goes through says that there are many turns: a progress bar, the name of a data set."""

    carried: bool = False
    """Whether a turn uses what an earlier turn made, or decides about whether the next one comes."""

    asks: bool = False
    """Whether each turn waits for what somebody types or sends."""

    pauses: tuple[float, ...] | None = ()
    """Seconds slept in each turn, one for each place that sleeps; `None` where a pause grows or is not known."""


FEW_TURNS: Final = 10


@dataclass(frozen=True, slots=True)
class Retry:
    """Something around a call that makes it again after it failed."""

    place: Place
    word: str
    """What it is, for a message ("`tenacity.retry`", "the loop")."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """What runs a function again and again: where that is said, and how many seconds it is from run to run."""

    place: Place
    seconds: float


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the code around a call does with it, as far as the file shows."""

    loop: Loop | None = None
    retries: tuple[Retry, ...] = ()
    served: bool = False
    """Whether somebody may wait for the answer: a web handler, a bot, a tool, a command line that asks."""

    script: bool = False
    """Whether the call is in what runs by itself: a notebook, a script, code behind a `__main__` guard."""

    gathered: bool = False
    """Whether the call is made concurrently with others of its kind."""

    parses_json: bool = False
    """Whether the function parses JSON text."""

    history: Place | None = None
    """Where `messages` is a list that only grows, from turn to turn or call to call: the place that adds to it."""

    turning: tuple[str, ...] = ()
    """The arguments that depend on which turn of the innermost `for` around the call it is."""

    alone: bool = False
    """Whether the call is the only one of its kind in the innermost loop around it."""

    schedule: Schedule | None = None
    """What runs the one call again and again: each run makes no other like it."""

    tagged: bool = False
    """Whether `otel_claude.feature` or `task` is around the call."""

    unchecked: Place | None = None
    """For batch results: where `.message` is read from a result whose `type` nothing looks at."""


@dataclass(frozen=True, slots=True)
class Request:
    """One Claude call site."""

    call: Place
    callee: str
    """The expression that is called, as written: `client.messages.create`."""

    method: Method
    arguments: tuple[tuple[str, Argument], ...]
    """The arguments that are given or may be, by name; every other is absent if `complete`, else unknown."""

    complete: bool
    """False when an unresolved `*` or `**` may bring more arguments."""

    pieces: tuple[Piece, ...] = ()
    breakpoints: tuple[Breakpoint, ...] = ()
    output: Output | None = None
    function: str = ""
    """The qualified name of the function around the call; empty at module level."""

    loops: tuple[Place, ...] = ()
    """The loops around the call in its function, outermost first."""

    names: tuple[str, ...] = ()
    """Names in the code around the call that say what it is for: the variable that takes its result, and the like."""

    client: str = ""
    """The SDK class of the client ("AsyncAnthropic"), or empty where the receiver could not be traced."""

    reuses: bool = False
    """Whether another request on the same path sends some of the same changing text."""

    shared: bool = False
    """Whether calls of different prompts lead to this call: what it fixes, it fixes for all of them."""

    params: Place | None = None
    """For a request of a batch: the place of its parameters."""

    way: Way = "sdk"
    decided: Place | None = None
    """The call that decides which arguments there are, where wrappers pass theirs on with `**`."""

    fields: tuple[tuple[str, Argument], ...] = ()
    """What stands inside arguments that are dicts, by dotted name (`thinking.type`)."""

    betas: tuple[Beta, ...] = ()
    """The beta headers that the request is known to send, wherever they are given."""

    settings: tuple[tuple[str, Argument], ...] = ()
    """The arguments of the client's constructor, and of `with_options` and the like after it."""

    constructed: bool = False
    """Whether the client's constructor was followed, and `settings` are all that there are."""

    around: Surroundings = Surroundings()
    """What the code around the call does with it."""

    def argument(self, name: str) -> Argument:
        """What is known of the argument `name`."""
        for key, argument in self.arguments:
            if key == name:
                return argument
        return ABSENT if self.complete else UNRESOLVED

    def field(self, name: str) -> Argument:
        """What is known of `name` ("thinking.type") inside an argument that is a dict."""
        for key, argument in self.fields:
            if key == name:
                return argument
        outer = self.argument(name.partition(".")[0])
        return ABSENT if outer.presence is Presence.ABSENT else UNRESOLVED

    def setting(self, name: str) -> Argument:
        """What is known of the argument `name` of the client's constructor."""
        return dict(self.settings).get(name, ABSENT if self.constructed else UNRESOLVED)

    @property
    def prefix_open(self) -> bool:
        """Whether the tools or the system prompt are cached, with text in them of which nothing is known."""
        last = max((mark.piece for mark in self.breakpoints), default=-1)
        return any(
            segment.stability is Stability.UNKNOWN
            for piece in self.pieces[: last + 1]
            if piece.part != "messages"
            for segment in piece.segments
        )

    @property
    def model(self) -> Argument:
        return self.argument("model")

    @property
    def max_tokens(self) -> Argument:
        return self.argument("max_tokens")

    def part(self, part: Part) -> tuple[Piece, ...]:
        """The pieces of one part of the prompt, in order."""
        return tuple(piece for piece in self.pieces if piece.part == part)
