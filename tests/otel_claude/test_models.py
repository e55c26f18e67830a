import subprocess
import sys

import pytest

from otel_claude.models import MODELS, Model, find, parse_id

IDS = {
    # The Claude API: every family, and ids of which one begins another.
    "claude-fable-5": "claude-fable-5",
    "claude-fable-5-1": "claude-fable-5-1",
    "claude-fable-5-2": "claude-fable-5-2",
    "claude-mythos-5": "claude-mythos-5",
    "claude-mythos-5-1": "claude-mythos-5-1",
    "claude-mythos-5-2": "claude-mythos-5-2",
    "claude-mythos-preview": "claude-mythos-preview",
    "claude-opus-5": "claude-opus-5",
    "claude-opus-5-5": "claude-opus-5-5",
    "claude-opus-4-8": "claude-opus-4-8",
    "claude-opus-4-7": "claude-opus-4-7",
    "claude-opus-4-6": "claude-opus-4-6",
    "claude-opus-4-5": "claude-opus-4-5",
    "claude-opus-4-5-20251101": "claude-opus-4-5",
    "claude-opus-4-1": "claude-opus-4-1",
    "claude-opus-4-1-20250805": "claude-opus-4-1",
    "claude-opus-4-0": "claude-opus-4-0",
    "claude-opus-4-20250514": "claude-opus-4-0",
    "claude-4-opus-20250514": "claude-opus-4-0",
    "claude-3-opus-20240229": "claude-3-opus-20240229",
    "claude-3-opus-latest": "claude-3-opus-20240229",
    "claude-sonnet-5-5": "claude-sonnet-5-5",
    "claude-sonnet-5": "claude-sonnet-5",
    "claude-sonnet-4-6": "claude-sonnet-4-6",
    "claude-sonnet-4-5": "claude-sonnet-4-5",
    "claude-sonnet-4-5-20250929": "claude-sonnet-4-5",
    "claude-sonnet-4-0": "claude-sonnet-4-0",
    "claude-sonnet-4-20250514": "claude-sonnet-4-0",
    "claude-4-sonnet-20250514": "claude-sonnet-4-0",
    "claude-3-7-sonnet-latest": "claude-3-7-sonnet-20250219",
    "claude-3-5-sonnet-20240620": "claude-3-5-sonnet-20241022",
    "claude-3-5-sonnet-latest": "claude-3-5-sonnet-20241022",
    "claude-3-sonnet-20240229": "claude-3-sonnet-20240229",
    "claude-haiku-5-5": "claude-haiku-5-5",
    "claude-haiku-4-5": "claude-haiku-4-5",
    "claude-haiku-4-5-20251001": "claude-haiku-4-5",
    "claude-3-5-haiku-20241022": "claude-3-5-haiku-20241022",
    "claude-3-haiku-20240307": "claude-3-haiku-20240307",
    "claude-2": "claude-2.1",
    "claude-2.0": "claude-2.1",
    "claude-1.3-100k": "claude-1.3",
    "claude-instant-1.1-100k": "claude-instant-1.2",
    # Bedrock.
    "anthropic.claude-opus-4-20250514-v1:0": "claude-opus-4-0",
    "anthropic.claude-haiku-4-5@20251001": "claude-haiku-4-5",
    "anthropic.claude-3-5-sonnet-20240620-v1:0": "claude-3-5-sonnet-20241022",
    "anthropic.claude-3-5-sonnet-20241022-v2:0": "claude-3-5-sonnet-20241022",
    "anthropic.claude-3-haiku-20240307-v1:0:200k": "claude-3-haiku-20240307",
    "anthropic.claude-instant-v1": "claude-instant-1.2",
    "anthropic.claude-v1": "claude-1.3",
    "anthropic.claude-v2": "claude-2.1",
    "anthropic.claude-v2:1": "claude-2.1",
    "anthropic.claude-opus-4-6-v1": "claude-opus-4-6",
    "global.anthropic.claude-opus-4-6-v1": "claude-opus-4-6",
    "us.anthropic.claude-fable-5": "claude-fable-5",
    "eu.anthropic.claude-fable-5-1": "claude-fable-5-1",
    "us.anthropic.claude-fable-5-2": "claude-fable-5-2",
    "jp.anthropic.claude-opus-5": "claude-opus-5",
    "au.anthropic.claude-opus-5-5": "claude-opus-5-5",
    "apac.anthropic.claude-mythos-preview": "claude-mythos-preview",
    "us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0": "claude-sonnet-4-5",
    "us-gov-west-1/anthropic.claude-haiku-5-5": "claude-haiku-5-5",
    "claude-sonnet-4-5-20250929-v1:0": "claude-sonnet-4-5",
    "bedrock/us-east-1/anthropic.claude-opus-4-8": "claude-opus-4-8",
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-20250514-v1:0": (
        "claude-sonnet-4-0"
    ),
    # Google Cloud.
    "claude-3-5-haiku": "claude-3-5-haiku-20241022",
    "claude-3-opus@20240229": "claude-3-opus-20240229",
    "claude-opus-4@20250514": "claude-opus-4-0",
    "claude-opus-4-1@20250805": "claude-opus-4-1",
    "claude-fable-5@default": "claude-fable-5",
    "claude-fable-5-1@default": "claude-fable-5-1",
    "claude-sonnet-5@default": "claude-sonnet-5",
    "claude-sonnet-5-5@default": "claude-sonnet-5-5",
    "projects/p-1/locations/us-east5/publishers/anthropic/models/claude-opus-5": "claude-opus-5",
    # Foundry, gateways, tools.
    "claude-opus-5-5-fast": "claude-opus-5-5",
    "anthropic/claude-opus-5": "claude-opus-5",
    "claude-opus-4-6[1m]": "claude-opus-4-6",
    " Claude-Haiku-4-5 ": "claude-haiku-4-5",
    # Dates that Anthropic never gave out.
    "claude-opus-4-6-20260205": "claude-opus-4-6",
    "claude-opus-4-7-20260416": "claude-opus-4-7",
    "anthropic.claude-3-7-sonnet-20240620-v1:0": "claude-3-7-sonnet-20250219",
}


