"""The table of what the API and the SDK do with a request agrees with the installed SDK."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, get_args

import anthropic
import pytest
from anthropic._constants import DEFAULT_MAX_RETRIES, MODEL_NONSTREAMING_TOKENS
from anthropic.types import AnthropicBetaParam

from otel_claude import api_facts
from otel_claude.models import MODELS

if TYPE_CHECKING:
    from otel_claude.models import Model


def test_obsolete_betas_are_names_that_the_sdk_knows() -> None:
    names = {name for part in get_args(AnthropicBetaParam) for name in get_args(part)}
    assert set(api_facts.OBSOLETE_BETAS) <= names


def test_the_sdk_takes_no_sampling_arguments() -> None:
    parameters = inspect.signature(anthropic.Anthropic(api_key="key").messages.create).parameters
    assert not set(api_facts.SAMPLING) & set(parameters)


def test_the_sdk_takes_every_argument_that_invalidates_a_cache() -> None:
    parameters = inspect.signature(anthropic.Anthropic(api_key="key").messages.create).parameters
    assert set(api_facts.INVALIDATES) <= set(parameters)


def test_the_sdk_retries_as_often_as_the_rule_says() -> None:
    from claude_rules.nested_retries import DEFAULT_RETRIES

    assert DEFAULT_RETRIES == DEFAULT_MAX_RETRIES


def test_the_sdk_refuses_without_streaming_what_the_rule_says() -> None:
    from claude_rules.nonstreaming_max_tokens import LIMIT

    client = anthropic.Anthropic(api_key="key")
    client._calculate_nonstreaming_timeout(LIMIT, None)
    with pytest.raises(ValueError, match="Streaming"):
        client._calculate_nonstreaming_timeout(LIMIT + 1, None)
    assert max(model.max_nonstreaming_tokens for model in MODELS) == LIMIT


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_the_sdk_refuses_without_streaming_what_the_table_says_of_a_model(model: Model) -> None:
    from claude_rules.nonstreaming_max_tokens import LIMIT

    assert {MODEL_NONSTREAMING_TOKENS.get(name, LIMIT) for name in model.ids} == {
        model.max_nonstreaming_tokens
    }


def test_a_longer_cache_costs_more_to_write() -> None:
    assert list(api_facts.CACHE_SECONDS) == list(api_facts.WRITE_MULTIPLIER) == ["5m", "1h"]
    assert float(api_facts.WRITE_MULTIPLIER["5m"]) < float(api_facts.WRITE_MULTIPLIER["1h"])
