"""Every attribute and metric name that this project writes or reads, in one place.

A *signal* here is one span attribute, with the type of its value and what it means. No other module spells a
name: it imports the constant. `docs/attributes.md` is generated from `REGISTRY`.

Names follow OpenTelemetry's GenAI conventions where one exists. They are all in Development status and PyPI's
constants lag behind them, so they are spelled here. What no convention names lives under `otel_claude.`.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

# What the SDK's own span carries. We read these, and set them on a span that we emit ourselves.
OPERATION_NAME: Final = "gen_ai.operation.name"
PROVIDER_NAME: Final = "gen_ai.provider.name"
REQUEST_MODEL: Final = "gen_ai.request.model"
REQUEST_MAX_TOKENS: Final = "gen_ai.request.max_tokens"
REQUEST_STREAM: Final = "gen_ai.request.stream"
RESPONSE_MODEL: Final = "gen_ai.response.model"
RESPONSE_ID: Final = "gen_ai.response.id"
INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
CACHE_READ_TOKENS: Final = "gen_ai.usage.cache_read.input_tokens"
CACHE_WRITE_TOKENS: Final = "gen_ai.usage.cache_write.input_tokens"
OLDER_CACHE_WRITE_TOKENS: Final = "gen_ai.usage.cache_creation.input_tokens"
REASONING_TOKENS: Final = "gen_ai.usage.reasoning.output_tokens"
CACHE_WRITE_5M_TOKENS: Final = "anthropic.usage.cache_creation.ephemeral_5m_input_tokens"
CACHE_WRITE_1H_TOKENS: Final = "anthropic.usage.cache_creation.ephemeral_1h_input_tokens"
COMPACTION_INPUT_TOKENS: Final = "anthropic.usage.compaction.input_tokens"
COMPACTION_OUTPUT_TOKENS: Final = "anthropic.usage.compaction.output_tokens"
REQUEST_SERVICE_TIER: Final = "anthropic.request.service_tier"
RESPONSE_SERVICE_TIER: Final = "anthropic.response.service_tier"
TIME_TO_FIRST_CHUNK: Final = "gen_ai.response.time_to_first_chunk"
STOP_REASON: Final = "anthropic.message.stop_reason"
REQUEST_ID: Final = "anthropic.request.id"
WORKSPACE_ID: Final = "anthropic.workspace.id"
ERROR_TYPE: Final = "error.type"
HTTP_REQUEST_METHOD: Final = "http.request.method"
HTTP_RESEND_COUNT: Final = "http.request.resend_count"
HTTP_STATUS_CODE: Final = "http.response.status_code"
HTTP_ROUTE: Final = "http.route"
SERVER_ADDRESS: Final = "server.address"
SERVER_PORT: Final = "server.port"
URL_FULL: Final = "url.full"
URL_PATH: Final = "url.path"
URL_SCHEME: Final = "url.scheme"

# What we add. The first three are an open proposal of OpenTelemetry's (semantic-conventions-genai, PR 443).
COST_AMOUNT: Final = "gen_ai.usage.cost.amount"
COST_CURRENCY: Final = "gen_ai.usage.cost.currency"
COST_SOURCE: Final = "gen_ai.usage.cost.source"
COST_INPUT: Final = "otel_claude.cost.input"
COST_CACHE_READ: Final = "otel_claude.cost.cache_read"
COST_CACHE_WRITE_5M: Final = "otel_claude.cost.cache_write_5m"
COST_CACHE_WRITE_1H: Final = "otel_claude.cost.cache_write_1h"
COST_OUTPUT: Final = "otel_claude.cost.output"
COST_SERVER_TOOLS: Final = "otel_claude.cost.server_tools"
COST_CACHE_SAVINGS: Final = "otel_claude.cost.cache_savings"
COST_STATUS: Final = "otel_claude.cost.status"
COST_REASON: Final = "otel_claude.cost.reason"
COST_BUCKET: Final = "otel_claude.cost.bucket"
COST_BILLED_TO: Final = "otel_claude.cost.billed_to"
RATES_VERSION: Final = "otel_claude.rates.version"
RATES_SOURCE: Final = "otel_claude.rates.source"
FEATURE: Final = "otel_claude.feature"
CACHE_STATUS: Final = "otel_claude.cache.status"
CACHE_MISS_REASON: Final = "otel_claude.cache.miss_reason"
CACHE_MISS_SOURCE: Final = "otel_claude.cache.miss_source"
CACHE_CHANGED_AT: Final = "otel_claude.cache.changed_at"
CACHE_PREFIX: Final = "otel_claude.cache.prefix"
TASK_NAME: Final = "otel_claude.task.name"
TASK_ID: Final = "otel_claude.task.id"
TASK_REMOTE: Final = "otel_claude.task.remote"
TAG_PREFIX: Final = "otel_claude.tag."
CALL_SITE_WRAPPER: Final = "otel_claude.call_site.wrapper"
CODE_FILE_PATH: Final = "code.file.path"
CODE_FUNCTION_NAME: Final = "code.function.name"
CODE_LINE_NUMBER: Final = "code.line.number"

# What the span of a task has besides.
TASK_PARENT_ID: Final = "otel_claude.task.parent_id"
TASK_UNIT: Final = "otel_claude.task.unit"
TASK_VALUE: Final = "otel_claude.task.value"
TASK_PASSED: Final = "otel_claude.task.passed"
TASK_SCORE: Final = "otel_claude.task.score"
TASK_COST: Final = "otel_claude.task.cost"
TASK_COST_BUCKET: Final = "otel_claude.task.cost_bucket"
TASK_NESTED_COST: Final = "otel_claude.task.nested_cost"
TASK_CALLS: Final = "otel_claude.task.calls"
TASK_OPEN_CALLS: Final = "otel_claude.task.open_calls"
TASK_UNPRICED: Final = "otel_claude.task.unpriced"
TASK_ATTEMPTS: Final = "otel_claude.task.attempts"
TASK_MODELS: Final = "otel_claude.task.models"
TASK_TOKENS: Final = {
    kind: f"otel_claude.task.tokens.{kind}"
    for kind in ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
}
"""Each kind of tokens with its attribute."""

TASK_RETRIED: Final = "otel_claude.task.retried"
TASK_ESCALATED: Final = "otel_claude.task.escalated"
TASK_FIRST_MODEL: Final = "otel_claude.task.first_model"

# What a call paid for and did not need.
TOOLS_DECLARED: Final = "otel_claude.tools.declared"
TOOLS_CALLED: Final = "otel_claude.tools.called"
TOOLS_UNCALLED: Final = "otel_claude.tools.uncalled"
TOOLS_UNCALLED_TOKENS: Final = "otel_claude.tools.uncalled_tokens"
DOCUMENTS_SENT: Final = "otel_claude.documents.sent"
DOCUMENTS_CITED: Final = "otel_claude.documents.cited"
DOCUMENTS_UNCITED_TOKENS: Final = "otel_claude.documents.uncited_tokens"
REQUEST_REPEAT: Final = "otel_claude.request.repeat"
INPUT_SYSTEM_SHARE: Final = "otel_claude.input.system_share"
INPUT_TOOLS_SHARE: Final = "otel_claude.input.tools_share"
INPUT_HEAD_REPEATED: Final = "otel_claude.input.head_repeated"

# What we add to the span that reads the results of a batch. The SDK gives it the batch's id.
BATCH_ID: Final = "anthropic.message.batch.id"
BATCH_OUTCOMES: Final = {
    outcome: f"otel_claude.batch.requests.{outcome}"
    for outcome in ("succeeded", "errored", "canceled", "expired")
}
"""Each type of result, as the API names it, with the attribute that counts the requests."""

BATCH_UNPRICED: Final = "otel_claude.batch.requests.unpriced"
BATCH_COMPLETE: Final = "otel_claude.batch.complete"
BATCH_REPEATED: Final = "otel_claude.batch.repeated"
BATCH_MODEL: Final = "otel_claude.batch.model"
BATCH_TOKENS: Final = {
    kind: f"otel_claude.batch.tokens.{kind}"
    for kind in ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
}
"""Each kind of tokens with its attribute."""

BATCH_COST_AMOUNT: Final = "otel_claude.batch.cost.amount"
BATCH_COST_INPUT: Final = "otel_claude.batch.cost.input"
BATCH_COST_CACHE_READ: Final = "otel_claude.batch.cost.cache_read"
BATCH_COST_CACHE_WRITE_5M: Final = "otel_claude.batch.cost.cache_write_5m"
BATCH_COST_CACHE_WRITE_1H: Final = "otel_claude.batch.cost.cache_write_1h"
BATCH_COST_OUTPUT: Final = "otel_claude.batch.cost.output"
BATCH_COST_SERVER_TOOLS: Final = "otel_claude.batch.cost.server_tools"
BATCH_COST_CACHE_SAVINGS: Final = "otel_claude.batch.cost.cache_savings"
BATCH_COST_STATUS: Final = "otel_claude.batch.cost.status"
BATCH_COST_REASON: Final = "otel_claude.batch.cost.reason"
BATCH_COST: Final = {
    COST_AMOUNT: BATCH_COST_AMOUNT,
    COST_INPUT: BATCH_COST_INPUT,
    COST_CACHE_READ: BATCH_COST_CACHE_READ,
    COST_CACHE_WRITE_5M: BATCH_COST_CACHE_WRITE_5M,
    COST_CACHE_WRITE_1H: BATCH_COST_CACHE_WRITE_1H,
    COST_OUTPUT: BATCH_COST_OUTPUT,
    COST_SERVER_TOOLS: BATCH_COST_SERVER_TOOLS,
    COST_CACHE_SAVINGS: BATCH_COST_CACHE_SAVINGS,
    COST_STATUS: BATCH_COST_STATUS,
    COST_REASON: BATCH_COST_REASON,
}
"""Each attribute for the cost of a call with the one for that of a batch."""

# Metrics.
METRIC_COST: Final = "gen_ai.client.operation.cost"
METRIC_TOKENS: Final = "otel_claude.tokens"
METRIC_DURATION: Final = "gen_ai.client.operation.duration"
METRIC_TASKS_STARTED: Final = "otel_claude.task.started"
METRIC_TASKS_FINISHED: Final = "otel_claude.task.finished"
METRIC_TASK_VALUE: Final = "otel_claude.task.value"
METRIC_TASK_SCORE: Final = "otel_claude.task.score"
METRIC_BUDGET_SPENT: Final = "otel_claude.budget.spent"
METRIC_BUDGET_USED: Final = "otel_claude.budget.used"
METRIC_CACHE_MISSES: Final = "otel_claude.cache.misses"
METRIC_HIT_RATIO: Final = "otel_claude.cache.hit_ratio"
TOKEN_KIND: Final = "kind"  # noqa: S105

# What tells the versions of a program apart: attributes of its resource.
HEAD_REVISION: Final = "vcs.ref.head.revision"
SERVICE_VERSION: Final = "service.version"

# Budgets: of their metrics and of the log records that alerts are.
EVENT_BUDGET: Final = "otel_claude.budget.threshold"
EVENT_HIT_RATIO: Final = "otel_claude.cache.hit_ratio.low"
BUDGET_SUBJECT: Final = "otel_claude.budget.subject"
BUDGET_PERIOD: Final = "otel_claude.budget.period"
BUDGET_LIMIT: Final = "otel_claude.budget.limit"
BUDGET_SPENT: Final = "otel_claude.budget.spent"
BUDGET_THRESHOLD: Final = "otel_claude.budget.threshold"
CACHE_HIT_RATIO: Final = "otel_claude.cache.hit_ratio"

# Where a span comes from: its instrumentation scope.
SDK_SCOPE: Final = "com.anthropic.sdk.python"
SDK_SCOPE_PREFIX: Final = "com.anthropic.sdk."
SERVER_SCOPE: Final = "com.anthropic.claude-platform"
OUR_SCOPE: Final = "otel_claude"

OPENLLMETRY_SCOPE: Final = "opentelemetry.instrumentation.anthropic"

# What others call the same things: each of our names with theirs, the first that is there.
OLD_PROVIDER_NAME: Final = "gen_ai.system"
OPENINFERENCE_KIND: Final = "openinference.span.kind"
OPENINFERENCE_OUTPUT: Final = "output.value"
OPENINFERENCE: Final = {
    PROVIDER_NAME: ("llm.provider", "llm.system"),
    REQUEST_MODEL: ("llm.request.model_name", "llm.model_name"),
    RESPONSE_MODEL: ("llm.response.model_name", "llm.model_name"),
    STOP_REASON: ("llm.finish_reason",),
    INPUT_TOKENS: ("llm.token_count.prompt",),
    OUTPUT_TOKENS: ("llm.token_count.completion",),
    CACHE_READ_TOKENS: ("llm.token_count.prompt_details.cache_read",),
    CACHE_WRITE_TOKENS: ("llm.token_count.prompt_details.cache_write",),
    REASONING_TOKENS: ("llm.token_count.completion_details.reasoning",),
}
"""OpenInference's semantic conventions, 0.1."""

