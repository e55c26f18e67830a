"""Where changing values come from: a table from dotted names to stability, and what formatting does to a date."""

from __future__ import annotations

import re
from typing import Final

from claude_lint.dataclass import dataclass
from claude_lint.request import Stability


@dataclass(frozen=True, slots=True)
class Source:
    """Something that gives another value from time to time. `word` names it in a message."""

    stability: Stability
    word: str
    kind: str = "other"
    """`datetime` or `date` for what can be formatted by the day, else `other`."""


CLOCK: Final = Source(Stability.PER_CALL, "the clock", "datetime")
TODAY: Final = Source(Stability.PER_DAY, "the day", "date")
TICKS: Final = Source(Stability.PER_CALL, "the clock")
UUID: Final = Source(Stability.PER_CALL, "a fresh UUID")
RANDOM: Final = Source(Stability.PER_CALL, "a random value")
ORDER: Final = Source(Stability.PER_CALL, "a random order")
PROCESS: Final = Source(Stability.IMPORT_TIME, "the process id")
REQUEST: Final = Source(Stability.PER_CALL, "data of the incoming request")
FOUND: Final = Source(Stability.PER_CALL, "what a search finds")
TYPED: Final = Source(Stability.PER_CALL, "what the user types")

CALLS: Final[dict[str, Source]] = {
    "datetime.datetime.now": CLOCK,
    "datetime.datetime.utcnow": CLOCK,
    "datetime.datetime.today": CLOCK,
    "datetime.date.today": TODAY,
    "django.utils.timezone.now": CLOCK,
    "django.utils.timezone.localtime": CLOCK,
    "django.utils.timezone.localdate": TODAY,
    "homeassistant.util.dt.now": CLOCK,
    "homeassistant.util.dt.utcnow": CLOCK,
    "pendulum.now": CLOCK,
    "pendulum.today": TODAY,
    "arrow.now": CLOCK,
    "arrow.utcnow": CLOCK,
    "pandas.Timestamp.now": CLOCK,
    "pandas.Timestamp.utcnow": CLOCK,
    "time.localtime": CLOCK,
    "time.gmtime": CLOCK,
    "time.time": TICKS,
    "time.time_ns": TICKS,
    "time.monotonic": TICKS,
    "time.monotonic_ns": TICKS,
    "time.perf_counter": TICKS,
    "time.perf_counter_ns": TICKS,
    "time.ctime": TICKS,
    "time.asctime": TICKS,
    "uuid.uuid1": UUID,
    "uuid.uuid4": UUID,
    "uuid.uuid6": UUID,
    "uuid.uuid7": UUID,
    "shortuuid.uuid": UUID,
    "ulid.new": UUID,
    "ulid.ULID": UUID,
    "nanoid.generate": UUID,
    "os.getpid": PROCESS,
    "os.urandom": RANDOM,
    "random.shuffle": ORDER,
    "builtins.input": TYPED,
}
"""What a call gives. Sources: the Python documentation of each module; each gives another value when called again."""

RANDOM_CALLS: Final = frozenset(
    {
        *(
            f"random.{name}"
            for name in [
                "random",
                "randint",
                "randrange",
                "choice",
                "choices",
                "sample",
                "uniform",
                "gauss",
                "normalvariate",
                "triangular",
                "betavariate",
                "expovariate",
                "getrandbits",
                "randbytes",
            ]
        ),
        *(
            f"secrets.{name}"
            for name in ["choice", "randbelow", "randbits", "token_bytes", "token_hex", "token_urlsafe"]
        ),
        *(
            f"numpy.random.{name}"
            for name in ["rand", "randn", "randint", "random", "choice", "uniform", "normal", "permutation"]
        ),
    }
)

REQUEST_OBJECTS: Final = ("flask.request", "quart.request", "bottle.request")
"""Imported objects that stand for the request being served: whatever is read from them belongs to that request."""

REQUEST_TYPES: Final = ("fastapi.Request", "fastapi.requests.Request", "starlette.requests.Request")
"""Types of a parameter that stands for the request being served."""

REQUEST_PARTS: Final = frozenset(
    {"body", "client", "cookies", "form", "headers", "json", "path_params", "query_params", "stream", "url"}
)
"""What belongs to one request of these types; the rest (`app`, `state`) can outlive it. Source: Starlette's pages."""

SEARCHES: Final = frozenset(
    {
        "similarity_search",
        "similarity_search_with_score",
        "similarity_search_by_vector",
        "similarity_search_with_relevance_scores",
        "asimilarity_search",
        "asimilarity_search_with_score",
        "max_marginal_relevance_search",
        "amax_marginal_relevance_search",
        "get_relevant_documents",
        "aget_relevant_documents",
        "hybrid_search",
        "semantic_search",
        "vector_search",
    }
)
"""Methods that find passages for a question. Sources: the documentation of LangChain's vector stores and retrievers."""

RETRIEVING: Final = frozenset({"retrieve", "aretrieve", "invoke", "ainvoke", "get_relevant_documents"})
"""Methods that do so where they are a retriever's. Sources: the documentation of LangChain and LlamaIndex."""

QUERIES: Final = frozenset({"query_texts", "query_embeddings", "vector"})
"""Keywords of a `query` that does so. Sources: the documentation of Chroma and Pinecone."""

COARSE_DIRECTIVES: Final = frozenset("aAbBdejmuwyYCGgUVWxDFZzHIkl%hp")
"""`strftime` directives that stay the same for an hour or longer."""

_DIRECTIVE: Final = r"(?s)%[-#_0^E]?(.)"


def source_of_call(name: str) -> Source | None:
    """The source behind a call of the dotted `name`, or `None` when calls of it are not known to change."""
    return CALLS.get(name) or (RANDOM if name in RANDOM_CALLS else None)


def source_of_name(name: str) -> Source | None:
    """The source behind reading from the dotted `name`, or `None`."""
    owner, _, part = name.rpartition(".")
    if owner in REQUEST_TYPES:
        return REQUEST if part in REQUEST_PARTS else None
    return REQUEST if any(name == root or name.startswith(root + ".") for root in REQUEST_OBJECTS) else None


def is_search(name: str, keywords: frozenset[str]) -> bool:
    """Whether a call of the dotted `name` with these keywords finds passages for a question."""
    owner, _, method = name.rpartition(".")
    if method in SEARCHES:
        return True
    if method == "query":
        return not keywords.isdisjoint(QUERIES)
    return method in RETRIEVING and owner.rpartition(".")[2].lower().endswith("retriever")


def is_coarse(pattern: str) -> bool:
    """Whether a date formatted with the `strftime` pattern stays the same for an hour or longer."""
    return all(directive in COARSE_DIRECTIVES for directive in re.findall(_DIRECTIVE, pattern))
