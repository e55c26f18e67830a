"""The engine of `otel-claude lint`: finds Claude calls in Python code and checks each against rules.

The rules are given to it; those of this project are `claude_rules.RULES`.
"""

from __future__ import annotations

from claude_lint.errors import LintError
from claude_lint.result import Result
from claude_lint.running.config import Config
from claude_lint.running.engine import lint

__all__ = ["Config", "LintError", "Result", "lint"]
