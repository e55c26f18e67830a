"""The loops around a call: how many turns they have, whether turns depend on each other, how long they sleep.

A loop that only tries again is none. A pool of workers that calls a function for each item is one.
"""

from __future__ import annotations

import re
from typing import Final

MAPPING: Final = frozenset({"map", "imap", "imap_unordered", "starmap", "thread_map", "submit"})
"""Methods of pools that call their first argument for each item."""

DATASET: Final = re.compile(r"eval|data|bench|corpus|test_cases|records|rows")
"""Names of collections that stand for more than the few items that an example writes out."""


class Loops:
    """Reads the loops of one file.

    `numbers` gives what a number can be, `length` how many items a list has; `None` where that cannot be told.
    """
