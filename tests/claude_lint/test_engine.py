"""A lint run as a whole: files, rules, suppressions, errors and counts."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import claude_lint.reading.files
import pytest
from claude_lint import Config, LintError, Result, lint
from claude_lint.findings import Confidence, Finding, Place, Severity, Step
from claude_lint.reading.diff import Changed, Changes
from claude_lint.request import Presence, Request
from claude_lint.rule import Context, Rule
from claude_lint.running.cache import Cache
from claude_rules.retired_model import RULE as RETIRED

if TYPE_CHECKING:
    from collections.abc import Iterator

TODAY = date(2026, 11, 20)
CALL = """\
import anthropic

client = anthropic.Anthropic()
client.messages.create(model="claude-opus-5-5", messages=[])
"""


def no_max_tokens(request: Request, context: Context) -> Iterator[Finding]:
    if request.max_tokens.presence is Presence.ABSENT:
        yield Finding(
            "CL201", "missing-max-tokens", Severity.ERROR, Confidence.HIGH, "m", request.call, request.call
        )


def by_date(request: Request, context: Context) -> Iterator[Finding]:
    message = f"as of {context.as_of}"
    yield Finding(
        "CL302", "retired-model", Severity.WARNING, Confidence.HIGH, message, request.call, request.call
    )


def broken(request: Request, context: Context) -> Iterator[Finding]:
    raise RuntimeError("odd")


def rule(code: str, name: str, check: Any, *, default: bool = True) -> Rule:
    return Rule(code, name, name, Severity.ERROR, Confidence.HIGH, check, (), (), default=default)


MAX_TOKENS = rule("CL201", "missing-max-tokens", no_max_tokens)
RULES = (MAX_TOKENS, rule("CL302", "retired-model", by_date, default=False))


def run(
    root: Path, *paths: str, config: Config | None = None, rules: tuple[Rule, ...] = RULES, **more: Any
) -> Result:
    named = [Path(path) for path in paths or (".",)]
    return lint(named, root=root, config=config or Config(), rules=rules, as_of=TODAY, **more)


def put(root: Path, **files: str | bytes) -> None:
    for name, text in files.items():
        file = root / name.replace("__", "/").replace("_DOT_", ".")
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())


def test_findings_calls_and_counts_of_a_project(tmp_path: Path) -> None:
    unknown = CALL.replace('"claude-opus-5-5"', "pick()")
    put(
        tmp_path,
        a_DOT_py=CALL,
        b_DOT_py=unknown.replace("messages=[]", "messages=[], max_tokens=9"),
        c_DOT_py="x = 1\n",
    )
    result = run(tmp_path)
    assert [(each.code, each.place.path, each.place.line) for each in result.findings] == [
        ("CL201", "a.py", 4)
    ]
    assert [call.place.path for call in result.calls] == ["a.py", "b.py"]
    assert (result.files, result.parsed) == (3, 2)
    assert str(result.summary) == "2 call sites, 1 model known, 1 finding"


def test_a_clean_project_says_how_much_was_looked_at(tmp_path: Path) -> None:
    put(tmp_path, a_DOT_py="x = 1\n")
    assert str(run(tmp_path).summary) == "0 call sites, 0 models known, 0 findings"


def test_a_call_with_several_callers_is_one_call_site(tmp_path: Path) -> None:
    text = """
import anthropic
def ask(model):
    return anthropic.Anthropic().messages.create(model=model, messages=[])
