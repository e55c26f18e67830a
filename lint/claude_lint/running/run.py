"""The files of one lint run, analysed one after the other until no new wrapper comes up.

A file is analysed when it may call Claude, or when its text *mentions* a wrapper: a function of another linted file
that leads to a Claude call. Wrappers come up while files are analysed, so that what mentions a new one is analysed
once more. A run starts with the wrappers that the run before found; when they turn out to be others it starts over.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from claude_lint.following.wrappers import Words
from claude_lint.reading.files import Files, TooLargeError
from claude_lint.result import FileError
from claude_lint.running.analysis import Analysis, analyse, merged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from claude_lint.findings import Finding
    from claude_lint.following.project import Project
    from claude_lint.following.wrappers import Wrapper
    from claude_lint.result import Call
    from claude_lint.rule import Context, Rule
    from claude_lint.running.cache import Cache

_NONE: Final[frozenset[Wrapper]] = frozenset()

ROUNDS: Final = 4
"""How many wrappers of wrappers are followed."""


class Run:
    """Analyses files below `root` and collects what comes of it. `texts` stand for the bytes of files."""

    def __init__(
        self,
        root: Path,
        texts: Mapping[str, bytes],
        rules: Sequence[Rule],
        context: Context,
        cache: Cache | None,
    ) -> None:
        self._root, self._texts, self._rules, self._context, self._cache = root, texts, rules, context, cache
        self._files = Files(root, texts, None if cache is None else cache.entries)
        self._failures: list[FileError] = []
        self._may_call: dict[str, bool] = {}
        """The files that could be read, each with whether it may call Claude by itself."""

        self._analyses: dict[str, Analysis] = {}
        self._mentions: dict[str, frozenset[Wrapper]] = {}
        """Of each analysed file, the wrappers that it was analysed with."""

        self._digests: dict[str, str | None] = {}
        self._wrappers: dict[Wrapper, None] = {}
        self._project: Project | None = None
        self._known: dict[str, frozenset[Wrapper]] | None = None
        """What the cache says of who mentions them, of which there were `_asked` when it was asked."""

        self._asked = 0
        self._looked_for: dict[str, tuple[frozenset[Wrapper], int]] = {}
        """Which wrappers each file mentions, of how many of those that there are."""

        self.suppressing: list[str] = []
        """The files that may hold a suppression."""

    def analyse(self, paths: Sequence[str], progress: Callable[[int, int], None] | None = None) -> None:
        """Analyse the files. `progress` is told how many of how many files are done."""
        seed: tuple[Wrapper, ...] = ()
        if self._cache is not None:
            self._cache.begin(paths)
            seed = self._cache.wrappers
        unchanged = self._files.unchanged(paths)
        for number, path in enumerate(paths):
            entry = unchanged.get(path)
            if entry is None:
                self._look_at(path)
            else:
                self._may_call[path] = bool(entry[3])
                if entry[4]:
                    self.suppressing.append(path)
            if self._may_call.get(path) and not seed:
                self._follow((path,))
            if progress is not None:
                progress(number + 1, len(paths))
        self._wrappers.update(dict.fromkeys(seed))
        self._until_settled()
        if seed and self._found_wrappers() != set(seed):
            self._analyses, self._mentions, self._wrappers, self._project = {}, {}, {}, None
            self._known, self._asked, self._looked_for = None, 0, {}
            self._follow([path for path in self._may_call if self._may_call[path]])
            self._until_settled()
        # What holds for texts that are in no file yet would be wrong for the files.
        if self._cache is not None and not self._texts:
            self._cache.keep_mentions(
                self._found_wrappers(), {path: found for path, found in self._mentions.items() if found}
            )
            if self._files.changed or self._cache.changed:
                self._cache.save_index()

    @property
    def calls(self) -> tuple[Call, ...]:
        return merged(call for analysis in self._in_order() for call in analysis.calls)

    @property
    def findings(self) -> list[Finding]:
        """The findings in the order of their places."""
        found = dict.fromkeys(
            finding
            for path in sorted(self._analyses)
            for finding in self._analyses[path].findings
            if not finding.default or not self._given(finding, path)
        )
        return sorted(found, key=lambda finding: (finding.place, finding.code, finding.call))

    @property
    def errors(self) -> list[FileError]:
        found = dict.fromkeys(error for analysis in self._in_order() for error in analysis.errors)
        return [*self._failures, *found]

    @property
    def parsed(self) -> int:
        """How many files there was something to analyse in."""
        return sum(analysis.parsed for analysis in self._analyses.values())

    @property
    def reads(self) -> dict[str, tuple[str, ...]]:
        """Of each file that was analysed, the other files that its analysis depends on."""
        return {path: analysis.reads for path, analysis in self._analyses.items()}

    def _given(self, finding: Finding, path: str) -> bool:
        """Whether the other files that lead to a call through the file `path` all give it another value than the
        default that the finding is about.
        """
        leading = [
            call.models
            for other, analysis in self._analyses.items()
            if other != path and path in analysis.reads
            for call in analysis.calls
            if call.place == finding.call
        ]
        return bool(leading) and not any(finding.default in models for models in leading)

    def _in_order(self) -> Iterable[Analysis]:
        return (self._analyses[path] for path in sorted(self._analyses))

    def _look_at(self, path: str) -> None:
        try:
            traits = self._files.traits(path)
        except TooLargeError as error:
            self._failures.append(FileError(path, 1, 1, None, str(error)))
        except OSError as error:
            message = f"cannot be read: {error.strerror or error}"
            self._failures.append(FileError(path, 1, 1, None, message))
        else:
            self._may_call[path] = traits.may_call
            self._digests[path] = traits.digest
            if traits.may_suppress:
                self.suppressing.append(path)

    def _until_settled(self) -> None:
        for _ in range(ROUNDS):
            before = len(self._wrappers)
            self._follow(self._candidates())
            if len(self._wrappers) == before:
                break

    def _candidates(self) -> Sequence[str]:
        """The files that may call Claude, and those of which only their text tells whether they mention a wrapper."""
        calling = [path for path, may_call in self._may_call.items() if may_call]
        if not self._wrappers:
            return calling
        known = self._known_mentions()
        if known is None:
            return tuple(self._may_call)
        maybe = {*calling, *known, *self._files.reread, *self._texts}
        return sorted(path for path in maybe if path in self._may_call)

    def _follow(self, paths: Iterable[str]) -> None:
        """Analyse those that may call Claude or mention a wrapper, and are not yet analysed with these wrappers."""
        for path in paths:
            mentioned = self._mentioned(path)
            if (self._may_call[path] or mentioned) and self._mentions.get(path) != mentioned:
                analysis = self._analysis(path, mentioned)
                self._analyses[path], self._mentions[path] = analysis, mentioned
                self._wrappers.update(dict.fromkeys(analysis.wrappers))

    def _mentioned(self, path: str) -> frozenset[Wrapper]:
        if not self._wrappers:
            return _NONE
        known = self._known_mentions()
        if known is not None and path not in self._files.reread and path not in self._texts:
            return known.get(path, _NONE)
        found, asked = self._looked_for.get(path, (_NONE, 0))
        if asked < len(self._wrappers):
            words = Words(self._data(path), path)
            more = (one for one in islice(self._wrappers, asked, None) if one.path != path)
            found |= frozenset(wrapper for wrapper in more if wrapper.mentioned(words))
            self._looked_for[path] = found, len(self._wrappers)
        return found

    def _known_mentions(self) -> Mapping[str, frozenset[Wrapper]] | None:
        """What the cache says of who mentions the wrappers, while these are those of the run before."""
        if self._cache is not None and len(self._wrappers) != self._asked:
            self._known, self._asked = self._cache.mentions(self._wrappers), len(self._wrappers)
        return self._known

    def _analysis(self, path: str, mentioned: frozenset[Wrapper]) -> Analysis:
        digest = self._digest(path) or ""
        if self._cache is not None:
            known = self._cache.analysis(path, digest, mentioned, self._digest)
            if known is not None:
                return known
        project = self._around(mentioned)
        analysis = analyse(path, self._data(path), self._rules, self._context, project)
        if self._cache is not None:
            reads = {other: self._digest(other) for other in analysis.reads}
            self._cache.keep(path, digest, mentioned, analysis, reads)
        return analysis

    def _around(self, mentioned: frozenset[Wrapper]) -> Project:
        """The other files, with the wrappers that are known to the next that is analysed."""
        from claude_lint.following.project import Project
        from claude_lint.reading.reader import Reader

        if self._project is None:
            self._project = Project(Reader(self._root, self._texts))
        self._project.wrappers = dict.fromkeys(sorted(mentioned))
        return self._project

    def _data(self, path: str) -> bytes:
        """The bytes of a file that was there a moment ago; nothing when it is gone."""
        try:
            return self._files.data(path)
        except (OSError, TooLargeError):
            return b""

    def _digest(self, path: str) -> str | None:
        if path not in self._digests:
            self._digests[path] = self._files.digest(path)
        return self._digests[path]

    def _found_wrappers(self) -> set[Wrapper]:
        return {wrapper for analysis in self._analyses.values() for wrapper in analysis.wrappers}
