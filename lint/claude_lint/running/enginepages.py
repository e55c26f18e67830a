"""The pages of the codes that the engine itself reports, in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGES: Final[Mapping[str, str]] = {
    "CL901": """\
A comment that silences nothing, or has expired.

**What it finds.** A `# claude-lint: ignore`, or a `# noqa` with one of our codes, where no finding is that it could
silence; a rule in it that does not exist; a last day (`until=2027-01-31`) that has passed, or that is no day. A comment
is judged only where the rules that it names have run, and, when single files are linted, only at a call: elsewhere it
can be meant for a call in another file. `# noqa` without codes is never reported.

**Why it matters.** A comment that silences nothing today silences the next mistake on its line.

**Fix safety.** Safe: `--fix` removes what silences nothing, and the comment where that is all of it. A suppression that
expired is left for you: mend what it silenced, or give it another day.

**Suppression.** `ignore = ["CL901"]` in the configuration.
""",
    "CL902": """\
A file that could not be analysed.

**What it finds.** A syntax error, bytes that are not in the declared encoding, a notebook that is none, a file that
cannot be read or a directory that cannot be listed, and code that no parser should be given: nested thousands of levels
deep, or with literals of hundreds of thousands of elements. Of a notebook, the other cells are analysed all the same.

**Why it matters.** What was not analysed was not checked.

**Fix safety.** There is no fix. It is said on standard error and is no finding: the exit code is 2 only where nothing
at all could be analysed.

**Suppression.** `ignore = ["CL902"]` in the configuration, or leave the file out with `exclude`.
""",
}
