"""What a file takes from other files of its project: names, texts, classes, and the wrappers that they hold."""

from __future__ import annotations

import os
import time
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from claude_lint.following.project import Project
from claude_lint.following.wrappers import Words, Wrapper
from claude_lint.modelling.analyse import requests_in
from claude_lint.reading.errors import SourceError
from claude_lint.reading.reader import Reader
from claude_lint.reading.source import parse
from claude_lint.request import Presence, Request
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from pathlib import Path

SDK = "import anthropic\nclient = anthropic.Anthropic()\n"


def write(root: Path, files: dict[str, str]) -> Project:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(dedent(text))
    return Project(Reader(root))


def requests_of(root: Path, files: dict[str, str], path: str, *before: str) -> tuple[Request, ...]:
    """The requests of the file `path`, once the files `before` are analysed."""
    project = write(root, files)
    for one in (*before, path):
        found = requests_in(parse((root / one).read_bytes(), one), project)
    return found


def the_model(root: Path, files: dict[str, str], path: str = "app/ask.py") -> object:
    (request,) = requests_of(root, files, path)
    return request.model.value


IMPORTS = {
    "from import": ("app/settings.py", "from app.settings import MODEL", "MODEL"),
    "alias": ("app/settings.py", "from app.settings import MODEL as M", "M"),
    "module": ("app/settings.py", "import app.settings", "app.settings.MODEL"),
    "module alias": ("app/settings.py", "import app.settings as s", "s.MODEL"),
    "module from package": ("app/settings.py", "from app import settings", "settings.MODEL"),
    "relative": ("app/settings.py", "from .settings import MODEL", "MODEL"),
    "relative module": ("app/settings.py", "from . import settings", "settings.MODEL"),
    "relative above": ("settings.py", "from ..settings import MODEL", "MODEL"),
    "package": ("app/conf/__init__.py", "from app.conf import MODEL", "MODEL"),
    "star": ("app/settings.py", "from app.settings import *", "MODEL"),
    "beside a script": ("app/settings.py", "from settings import MODEL", "MODEL"),
    "in a function": (
        "app/settings.py",
        "def m():\n    from app.settings import MODEL\n    return MODEL",
        "m()",
    ),
    "conditional": (
        "app/settings.py",
        "try:\n    from app.settings import MODEL\nexcept ImportError:\n    raise",
        "MODEL",
    ),
}


@pytest.mark.parametrize(("home", "line", "name"), IMPORTS.values(), ids=IMPORTS)
def test_a_constant_is_found_however_it_is_imported(tmp_path: Path, home: str, line: str, name: str) -> None:
    call = f"client.messages.create(model={name}, max_tokens=1, messages=[])\n"
    files = {home: "MODEL = 'claude-x'\n", "app/ask.py": f"{line}\n{SDK}{call}"}
    assert the_model(tmp_path, files) == "claude-x"


def test_a_source_layout_is_understood(tmp_path: Path) -> None:
    files = {
        "src/lib/__init__.py": "",
        "src/lib/names.py": "MODEL = 'claude-x'\n",
        "tests/test_ask.py": f"from lib.names import MODEL\n{SDK}client.messages.create(model=MODEL)\n",
    }
    assert the_model(tmp_path, files, "tests/test_ask.py") == "claude-x"


def test_a_name_is_followed_through_the_modules_that_hand_it_on(tmp_path: Path) -> None:
    files = {
        "app/__init__.py": "from .conf import *\n",
        "app/conf/__init__.py": "from .names import MODEL as DEFAULT\n",
        "app/conf/names.py": "MODEL = 'claude-x'\n",
        "app/ask.py": f"from app import DEFAULT\n{SDK}client.messages.create(model=DEFAULT)\n",
    }
    (request,) = requests_of(tmp_path, files, "app/ask.py")
    (known,) = request.model.known
    assert (known.value, known.place.path, known.place.line) == ("claude-x", "app/conf/names.py", 1)


def test_a_name_that_the_sdk_shares_with_a_file_of_the_project_means_the_sdk(tmp_path: Path) -> None:
    files = {
        "providers/anthropic.py": "Anthropic = print\n",
        "providers/ask.py": f"{SDK}client.messages.create(model='m')\n",
    }
    (request,) = requests_of(tmp_path, files, "providers/ask.py")
    assert request.client == "Anthropic"


