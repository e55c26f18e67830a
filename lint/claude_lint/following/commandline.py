"""Command lines: the options that argparse and click declare, with their defaults.

An option is its default, or whatever the command line gives: it is never the default for certain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from claude_lint.following.segments import known_text, written
from claude_lint.following.values import UNKNOWN, CommandLine, Scalar, Unknown, Value, choice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from claude_lint.following.methods import Given

PARSERS: Final = frozenset({"argparse.ArgumentParser", "configargparse.ArgumentParser"})
PARSING: Final = frozenset({"parse_args", "parse_intermixed_args"})
GROUPS: Final = frozenset(
    {"add_argument_group", "add_mutually_exclusive_group", "add_subparsers", "add_parser"}
)
"""Methods of a parser that give something to declare options at. What is declared there counts for the parser."""


def declared(held: CommandLine, name: str, given: Given) -> CommandLine:
    """The command line after a call of the method `name` of its parser."""
    named = {keyword: value for keyword, value, _ in given if keyword not in {"", "*", "**"}}
    if name == "set_defaults":
        options = {keyword: option(keyword, value) for keyword, value in named.items()}
        return CommandLine({**held.options, **options})
    if name != "add_argument":
        return held
    spelled = [text for keyword, value, _ in given if not keyword and (text := known_text(value))]
    target = known_text(named["dest"]) if "dest" in named else target_of(spelled)
    if not target:
        return held
    return CommandLine({**held.options, target: option(target, named.get("default"))})


def option(name: str, default: Value | None) -> Value:
    """The value of an option."""
    given = Unknown(because=f"the option {name}", origin=name)
    if default is None or (isinstance(default, Scalar) and default.value is None):
        return given
    return choice((default, given))


def target_of(spelled: Sequence[str]) -> str:
    """The name under which an option is kept: its first long name, else its first."""
    long = next((one for one in spelled if one.startswith("--")), spelled[0] if spelled else "")
    return long.split("/")[0].lstrip("-").replace("-", "_")


def click_options(function: cst.CSTNode) -> Iterator[tuple[str, cst.BaseExpression]]:
    """The parameters of a click command with the expressions of their defaults."""
    for decorator in getattr(function, "decorators", ()):
        made = decorator.decorator
        if not isinstance(made, cst.Call) or not isinstance(made.func, cst.Attribute):
            continue
        if made.func.attr.value != "option":
            continue
        spelled = [
            text
            for arg in made.args
            if arg.keyword is None
            and isinstance(arg.value, cst.SimpleString)
            and isinstance(text := written(arg.value), str)
        ]
        bare = next((one for one in spelled if not one.startswith("-")), None)
        default = next(
            (arg.value for arg in made.args if arg.keyword and arg.keyword.value == "default"), None
        )
        if spelled and default is not None:
            yield bare or target_of(spelled), default


def parsed(held: CommandLine, name: str) -> Value:
    """`args.name`."""
    return held.options.get(name, UNKNOWN)
