"""What the names of Python consist of, for patterns."""

from __future__ import annotations

from typing import Final

CHARACTER: Final = r"[^\x00-/:-@\[-^`{-\x7f]"
"""A character that may stand in a name, and some more: names may have marks in them that are no `\\w`."""