def test_what_a_module_does_after_an_assignment_counts(tmp_path: Path) -> None:
    files = {
        "p.py": "ARGS = {'max_tokens': 5}\nARGS['model'] = 'claude-x'\nARGS.update(top_k=1)\n",
        "a.py": f"from p import ARGS\n{SDK}client.messages.create(**ARGS, messages=[])\n",
    }
    (request,) = requests_of(tmp_path, files, "a.py")
    assert request.complete
    assert {name: argument.value for name, argument in request.arguments if name != "messages"} == {
        "max_tokens": 5,
        "model": "claude-x",
        "top_k": 1,
    }


HOLDERS = {
    "class": ("class Names:\n    MODEL = 'claude-x'\n", "from p import Names", "Names.MODEL"),
    "enum": (
        "from enum import Enum\nclass Names(Enum):\n    MODEL = 'claude-x'\n",
        "from p import Names",
        "Names.MODEL.value",
    ),
    "dataclass": (
        "from dataclasses import dataclass\n@dataclass\nclass C:\n    model: str = 'claude-x'\n",
        "from p import C",
        "C().model",
    ),
    "instance": (
        "class C:\n    def __init__(self): self.m = 'claude-x'\nc = C()\n",
        "from p import c",
        "c.m",
    ),
    "property": (
        "class C:\n    @property\n    def m(self): return 'claude-x'\nc = C()\n",
        "from p import c",
        "c.m",
    ),
    "function": ("def m(): return 'claude-x'\n", "from p import m", "m()"),
    "class method": (
        "class C:\n    @classmethod\n    def m(cls): return cls.M\n    M = 'claude-x'\n",
        "from p import C",
        "C.m()",
    ),
    "dict": ("NAMES = {'big': 'claude-x'}\n", "from p import NAMES", "NAMES['big']"),
    "base class": ("class Base:\n    m = 'claude-x'\n", "from p import Base\nclass C(Base): pass", "C().m"),
}


@pytest.mark.parametrize(("home", "line", "expression"), HOLDERS.values(), ids=HOLDERS)
def test_a_model_is_found_in_whatever_holds_it(tmp_path: Path, home: str, line: str, expression: str) -> None:
    files = {"p.py": home, "a.py": f"{line}\n{SDK}client.messages.create(model={expression})\n"}
    assert the_model(tmp_path, files, "a.py") == "claude-x"


def test_a_setting_may_be_overridden_by_the_environment(tmp_path: Path) -> None:
    files = {
        "p.py": """
            from pydantic_settings import BaseSettings
            class Settings(BaseSettings):
                model: str = 'claude-x'
            settings = Settings()
        """,
        "a.py": f"from p import settings\n{SDK}client.messages.create(model=settings.model)\n",
    }
    (request,) = requests_of(tmp_path, files, "a.py")
    assert [known.value for known in request.model.known] == ["claude-x"]
    assert request.model.open
    assert "setting" in request.model.because


def test_a_client_of_another_module_is_known(tmp_path: Path) -> None:
    files = {
        "llm.py": "from anthropic import AsyncAnthropicVertex\nclaude = AsyncAnthropicVertex()\n",
        "a.py": "from llm import claude\nasync def f():\n    await claude.messages.create(model='m')\n",
    }
    (request,) = requests_of(tmp_path, files, "a.py")
    assert request.client == "AsyncAnthropicVertex"


READINGS = {
    "beside": "Path(__file__).with_name('p.md').read_text()",
    "parent": "(Path(__file__).parent / 'p.md').read_text(encoding='utf-8')",
    "joined": "open(os.path.join(os.path.dirname(__file__), 'p.md')).read()",
    "from the root": "Path('app/p.md').read_text()",
    "opened": "Path(__file__).parent.joinpath('p.md').open().read()",
}


@pytest.mark.parametrize("reading", READINGS.values(), ids=READINGS)
def test_a_prompt_file_is_read(tmp_path: Path, reading: str) -> None:
    code = f"import os\nfrom pathlib import Path\nPROMPT = {reading}\n{SDK}"
    files = {
        "app/p.md": "Answer only with yes.",
        "app/ask.py": f"{code}client.messages.create(system=PROMPT)\n",
    }
    (request,) = requests_of(tmp_path, files, "app/ask.py")
    (piece,) = request.pieces
    assert piece.text == "Answer only with yes."
    assert piece.segments[0].place.path == "app/p.md"


