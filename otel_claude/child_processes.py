"""The end of a child process that `multiprocessing` started.

One that was forked ends by `os._exit`, and so runs nothing of what is registered with `atexit`, by which exporters send
what still waits. It does run the finalizers of `multiprocessing`, of those that were registered in the child itself.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

log: Final = logging.getLogger("otel_claude")

_AFTER_THE_APPLICATIONS: Final = -100
"""The priority of our finalizer. Those of applications are seldom below 0, and may make calls."""


class EndOfChildren:
    """Has `flush` called at the end of each child of `multiprocessing`, and of this process if it is one.

    `multiprocessing` is not imported for that. It is there before there can be a child.
    """

    def __init__(self, flush: Callable[[], None]) -> None:
        self._flush = flush
        self._is_known = False
        _awaited.append(self)
        self._make_known()

    def forget(self) -> None:
        """Has nothing called any more."""
        _awaited.remove(self)

    def _make_known(self) -> None:
        """Has `multiprocessing`, if it is imported, call us when a child has started."""
        util: Any = sys.modules.get("multiprocessing.util")
        if util is None or self._is_known:
            return
        self._is_known = True
        util.register_after_fork(self, EndOfChildren._started)
        if sys.modules["multiprocessing"].parent_process() is not None:
            self._started()

    def _started(self) -> None:
        util = sys.modules["multiprocessing.util"]
        util.Finalize(None, self._ended, exitpriority=_AFTER_THE_APPLICATIONS)

    def _ended(self) -> None:
        if self not in _awaited:
            return
        try:
            self._flush()
        except Exception:
            log.debug("Could not export what waited at the end of a process", exc_info=True)


_awaited: Final[list[EndOfChildren]] = []


def _forked() -> None:
    # `multiprocessing` may have been imported since. It asks for who is to be called a moment later.
    for each in _awaited:
        each._make_known()  # noqa: SLF001


os.register_at_fork(after_in_child=_forked)
