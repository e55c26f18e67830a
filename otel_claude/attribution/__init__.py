"""Who asked for a call, and for what: the feature, the task, and the tags that say more.

An *attribution* is what a block of the user's code says of the calls made in it. It travels in the OpenTelemetry
context, so it follows threads and tasks as that does, and it is never sent to Anthropic.

`blocks` is how a block holds, `generators` and `owner` how it holds in a generator, `labels` what `feature()` and
`tag()` say, `tasks` what `task()` says and sums, `carrying` takes all that to executors and other processes, `baggage`
to other services, and `defaults` is what holds where no block does.
"""

from __future__ import annotations

from otel_claude.attribution.blocks import Attribution, Block, current
from otel_claude.attribution.carrying import in_context
from otel_claude.attribution.labels import feature, tag
from otel_claude.attribution.tasks import Task, current_task, task

__all__ = ["Attribution", "Block", "Task", "current", "current_task", "feature", "in_context", "tag", "task"]
