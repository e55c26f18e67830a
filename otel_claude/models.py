"""Claude's models, and how a model id leads to one.

A *model* here is one row of `MODELS`. A *model id* is a text that names one: as the Claude API spells it
(`claude-haiku-4-5-20251001`), as a cloud does (`us.anthropic.claude-haiku-4-5-20251001-v1:0`,
`claude-haiku-4-5@20251001`), or as a gateway passes it on. A *base* is what is left of an id without its
cloud's trimmings.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from otel_claude._model_table import MODELS, Family, Model, Rejection

__all__ = ["MODELS", "Family", "Model", "ModelId", "Platform", "Rejection", "find", "parse_id", "undated"]

Platform = Literal["claude_api", "bedrock", "vertex", "foundry"]

CLOUD_NAMES: Final = {
    "claude-v1": "claude-1.3",
    "claude-v2": "claude-2.1",
    "claude-v2:1": "claude-2.1",
    "claude-instant-v1": "claude-instant-1.2",
}
"""Bases on Bedrock in which `-v1` is part of the name, not a revision of the deployment."""


class ModelId(NamedTuple):
    """What a model id says."""

    base: str
    """In lower case, without the cloud's trimmings; a date of a snapshot stays."""

    platform: Platform
    """Where the id belongs. Other platforms use the Claude API's ids too: `claude_api` is no proof."""

    region: str | None
    """`us`, `eu`, `global`, `us-gov`, `us-east5` …, or `None` where the id names none."""

    @property
    def regional(self) -> bool:
        """Whether the id names a region, or a group of them, other than the whole world."""
        return self.region not in {None, "global"}


_BEDROCK: Final = re.compile(r"^(?:(?P<region>[a-z]{2,}(?:-[a-z]+)?)\.)?anthropic\.")
_REGION: Final = re.compile(r"[a-z]+(?:-[a-z]+)+-?\d+")
_REVISION: Final = re.compile(r"-v\d+(?::\d+)?(?::\d+k)?$")
_DATE: Final = re.compile(r"-20\d{6}$")


@lru_cache(maxsize=1024)
def parse_id(text: str) -> ModelId:
    """What `text` says as a model id; any text has an answer, also one that is no id of Claude's.

    Takes off what clouds, gateways and tools put around the base: the ARN of an inference profile, a path,
    the prefix `us.anthropic.`, the revision `-v1:0`, `@20251101` or `@default`, `[1m]`, and `-fast` of
    Foundry. The ARN of an *application* inference profile hides the model: its base is the profile's own id.
    """
    rest = text.strip().lower().removesuffix("[1m]")
    platform: Platform = "claude_api"
    region: str | None = None
    if rest.startswith("arn:"):
        platform = "bedrock"
    *path, rest = rest.split("/")
    if "locations" in path[:-1]:
        platform, region = "vertex", path[path.index("locations") + 1]
    elif path and _REGION.fullmatch(path[-1]):
        region = path[-1]
    if bedrock := _BEDROCK.match(rest):
        platform = "bedrock"
        region = bedrock["region"] or region
        rest = rest[bedrock.end() :]
    if region is not None and region.startswith("us-gov"):
        region = "us-gov"
    if "@" in rest:
        rest, _, snapshot = rest.partition("@")
        platform = "bedrock" if platform == "bedrock" else "vertex"
        if snapshot.isdigit():
            rest = f"{rest}-{snapshot}"
    if rest.endswith("-fast"):
        platform, rest = "foundry", rest.removesuffix("-fast")
    if rest not in CLOUD_NAMES and (revision := _REVISION.search(rest)):
        platform, rest = "bedrock", rest[: revision.start()]
    return ModelId(rest, platform, region)


def undated(base: str) -> str:
    """`base` without the date of a snapshot."""
    return _DATE.sub("", base)


def _index() -> dict[str, Model]:
    by_base: dict[str, Model] = {}
    for model in MODELS:
        for api_id in model.ids:
            by_base[api_id] = model
            by_base[undated(api_id)] = model
    by_base.update({name: by_base[api_id] for name, api_id in CLOUD_NAMES.items()})
    return by_base


_BY_BASE: Final = _index()


@lru_cache(maxsize=1024)
def find(model_id: str) -> Model | None:
    """The model that `model_id` names, on whichever platform, or `None`.

    The base must be known in full: `claude-opus-5-9` is not `claude-opus-5`. Of a date only its form matters:
    whoever got an answer under `claude-opus-4-6-20260205` was served by Opus 4.6, though Anthropic never gave
    out that id. Whether the Claude API has an id is a question for `Model.ids`.
    """
    base = parse_id(model_id).base
    return _BY_BASE.get(base) or _BY_BASE.get(undated(base))
