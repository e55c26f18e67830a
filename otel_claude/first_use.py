"""The locks for what is imported or built when it is first used."""

from __future__ import annotations

import os
import threading
from typing import Final

first_use: Final = threading.RLock()
"""Held while something is imported, or built of our own, for the first time, and by each fork.

A child that began in the middle of an import in another thread of its parent would wait for ever for that import to
end, because the locks of Python's import system, like any other, are copied as they are.
"""

making_instruments: Final = threading.RLock()
"""Held while the instruments of a meter provider are made, and by each fork.

That waits for a collection of the metrics to end, and a collection may have to import something to price a call: it is
another lock than `first_use`, and whoever has that does not wait for this one.
"""


def _before_fork() -> None:
    making_instruments.acquire()
    first_use.acquire()


def _after_fork() -> None:
    first_use.release()
    making_instruments.release()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)
