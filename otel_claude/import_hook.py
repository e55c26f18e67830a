"""Runs a function once a module is imported, now or later.

An instrumented process that never imports the SDK then pays nothing for it: neither its import nor ours.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


def when_imported(name: str, then: Callable[[ModuleType], object]) -> Callable[[], None]:
    """Calls `then` once with the top-level module `name`, at once where it is imported already.

    An import that another thread is in the middle of is waited for. One that fails counts as none: `then` runs after
    the first that succeeds.

    Returns a function that takes the request back; it does nothing once `then` has run. `then` must not raise: it
    runs inside the user's import.
    """
    module = sys.modules.get(name)
    if module is not None and _is_initializing(module):
        with suppress(Exception):
            import_module(name)
        module = sys.modules.get(name)
    if module is not None and not _is_initializing(module):
        then(module)
        return lambda: None
    finder = _Finder(name, then)
    sys.meta_path.insert(0, finder)
    return finder.remove


def _is_initializing(module: ModuleType) -> bool:
    return getattr(getattr(module, "__spec__", None), "_initializing", False) is True


class _Finder(MetaPathFinder):
    """Finds one module as the other finders do, and has `then` run after its import.

    It stays until then: that a module is looked for, with `importlib.util.find_spec`, does not mean that it is
    imported, nor that its import succeeds.
    """

    def __init__(self, name: str, then: Callable[[ModuleType], object]) -> None:
        self._name = name
        self._then = then

    def remove(self) -> None:
        with suppress(ValueError):
            sys.meta_path.remove(self)

    def imported(self, module: ModuleType) -> None:
        if self in sys.meta_path:
            self.remove()
            self._then(module)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        finders = list(sys.meta_path)
        if fullname != self._name or self not in finders:
            return None
        # The finders before this one had their turn; some, like this one, ask all others.
        for finder in finders[finders.index(self) + 1 :]:
            find = getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = find(fullname, path, target) if find is not None else None
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Loader(spec.loader, self)
                return spec
        return None


class _Loader(Loader):
    """The module's own loader, and word to the finder after it."""

    def __init__(self, loader: Loader, finder: _Finder) -> None:
        self._loader = loader
        self._finder = finder

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        # What the module says of itself, and what reads resources beside it, is as without us.
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._finder.imported(module)
