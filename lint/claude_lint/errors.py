"""Why a lint could not run."""

from __future__ import annotations


class LintError(Exception):
    """Nothing was linted: the message says why, names the file and key where there is one, and what to do."""
