"""What `otel-claude run` has Python import at the start of the program, and of each Python process that it starts.

Python imports the first `sitecustomize` that it finds. So this one first runs the next, which would have been it.
"""

import os
import sys


def _run_the_next() -> None:
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib is slow to import
    sys.path[:] = [entry for entry in sys.path if entry != here]
    spec = PathFinder.find_spec("sitecustomize", sys.path)
    if spec is None or spec.loader is None:
        return
    module = module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


def _instrument() -> None:
    is_top = os.environ.get("OTEL_CLAUDE_RUN_PID") == str(os.getpid())
    try:
        import otel_claude
    except ImportError:
        # Another interpreter. The user asked for the program to be traced, not for what it starts.
        if is_top:
            _say(f"not installed for {sys.executable}, so nothing is traced")
        return
    try:
        otel_claude.instrument(summary=is_top)
    except Exception as error:
        _say(str(error))


def _say(message: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(f"otel-claude: {message}\n")


try:
    _run_the_next()
finally:
    _instrument()