def test_a_prompt_file_is_read_in_a_with_statement_and_filled_in(tmp_path: Path) -> None:
    files = {
        "p.md": "Time: {now}. Be kind.",
        "a.py": f"""
            import time
            {SDK.strip().splitlines()[0]}
            with open("p.md") as f:
                PROMPT = f.read()
            def ask(client: anthropic.Anthropic):
                client.messages.create(system=PROMPT.format(now=time.time()), model="m")
        """,
    }
    (request,) = requests_of(tmp_path, files, "a.py")
    assert [segment.source for segment in request.pieces[0].segments] == ["", "the clock", ""]


WRAPPER = """
    import anthropic
    class Claude:
        def __init__(self, model):
            self.client, self.model = anthropic.Anthropic(), model
        def ask(self, question, **options):
            return self.client.messages.create(
                model=self.model, messages=[{"role": "user", "content": question}], **options)
    def ask(question, model="claude-default"):
        return Claude(model).ask(question, max_tokens=5)
"""


def test_the_parameters_of_a_wrapper_are_decided_by_callers_in_other_files(tmp_path: Path) -> None:
    files = {"app/llm.py": WRAPPER, "app/job.py": "from app.llm import ask\nask('hi', model='claude-x')\n"}
    (request,) = requests_of(tmp_path, files, "app/job.py", "app/llm.py")
    assert (request.call.path, request.call.line) == ("app/llm.py", 7)
    (known,) = request.model.known
    assert (known.value, known.place.path, known.place.line) == ("claude-x", "app/job.py", 2)
    assert [step.place.path for step in known.chain] == [
        "app/job.py",
        "app/llm.py",
        "app/llm.py",
        "app/llm.py",
    ][: len(known.chain)]
    assert request.max_tokens.value == 5


def test_the_caller_that_leaves_an_argument_out_is_named(tmp_path: Path) -> None:
    files = {
        "app/llm.py": WRAPPER,
        "app/job.py": "from app.llm import Claude\ndef job(q):\n    return Claude('claude-x').ask(q)\n",
    }
    (request,) = requests_of(tmp_path, files, "app/job.py", "app/llm.py")
    assert request.max_tokens.presence is Presence.ABSENT
    assert request.decided is not None
    assert (request.decided.path, request.decided.line) == ("app/job.py", 3)


def test_a_wrapper_of_a_wrapper_is_one_too(tmp_path: Path) -> None:
    files = {
        "app/llm.py": WRAPPER,
        "app/mid.py": "from app.llm import ask\ndef digest(text):\n    return ask(text, model='claude-x')\n",
        "app/top.py": "from app.mid import digest\ndigest('the text')\n",
    }
    (request,) = requests_of(tmp_path, files, "app/top.py", "app/llm.py", "app/mid.py")
    assert request.model.value == "claude-x"
    assert [piece.text for piece in request.pieces] == ["the text"]


def test_what_a_test_gives_to_a_mocked_client_is_sent_by_nobody(tmp_path: Path) -> None:
    files = {
        "app/llm.py": SDK
        + "def ask(model):\n    return client.messages.create(model=model, max_tokens=9, messages=[])\n",
        "tests/test_llm.py": "from unittest.mock import MagicMock\nfrom app.llm import ask\nask('claude-opus-4-1')\n",
        "tests/test_all.py": "from app.llm import ask\nask('claude-opus-4-1')\n",
    }
    assert requests_of(tmp_path, files, "tests/test_llm.py", "app/llm.py") == ()
    (sent,) = requests_of(tmp_path, files, "tests/test_all.py", "app/llm.py")
    assert sent.model.value == "claude-opus-4-1"


def test_of_two_ways_to_a_call_the_longer_one_is_kept(tmp_path: Path) -> None:
    files = {
        "app/retrying.py": "def again(function, **given):\n    return function(**given)\n",
        "app/ask.py": """
            import anthropic
            from app.retrying import again
            def send(client: anthropic.Anthropic, **given):
                return again(client.messages.create, model="claude-opus-5-5", **given)
            def ask(messages):
                return send(anthropic.Anthropic(max_retries=0), max_tokens=9, messages=messages)
            """,
    }
    (request,) = requests_of(tmp_path, files, "app/ask.py")
    assert request.setting("max_retries").value == 0


