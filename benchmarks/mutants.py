"""Breaks the instrumentation on purpose, one trap at a time, and checks that a test notices.

    python -m benchmarks.mutants [NAME ...]

A *trap* is something that an instrumentation of this SDK can get wrong, and that some have. A *mutant* is one small
edit of the source that falls into it. Each is applied to a temporary copy of the tree, in which the test that guards
against it is run; every such test is run once without any mutant before. What is printed is a table: the trap, the
mutant, and the test that killed it. The exit code is 1 if a mutant survives, or if its edit no longer fits the source.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
TESTS = "tests/otel_claude"
TRAPS = f"{TESTS}/sdk/test_traps.py"
SCENARIOS = f"{TESTS}/sdk/test_scenarios.py"
CLIENTS = f"{TESTS}/sdk/test_clients.py"
PROPERTIES = f"{TESTS}/sdk/test_properties.py"
LOAD = (f"{TESTS}/sdk/test_load.py",)
SAME_RESULT = (SCENARIOS, "-k", "installed and gets_what")
"""What the application gets of each scenario, with the newest SDK."""

SPANS = (SCENARIOS, "-k", "installed and every_scenario")
OLD_ERRORS = (SCENARIOS, "-k", "0.75.0 and every_error")
OLDEST_SPANS = (SCENARIOS, "-k", "0.40.0 and every_scenario")
MONEY = (PROPERTIES, "-k", "the_money")
SENT = (
    f"{TESTS}/sdk/test_sent_bytes.py",
    "-k",
    "installed or provider_every_byte_sent_is_as_without_us_when",
)


@dataclass(frozen=True)
class Mutant:
    """An edit of one file below `otel_claude`: every place that reads `old` reads `new`."""

    trap: str
    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    """What pytest is to run."""


_INSTALLED = '        self._replace(base.BaseClient, "_build_request", self._build_request)\n'
"""A line of `Hooks.install`."""

_RESULT = "                self._returned(call, result)\n            return result\n"
"""The end of a call, sync and async."""

_IF_A_STREAM = 'if call.streams and hasattr(result, "__next__") else result'

_PROXY = (
    "(lambda stream: type('Proxy', (), {"
    "'__getattr__': lambda _, name: getattr(stream, name), '__iter__': lambda _: iter(stream), "
    "'__next__': lambda _: next(stream), '__enter__': lambda _: stream, "
    "'__exit__': lambda _, *error: stream.__exit__(*error)})())(result)"
)


def _result(wrapped: str) -> str:
    """`_RESULT` of a sync stream changed to what `wrapped` makes of it."""
    return _RESULT.replace("return result", f"return {wrapped} {_IF_A_STREAM}")


def _method_hooked(resources: str) -> str:
    """`_INSTALLED`, after which a sync call is only seen through the `create` of the messages of `resources`."""
    return f"""{_INSTALLED}        from {resources} import Messages

        hooked, create, client = base.SyncAPIClient.request, Messages.create, base.SyncAPIClient

        def created(messages, *args, **asked):
            client.request = hooked
            try:
                return create(messages, *args, **asked)
            finally:
                client.request = hooked.__wrapped__

        client.request = hooked.__wrapped__
        self._put(Messages, "create", created)
"""


MUTANTS = (
    # What the application gets.
    Mutant(
        "next(stream)",
        "a stream is a list of its events",
        "sdk/hooks.py",
        _RESULT,
        _result("list(result)"),
        (TRAPS, "-k", "read_by_next"),
    ),
    Mutant(
        "with client.messages.create(stream=True) as stream",
        "a stream is an iterator and nothing else",
        "sdk/hooks.py",
        _RESULT,
        _result("iter(result)"),
        (TRAPS, "-k", "entered_as_a_block"),
    ),
    Mutant(
        "isinstance(stream, anthropic.Stream)",
        "a stream is a proxy that does all that a stream does",
        "sdk/hooks.py",
        _RESULT,
        _result(_PROXY),
        (TRAPS, "-k", "is_a_stream_of_the_sdk"),
    ),
    Mutant(
        "one-shot iterables as messages",
        "messages that can be read once are read by us",
        "sdk/call.py",
        '            model = body.get("model")\n',
        '            model = body.get("model")\n            list(body["messages"])\n',
        (TRAPS, "-k", "read_once"),
    ),
    Mutant(
        "the SDK's DeprecationWarning points at the user's line",
        "a frame of ours is between the application and the SDK",
        "sdk/hooks.py",
        _INSTALLED,
        f"""{_INSTALLED}        from anthropic.resources.messages import Messages

        create = Messages.create
        self._put(Messages, "create", lambda messages, *args, **asked: create(messages, *args, **asked))