OLD_GENAI: Final = {
    PROVIDER_NAME: (OLD_PROVIDER_NAME,),
    INPUT_TOKENS: ("gen_ai.usage.prompt_tokens",),
    OUTPUT_TOKENS: ("gen_ai.usage.completion_tokens",),
    CACHE_READ_TOKENS: ("gen_ai.usage.cache_read_input_tokens",),
    CACHE_WRITE_TOKENS: ("gen_ai.usage.cache_creation_input_tokens",),
}
"""OpenTelemetry's GenAI conventions before 1.27, which OpenLLMetry kept for longer."""

INFERENCE_SPAN: Final = "anthropic.messages.create"
BATCH_RESULTS_SPAN: Final = "anthropic.messages.batches.results"


class Attribute(NamedTuple):
    """One attribute that we add to a span: its name, the type of its value and what it means."""

    name: str
    type: Literal["string", "double", "int", "boolean", "string[]", "int[]"]
    meaning: str


REGISTRY: Final[tuple[Attribute, ...]] = (
    Attribute(COST_AMOUNT, "double", "What the call cost, in USD. Absent when the call is unpriced."),
    Attribute(COST_CURRENCY, "string", "Always `USD`."),
    Attribute(
        COST_SOURCE, "string", "Always `local`: computed here from usage and rates, not billed by a provider."
    ),
    Attribute(COST_INPUT, "double", "USD for uncached input tokens. The six parts sum to the amount."),
    Attribute(COST_CACHE_READ, "double", "USD for input tokens read from the cache."),
    Attribute(COST_CACHE_WRITE_5M, "double", "USD for input tokens written to the 5-minute cache."),
    Attribute(COST_CACHE_WRITE_1H, "double", "USD for input tokens written to the 1-hour cache."),
    Attribute(COST_OUTPUT, "double", "USD for output tokens, thinking included."),
    Attribute(COST_SERVER_TOOLS, "double", "USD for web searches."),
    Attribute(
        COST_CACHE_SAVINGS,
        "double",
        "USD that caching saved against the same call uncached. Negative when writes were not earned back.",
    ),
    Attribute(COST_STATUS, "string", "`exact`, `estimated` or `unpriced`."),
    Attribute(COST_REASON, "string", "Why the cost is not exact, from a closed list. Absent when it is."),
    Attribute(
        COST_BUCKET,
        "string",
        "`lt_0.001`, `0.001_to_0.01`, `0.01_to_0.1`, `0.1_to_1` or `ge_1` USD, for backends that search by equality.",
    ),
    Attribute(
        COST_BILLED_TO,
        "string",
        "`user_profile` where the request has `billing_policy` bill the organization of a user profile: the cost is 0. "
        "Absent otherwise.",
    ),
    Attribute(RATES_VERSION, "string", "The date from which the row of rates used is in force."),
    Attribute(RATES_SOURCE, "string", "`table`, `genai-prices` or `override`."),
    Attribute(
        CACHE_STATUS,
        "string",
        "What the prompt cache did: `off` (no breakpoint), `below_minimum` (too short for the model), `write`, `read`, "
        "or `partial`: some read, the rest written.",
    ),
    Attribute(
        CACHE_MISS_REASON,
        "string",
        "Why something was written that might have been read: `first_write`, `expired`, `model_changed`, "
        "`tools_changed`, `system_changed`, `messages_changed`, `parameters_changed`, `lookback` or `unknown`. Absent "
        "where nothing was lost. See [cache](cache.md).",
    ),
    Attribute(
        CACHE_MISS_SOURCE,
        "string",
        "`inferred` by comparing with earlier calls of the process, or `api`: by the response's own diagnostics.",
    ),
    Attribute(
        CACHE_CHANGED_AT,
        "string",
        "Where the prefix first differs from the earlier one, as a path: `system[0]`, `messages[3].content[1]`.",
    ),
    Attribute(
        CACHE_PREFIX,
        "string",
        "A keyed digest of the prefix up to the last breakpoint: equal for equal prefixes.",
    ),
    Attribute(
        OLDER_CACHE_WRITE_TOKENS,
        "int",
        "The same as `gen_ai.usage.cache_write.input_tokens`, for viewers that know the older name. Only with "
        "`instrument(older_names=True)`.",
    ),
    Attribute(FEATURE, "string", "The feature that asked, as named by `feature()`."),
    Attribute(f"{TAG_PREFIX}<name>", "string", "A tag, as given to `tag()`: a string, number or boolean."),
    Attribute(
        f"{TAG_PREFIX}feature.outer",
        "string",
        "The features around that one, from the outermost: `support > answer`.",
    ),
    Attribute(TASK_NAME, "string", "The innermost task that the call was made in, as named by `task()`."),
    Attribute(TASK_ID, "string", "Which one of the tasks of that name: 16 hexadecimal digits."),
    Attribute(
        TASK_REMOTE,
        "boolean",
        "`true` where the task began in another process. Absent where it began here.",
    ),
    Attribute(
        CODE_FILE_PATH,
        "string",
        "The file that made the call, relative to the project's root where it can be told.",
    ),
    Attribute(CODE_FUNCTION_NAME, "string", "The function that made the call, qualified within its file."),
    Attribute(CODE_LINE_NUMBER, "int", "The line that made the call."),
    Attribute(
        CALL_SITE_WRAPPER,
        "string",
        "The library between that line and the SDK: `langchain`, `llama-index`, `instructor` or `pydantic-ai`.",
    ),
    Attribute(TOOLS_DECLARED, "int", "Tools in the request, but for those whose loading is deferred."),
    Attribute(
        TOOLS_CALLED,
        "string[]",
        "The names of those that the answer calls. Absent where it did not come to its end, or there are over 128.",
    ),
    Attribute(
        TOOLS_UNCALLED, "string[]", "The names of the others. Their descriptions and schemas stay here."
    ),
    Attribute(
        TOOLS_UNCALLED_TOKENS,
        "int[]",
        "The input tokens that each of those takes: an estimate by characters.",
    ),
    Attribute(DOCUMENTS_SENT, "int", "Documents in the request that can be cited."),
    Attribute(
        DOCUMENTS_CITED, "int", "Those that the answer cites. Absent where it did not come to its end."
    ),
    Attribute(
        DOCUMENTS_UNCITED_TOKENS,
        "int",
        "The input tokens of the others: an estimate by characters, without PDF files and images.",
    ),
    Attribute(
        REQUEST_REPEAT,
        "int",
        "How often the same request was answered before, in this process. Absent at the first time.",
    ),
    Attribute(
        INPUT_SYSTEM_SHARE,
        "double",
        "The share of the input that is the system prompt, 0 to 1, by characters. Absent with images and files.",
    ),
    Attribute(INPUT_TOOLS_SHARE, "double", "The share of the input that is the definitions of tools."),
    Attribute(
        INPUT_HEAD_REPEATED,
        "boolean",
        "Whether this process sent the same tools and system prompt to the model in the 5 minutes before.",
    ),
)
"""What we add to the span of an inference call."""

