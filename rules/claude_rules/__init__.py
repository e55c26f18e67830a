"""The rules: what wastes money on Claude calls.

One module is one rule. Its docstring is the rule's page, its examples are the rule's tests. A rule reads the request
model of `claude_lint.request` and nothing else. Codes are stable for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_rules import (
    deprecated_model,
    dynamic_cached_prefix,
    missing_max_tokens,
    opus_for_extraction,
    retired_model,
)

if TYPE_CHECKING:
    from claude_lint.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    dynamic_cached_prefix.RULE,
    missing_max_tokens.RULE,
    opus_for_extraction.RULE,
    retired_model.RULE,
    deprecated_model.RULE,
)
"""Every rule, in the order of the codes."""
