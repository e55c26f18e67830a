"""The rules: what wastes money on Claude calls.

One module is one rule. Its docstring is the rule's page, its examples are the rule's tests. A rule reads the request
model of `claude_lint.request` and nothing else. Codes are stable for ever.

A module is imported when more is asked of its rule than what stands here: most runs find all they need in the cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_lint.rule import ListedRule

if TYPE_CHECKING:
    from claude_lint.rule import Rule

MODULES: Final = {
    "CL101": "dynamic_cached_prefix",
    "CL102": "nondeterministic_prefix",
    "CL103": "uncached_static_prefix",
    "CL104": "dynamic_before_static",
    "CL105": "below_minimum_prefix",
    "CL106": "too_many_breakpoints",
    "CL107": "ttl_mismatch",
    "CL108": "uncacheable_block",
    "CL109": "obsolete_cache_header",
    "CL110": "cache_invalidated_between_calls",
    "CL111": "one_shot_breakpoint",
    "CL201": "missing_max_tokens",
    "CL202": "oversized_max_tokens",
    "CL203": "nonstreaming_max_tokens",
    "CL204": "vague_length_instruction",
    "CL205": "unconstrained_json",
    "CL301": "opus_for_extraction",
    "CL302": "retired_model",
    "CL303": "deprecated_model",
    "CL304": "unknown_model",
    "CL305": "rejected_parameter",
    "CL401": "batchable_loop",
    "CL402": "batch_poll_storm",
    "CL403": "nested_retries",
    "CL404": "unbounded_history",
    "CL405": "resent_document",
    "CL406": "unchecked_batch_result",
    "CL501": "untagged_call",
}
"""The module of each rule, by its code. The rule's name is the module's, with hyphens."""

ON_REQUEST: Final = frozenset({"CL204", "CL501"})
"""The rules that are off when nothing is selected."""

RULES: Final[tuple[Rule, ...]] = tuple(
    ListedRule(code, module.replace("_", "-"), f"{__name__}.{module}", default=code not in ON_REQUEST)
    for code, module in MODULES.items()
)
"""Every rule, in the order of the codes."""