""",
        (SCENARIOS, "-k", "warning_of_a_deprecated_model"),
    ),
    Mutant(
        "an instrumentation that raises after a billed call",
        "an exception of ours reaches the application",
        "sdk/hooks.py",
        '            log.debug("Could not begin to record a call", exc_info=True)\n            return None\n',
        "            raise\n",
        (f"{TESTS}/sdk/test_robustness.py", "-k", "create"),
    ),
    # When a span ends, and that it does.
    Mutant(
        "text_stream and then get_final_message",
        "a call settles as often as it ends",
        "sdk/call.py",
        "        if not self._settling.acquire(blocking=False):\n            return\n",
        "",
        (f"{TESTS}/test_metrics.py", "-k", "counted_once and helper"),
    ),
    Mutant(
        "two threads that end one stream",
        "a call settles as often as it ends",
        "sdk/call.py",
        "        if not self._settling.acquire(blocking=False):\n            return\n",
        "",
        (f"{TESTS}/sdk/test_settling.py", "-k", "two_threads"),
    ),
    Mutant(
        "a raw response is parsed by the application, which may have to await it",
        "we parse it too",
        "sdk/hooks.py",
        "        response.json() if response.headers",
        "        result.parse() if response.headers",
        (TRAPS, "-k", "raw_response"),
    ),
    Mutant(
        "a raw response is parsed by the application, which may have to await it",
        "a raw response has no message",
        "sdk/hooks.py",
        "        response.json() if response.headers",
        "        None if response.headers",
        (TRAPS, "-k", "raw_response"),
    ),
    Mutant(
        "an abandoned async generator",
        "an abandoned async generator ends nothing",
        "sdk/observers.py",
        '            observer.is_advancing = False\n            observer.end("closed")\n            raise\n',
        "            raise\n",
        OLDEST_SPANS,
    ),
    Mutant(
        "a stream that is closed",
        "the end of a body that is left waits for the garbage collector",
        "sdk/body.py",
        '    def close(self) -> None:\n        self._ended("closed")\n',
        "    def close(self) -> None:\n",
        (TRAPS, "-k", "leaves_ends_its_span"),
    ),
    Mutant(
        "a stream that is broken off",
        "only a stream that is read to its end has a cost",
        "sdk/observers.py",
        "            self._call.body_ended(how, error)\n",
        '            if how == "read":\n                self._call.body_ended(how, error)\n',
        (TRAPS, "-k", "counts_no_output"),
    ),
    Mutant(
        "a stream that is cancelled",
        "a cancelled reader ends nothing",
        "sdk/observers.py",
        "        except BaseException:\n",
        "        except GeneratorExit:\n",
        (SCENARIOS, "-k", "0.75.0 and every_scenario"),
    ),
    Mutant(
        "a stream without message_stop",
        "a stream without message_stop ended well",
        "sdk/call.py",
        'how == "read" and answer.is_parsed and not answer.is_stopped',
        "False",
        (TRAPS, "-k", "before_its_end_event"),
    ),
    Mutant(
        "a stream that an SSE error event ends",
        "an error event ends a stream as any other",
        "sdk/observers.py",
        'observer.end("failed", error)',
        'observer.end("read")',
        OLD_ERRORS,
    ),
    Mutant(
        "messages.stream() that is never entered",
        "a helper is a call before it is entered",
        "sdk/hooks.py",
        _INSTALLED,
        f"""{_INSTALLED}        from anthropic.resources.messages import Messages

        stream = Messages.stream

        def streamed(messages, **asked):
            Call(self._session, messages._client, asked, True).start_span(asked).end()
            return stream(messages, **asked)

        self._put(Messages, "stream", streamed)
