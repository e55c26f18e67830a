"""The rules: what wastes money on Claude calls.

One module is one rule. Its docstring is the rule's page, its examples are the rule's tests. A rule reads the request
model of `claude_lint.request` and nothing else. Codes are stable for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_rules import (
    batch_poll_storm,
    batchable_loop,
    below_minimum_prefix,
    cache_invalidated_between_calls,
    deprecated_model,
    dynamic_before_static,
    dynamic_cached_prefix,
    missing_max_tokens,
    nested_retries,
    nondeterministic_prefix,
    nonstreaming_max_tokens,
    obsolete_cache_header,
    one_shot_breakpoint,
    opus_for_extraction,
    oversized_max_tokens,
    rejected_parameter,
    resent_document,
    retired_model,
    too_many_breakpoints,
    ttl_mismatch,
    unbounded_history,
    uncacheable_block,
    uncached_static_prefix,
    unchecked_batch_result,
    unconstrained_json,
    unknown_model,
    untagged_call,
    vague_length_instruction,
)

if TYPE_CHECKING:
    from claude_lint.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    dynamic_cached_prefix.RULE,
    nondeterministic_prefix.RULE,
    uncached_static_prefix.RULE,
    dynamic_before_static.RULE,
    below_minimum_prefix.RULE,
    too_many_breakpoints.RULE,
    ttl_mismatch.RULE,
    uncacheable_block.RULE,
    obsolete_cache_header.RULE,
    cache_invalidated_between_calls.RULE,
    one_shot_breakpoint.RULE,
    missing_max_tokens.RULE,
    oversized_max_tokens.RULE,
    nonstreaming_max_tokens.RULE,
    vague_length_instruction.RULE,
    unconstrained_json.RULE,
    opus_for_extraction.RULE,
    retired_model.RULE,
    deprecated_model.RULE,
    unknown_model.RULE,
    rejected_parameter.RULE,
    batchable_loop.RULE,
    batch_poll_storm.RULE,
    nested_retries.RULE,
    unbounded_history.RULE,
    resent_document.RULE,
    unchecked_batch_result.RULE,
    untagged_call.RULE,
)
"""Every rule, in the order of the codes."""
