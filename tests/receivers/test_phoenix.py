"""What a mixed run costs by our table and by Arize Phoenix's own, for the same spans."""

from __future__ import annotations

import pytest

from benchmarks import phoenix_prices
from benchmarks.phoenix_prices import KINDS, KNOWN, NOBODYS, ORDINARY, TAKEN_FOR
from tests.receivers import phoenix

pytestmark = pytest.mark.receiver


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """What was priced, by model and kind."""
    try:
        with phoenix.running(tmp_path_factory.mktemp("phoenix")) as server:
            return {(row.model, row.kind): row for row in phoenix_prices.compared(server)}
    except phoenix.UnavailableError as error:
        pytest.skip(f"no Phoenix here: {error}")


@pytest.mark.parametrize("model", KNOWN)
def test_the_total_of_each_model_is_phoenixs_to_the_last_digit(rows, model):
    row = rows[model, ORDINARY]
    assert row.ours > 0
    assert row.is_equal, row


def test_a_prompt_in_the_dearer_band_costs_the_same(rows):
    row = rows[KINDS["long prompt"].model, "long prompt"]
    # 150,000 tokens at $0.50 and 90 at $2.50 a million, twice.
    assert row.ours == pytest.approx(2 * (150_000 * 0.50 + 90 * 2.50) / 1e6)
    assert row.is_equal, row


LIST_USD = {
    # Sonnet 5.5, twice: 210 and 75 tokens at $2 and $10; 2,000 written at $2.50, 4,000 at $4 or at $2.50.
    "1-hour writes": (
        2 * (210 * 2 + 75 * 10 + 2000 * 2.50 + 4000 * 4) / 1e6,
        2 * (210 * 2 + 75 * 10 + 6000 * 2.50) / 1e6,
    ),
    # Opus 5.5, twice, at $4 and $20.
    "batch": ((900 * 4 + 310 * 20) / 1e6, 2 * (900 * 4 + 310 * 20) / 1e6),
    "inference in the US": (2 * 1.1 * (800 * 4 + 120 * 20) / 1e6, 2 * (800 * 4 + 120 * 20) / 1e6),
    "fast mode": (2 * (800 * 8 + 120 * 40) / 1e6, 2 * (800 * 4 + 120 * 20) / 1e6),
    # Sonnet 5.5, twice, with three searches at $0.01 or without.
    "web search": (2 * ((1500 * 2 + 200 * 10) / 1e6 + 0.03), 2 * (1500 * 2 + 200 * 10) / 1e6),
}
"""What each kind costs by the list, and what it costs where one thing of the list is not known."""


@pytest.mark.parametrize("kind", LIST_USD)
def test_where_phoenix_differs_it_lacks_one_thing_of_the_list(rows, kind):
    row = rows[KINDS[kind].model, kind]
    assert (row.ours, row.phoenixs) == pytest.approx(LIST_USD[kind], rel=1e-9)


def test_a_model_that_phoenix_does_not_know_is_taken_for_another_or_has_no_price(rows):
    unequal = {model for (model, kind), row in rows.items() if kind == ORDINARY and not row.is_equal}
    assert unequal == set(TAKEN_FOR)
    for model in NOBODYS:
        assert rows[model, ORDINARY].ours is rows[model, ORDINARY].phoenixs is None


def test_every_kind_was_priced(rows):
    assert set(LIST_USD) | {"long prompt"} == set(KINDS)
    assert len(rows) == len(KNOWN) + len(TAKEN_FOR) + len(NOBODYS) + len(KINDS)