def test_only_files_with_the_words_of_a_wrapper_mention_it(tmp_path: Path) -> None:
    project = write(tmp_path, {"app/llm.py": WRAPPER})
    requests_in(parse((tmp_path / "app/llm.py").read_bytes(), "app/llm.py"), project)
    by_name = {(wrapper.owner, wrapper.name): wrapper for wrapper in project.wrappers}
    assert set(by_name) == {("Claude", "ask"), ("", "ask")}
    assert by_name["Claude", "ask"].mentioned(Words(b"from app.llm import Claude\nClaude('m').ask('q')"))
    assert not by_name["Claude", "ask"].mentioned(Words(b"bot.ask('q')"))
    assert by_name["", "ask"].mentioned(Words(b"from app import ask"))
    assert not by_name["", "ask"].mentioned(Words(b"from app.llm import tell"))


def test_a_subclass_in_another_file_decides_what_its_base_sends(tmp_path: Path) -> None:
    files = {
        "app/base.py": """
            import anthropic
            class Base:
                def __init__(self): self.client = anthropic.Anthropic()
                def run(self, text):
                    return self.client.messages.create(model=self.model, max_tokens=self.limit, messages=[])
        """,
        "app/sub.py": """
            from app.base import Base
            class Sub(Base):
                model = "claude-x"
                def __init__(self):
                    super().__init__()
                    self.limit = 7
                def go(self):
                    return self.run("text")
        """,
    }
    (request,) = requests_of(tmp_path, files, "app/sub.py", "app/base.py")
    assert (request.model.value, request.max_tokens.value) == ("claude-x", 7)


def test_a_subclass_that_only_overrides_is_followed_through_what_it_inherits(tmp_path: Path) -> None:
    files = {
        "app/base.py": """
            import anthropic
            class Base:
                def __init__(self): self.client = anthropic.Anthropic()
                def system(self): raise NotImplementedError
                def run(self, text):
                    return self.client.messages.create(model=self.model, system=self.system(), messages=[])
        """,
        "app/sub.py": """
            from app.base import Base
            class Stamp:
                def system(self): return "stamped"
            class Sub(Base):
                model = "claude-x"
                def system(self): return "of the subclass"
            class Mixed(Stamp, Base):
                '''Says nothing itself.'''
            class Alone:
                model = "claude-y"
        """,
    }
    found = requests_of(tmp_path, files, "app/sub.py", "app/base.py")
    assert {(one.model.value, one.pieces[0].text) for one in found} == {
        ("claude-x", "of the subclass"),
        (None, "stamped"),
    }
    assert {one.call.path for one in found} == {"app/base.py"}


def test_a_settings_file_of_the_project_is_read_and_depended_on(tmp_path: Path) -> None:
    files = {
        "s.toml": "[ask]\nlimit = 7\nmodel = 'claude-x'\n",
        "s.json": '{"system": ["Be kind."]}',
        "broken.json": "{",
        "a.py": f"""
import json, tomllib
from pathlib import Path
{SDK}
TOML = tomllib.load(open("s.toml", "rb"))
JSON = json.loads(Path("s.json").read_text())
OTHER = json.load(open("broken.json"))
ask = TOML["ask"]
client.messages.create(model=ask["model"], max_tokens=ask["limit"], system=JSON["system"][0], top_k=OTHER["k"])
""",
    }
    project = write(tmp_path, files)
    (request,) = requests_in(parse((tmp_path / "a.py").read_bytes(), "a.py"), project)
    assert (request.model.value, request.max_tokens.value) == ("claude-x", 7)
    assert (request.model.known[0].place.path, request.model.known[0].place.line) == ("s.toml", 3)
    assert request.pieces[0].text == "Be kind."
    assert request.argument("top_k").value is None
    assert {"s.toml", "s.json", "broken.json"} <= project.read["a.py"]


def test_a_file_mentions_a_method_that_one_of_its_classes_inherits() -> None:
    wrapper = Wrapper("app/llm.py", "run", "Agent")
    assert wrapper.mentioned(Words(b"from app import llm\nclass Own(llm.Agent, Other):\n    pass\n", "a.py"))
    assert not wrapper.mentioned(
        Words(b"from app.llm import Agent\nclass Own(Other):\n    agent = Agent\n", "a.py")
    )


