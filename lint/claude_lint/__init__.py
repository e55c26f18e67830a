"""The engine of `otel-claude lint`: finds Claude calls in Python code and checks each against rules.

The rules are given to it; those of this project are `claude_rules.RULES`.
"""

from __future__ import annotations

from claude_lint.config import Config
from claude_lint.engine import lint
from claude_lint.errors import LintError
from claude_lint.result import Result

__all__ = ["Config", "LintError", "Result", "lint"]
