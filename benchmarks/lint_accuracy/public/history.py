"""Runs `lint --diff-base` over the history of public code: `python -m benchmarks.lint_accuracy.public.history DIR
[--from PREFIX] [--only NAME] [--commits N] [--list]`.

Each commit of `histories.json`'s repositories that changes Python, or a notebook, is one branch that left its parent:
of it we say which cached prefixes it changes. A *claim* is one such call. It is *right* where a reader of the two
versions finds that other text, or another model, is sent up to the last breakpoint, by `claims.json`; one that nobody
judged is counted apart. A commit is counted where a call with a cached prefix was there before it and after. The clones
are made in `DIR`, with their history; the last column is how many commits ended in an error.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from claude_lint import Config, lint
from claude_lint.errors import LintError
from claude_lint.findings import Confidence, Severity
from claude_lint.reading.before import files_before
from claude_lint.reading.diff import changes_since
from claude_lint.rule import Rule
from claude_lint.running.prefixes import prefix_changes

from benchmarks.lint_accuracy.__main__ import AS_OF
from benchmarks.lint_accuracy.mutation.fetch import GITHUB, source
from benchmarks.lint_accuracy.tables import share, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from claude_lint.request import Request
    from claude_lint.result import PrefixChange
    from claude_lint.rule import Context

HERE: Final = Path(__file__).parent
VERDICTS: Final = ("right", "wrong", "not judged")
FILES: Final = ("*.py", "*.ipynb")


@dataclass
class Walk:
    """What came of the commits of one repository."""

    commits: int = 0
    cached: int = 0
    """Commits with a call whose cached prefix is known, in whole or in part."""

    claims: list[tuple[str, PrefixChange]] = field(default_factory=list)
    """Each claim, with the commit."""

    errors: list[str] = field(default_factory=list)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table. 1 where a commit ended in an error or a claim is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.lint_accuracy.public.history", description=__doc__
    )
    parser.add_argument("directory", type=Path, metavar="DIR", help="where the clones are, or are made")
    parser.add_argument("--from", dest="prefix", default=GITHUB, metavar="PREFIX", help="where to get them")
    parser.add_argument("--only", metavar="NAME", help="the one repository")
    parser.add_argument("--commits", type=int, default=sys.maxsize, metavar="N", help="the newest N of each")
    parser.add_argument("--list", action="store_true", help="list every claim")
    options = parser.parse_args(arguments)
    judged = {
        _key(entry): entry["verdict"] for entry in json.loads((HERE / "claims.json").read_text("utf-8"))
    }
    counts: Counter[str] = Counter()
    rows, listed, total = [], [], Walk()
    for entry in json.loads((HERE / "histories.json").read_text("utf-8")):
        if options.only not in {None, entry["directory"]}:
            continue
        clone = _clone(options.directory / entry["directory"], entry, options.prefix)
        walk = _walk(clone, _commits(clone, entry)[-options.commits :])
        verdicts = [
            judged.get((entry["directory"], *_place(commit, claim)), "not judged")
            for commit, claim in walk.claims
        ]
        counts.update(verdicts)
        rows.append(_row(entry["directory"], walk, Counter(verdicts)))
        for (commit, claim), verdict in zip(walk.claims, verdicts, strict=True):
            place = f"{claim.call.path}:{claim.call.line} ({claim.function}) {claim.where}"
            listed.append(f"{entry['directory']} {commit} {place}: {verdict}")
        listed += [f"{entry['directory']} {error}" for error in walk.errors]
        total.commits += walk.commits
        total.cached += walk.cached
        total.claims += walk.claims
        total.errors += walk.errors
    rows.append(_row("all", total, counts))
    print(
        table(
            ("repository", "commits", "with a cached call", "claims", *VERDICTS, "precision", "errors"), rows
        )
    )
    if options.list:
        print("\n" + "\n".join(listed))
    return int(bool(total.errors or counts["wrong"]))


def _row(name: str, walk: Walk, verdicts: Counter[str]) -> tuple[object, ...]:
    right, wrong, unjudged = (verdicts[verdict] for verdict in VERDICTS)
    claims = len(walk.claims)
    return (
        name, walk.commits, walk.cached, claims, right, wrong, unjudged, share(right, right + wrong), len(walk.errors),
    )  # fmt: skip


def _clone(target: Path, entry: dict[str, Any], prefix: str) -> Path:
    """A clone with the history of the commit, made if it is not there yet."""
    if not target.exists():
        target.mkdir(parents=True)
        _git(target, "init", "--quiet")
        _git(target, "sparse-checkout", "set", "--no-cone", *FILES)
        _git(target, "fetch", "--quiet", source(prefix, entry["repository"]), entry["commit"])
    return target


def _commits(clone: Path, entry: dict[str, Any]) -> list[str]:
    """The commits to look at, oldest first: those after `since` that change code."""
    span = f"{entry['since']}..{entry['commit']}"
    return _git(clone, "rev-list", "--no-merges", "--reverse", span, "--", *FILES).split()


def _walk(clone: Path, commits: Sequence[str]) -> Walk:
    walk = Walk()
    for commit in commits:
        try:
            parent = _git(clone, "rev-parse", "--verify", "--quiet", f"{commit}^").strip()
            _git(clone, "checkout", "--quiet", "--force", "--detach", commit)
            cached, claims = _compare(clone, parent)
        except (LintError, subprocess.CalledProcessError) as error:
            walk.errors.append(f"{commit[:10]}: {error}")
            continue
        except Exception:
            walk.errors.append(f"{commit[:10]}: {traceback.format_exc(limit=-3)}")
            continue
        walk.commits += 1
        walk.cached += cached > 0
        walk.claims += [(commit[:10], claim) for claim in claims]
    return walk


def _compare(clone: Path, parent: str) -> tuple[int, tuple[PrefixChange, ...]]:
    """How many requests with a breakpoint there are, and what changed since `parent`."""
    requests: set[Request] = set()

    def keep(request: Request, _: Context) -> Iterator[Any]:
        if any(mark.certain for mark in request.breakpoints):
            requests.add(request)
        return iter(())

    counting = Rule(
        "CL999",
        "cached",
        "counts",
        Severity.INFO,
        Confidence.LOW,
        keep,
        (),
        (),
        ways=frozenset({"sdk", "http"}),
    )
    root = clone.resolve()
    result = lint([root], root=root, config=Config(), rules=(counting,), as_of=AS_OF)
    changed = changes_since(parent, root)
    return len(requests), prefix_changes(result, changed, files_before(changed, root), AS_OF)


def _git(clone: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=clone, check=True, capture_output=True, text=True)
    return done.stdout


def _place(commit: str, claim: PrefixChange) -> tuple[str, str, int, str]:
    return commit, claim.call.path, claim.call.line, claim.where


def _key(entry: dict[str, Any]) -> tuple[str, str, str, int, str]:
    return entry["repo"], entry["commit"], entry["path"], entry["line"], entry["where"]


if __name__ == "__main__":
    raise SystemExit(main())