def test_what_a_result_depends_on_is_told(tmp_path: Path) -> None:
    files = {
        "app/__init__.py": "",
        "app/names.py": "from app.more import MODEL\n",
        "app/more.py": "MODEL = open('app/m.txt').read()\n",
        "app/m.txt": "claude-x",
        "app/other.py": "X = 1\n",
        "app/ask.py": f"from app.names import MODEL\n{SDK}client.messages.create(model=MODEL)\n",
    }
    project = write(tmp_path, files)
    requests_in(parse((tmp_path / "app/ask.py").read_bytes(), "app/ask.py"), project)
    reads = project.read["app/ask.py"]
    assert {"app/names.py", "app/more.py", "app/m.txt"} <= reads
    assert not {"app/other.py", "app/ask.py"} & reads
    # A second file that takes the same name from the modules at hand depends on as much.
    requests_in(parse((tmp_path / "app/ask.py").read_bytes(), "app/again.py"), project)
    assert {"app/names.py", "app/more.py", "app/m.txt"} <= project.read["app/again.py"]


def test_a_file_that_is_not_there_yet_is_depended_on(tmp_path: Path) -> None:
    project = write(tmp_path, {"a.py": f"from p import M\n{SDK}client.messages.create(model=M)\n"})
    requests_in(parse((tmp_path / "a.py").read_bytes(), "a.py"), project)
    assert "p.py" in project.read["a.py"]


OUTSIDE = {
    "relative import": "from ...outside import SECRET",
    "link": "from linked import SECRET",
    "link to a directory": "from folder.outside import SECRET",
    "text": "SECRET = open('../outside.py').read()",
    "absolute text": "SECRET = open('{root}/outside.py').read()",
    "text through a link": "SECRET = open('linked.py').read()",
    "path": "from pathlib import Path\nSECRET = (Path(__file__).parent.parent.parent / 'outside.py').read_text()",
}


@pytest.mark.parametrize("line", OUTSIDE.values(), ids=OUTSIDE)
def test_nothing_outside_the_root_is_read(tmp_path: Path, line: str) -> None:
    (tmp_path / "outside.py").write_text("SECRET = 'secret'\n")
    root = tmp_path / "root"
    (root / "app").mkdir(parents=True)
    (root / "linked.py").symlink_to(tmp_path / "outside.py")
    (root / "folder").symlink_to(tmp_path)
    code = (
        f"{line.replace('{root}', str(tmp_path))}\n{SDK}client.messages.create(model=SECRET, system=SECRET)\n"
    )
    (request,) = requests_of(root, {"app/a.py": code}, "app/a.py")
    assert not request.model.known
    assert all(segment.text is None for piece in request.pieces for segment in piece.segments)


ODD = {
    "a circle": {"p.py": "from q import X\nY = X\n", "q.py": "from p import Y\nX = Y\n"},
    "a module of itself": {"p.py": "from p import X\nfrom p import *\nX = X\n"},
    "stars in a circle": {"p.py": "from q import *\n", "q.py": "from p import *\n"},
    "a syntax error": {"p.py": "X = (\n"},
    "not text": {"p.py": "X = 1 # \udcff"},
    "a class in a circle": {
        "p.py": "from q import B\nclass X(B): pass\n",
        "q.py": "from p import X\nclass B(X): pass\n",
    },
    "nested too deep": {"p.py": "X = " + "(" * 5000 + ")" * 5000},
    "huge": {"p.py": "X = 'x'\n" + "# comment\n" * 300_000},
    "a directory": {"p.py/__init__.py": "X = 1\n"},
    "a function that calls itself across files": {
        "p.py": "def X(n=0):\n    import q\n    return q.f(n)\n",
        "q.py": "from p import X\ndef f(n):\n    return X(n) + X(n)\n",
    },
    "a long way": {f"p{n or ''}.py": f"from p{n + 1} import X\nY = X\n" for n in range(60)},
}