""",
        (TRAPS, "-k", "never_entered"),
    ),
    Mutant(
        "a helper whose request is refused",
        "a call that fails ends nothing",
        "sdk/hooks.py",
        "            except BaseException as error:\n                call.failed(error)\n                raise\n",
        "            except BaseException:\n                raise\n",
        (TRAPS, "-k", "helper_that_is_refused"),
    ),
    Mutant(
        "a response that is dropped",
        "a call keeps its response, which keeps the call",
        "sdk/call.py",
        "        self.request = self.response = None\n",
        "        self.request = None\n",
        (TRAPS, "-k", "without_the_garbage_collector"),
    ),
    Mutant(
        "a span that is ended whatever happens",
        "a span of ours stays open when it cannot be priced",
        "sdk/call.py",
        "        finally:\n            if self.is_emitted and span is not None:",
        "        except ZeroDivisionError:\n            raise\n        else:\n"
        "            if self.is_emitted and span is not None:",
        (f"{TESTS}/sdk/test_robustness.py", "-k", "create"),
    ),
    Mutant(
        "an answer that the application changes",
        "the usage is read from the application's own object when the span is read",
        "sdk/answer.py",
        "self._stated = as_stated(usage)",
        "self._stated = fields_of(usage)",
        (f"{TESTS}/sdk/test_worked_out_later.py", "-k", "changes_neither"),
    ),
    Mutant(
        "a response that is dropped",
        "the answer is kept until somebody reads the span",
        "sdk/answer.py",
        "self.message = self._delta = None",
        "self._delta = None",
        (f"{TESTS}/sdk/test_worked_out_later.py", "-k", "nothing_of_the_applications"),
    ),
    # Which calls are seen.
    Mutant(
        "an accessor that was made before instrument()",
        "what is hooked is the method, which the accessor has already",
        "sdk/hooks.py",
        _INSTALLED,
        _method_hooked("anthropic.resources.messages"),
        (CLIENTS, "-k", "accessor"),
    ),
    Mutant(
        "a client that was made before instrument()",
        "what is hooked is each client, when it is made",
        "sdk/hooks.py",
        _INSTALLED,
        f"""{_INSTALLED}        hooked, made = base.SyncAPIClient.request, base.SyncAPIClient.__init__
        base.SyncAPIClient.request = hooked.__wrapped__

        def __init__(client, *args, **options):
            made(client, *args, **options)
            client.request = hooked.__get__(client)

        self._put(base.SyncAPIClient, "__init__", __init__)
