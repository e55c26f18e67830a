"""What counts as a Claude call: the SDK's clients and methods, and what only looks like them.

A call is recognised by its receiver where that can be traced to one of the SDK's client classes. Where it cannot, the
shape of the call decides (`….messages.create(model=…, messages=…)`) together with whether the file imports the SDK.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from claude_lint.following.values import Client
    from claude_lint.request import Method

CLIENT_CLASSES: Final = frozenset(
    f"{prefix}Anthropic{platform}"
    for prefix in ("", "Async")
    for platform in ("", "AWS", "Bedrock", "BedrockMantle", "Vertex", "GoogleCloud", "Foundry")
)
"""The 14 client classes of anthropic 2.11."""

CLIENT_ALIASES: Final = frozenset({"Client", "AsyncClient"})
"""What the SDK calls `Anthropic` and `AsyncAnthropic` besides."""

CLIENT_PATHS: Final = frozenset(
    {"beta", "messages", "batches", "prompt_caching", "with_raw_response", "with_streaming_response"}
)
METHODS: Final[dict[str, Method]] = {
    "create": "create",
    "stream": "stream",
    "parse": "parse",
    "tool_runner": "tool_runner",
    "count_tokens": "count_tokens",
}
BATCH_METHODS: Final[dict[str, Method]] = {
    "create": "batch",
    "retrieve": "batch_retrieve",
    "results": "batch_results",
}
COPIES: Final = frozenset({"with_options", "copy", "with_middleware", "__enter__", "__aenter__"})
"""Methods of a client that give a client."""

LOOK_ALIKE_PARENTS: Final = frozenset(
    {"agents", "conversations", "runs", "threads", "channels", "rooms", "chat"}
)
"""`x.messages.create` below one of these is Letta's, OpenAI's, Twilio's or Webex's."""

FOREIGN_ROOTS: Final = frozenset(
    {
        "openai",
        "twilio",
        "letta_client",
        "webexteamssdk",
        "webexpythonsdk",
        "groq",
        "ollama",
        "mistralai",
        "slack_sdk",
        "vonage",
        "telnyx",
        "plivo",
        "mailchimp_transactional",
    }
)
"""Packages whose objects are never Claude clients."""

FOREIGN_KEYWORDS: Final = frozenset(
    {
        "to",
        "from_",
        "body",
        "roomId",
        "toPersonEmail",
        "agent_id",
        "thread_id",
        "conversation_id",
        "role",
        "content",
    }
)
CLAUDE_KEYWORDS: Final = frozenset(
    {
        "model",
        "messages",
        "max_tokens",
        "system",
        "tools",
        "tool_choice",
        "stop_sequences",
        "thinking",
        "requests",
    }
)
TYPES_ROOT: Final = "anthropic.types"
"""What is called below it makes a dict (its parameter types are TypedDicts)."""


def client_class(dotted: str) -> str | None:
    """The name of the client class that `dotted` names, or `None`."""
    root, _, name = dotted.partition(".")
    last = name.rpartition(".")[2]
    if root != "anthropic" or not last:
        return None
    return last if last in CLIENT_CLASSES or (name in CLIENT_ALIASES) else None


def client_in_annotation(annotation: str) -> str | None:
    """The client class in the text of an annotation ("anthropic.Anthropic | None"), or `None`."""
    words = "".join(letter if letter.isalnum() or letter == "_" else " " for letter in annotation).split()
    return next((word for word in words if word in CLIENT_CLASSES), None)


def method_of(client: Client) -> Method | None:
    """The API method that the path of `client` leads to, or `None` when it is not one of messages."""
    path = tuple(name for name in client.path if not name.startswith("with_") and name != "prompt_caching")
    if path[:1] == ("beta",):
        path = path[1:]
    if path[:2] == ("messages", "batches"):
        return BATCH_METHODS.get(path[2]) if len(path) == 3 else None
    return METHODS.get(path[1]) if len(path) == 2 and path[0] == "messages" else None


def looks_like_claude(keywords: frozenset[str], spread: bool, imports_sdk: bool) -> bool:
    """Whether the arguments of a call on an untraced receiver are those of a Claude call."""
    if keywords & FOREIGN_KEYWORDS:
        return False
    if "messages" in keywords and keywords & {"model", "max_tokens"}:
        return True
    return imports_sdk and (
        bool(keywords & CLAUDE_KEYWORDS) or (spread and not keywords - {"extra_headers", "timeout"})
    )
