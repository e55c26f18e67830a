"""The lock for what is imported or built when it is first used."""

from __future__ import annotations

import os
import threading
from typing import Final

first_use: Final = threading.RLock()
"""Held while something is imported or built for the first time, and by each fork.

A child that began in the middle of an import in another thread of its parent would wait for ever for that import to
end, because the locks of Python's import system, like any other, are copied as they are.
"""

os.register_at_fork(
    before=first_use.acquire, after_in_parent=first_use.release, after_in_child=first_use.release
)