""",
        (CLIENTS, "-k", "test_before_the_instrumentation"),
    ),
    Mutant(
        "copies of a client, by with_options",
        "what is seen is the client, and not its copies",
        "sdk/hooks.py",
        "        if self._is_removed:\n            return None\n        try:\n",
        '        if self._is_removed or client is not self.__dict__.setdefault("_first", client):\n'
        "            return None\n        try:\n",
        (CLIENTS, "-k", "copy_with_other_options"),
    ),
    Mutant(
        "beta.messages of Bedrock and Vertex, which the SDK copies when it is imported",
        "what is hooked is the method, of which they have a copy",
        "sdk/hooks.py",
        _INSTALLED,
        _method_hooked("anthropic.resources.beta.messages"),
        (CLIENTS, "-k", "AnthropicVertex-beta-sync"),
    ),
    Mutant(
        "a call that is sent again",
        "a retried call does not say so",
        "sdk/emitted.py",
        "if resent.isdigit() and int(resent):",
        "if False:",
        (SCENARIOS, "-k", "0.75.0 and sent_again"),
    ),
    Mutant(
        "a call that is sent again",
        "each attempt is a span",
        "sdk/hooks.py",
        "                call.request = request\n",
        "                call.request = request\n"
        "                emitted = Call(self._session, client, {}, False).start_span({})\n"
        "                emitted.end()\n",
        (SCENARIOS, "-k", "installed and sent_again"),
    ),
    Mutant(
        "a trace that is not sampled",
        "an unsampled stream is not counted",
        "sdk/hooks.py",
        "if sdks is None or not call.is_inference:",
        "if not call.is_inference:",
        (TRAPS, "-k", "unsampled"),
    ),
    Mutant(
        "one span a call",
        "ours comes beside the SDK's",
        "sdk/hooks.py",
        "            if self._sdk_makes_span(call.client, options):\n                return None\n",
        "",
        SPANS,
    ),
    Mutant(
        "another instrumentation beside us",
        "nobody says that it is there",
        "sdk/neighbours.py",
        '            log.warning("otel-claude: %s", _warning(module))\n',
        "            pass\n",
        (f"{TESTS}/sdk/test_neighbours.py", "-k", "WhoWraps"),
    ),
    Mutant(
        "the API's own spans beside the SDK's",
        "a call is counted for the server's span too",
        "report/calls.py",
        "        if counted.add(identity) and not is_same_call:\n",
        "        if counted.add(identity):\n",
        (f"{TESTS}/report/test_calls.py",),
    ),
    Mutant(
        "uninstrument()",
        "the hooks stay",
        "sdk/hooks.py",
        "                setattr(owner, name, original)\n",
        "                pass\n",
        (f"{TESTS}/test_provider.py", "-k", "puts_every_name"),
    ),
    Mutant(
        "instrument() twice",
        "it hooks twice",
        "instrumentation.py",
        "        if _undo:\n            return\n",
        "",
        (f"{TESTS}/test_provider.py", "-k", "instrumented_twice"),
    ),
    # Who asked, and what leaves the process.
    Mutant(
        "a stream that is read in another task, or after the block",
        "the feature is asked for when the stream ends",
        "sdk/call.py",
        "        session, span = self._session, self.span\n",
        "        session, span = self._session, self.span\n"
        "        self._attribution = session.attribution() or self._attribution\n",
        (TRAPS, "-k", "after_the_block_ended or another_thread"),
    ),
    Mutant(
        "a sampler that looks at the attributes",
        "a span starts without the feature and the call site",
        "sdk/hooks.py",
        "attributes = {**attributes, **call.start_attributes}",
        "pass",
        (TRAPS, "-k", "keeps_its_feature"),
    ),
    Mutant(
        "a feature around a yield, which the consumer leaves",
        "a generator that is left leaks its feature",
        "attribution/blocks.py",
        "    if not frame.f_code.co_flags & _IN_A_GENERATOR:\n",
        "    if True:\n",
        (TRAPS, "-k", "leaves_a_generator"),
    ),
    Mutant(
        "a call in a task of its own",
        "its call site is asyncio's",
        "call_site.py",
        '"anyio", "asyncio", "concurrent"',
        '"anyio", "concurrent"',
        (TRAPS, "-k", "names_no_line_of_asyncio"),
    ),
    Mutant(
        "baggage, which the SDK sends to the API",
        "the feature is kept in it",
        "attribution/blocks.py",
        "    return context.set_value(_KEY, attribution, within)\n",
        "    from opentelemetry import baggage\n\n"
        "    name = attribution.feature if attribution else ''\n"
        "    return baggage.set_baggage('feature', name, context.set_value(_KEY, attribution, within))\n",
        (TRAPS, "-k", "sent_to_the_api"),
    ),
    Mutant(
        "baggage, which the SDK sends to the API",
        "what is carried to other services is sent there too",
        "sdk/hooks.py",
        "withholding if withheld.is_needed() else original",
        "original",
        (f"{TESTS}/test_baggage.py", "-k", "no_request_to_anthropic"),
    ),
    Mutant(
        "a trace context that nobody asked for",
        "it goes to the API",
        "provider.py",
        "                tracer = PrivateTracer(tracer)\n",
        "                pass\n",
        SENT,
    ),
    Mutant(
        "a trace context that nobody asked for",
        "spans that show none have no parent",
        "private_tracer.py",
        "if isinstance(current, PrivateSpan):",
        "if False:",
        SENT,
    ),
    # What a call came to.
    Mutant(
        "the placeholder of message_start",
        "it is the output count",
        "sdk/answer.py",
        'Usage.of_response(_get(message, "usage"))._replace(output_tokens=None)',
        'Usage.of_response(_get(message, "usage"))',
        (TRAPS, "-k", "counts_no_output"),
    ),
    Mutant(
        "the events of a stream",
        "they are not seen",
        "sdk/observers.py",
        "                if kind in self._events:\n                    self._call.event(item, kind)\n",
        "",
        MONEY,
    ),
    Mutant(
        "a body that the application reads itself",
        "nobody parses it, and so it is not read",
        "sdk/call.py",
        "            if not answer.is_parsed and self.kept",
        "            if False and self.kept",
        MONEY,
    ),
    Mutant(
        "a call that the API refused",
        "it has a cost",
        "sdk/call.py",
        "if error is not None and (not self._is_sent or emitted.is_unbilled(error)):",
        "if False:",
        SPANS,
    ),
    Mutant(
        "a call that the API refused",
        "the error that the API names is lost",
        "sdk/emitted.py",
        "        if isinstance(named, str):\n            return named\n",
        "",
        OLD_ERRORS,
    ),
    Mutant(
        "a model that nobody knows",
        "it costs nothing",
        "cost.py",
        '        if not bands:\n            return unpriced("unknown_model")\n',
        "        if not bands:\n            continue\n",
        SPANS,
    ),
    Mutant(
        "writes for an hour",
        "they cost as those for five minutes",
        "cost.py",
        "for_1h * per_1h",
        "for_1h * per_5m",
        MONEY,
    ),
    Mutant(
        "a batch",
        "it costs as much as other calls",
        "cost.py",
        '_UNIT // 2 if service_tier == "batch" else _UNIT',
        "_UNIT",
        MONEY,
    ),
    Mutant(
        "web searches",
        "they are free",
        "cost.py",
        "_PER_SEARCH: Final = _PER_USD // 100",
        "_PER_SEARCH: Final = 0",
        MONEY,
    ),
    Mutant(
        "tokens from the cache",
        "they are counted as uncached ones too",
        "usage.py",
        "return (*self[:4], ",
        "return (self.prompt_tokens, *self[1:4], ",
        (f"{TESTS}/test_metrics.py", "-k", "add_up"),
    ),
    Mutant(
        "a process that forks",
        "the child counts what waited in its parent",
        "backlog.py",
        "if os.getpid() != self._pid:",
        "if False:",
        (f"{TESTS}/test_metrics.py", "-k", "forked_child"),
    ),
    Mutant(
        "more calls than are collected",
        "a full backlog drops the oldest",
        "backlog.py",
        "deque()",
        "deque(maxlen=16)",
        (f"{TESTS}/test_metrics.py", "-k", "backlog"),
    ),
)


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant: `killed` by the test `said`, or `survived`, or `unfit` to the source, or `hangs`."""

    mutant: Mutant
    became: str
    said: str
    seconds: float


