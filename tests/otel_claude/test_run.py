"""`otel-claude run`, and the same program without us: what it prints, how it ends, and what of it is traced."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from otel_claude.simulator import Simulator
from otel_claude.store.reader import read

PYTHON = sys.executable
RUN = (PYTHON, str(Path(PYTHON).with_name("otel-claude")), "run")

PROGRAMS = {
    "itself.py": """
        import json, locale, logging, os, signal, site, sys, threading, warnings
        ours = {"PYTHONPATH", "OTEL_CLAUDE_RUN_PID", "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"}
        json.dump({
            "main": [__name__, __file__, __spec__ is None, sys.modules["__main__"].__dict__ is globals()],
            "argv": [sys.argv, sys.orig_argv[1:], sys.executable, sys.prefix],
            "path": [sys.path, site.ENABLE_USER_SITE],
            "flags": [str(sys.flags), sys.warnoptions, str(warnings.filters), sys._xoptions],
            "process": [os.getcwd(), os.umask(0o77), sorted(os.listdir("/dev/fd")), locale.getlocale()],
            "signals": {s.name: str(signal.getsignal(s)) for s in signal.valid_signals() if hasattr(s, "name")},
            "hooks": [sys.excepthook is sys.__excepthook__, sys.gettrace(), logging.getLogger().handlers],
            "threads": threading.active_count(),
            "environment": {name: value for name, value in os.environ.items() if name not in ours},
        }, sys.stdout, indent=1)
        """,
    "package/__init__.py": "",
    "package/__main__.py": "import sys; print(__package__, sys.argv[1:], sys.path[0])",
    "hello.py": "import sys; print('hello', __name__, sys.argv[1:])",
    "directory/__main__.py": "import sys; print('directory', sys.argv[1:])",
    "script": "import sys; print('no suffix', sys.argv)",
    "exits.py": "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)",
    "says.py": "raise SystemExit('what went wrong')",
    "fails.py": "def inner():\n    raise ValueError('no')\n\ninner()",
    "stdin.py": "import sys; print(sys.stdin.read().upper())",
    "late.py": "import atexit; atexit.register(print, 'first'); atexit.register(print, 'second'); 1 / 0",
    "waits.py": """
        import atexit, threading, time
        atexit.register(print, "at exit", flush=True)
        threading.Timer(0.1, lambda: print("ready", flush=True)).start()
        time.sleep(30)
        """,
    "handles.py": """
        import signal, time
        signal.signal(signal.SIGTERM, lambda *_: exit(7))
        print("ready", flush=True)
        time.sleep(30)
        """,
    "pool.py": """
        import multiprocessing, sys

        class Word(str):
            pass

        def shout(word):
            if sys.argv[2:]:
                import ask
            return Word(word.upper())

        if __name__ == "__main__":
            with multiprocessing.get_context(sys.argv[1]).Pool(1) as pool:
                word = pool.apply(shout, [Word("hello")])
            print(word, type(word).__module__, type(word) is Word)
        """,
    "ask.py": """
        import anthropic

        message = {"role": "user", "content": "hello"}
        anthropic.Anthropic().messages.create(model="claude-haiku-5-5", max_tokens=9, messages=[message])
        """,
    "looks_and_asks.py": "import importlib.util; print(importlib.util.find_spec('anthropic').name); import ask",
    "starts.py": "import subprocess, sys; sys.exit(subprocess.run([sys.executable, *sys.argv[1:]]).returncode)",
    "asks_and_starts.py": "import ask, starts",
    "import_sdk.py": """
        import importlib, inspect, sys
        import anthropic
        spec = anthropic.__spec__
        print(spec.name, spec.origin, spec.submodule_search_locations, spec.cached, spec.parent)
        print(anthropic.__loader__ is spec.loader, type(spec.loader), importlib.util.find_spec("anthropic") is spec)
        print(anthropic.__file__, anthropic.__path__, anthropic.__name__, inspect.getsourcefile(anthropic))
        print(sorted(dir(anthropic)))
        """,
    "mine/sitecustomize.py": "import sys; sys.mine = __name__, __spec__.origin, list(sys.path)",
    "broken/sitecustomize.py": "import sys\nif sys.orig_argv[1] == 'hello.py': raise RuntimeError('mine is broken')",
    "lacking/sitecustomize.py": "import sys\nif sys.orig_argv[1] == 'hello.py': import no_such_module",
    "finds_mine.py": "import sitecustomize, sys; print(sitecustomize.__file__, sys.mine, sys.path)",
    "greet/not_a_program.txt": "",
}
SCRIPTS = {
    "bin/greet": f"#!{PYTHON}\nimport sys; print('greetings', __name__, sys.argv)",
    "bin/pipe": "#!/bin/sh\nkill -PIPE $$\necho survived",
    "tool": f"#!{PYTHON} -O\nimport sys; print('tool', __debug__, sys.argv)",
}


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("programs")
    for name, text in {**PROGRAMS, **SCRIPTS}.items():
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        lines = text.removeprefix("\n").splitlines()
        indent = len(lines[0]) - len(lines[0].lstrip()) if lines else 0
        file.write_text("".join(f"{line[indent:]}\n" for line in lines))
    for name in SCRIPTS:
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture
def environment(programs, tmp_path):
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    return {
        **kept,
        "PATH": os.pathsep.join([str(programs / "bin"), os.environ["PATH"]]),
        "HOME": str(tmp_path),
        "OTEL_CLAUDE_STORE": str(tmp_path / "traces"),
        "ANTHROPIC_API_KEY": "any",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


@pytest.fixture
def simulator(environment):
    with Simulator() as simulator:
        environment["ANTHROPIC_BASE_URL"] = simulator.url
        yield simulator


def start(command, programs, environment):
    return subprocess.Popen(
        command,
        cwd=programs,
        env=environment,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@dataclass(frozen=True)
class Ending:
    status: int
    out: str
    err: str


def end(process, stdin=None):
    out, err = process.communicate(stdin, timeout=60)
    return Ending(process.returncode, out, err)


def run(arguments, programs, environment, stdin=None):
    return end(start([*RUN, *arguments], programs, environment), stdin)


@dataclass(frozen=True)
class Case:
    """A program, and the status that it ends with. `plain` is the command without us, if not python `arguments`."""

    name: str
    arguments: tuple[str, ...]
    status: int = 0
    plain: tuple[str, ...] = ()
    stdin: str | None = None
    environment: dict[str, str] = field(default_factory=dict)


CASES = (
    Case("what a script sees of itself", ("itself.py", "-x", "--help", "--", "a b", "")),
    Case("what a module sees of itself", ("-m", "itself", "-h")),
    Case("a package", ("-m", "package", "--option")),
    Case("a module in one word with its option", ("-mhello", "-h")),
    Case("code", ("-c", "import sys; print(sys.argv)", "-c", "--help")),
    Case("after two dashes", ("--", "hello.py", "--", "x"), plain=(PYTHON, "hello.py", "--", "x")),
    Case("options of python", ("-u", "-OO", "-Wdefault", "-X", "utf8", "itself.py")),
    Case("options in one word", ("-uXfaulthandler", "hello.py", "-I")),
    Case("warnings as errors", ("-W", "error", "-bb", "hello.py")),
    Case("development mode", ("-X", "dev", "import_sdk.py")),
    Case("a directory", ("directory", "x")),
    Case("a script without .py", ("script", "x")),
    Case("a script with an interpreter of its own", ("./tool", "x"), plain=("./tool", "x")),
    Case("a command, and a directory of that name", ("greet", "-h"), plain=("greet", "-h")),
    Case("a command that is no Python", ("pipe",), -signal.SIGPIPE, plain=("pipe",)),
    Case("an exit status", ("exits.py",), 3),
    Case("an exit with a message", ("says.py",), 1),
    Case("an exception", ("fails.py",), 1),
    Case("an exception in a module", ("-m", "fails"), 1),
    Case("exit handlers", ("late.py",), 1),
    Case("a module that does not exist", ("-m", "no_such_module"), 1),
    Case("a directory without a program", ("mine",), 1),
    Case("an option that does not exist", ("-Q",), 2),
    Case("standard input", ("stdin.py",), stdin="piped"),
    Case("a program on standard input", ("-", "x"), stdin="import sys; print(sys.argv, __name__)"),
    Case("pickling to a spawned process", ("pool.py", "spawn")),
    Case("pickling to a forked process", ("pool.py", "fork")),
    Case("importing the SDK", ("import_sdk.py",)),
    Case("importing the SDK in code", ("-c", "import anthropic; print(anthropic, __spec__)")),
    Case("the user's PYTHONPATH", ("itself.py",), environment={"PYTHONPATH": "package::/nowhere"}),
    Case("the user's sitecustomize", ("finds_mine.py",), environment={"PYTHONPATH": "mine"}),
    Case("a sitecustomize that raises", ("hello.py",), environment={"PYTHONPATH": "broken"}),
    Case(
        "a sitecustomize that imports what is not there", ("hello.py",), environment={"PYTHONPATH": "lacking"}
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "_"))
def test_a_program_is_as_without_us(case, programs, environment):
    environment |= case.environment
    commands = case.plain or (PYTHON, *case.arguments), (*RUN, *case.arguments)
    plain, ours = [start(command, programs, environment) for command in commands]
    plain, ours = end(plain, case.stdin), end(ours, case.stdin)
    assert ours == plain
    assert plain.status == case.status, plain.err


@pytest.fixture
def interruptible():
    """Has programs that are started here end at SIGINT, also where a shell started the tests in its background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(
    ("program", "sent", "status"),
    [
        ("waits.py", signal.SIGINT, -signal.SIGINT),
        ("waits.py", signal.SIGTERM, -signal.SIGTERM),
        ("handles.py", signal.SIGTERM, 7),
    ],
)
def test_a_signal_ends_a_program_as_without_us(program, sent, status, programs, environment):
    endings = []
    for command in ((PYTHON, program), (*RUN, program)):
        process = start(command, programs, environment)
        assert process.stdout.readline() == "ready\n"
        process.send_signal(sent)
        endings.append(end(process))
    assert endings[0] == endings[1]
    assert endings[0].status == status


