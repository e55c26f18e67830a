from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
import threading
from contextlib import suppress
from importlib.machinery import SourceFileLoader
from types import ModuleType
from unittest.mock import MagicMock

import pytest

from otel_claude.import_hook import when_imported

NAME = "imported_in_tests"


@pytest.fixture(autouse=True)
def nothing_stays(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield
    sys.modules.pop(NAME, None)


@pytest.fixture
def source(tmp_path):
    file = tmp_path / f"{NAME}.py"
    file.write_text("value = 1\n")
    return file


@pytest.fixture
def seen():
    return []


def import_it():
    return importlib.import_module(NAME)


def test_a_module_that_is_imported_already_is_seen_at_once(source, seen):
    module = import_it()
    before = list(sys.meta_path)
    when_imported(NAME, seen.append)
    assert seen == [module]
    assert sys.meta_path == before


def test_a_module_that_is_imported_later_is_seen_then_complete_and_once(source, seen):
    before = list(sys.meta_path)
    when_imported(NAME, lambda module: seen.append((module, module.value)))
    assert not seen
    assert NAME not in sys.modules
    module = import_it()
    assert seen == [(module, 1)]
    assert sys.meta_path == before
    import_it()
    assert len(seen) == 1


def test_what_is_done_to_the_module_is_done_before_the_importer_has_it(source):
    when_imported(NAME, lambda module: setattr(module, "value", 2))
    assert import_it().value == 2


def test_other_modules_and_submodules_are_let_be(tmp_path, seen):
    package = tmp_path / NAME
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "inner.py").touch()
    (tmp_path / f"{NAME}_too.py").touch()
    when_imported(NAME, lambda module: seen.append(module.__name__))
    importlib.import_module(f"{NAME}_too")
    assert not seen
    importlib.import_module(f"{NAME}.inner")
    assert seen == [NAME]


def test_a_request_that_was_taken_back_does_nothing(source, seen):
    before = list(sys.meta_path)
    remove = when_imported(NAME, seen.append)
    remove()
    assert sys.meta_path == before
    import_it()
    assert not seen
    remove()


def test_taking_back_a_request_that_was_answered_does_nothing(source, seen):
    remove = when_imported(NAME, seen.append)
    import_it()
    before = list(sys.meta_path)
    remove()
    assert sys.meta_path == before


def test_two_requests_are_both_answered(source, seen):
    when_imported(NAME, lambda module: seen.append(1))
    when_imported(NAME, lambda module: seen.append(2))
    import_it()
    assert sorted(seen) == [1, 2]


@pytest.mark.parametrize(
    "look", [importlib.util.find_spec, lambda name: sys.meta_path[0].find_spec(name, None)]
)
def test_looking_for_the_module_is_not_importing_it(look, source, seen):
    when_imported(NAME, seen.append)
    assert look(NAME).origin == str(source)
    assert not seen
    module = import_it()
    assert seen == [module]


def test_a_module_that_is_not_there_is_missed_as_without_us(seen):
    with pytest.raises(ModuleNotFoundError) as plain:
        import_it()
    when_imported(NAME, seen.append)
    assert importlib.util.find_spec(NAME) is None
    with pytest.raises(ModuleNotFoundError) as ours:
        import_it()
    assert (str(ours.value), ours.value.name) == (str(plain.value), NAME)
    assert not seen


def test_an_import_that_fails_fails_as_without_us_and_the_next_one_is_seen(source, seen):
    source.write_text("1 / 0\n")
    when_imported(NAME, seen.append)
    with pytest.raises(ZeroDivisionError) as raised:
        import_it()
    assert raised.traceback[-1].path == source
    assert NAME not in sys.modules
    assert not seen
    source.write_text("value = 22\n")
    assert import_it().value == 22
    assert len(seen) == 1


def test_spec_loader_and_source_are_as_without_us(source, seen):
    plain = import_it()
    expected = {**vars(plain), "__spec__": None, "__loader__": None}
    del sys.modules[NAME]
    when_imported(NAME, seen.append)
    module = import_it()
    assert {**vars(module), "__spec__": None, "__loader__": None} == expected
    assert type(module.__loader__) is SourceFileLoader
    assert module.__spec__.loader is module.__loader__
    assert module.__spec__ == plain.__spec__
    assert inspect.getsource(module) == "value = 1\n"


def test_the_module_can_be_read_without_importing_it(source, seen):
    when_imported(NAME, seen.append)
    assert importlib.util.find_spec(NAME).loader.get_source(NAME) == "value = 1\n"


def test_reload_is_as_without_us(source, seen):
    when_imported(NAME, seen.append)
    module = import_it()
    source.write_text("value = 333\n")
    assert importlib.reload(module) is module
    assert module.value == 333
    assert type(module.__loader__) is SourceFileLoader
    assert seen == [module]


def test_a_finder_that_looks_through_all_finders_itself_is_no_trouble(source, seen):
    class Nosy:
        looking = False

        def find_spec(self, fullname, path=None, target=None):
            if self.looking:
                return None
            self.looking = True
            try:
                return importlib.util.find_spec(fullname)
            finally:
                self.looking = False

    sys.meta_path.insert(0, Nosy())
    when_imported(NAME, seen.append)
    sys.meta_path.insert(0, Nosy())
    module = import_it()
    assert seen == [module]
    assert type(module.__loader__) is SourceFileLoader


def test_threads_that_import_at_once_all_get_the_module_after_it_was_seen(source, seen):
    source.write_text("import time\ntime.sleep(0.1)\nvalue = 1\n")

    def then(module):
        seen.append(module)
        module.value += 1

    when_imported(NAME, then)
    barrier = threading.Barrier(8)
    values = []

    def one():
        barrier.wait()
        values.append(import_it().value)

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert values == [2] * 8
    assert len(seen) == 1


@pytest.mark.parametrize("ends", ["value = 1", "1 / 0"])
def test_an_import_that_another_thread_is_in_the_middle_of_is_not_missed(ends, source, seen):
    source.write_text(f"import sys, time\nsys.{NAME}.set()\ntime.sleep(0.2)\n{ends}\n")
    began = threading.Event()
    setattr(sys, NAME, began)

    def other():
        with suppress(ZeroDivisionError):
            import_it()

    thread = threading.Thread(target=other)
    thread.start()
    began.wait()
    when_imported(NAME, lambda module: seen.append(module.value))
    thread.join()
    delattr(sys, NAME)
    if ends != "value = 1":
        assert not seen
        source.write_text("value = 1  # mended\n")
        import_it()
    assert seen == [1]


@pytest.mark.parametrize("stand_in", [ModuleType(NAME), MagicMock()])
def test_a_stand_in_for_the_module_is_taken_as_it_is(stand_in, monkeypatch, seen):
    monkeypatch.setitem(sys.modules, NAME, stand_in)
    when_imported(NAME, seen.append)
    assert seen == [stand_in]


def test_a_module_that_is_barred_stays_barred(monkeypatch, source, seen):
    monkeypatch.setitem(sys.modules, NAME, None)
    when_imported(NAME, seen.append)
    with pytest.raises(ModuleNotFoundError, match="halted"):
        import_it()
    assert not seen