@pytest.mark.parametrize(("model_id", "expected"), IDS.items())
def test_an_id_of_any_platform_leads_to_its_model(model_id: str, expected: str) -> None:
    model = find(model_id)
    assert model is not None
    assert model.id == expected


@pytest.mark.parametrize(
    "model_id",
    [
        "",
        "gpt-5",
        "claude",
        "claude-opus",
        "claude-opus-5-9",
        "claude-opus-4-10",
        "claude-fable-5-3",
        "claude-opus-5-5-preview",
        "claude-haiku-5",
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcdef123456",
    ],
)
def test_an_id_that_only_resembles_a_model_leads_to_none(model_id: str) -> None:
    assert find(model_id) is None


def test_an_id_with_an_invented_date_is_none_of_the_models_ids() -> None:
    model = find("claude-opus-4-6-20260205")
    assert model is not None
    assert "claude-opus-4-6-20260205" not in model.ids
    assert "claude-opus-4-6" in model.ids


@pytest.mark.parametrize(
    ("model_id", "platform", "region", "regional"),
    [
        ("claude-opus-5-5", "claude_api", None, False),
        ("us.anthropic.claude-opus-5-5", "bedrock", "us", True),
        ("apac.anthropic.claude-haiku-4-5-20251001-v1:0", "bedrock", "apac", True),
        ("global.anthropic.claude-opus-5-5", "bedrock", "global", False),
        ("anthropic.claude-opus-5-5", "bedrock", None, False),
        ("us-gov.anthropic.claude-opus-5-5", "bedrock", "us-gov", True),
        ("us-gov-west-1/anthropic.claude-opus-5-5", "bedrock", "us-gov", True),
        ("eu-central-1/anthropic.claude-opus-5-5", "bedrock", "eu-central-1", True),
        ("claude-opus-4-5@20251101", "vertex", None, False),
        (
            "projects/p-1/locations/us-east5/publishers/anthropic/models/claude-opus-5",
            "vertex",
            "us-east5",
            True,
        ),
        (
            "projects/p-1/locations/global/publishers/anthropic/models/claude-opus-5",
            "vertex",
            "global",
            False,
        ),
        ("claude-opus-5-5-fast", "foundry", None, False),
    ],
)
def test_an_id_says_where_it_belongs(
    model_id: str, platform: str, region: str | None, regional: bool
) -> None:
    parsed = parse_id(model_id)
    assert (parsed.platform, parsed.region, parsed.regional) == (platform, region, regional)


def test_the_base_keeps_the_date_of_the_snapshot() -> None:
    assert parse_id("us.anthropic.claude-haiku-4-5-20251001-v1:0").base == "claude-haiku-4-5-20251001"
    assert parse_id("claude-haiku-4-5@20251001").base == "claude-haiku-4-5-20251001"


def test_no_two_models_share_an_id() -> None:
    ids = [model_id for model in MODELS for model_id in model.ids]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_the_facts_of_a_model_agree_with_each_other(model: Model) -> None:
    assert all(find(model_id) is model for model_id in model.ids)
    assert (model.retires is None) == (model.replacement is None)
    if model.replacement is not None:
        successor = find(model.replacement)
        assert successor is not None
        assert successor.id == model.replacement
        assert successor.retires is None
    if model.deprecated is not None:
        assert model.retires is not None
        assert model.deprecated < model.retires
    if model.released is not None and model.retires is not None:
        assert model.released < model.retires
    assert model.geo_premium == ("inference_geo" not in model.rejects)
    assert model.regional_premium or not model.geo_premium


def test_every_id_that_the_sdk_knows_leads_to_a_model_with_its_retirement_day() -> None:
    messages = pytest.importorskip("anthropic.resources.messages.messages")
    from datetime import datetime
    from typing import get_args

    from anthropic.types.model import Model as SdkModel

    for model_id in get_args(get_args(SdkModel)[0]):
        model = find(model_id)
        assert model is not None, model_id
        assert model_id in model.ids
    for model_id, spoken in messages.DEPRECATED_MODELS.items():
        month, day, year = spoken.replace(",", "").split()
        retires = datetime.strptime(f"{month} {day.rstrip('sthrnd')} {year}", "%B %d %Y").date()
        model = find(model_id)
        assert model is not None, model_id
        assert model.retires == retires, model_id


def test_models_and_rates_import_nothing_heavy() -> None:
    code = (
        "import otel_claude.models, otel_claude.rates, otel_claude.cost, sys; "
        "heavy = ('opentelemetry.sdk', 'libcst', 'genai_prices', 'anthropic', 'rich'); "
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