TASK_REGISTRY: Final[tuple[Attribute, ...]] = (
    Attribute(TASK_NAME, "string", "What `task()` named it."),
    Attribute(
        TASK_ID,
        "string",
        "Which one of that name. Its calls have the same, in whatever process they are made.",
    ),
    Attribute(
        TASK_PARENT_ID, "string", "The id of the task that it is nested in. Absent where it is in none."
    ),
    Attribute(TASK_UNIT, "string", "What one of them is called, as given to `task()`."),
    Attribute(TASK_VALUE, "double", "What one is worth that passed, in USD, as given to `task()`."),
    Attribute(
        TASK_PASSED,
        "boolean",
        "The last verdict that was recorded; `false` where an exception left the task. Absent where there is neither.",
    ),
    Attribute(TASK_SCORE, "double", "The last score that was recorded."),
    Attribute(
        TASK_COST,
        "double",
        "What its calls cost, in USD, those of tasks inside it not counted. Absent where none of them is priced.",
    ),
    Attribute(
        TASK_COST_BUCKET,
        "string",
        "The size of that cost and of what the tasks inside it cost, for backends that search by equality: `lt_0.001`, "
        "`0.001_to_0.01`, `0.01_to_0.1`, `0.1_to_1` or `ge_1` USD.",
    ),
    Attribute(
        TASK_NESTED_COST, "double", "What the tasks inside it cost, in USD. Absent where there were none."
    ),
    Attribute(TASK_CALLS, "int", "Its calls: those whose innermost task it is."),
    Attribute(
        TASK_OPEN_CALLS,
        "int",
        "Those that had not settled when it finished, as a stream that is read later. The sums lack them.",
    ),
    Attribute(TASK_UNPRICED, "int", "Those that have no price: the cost lacks them. Absent if none."),
    Attribute(
        TASK_ATTEMPTS,
        "int",
        "How often it was tried: anew after a verdict, after a call that failed, and with another model.",
    ),
    Attribute(TASK_MODELS, "string[]", "The models that answered, in the order in which they first did."),
    Attribute(TASK_TOKENS["input"], "int", "Uncached input tokens of its calls."),
    Attribute(TASK_TOKENS["cache_read"], "int", "Input tokens that they read from the cache."),
    Attribute(TASK_TOKENS["cache_write_5m"], "int", "Input tokens written to the 5-minute cache."),
    Attribute(TASK_TOKENS["cache_write_1h"], "int", "Input tokens written to the 1-hour cache."),
    Attribute(TASK_TOKENS["output"], "int", "Output tokens, thinking included."),
)
"""What is on the span of a task, besides the feature and the tags.

All of it has names of its own, so that a sum over `gen_ai.usage.cost.amount` counts inference calls only.
"""

