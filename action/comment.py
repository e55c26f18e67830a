"""Puts a report on a pull request: as a new comment, or in place of the one that was put there before.

    python comment.py NUMBER REPORT

The report's first line begins with a mark that nobody sees; a bot's comment that begins with the same is the one from
before. A report that says nothing makes no new comment. Reads GITHUB_API_URL, GITHUB_REPOSITORY and GITHUB_TOKEN, and
needs the permission `pull-requests: write`.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from pathlib import Path
from typing import Any

PAGE = 100
MARK_ENDS = ":"


def main() -> None:
    number, report = sys.argv[1:]
    text = Path(report).read_text("utf-8")
    first, _, _ = text.partition("\n")
    mark, _, count = first.partition(MARK_ENDS)
    repository = f"/repos/{os.environ['GITHUB_REPOSITORY']}/issues"
    try:
        earlier = comment_with(mark + MARK_ENDS, f"{repository}/{int(number)}/comments")
        if earlier is not None:
            ask("PATCH", f"{repository}/comments/{earlier}", {"body": text})
        elif count.split()[0] != "0":
            ask("POST", f"{repository}/{int(number)}/comments", {"body": text})
    except OSError as error:
        sys.exit(f"{os.environ['GITHUB_REPOSITORY']}: {error}")


def comment_with(mark: str, path: str) -> int | None:
    """The id of the first comment of a bot that begins with `mark`."""
    page = 1
    while True:
        comments = ask("GET", f"{path}?per_page={PAGE}&page={page}")
        for comment in comments:
            by_bot = (comment.get("user") or {}).get("type") == "Bot"
            if by_bot and (comment.get("body") or "").startswith(mark):
                return int(comment["id"])
        if len(comments) < PAGE:
            return None
        page += 1


def ask(method: str, path: str, body: dict[str, str] | None = None) -> Any:
    """What the API answers. Raises `OSError` where it refuses or cannot be reached."""
    request = urllib.request.Request(  # noqa: S310 - the address is the runner's own
        os.environ.get("GITHUB_API_URL", "https://api.github.com") + path,
        data=None if body is None else json.dumps(body).encode(),
        method=method,
        headers={
            "Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}",
            "Accept": "application/vnd.github+json",
            "Content-Type": "application/json",
            "X-GitHub-Api-Version": "2022-11-28",
        },
    )
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
        return json.load(response)


if __name__ == "__main__":
    main()