def test_the_program_takes_the_place_of_our_process(programs, environment):
    process = start([*RUN, "-c", "import os; print(os.getpid())"], programs, environment)
    assert end(process).out == f"{process.pid}\n"


def test_what_is_closed_stays_closed(programs, environment):
    shell = 'exec "$@" <&- 2>&-'
    told = "import sys; print(sys.stdin, sys.stderr)"
    command = ("/bin/sh", "-c", shell, "sh", *RUN, "-c", told)
    assert end(start(command, programs, environment)).out == "None None\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("no_such_thing",),
            "there is no file or command 'no_such_thing'; for a module use -m no_such_thing",
        ),
        (("no.such.module", "x"), "for a module use -m no.such.module"),
        (("no_such_file.py",), "there is no file or command 'no_such_file.py'\n"),
        (("",), "the name of the program is empty\n"),
        (("./no_such_file",), "there is no file or command './no_such_file'\n"),
        (("./torn",), "cannot start"),
        (("-I", "hello.py"), "nothing is traced under python -I: it ignores PYTHONPATH"),
        (("-uE", "-m", "hello"), "nothing is traced under python -E"),
        (("-X", "dev", "-W", "once", "-S", "hello.py"), "nothing is traced under python -S"),
        ((), "Missing argument 'PROGRAM"),
    ],
)
def test_a_program_that_cannot_be_run_is_named_on_stderr_with_status_2(
    arguments, said, programs, environment
):
    torn = programs / "torn"
    torn.write_text("#!/no/such/interpreter\n")
    torn.chmod(stat.S_IRWXU)
    ending = run(arguments, programs, environment)
    assert (ending.status, ending.out) == (2, "")
    assert said in ending.err
    assert "Traceback" not in ending.err


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_is_ours_only_as_the_first_word(option, programs, environment):
    ending = run([option], programs, environment)
    assert ending.status == 0
    assert "otel-claude run [OPTIONS] PROGRAM" in ending.out