BATCH_REGISTRY: Final[tuple[Attribute, ...]] = (
    Attribute(BATCH_OUTCOMES["succeeded"], "int", "Results read that are a message. Only these are billed."),
    Attribute(BATCH_OUTCOMES["errored"], "int", "Results read that are an error."),
    Attribute(
        BATCH_OUTCOMES["canceled"], "int", "Results read of requests that were canceled before they ran."
    ),
    Attribute(BATCH_OUTCOMES["expired"], "int", "Results read of requests that did not run in time."),
    Attribute(BATCH_UNPRICED, "int", "Succeeded results that have no price. The amount leaves them out."),
    Attribute(BATCH_COMPLETE, "boolean", "Whether the results were read to their end."),
    Attribute(
        BATCH_REPEATED,
        "boolean",
        "Whether this process had read results of the batch before: a sum over spans then counts them twice.",
    ),
    Attribute(BATCH_MODEL, "string", "The model that answered. Absent where several did."),
    Attribute(BATCH_TOKENS["input"], "int", "Uncached input tokens of the succeeded results."),
    Attribute(BATCH_TOKENS["cache_read"], "int", "Input tokens that they read from the cache."),
    Attribute(BATCH_TOKENS["cache_write_5m"], "int", "Input tokens written to the 5-minute cache."),
    Attribute(BATCH_TOKENS["cache_write_1h"], "int", "Input tokens written to the 1-hour cache."),
    Attribute(BATCH_TOKENS["output"], "int", "Output tokens, thinking included."),
    Attribute(
        BATCH_COST_AMOUNT,
        "double",
        "What the results read cost, in USD. Absent when they are unpriced.",
    ),
    Attribute(BATCH_COST_INPUT, "double", "USD for uncached input tokens. The six parts sum to the amount."),
    Attribute(BATCH_COST_CACHE_READ, "double", "USD for input tokens read from the cache."),
    Attribute(BATCH_COST_CACHE_WRITE_5M, "double", "USD for input tokens written to the 5-minute cache."),
    Attribute(BATCH_COST_CACHE_WRITE_1H, "double", "USD for input tokens written to the 1-hour cache."),
    Attribute(BATCH_COST_OUTPUT, "double", "USD for output tokens, thinking included."),
    Attribute(BATCH_COST_SERVER_TOOLS, "double", "USD for web searches."),
    Attribute(
        BATCH_COST_CACHE_SAVINGS,
        "double",
        "USD that caching saved. Negative when writes were not earned back.",
    ),
    Attribute(
        BATCH_COST_STATUS, "string", "`exact`, `estimated` or `unpriced`: the least certain of the results."
    ),
    Attribute(BATCH_COST_REASON, "string", "Why the cost is not exact, from the same closed list."),
)
"""What we add to the span that reads the results of a batch, besides the feature and the call site.

The cost has names of its own, so that a sum over `gen_ai.usage.cost.amount` counts inference calls only.
"""