ask("claude-opus-5-5")
ask("claude-haiku-5-5")
"""
    put(tmp_path, a_DOT_py=text)
    result = run(tmp_path)
    assert result.summary.call_sites == 1
    assert len(result.findings) == 1


def test_rules_that_are_off_by_default_run_when_selected_and_get_the_date(tmp_path: Path) -> None:
    put(tmp_path, a_DOT_py=CALL)
    assert [each.code for each in run(tmp_path).findings] == ["CL201"]
    result = run(tmp_path, config=Config(select=("retired-model",)))
    assert [(each.code, each.message) for each in result.findings] == [("CL302", "as of 2026-11-20")]


def test_a_selector_that_means_no_rule_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(LintError, match=r"per-file-ignores.'x': unknown rule 'CL7'"):
        run(tmp_path, config=Config(per_file_ignores=(("x", ("CL7",)),)))


def test_suppressed_findings_are_kept_apart(tmp_path: Path) -> None:
    put(
        tmp_path,
        a_DOT_py=CALL.replace("messages=[])", "messages=[])  # claude-lint: ignore[CL201] on purpose"),
    )
    result = run(tmp_path)
    assert result.findings == ()
    ((finding, suppression),) = result.suppressed
    assert (finding.code, suppression.reason) == ("CL201", "on purpose")
    assert str(result.summary) == "1 call site, 1 model known, 0 findings, 1 suppressed"


def test_files_can_be_excluded_and_rules_ignored_in_them(tmp_path: Path) -> None:
    put(tmp_path, a_DOT_py=CALL, tests__b_DOT_py=CALL, gen__c_DOT_py=CALL)
    config = Config(directory=tmp_path, exclude=("/gen/",), per_file_ignores=(("tests/**", ("CL2",)),))
    assert [each.place.path for each in run(tmp_path, config=config).findings] == ["a.py"]


def test_patterns_are_relative_to_the_configuration_not_to_the_root(tmp_path: Path) -> None:
    put(tmp_path, sub__a_DOT_py=CALL, sub__b_DOT_py=CALL)
    config = Config(directory=tmp_path, exclude=("/sub/a.py",))
    assert [each.place.path for each in run(tmp_path / "sub", config=config).findings] == ["b.py"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("anthropic.messages.create(model=(\n", "syntax error"),
        (b"# -*- coding: klingon -*-\nanthropic.messages.create()\n", "encoding"),
        (b"\n\n\nanthropic.messages.create()  # \xff\n", "utf-8"),
        ("anthropic.messages.create(" + "(" * 3000 + ")" * 3000 + ")", "not analysed"),
        (f"{CALL}\ndef f():\n    a = 1\n    (b): int = 2\n    return a\n", "syntax error"),
    ],
)
def test_a_file_that_cannot_be_analysed_is_an_error_and_the_others_are_linted(
    tmp_path: Path, data: str | bytes, said: str
) -> None:
    put(tmp_path, bad_DOT_py=data, good_DOT_py=CALL)
    result = run(tmp_path)
    (error,) = result.errors
    assert error.path == "bad.py"
    assert said in error.message
    assert [each.place.path for each in result.findings] == ["good.py"]
    assert not result.nothing_analysed
    assert run(tmp_path, "bad.py").nothing_analysed
    assert str(result.summary).endswith("1 finding, 1 error")


def test_a_broken_cell_does_not_hide_the_others(tmp_path: Path) -> None:
    cells = [{"cell_type": "code", "source": source} for source in ("def (", CALL)]
    put(tmp_path, n_DOT_ipynb=json.dumps({"cells": cells, "metadata": {}}))
    result = run(tmp_path)
    assert [(each.place.cell, each.place.line) for each in result.findings] == [(1, 4)]
    assert [each.cell for each in result.errors] == [0]
    assert not result.nothing_analysed


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claude_lint.reading.files, "MAX_BYTES", 1024 * 1024)
    put(tmp_path, a_DOT_py=CALL, big_DOT_py="#" * (1024 * 1024 + 1))
    result = run(tmp_path)
    assert [(each.path, each.message) for each in result.errors] == [("big.py", "not read: larger than 1 MB")]
    assert len(result.findings) == 1


def test_a_rule_that_raises_costs_its_own_findings_only(tmp_path: Path) -> None:
    put(tmp_path, a_DOT_py=CALL)
    result = run(tmp_path, rules=(rule("CL101", "x", broken), MAX_TOKENS))
    assert [each.code for each in result.findings] == ["CL201"]
    assert [(each.line, each.message) for each in result.errors] == [
        (4, "CL101 could not be checked here: RuntimeError: odd")
    ]


def test_errors_can_be_ignored_by_their_code(tmp_path: Path) -> None:
    put(tmp_path, bad_DOT_py="anthropic.messages.create(model=(\n")
    assert run(tmp_path, config=Config(ignore=("syntax-error",))).errors == ()


def test_only_findings_that_a_change_touches_are_kept(tmp_path: Path) -> None:
    put(tmp_path, a_DOT_py=CALL, b_DOT_py=CALL)
    changes = Changes({"a.py": Changed(lines=((1, 1),)), "b.py": Changed(lines=((4, 4),))})
    assert [each.place.path for each in run(tmp_path, changed=changes).findings] == ["b.py"]


def test_findings_that_differ_in_their_chains_only_are_one(tmp_path: Path) -> None:
    def twice(request: Request, context: Context) -> Iterator[Finding]:
        for line in ("one", "other"):
            yield Finding(
                "CL101",
                "x",
                Severity.ERROR,
                Confidence.HIGH,
                "m",
                request.call,
                request.call,
                (Step(request.call, line),),
            )

    put(tmp_path, a_DOT_py=CALL)
    assert len(run(tmp_path, rules=(rule("CL101", "x", twice),)).findings) == 1


def test_of_several_findings_about_one_place_and_call_the_gravest_and_surest_is_kept(tmp_path: Path) -> None:
    def several(request: Request, context: Context) -> Iterator[Finding]:
        for severity, confidence in (
            (Severity.INFO, Confidence.HIGH),
            (Severity.ERROR, Confidence.LOW),
            (Severity.ERROR, Confidence.MEDIUM),
        ):
            message = f"{severity.value} {confidence.value}"
            yield Finding("CL101", "x", severity, confidence, message, request.call, request.call)

    put(tmp_path, a_DOT_py=CALL)
    (only,) = run(tmp_path, rules=(rule("CL101", "x", several),)).findings
    assert only.message == "error medium"


def by_model(request: Request, context: Context) -> Iterator[Finding]:
    for known in request.model.known:
        yield Finding(
            "CL302", "retired-model", Severity.ERROR, Confidence.HIGH, "m.", known.place, request.call
        )


def test_one_mend_for_several_calls_is_one_finding_that_names_them_all(tmp_path: Path) -> None:
    ask = "anthropic.Anthropic().messages.create(model=MODEL, messages=[])\n"
    put(tmp_path, a_DOT_py=f'import anthropic\nMODEL = "claude-opus-5-5"\n{ask}{ask}')
    put(tmp_path, b_DOT_py=f"import anthropic\nfrom a import MODEL\n{ask * 3}")
    (only,) = run(tmp_path, rules=(rule("CL302", "retired-model", by_model),)).findings
    assert [(call.path, call.line) for call in only.calls] == [
        ("a.py", 3),
        ("a.py", 4),
        *(("b.py", n) for n in (3, 4, 5)),
    ]
    assert only.message == "m. The same mend helps the calls at line 4, b.py:3, b.py:4 and 1 more."


def test_a_suppression_at_one_call_leaves_the_others(tmp_path: Path) -> None:
    ask = "anthropic.Anthropic().messages.create(model=MODEL, messages=[])"
    put(
        tmp_path,
        a_DOT_py=f'import anthropic\nMODEL = "claude-opus-5-5"\n{ask}  # claude-lint: ignore\n{ask}\n',
    )
    (only,) = run(tmp_path, rules=(rule("CL302", "retired-model", by_model),)).findings
    assert ([call.line for call in only.calls], only.message) == ([4], "m.")


def test_what_a_change_touches_counts_for_every_call_of_a_finding(tmp_path: Path) -> None:
    ask = "anthropic.Anthropic().messages.create(model=MODEL, messages=[])\n"
    put(tmp_path, a_DOT_py=f'import anthropic\nMODEL = "claude-opus-5-5"\n{ask}{ask}')
    rules = (rule("CL302", "retired-model", by_model),)
    assert run(tmp_path, rules=rules, changed=Changes({"a.py": Changed(lines=((4, 4),))})).findings
    assert not run(tmp_path, rules=rules, changed=Changes({"a.py": Changed(lines=((1, 1),))})).findings


def test_thresholds_leave_out_what_is_milder_or_less_sure(tmp_path: Path) -> None:
    def several(request: Request, context: Context) -> Iterator[Finding]:
        for column, severity in enumerate(Severity, 1):
            for more, confidence in enumerate(Confidence):
                place = Place(request.call.path, 1, column * 10 + more)
                yield Finding("CL101", "x", severity, confidence, "m", place, request.call)

    def left(config: Config) -> set[tuple[str, str]]:
        found = run(tmp_path, config=config, rules=(rule("CL101", "x", several),)).findings
        return {(each.severity.value, each.confidence.value) for each in found}

    put(tmp_path, a_DOT_py=CALL)
    assert len(left(Config())) == 9
    sure = left(Config(min_severity=Severity.WARNING, min_confidence=Confidence.MEDIUM))
    assert sure == {(s, c) for s in ("error", "warning") for c in ("high", "medium")}


def test_text_in_place_of_a_files_adds_no_file(tmp_path: Path) -> None:
    put(tmp_path, a_DOT_py="x = 1\n", b_DOT_py="x = 1\n")
    result = run(tmp_path, "a.py", replaced={"a.py": CALL.encode(), "b.py": CALL.encode()})
    assert (result.paths, len(result.findings)) == (("a.py",), 1)


def test_files_that_mention_a_wrapper_of_another_file_are_followed_however_they_are_ordered(
    tmp_path: Path,
) -> None:
    wrapper = (
        "import anthropic\ndef ask(model):\n    return anthropic.Anthropic().messages.create(model=model)\n"
    )
    inner = "from m import ask\ndef helper(model):\n    return ask(model)\n"
    put(
        tmp_path,
        m_DOT_py=wrapper,
        b_DOT_py=inner,
        a_DOT_py="from b import helper\nhelper('claude-opus-4-1')\n",
    )
    result = run(tmp_path)
    assert [(call.place.path, call.models) for call in result.calls] == [("m.py", ("claude-opus-4-1",))]
    assert result.parsed == 3


def test_a_file_whose_name_is_not_text_is_linted_beside_others(tmp_path: Path) -> None:
    function = CALL.replace("client.messages", "def ask():\n    return client.messages")
    put(tmp_path, a_DOT_py=function)
    (tmp_path / "b\udcff.py").write_text(function)
    assert [each.place.path for each in run(tmp_path).findings] == ["a.py", "b\udcff.py"]


def test_given_text_replaces_a_files(tmp_path: Path) -> None:
    put(tmp_path, a_DOT_py="x = 1\n")
    result = run(tmp_path, given={"a.py": CALL.encode()})
    assert [(each.place.path, result.sources.line("a.py", 4)) for each in result.findings] == [
        ("a.py", CALL.splitlines()[3])
    ]
    assert result.files == 1


def test_a_project_without_claude_calls_is_linted_without_libcst(tmp_path: Path) -> None:
    put(tmp_path, a_DOT_py="x = 1\n")
    code = (
        "import sys, datetime, pathlib, claude_lint\n"
        "claude_lint.lint([pathlib.Path('.')], root=pathlib.Path('.'), config=claude_lint.Config(), rules=(),"
        " as_of=datetime.date.today())\n"
        "heavy = ('libcst', 'rich', 'opentelemetry', 'anthropic', 'genai_prices')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_a_default_that_every_known_caller_overrides_is_no_finding(tmp_path: Path) -> None:
    (tmp_path / "llm.py").write_text(
        "import anthropic\n"
        "client = anthropic.Anthropic()\n"
        "def ask(messages, model='claude-3-opus-20240229'):\n"
        "    return client.messages.create(model=model, max_tokens=9, messages=messages)\n"
    )
    assert [one.place.line for one in run(tmp_path, rules=(RETIRED,)).findings] == [3]
    (tmp_path / "app.py").write_text("from llm import ask\ndef go(name):\n    ask([], model=name)\n")
    cache = Cache(tmp_path / "kept", tmp_path, ("2026-11-20",))
    for _ in range(2):
        assert run(tmp_path, "llm.py", "app.py", rules=(RETIRED,), cache=cache).findings == ()
    (tmp_path / "job.py").write_text("from llm import ask\ndef go():\n    ask([])\n")
    assert [one.place.path for one in run(tmp_path, rules=(RETIRED,)).findings] == ["llm.py"]