@pytest.mark.parametrize("files", ODD.values(), ids=ODD)
def test_odd_projects_are_analysed_in_a_moment(tmp_path: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(text.encode(errors="surrogateescape"))
    start = time.perf_counter()
    code = f"from p import X\n{SDK}client.messages.create(model=X, system=X(), **X)\nX().messages.create()\n"
    assert requests_of(tmp_path, {"a.py": code}, "a.py")
    assert time.perf_counter() - start < 5


def test_links_in_a_circle_are_no_module(tmp_path: Path) -> None:
    (tmp_path / "p.py").symlink_to(tmp_path / "p.py")
    (tmp_path / "loop").symlink_to(tmp_path)
    code = f"from p import X\nfrom loop.loop.loop.b import Y\n{SDK}client.messages.create(model=X)\n"
    (request,) = requests_of(tmp_path, {"a.py": code, "b.py": "Y = 1\n"}, "a.py")
    assert not request.model.known


def test_a_module_with_a_broken_text_is_unknown_and_no_error(tmp_path: Path) -> None:
    (tmp_path / "p.md").write_bytes(b"\xff\xfe")
    code = f"{SDK}client.messages.create(system=open('p.md').read())\n"
    (request,) = requests_of(tmp_path, {"a.py": code}, "a.py")
    assert request.pieces[0].segments[0].text is None


@pytest.mark.parametrize(
    "module",
    [
        "def f():\n    a = 1\n    (b): int = 2\n    return MODEL\n",
        "class A:\n    def f(self):\n        a = 1\n        (b): int = 2\n        return MODEL\n\n\nf = A().f\n",
    ],
)
def test_what_a_body_gives_that_libcst_refuses_is_unknown_and_no_error(tmp_path: Path, module: str) -> None:
    code = f"from b import f\n{SDK}client.messages.create(model=f())\n"
    (request,) = requests_of(tmp_path, {"a.py": code, "b.py": f"MODEL = 'm'\n\n\n{module}"}, "a.py")
    assert not request.model.known
    assert request.model.open


MODULE_LINES = [
    "from {other} import *",
    "from {other} import A, B",
    "import {other}",
    "A = B",
    "B = {other}.A",
    "A = 'claude-x'",
    "def f(x=A): return g(x)",
    "def g(x): return {other}.f(x)",
    "class C({other}.C): m = A",
    "class C: m = B",
    "A = f()",
    "B = C().m",
    "if A:\n    from {other} import f, C",
    "A += B",
]


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(MODULE_LINES)), max_size=30))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_modules_that_import_each_other_at_random_never_fail(lines: list[tuple[int, str]]) -> None:
    names = ["p", "q", "r"]
    texts = {
        f"{name}.py": "\n".join(
            line.replace("{other}", names[(index + number) % 3])
            for number, (home, line) in enumerate(lines)
            if home == index
        ).encode()
        for index, name in enumerate(names)
    }
    code = (
        f"from p import *\nimport q, r\n{SDK}client.messages.create(model=A, system=r.f(q.B), tools=C().m)\n"
    )
    project = Project(Reader(os.devnull, {**texts, "a.py": code.encode()}))  # type: ignore[arg-type]
    for path in ("a.py", "p.py"):
        try:
            source = parse({**texts, "a.py": code.encode()}[path], path)
        except SourceError:
            continue
        requests_in(source, project)


def test_a_common_name_is_no_mention_without_an_import_of_the_wrapper() -> None:
    run = Wrapper("app/cli.py", "run")
    assert not run.mentioned(Words(b"import subprocess\nclient = subprocess.run(['x'])"))
    assert not run.mentioned(Words(b"from app.cli import start\nstart(runner)"))
    assert run.mentioned(Words(b"from app import (\n    cli,\n)\ncli.run()"))
    assert run.mentioned(Words(b'{"source": ["from app.cli import run\\n",\n"run()"]}'))
    assert run.mentioned(Words(b"import app\napp.cli.run()"))


def test_a_function_inside_a_function_is_no_wrapper_but_the_outer_one_is(tmp_path: Path) -> None:
    text = (
        SDK
        + "def ask(q):\n    def run():\n        return client.messages.create(model='m', messages=q)\n"
        + "    return run()\n"
    )
    project = Project(Reader(tmp_path, {}))
    requests_in(parse(text.encode(), "llm.py"), project)
    assert set(project.wrappers) == {Wrapper("llm.py", "ask")}