@pytest.mark.parametrize(
    ("arguments", "calls", "summaries"),
    [
        (("ask.py",), 1, 1),
        (("-m", "ask"), 1, 1),
        (("looks_and_asks.py",), 1, 1),
        (("starts.py", "ask.py"), 1, 0),
        (("starts.py", "starts.py", "-m", "ask"), 1, 0),
        (("asks_and_starts.py", "ask.py"), 2, 1),
        (("pool.py", "spawn", "ask"), 1, 0),
        (("pool.py", "fork", "ask"), 1, 0),
        (("hello.py",), 0, 0),
    ],
)
def test_each_call_is_one_priced_span_and_the_first_process_alone_sums_up(
    arguments, calls, summaries, programs, environment, simulator
):
    ending = run(arguments, programs, environment)
    assert ending.status == 0, ending.err
    assert len(simulator.ledger) == calls
    store = Path(environment["OTEL_CLAUDE_STORE"])
    spans = list(read([store])) if calls else []
    assert [span.attributes["otel_claude.cost.status"] for span in spans] == ["exact"] * calls
    assert all(span.attributes["gen_ai.usage.cost.amount"] > 0 for span in spans)
    assert ending.err.count("otel-claude: 1 Claude call, ") == summaries
    assert ending.err.count("\n") == summaries, "and nothing else"


def test_the_summary_can_be_switched_off(programs, environment, simulator):
    environment["OTEL_CLAUDE_SUMMARY"] = "off"
    assert run(["ask.py"], programs, environment).err == ""
    assert len(simulator.ledger) == 1


@pytest.fixture(scope="module")
def other_python(tmp_path_factory):
    folder = tmp_path_factory.mktemp("other")
    subprocess.run([PYTHON, "-m", "venv", "--without-pip", str(folder)], check=True)
    return folder / "bin" / "python"


def test_an_interpreter_without_us_that_the_program_starts_is_not_disturbed(
    other_python, programs, environment
):
    child = f"import subprocess; subprocess.run([{str(other_python)!r}, 'finds_mine.py'])"
    environment["PYTHONPATH"] = "mine"
    plain = end(start([PYTHON, "-c", child], programs, environment))
    ours = run(["-c", child], programs, environment)
    assert ours == plain
    assert f"{programs}/mine/sitecustomize.py" in plain.out


def test_a_program_whose_interpreter_is_without_us_runs_and_the_user_is_told(
    other_python, programs, environment
):
    script = programs / "of_another"
    script.write_text(f"#!{other_python}\nprint('hello')\n")
    script.chmod(stat.S_IRWXU)
    ending = run(["./of_another"], programs, environment)
    assert (ending.status, ending.out) == (0, "hello\n")
    assert ending.err == f"otel-claude: not installed for {other_python}, so nothing is traced\n"