def copied(folder: Path) -> Path:
    """A copy of the tree in which the processes that tests start import its own `otel_claude`, for any SDK."""
    tree = folder / "tree"
    ignored = shutil.ignore_patterns(
        ".git", ".venv", ".envs", "dist", "build", "__pycache__", ".*_cache", ".hypothesis"
    )
    shutil.copytree(ROOT, tree, ignore=ignored, symlinks=True)
    for overlay in (ROOT / ".envs").glob("anthropic-*/"):
        ours = tree / ".envs" / overlay.name
        ours.mkdir(parents=True)
        for entry in overlay.iterdir():
            (ours / entry.name).symlink_to(entry)
        (ours / "otel_claude").symlink_to(tree / "otel_claude")
    return tree


def tried(mutant: Mutant, tree: Path) -> Outcome:
    path = tree / "otel_claude" / mutant.file
    source = path.read_text()
    started = time.monotonic()
    if mutant.old not in source:
        return Outcome(mutant, "unfit", f"{mutant.file} does not read {mutant.old.strip()!r}", 0.0)
    path.write_text(source.replace(mutant.old, mutant.new))
    try:
        done = pytest(mutant.tests, tree)
    except subprocess.TimeoutExpired:
        return Outcome(mutant, "hangs", " ".join(mutant.tests), time.monotonic() - started)
    finally:
        path.write_text(source)
    # Exit code 1 is a failed test; any other but 0 says that the edit left nothing to be tested.
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
    said = (
        failed[0].partition("::")[2].partition(" - ")[0] if failed else done.stdout.strip().splitlines()[-1]
    )
    became = {0: "survived", 1: "killed"}.get(done.returncode, "unfit")
    return Outcome(mutant, became, said, time.monotonic() - started)


def pytest(tests: tuple[str, ...], tree: Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "--tb=no",
        "--no-header",
        "-p",
        "no:cacheprovider",
        *tests,
    ]
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="a part of a trap or of the name of a mutant; by default, all",
    )
    asked = parser.parse_args()
    chosen = [
        each
        for each in MUTANTS
        if not asked.names or any(name in f"{each.trap}: {each.name}" for name in asked.names)
    ]
    outcomes = []
    with tempfile.TemporaryDirectory() as folder:
        tree = copied(Path(folder))
        for tests in dict.fromkeys(mutant.tests for mutant in chosen):
            if pytest(tests, tree).returncode:
                sys.exit(f"the tests fail without any mutant: {' '.join(tests)}")
        for mutant in chosen:
            outcome = tried(mutant, tree)
            outcomes.append(outcome)
            print(
                f"{outcome.became:8}  {outcome.seconds:3.0f} s  {mutant.trap}: {mutant.name}\n{'':17}{outcome.said}",
                flush=True,
            )
    alive = [outcome for outcome in outcomes if outcome.became != "killed"]
    print(f"{len(outcomes) - len(alive)} of {len(outcomes)} mutants killed")
    sys.exit(1 if alive else 0)


if __name__ == "__main__":
    main()
