"""Which line of code is said to have made a call."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from otel_claude.call_site import CallSite, CallSites


def _module(folder, name, source):
    """The globals of a module that was run from a file of its own."""
    path = folder / f"{name}.py"
    path.write_text(source)
    found = {"__name__": name}
    exec(compile(source, str(path), "exec"), found)
    return found


@pytest.fixture
def sites(tmp_path):
    return CallSites(tmp_path)


def test_it_is_a_line_below_the_project_root(sites, tmp_path):
    (tmp_path / "shop").mkdir()
    ask = _module(tmp_path / "shop", "app", "def ask(find):\n    return find()\n")["ask"]
    assert ask(sites.find) == CallSite("shop/app.py", "ask", 2)


def test_two_files_with_the_same_code_are_two_call_sites(sites, tmp_path):
    source = "def handler(find):\n    return find()\n"
    found = [_module(tmp_path, name, source)["handler"](sites.find).path for name in ("billing", "search")]
    assert found == ["billing.py", "search.py"]


def test_code_that_is_made_anew_for_each_call_is_not_kept(sites, tmp_path):
    for _ in range(100):
        _module(tmp_path, "cell", "def ask(find):\n    return find()\n")["ask"](sites.find)
    assert len(sites._shown) == 1


def test_one_method_on_several_lines_is_several_call_sites(sites, tmp_path):
    source = "class Bot:\n    def ask(self, find):\n        return [\n find(),\n find(),\n ]\n"
    found = _module(tmp_path, "app", source)["Bot"]().ask(sites.find)
    assert [site.line for site in found] == [4, 5]
    assert {site.function for site in found} <= {"Bot.ask", "ask"}


@pytest.mark.parametrize("module", ["anthropic.resources.messages", "otel_claude.sdk.call", "functools"])
def test_frames_between_the_user_and_the_api_are_passed_over(sites, tmp_path, module):
    between = _module(tmp_path, module, "def create(find):\n    return find()\n")["create"]
    ask = _module(tmp_path, "app", "def ask(create, find):\n    return create(find)\n")["ask"]
    assert ask(between, sites.find).path == "app.py"


def test_a_module_whose_name_only_begins_like_the_sdks_is_the_users(sites, tmp_path):
    ask = _module(tmp_path, "anthropic_shop.app", "def ask(find):\n    return find()\n")["ask"]
    assert ask(sites.find).path == "anthropic_shop.app.py"


def test_a_file_outside_the_project_has_its_whole_path(tmp_path):
    ask = _module(tmp_path, "app", "def ask(find):\n    return find()\n")["ask"]
    for sites in (CallSites(tmp_path / "project"), CallSites(None)):
        assert ask(sites.find).path == (tmp_path / "app.py").as_posix()


def _in_the_sdk(tmp_path, source, name):
    return _module(tmp_path, "anthropic._base_client", source)[name]


def test_a_coroutine_that_a_task_runs_by_itself_has_no_call_site(sites, tmp_path):
    create = _in_the_sdk(tmp_path, "async def create(find):\n    return find()\n", "create")

    async def ask():
        direct = await create(sites.find)
        (gathered,) = await asyncio.gather(create(sites.find))
        return direct, gathered

    direct, gathered = asyncio.run(ask())
    assert direct is not None
    assert direct.function.endswith("ask")
    assert gathered is None


def test_a_call_that_a_thread_was_handed_has_no_call_site(sites, tmp_path):
    create = _in_the_sdk(tmp_path, "def create(find):\n    return find()\n", "create")
    found = []
    thread = threading.Thread(target=lambda: None)
    thread.run = lambda: found.append(create(sites.find))  # our own frame is the call site
    thread.start()
    thread.join()
    with ThreadPoolExecutor(1) as pool:
        handed = pool.submit(create, sites.find).result()
    assert [site.function.endswith("<lambda>") for site in found] == [True]
    assert handed is None


def test_globals_without_a_name_are_the_users(sites, tmp_path):
    path = tmp_path / "odd.py"
    for name in ({}, {"__name__": None}, {"__name__": ["no", "text"]}):
        exec(compile("found = find()", str(path), "exec"), space := {**name, "find": sites.find})
        assert space["found"].path == "odd.py"
