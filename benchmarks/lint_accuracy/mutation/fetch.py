"""Gets the public code of `corpus.json`, or of another list of that form:
`python -m benchmarks.lint_accuracy.mutation.fetch DIR [--corpus FILE] [--from PREFIX]`.

The code stays outside this project. `PREFIX` is put in front of `owner/name`; a local directory of bare clones named
`owner/name`, `owner+name` or `owner__name`, or with a clone in its directory `repo`, does as well as a server.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE: Final = Path(__file__).parent
GITHUB: Final = "https://github.com/"
SEPARATORS: Final = ("/", "+", "__")


def main(arguments: Sequence[str] | None = None) -> int:
    """Fetch each repository that is not there yet. 1 when one could not be had; the others are fetched."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.lint_accuracy.mutation.fetch", description=__doc__
    )
    parser.add_argument("directory", type=Path, metavar="DIR", help="where to put them")
    parser.add_argument("--from", dest="prefix", default=GITHUB, metavar="PREFIX", help="where to get them")
    parser.add_argument(
        "--corpus", type=Path, default=HERE / "corpus.json", metavar="FILE", help="what to get"
    )
    options = parser.parse_args(arguments)
    failed = False
    for entry in json.loads(options.corpus.read_text("utf-8")):
        target: Path = options.directory / entry["directory"]
        if target.exists():
            continue
        try:
            fetch(source(options.prefix, entry["repository"]), entry["commit"], target)
        except subprocess.CalledProcessError as error:
            failed = True
            print(f"Error: {entry['repository']}: {error.stderr.strip() or error}", file=sys.stderr)
    return int(failed)


def source(prefix: str, repository: str) -> str:
    """What to clone: the first of the local names that exists, or the address below the prefix."""
    for separator in SEPARATORS:
        local = Path(prefix) / repository.replace("/", separator)
        for place in (local, local / "repo"):
            if (place / "HEAD").is_file() or (place / ".git").exists():
                return str(place.resolve())
    return prefix + repository


def fetch(origin: str, commit: str, target: Path) -> None:
    """Check the Python files and notebooks of one commit out, without its history. Raises `CalledProcessError`."""
    target.mkdir(parents=True)
    try:
        _git(target, "init", "--quiet")
        _git(target, "remote", "add", "origin", origin)
        _git(target, "sparse-checkout", "set", "--no-cone", "*.py", "*.ipynb")
        _git(target, "fetch", "--quiet", "--depth", "1", "--filter=blob:none", "origin", commit)
        _git(target, "checkout", "--quiet", "FETCH_HEAD")
    except subprocess.CalledProcessError:
        shutil.rmtree(target)
        raise


def _git(directory: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=directory, check=True, capture_output=True, text=True)


if __name__ == "__main__":
    raise SystemExit(main())
