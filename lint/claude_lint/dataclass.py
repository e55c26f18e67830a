"""The `dataclass` of the standard library, as far as it is used here, made in a fraction of the time.

The standard library writes up to ten functions for each class, as text, and compiles each by itself. For the classes of
this package that came to an eighth of what it takes to lint one small file. Here the initialiser alone is written for
each class. The other functions are the same for all: they take the fields that count by an `attrgetter`.

For a type checker it is the standard library's own, and the functions of `dataclasses` take its objects.
"""

from __future__ import annotations

import operator
from dataclasses import MISSING, Field, FrozenInstanceError, field, fields, make_dataclass
from inspect import get_annotations
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["dataclass"]

_T = TypeVar("_T")


def _dataclass(*, slots: bool, frozen: bool = False, order: bool = False) -> Callable[[type[_T]], type[_T]]:
    """Makes a class with `slots` of one that says its fields: there is no other way here."""
    assert slots

    def make(cls: type[_T]) -> type[_T]:
        own = get_annotations(cls)
        declared: dict[str, Field[Any]] = dict(getattr(cls, "__dataclass_fields__", {}))
        for name, annotation in own.items():
            value = cls.__dict__.get(name, MISSING)
            declared[name] = value if isinstance(value, Field) else field(default=value)
            declared[name].type = annotation
        compared = [name for name, one in declared.items() if one.compare]
        hashed = [name for name, one in declared.items() if (one.compare if one.hash is None else one.hash)]
        left_out = {*own, "__dict__", "__weakref__"}
        body = {
            "__eq__": _equal,
            "__repr__": _described,
            **(_FROZEN if frozen else _MUTABLE),
            **(_ORDERED if order else {}),
            **{name: value for name, value in cls.__dict__.items() if name not in left_out},
            "__qualname__": cls.__qualname__,
            "__slots__": tuple(own),
            "__match_args__": tuple(name for name, one in declared.items() if one.init),
            "__dataclass_fields__": _Fields(declared),
            "_compared": operator.attrgetter(*compared),
            "_hashed": operator.attrgetter(*hashed),
        }
        slotted: Any = type(cls.__name__, cls.__bases__, body)
        slotted.__init__ = _initialiser(slotted, declared, frozen=frozen)
        made: type[_T] = slotted
        return made

    return make


def _initialiser(cls: type, declared: Mapping[str, Field[Any]], *, frozen: bool) -> Callable[..., None]:
    """The function that takes a value for each field and sets it. It sets those of a frozen object by their slots."""
    parameters, lines = ["self"], []
    names: dict[str, Any] = {"MISSING": MISSING}
    for name, one in declared.items():
        if not one.init:
            continue
        value = name
        if one.default_factory is not MISSING:
            names[f"new_{name}"] = one.default_factory
            value = f"new_{name}() if {name} is MISSING else {name}"
            parameters.append(f"{name}=MISSING")
        elif one.default is not MISSING:
            names[f"default_{name}"] = one.default
            parameters.append(f"{name}=default_{name}")
        else:
            parameters.append(name)
        if frozen:
            names[f"set_{name}"] = getattr(cls, name).__set__
            lines.append(f" set_{name}(self, {value})")
        else:
            lines.append(f" self.{name} = {value}")
    exec(f"def __init__({', '.join(parameters)}):\n" + "\n".join(lines), names)  # noqa: S102 - made of names of ours
    initialise: Callable[..., None] = names["__init__"]
    initialise.__qualname__ = f"{cls.__qualname__}.__init__"
    return initialise


class _Fields:
    """What the functions of `dataclasses` want to know of a class, made when one asks: of few classes they do."""

    def __init__(self, declared: Mapping[str, Field[Any]]) -> None:
        self._declared = declared

    def __get__(self, instance: object, owner: Any) -> Mapping[str, Field[Any]]:
        told = [(name, one.type, one) for name, one in self._declared.items()]
        twin: Any = make_dataclass("Twin", told, namespace={"__doc__": ""}, init=False, repr=False, eq=False)
        owner.__dataclass_fields__ = twin.__dataclass_fields__
        return self._declared


def _equal(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    compared = self._compared
    return compared(self) == compared(other)


def _comparison(holds: Callable[[Any, Any], bool]) -> Callable[[Any, Any], Any]:
    def compare(self: Any, other: Any) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        compared = self._compared
        return holds(compared(self), compared(other))

    return compare


def _hash(self: Any) -> int:
    return hash(self._hashed(self))


def _described(self: Any) -> str:
    values = (f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
    return f"{self.__class__.__qualname__}({', '.join(values)})"


def _remade(self: Any) -> tuple[type, tuple[Any, ...]]:
    """How `copy` and `pickle` make an object again that refuses to be set."""
    return self.__class__, tuple(getattr(self, name) for name in self.__match_args__)


def _refuse_to_set(self: object, name: str, value: object) -> None:  # noqa: ARG001
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> None:  # noqa: ARG001
    raise FrozenInstanceError(f"cannot delete field {name!r}")


_FROZEN: Final = {
    "__hash__": _hash,
    "__reduce__": _remade,
    "__setattr__": _refuse_to_set,
    "__delattr__": _refuse_to_delete,
}
_MUTABLE: Final = {"__hash__": None}
_ORDERED: Final = {
    "__lt__": _comparison(operator.lt),
    "__le__": _comparison(operator.le),
    "__gt__": _comparison(operator.gt),
    "__ge__": _comparison(operator.ge),
}

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _dataclass
