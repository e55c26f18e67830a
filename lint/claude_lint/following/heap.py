"""The heap: a dict of objects by key, made to be forked at every branch and joined after it.

Layers that were written before a fork are shared and never change again; only what was written since is copied,
compared and joined. Below all layers is the *base*, the objects of the project's modules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Heap:
    """A forkable dict from keys to objects. A key whose object is `None` is not there."""

    __slots__ = ("base", "layers", "own")

    def __init__(self, base: dict[int, Any] | None = None, layers: tuple[dict[int, Any], ...] = ()) -> None:
        self.base = {} if base is None else base
        self.layers = layers
        self.own: dict[int, Any] = {}

    def get(self, key: int) -> Any:
        """The object, or `None`."""
        if key in self.own:
            return self.own[key]
        for layer in reversed(self.layers):
            if key in layer:
                return layer[key]
        return self.base.get(key)

    def __getitem__(self, key: int) -> Any:
        found = self.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def __setitem__(self, key: int, held: Any) -> None:
        self.own[key] = held

    def __contains__(self, key: int) -> bool:
        return self.get(key) is not None

    def items(self) -> Iterator[tuple[int, Any]]:
        """The objects that are not of the base."""
        yield from _flat((*self.layers, self.own)).items()

    def fork(self) -> Heap:
        """A heap that is equal now and changes apart from now on."""
        if self.own:
            layers, newest = [*self.layers], self.own
            while layers and len(layers[-1]) <= 2 * len(newest):
                newest = {**layers.pop(), **newest}
            self.layers, self.own = (*layers, newest), {}
        return Heap(self.base, self.layers)

    def joined(self, other: Heap, join: Callable[[Any, Any], Any]) -> Heap:
        """What two heaps come to where their paths meet; an object that only one path made stays."""
        shared = 0
        for mine, theirs in zip(self.layers, other.layers, strict=False):
            if mine is not theirs:
                break
            shared += 1
        met = Heap(self.base, self.layers[:shared])
        one, two = _flat((*self.layers[shared:], self.own)), _flat((*other.layers[shared:], other.own))
        for key in {**one, **two}:
            left = one[key] if key in one else met.get(key)
            right = two[key] if key in two else met.get(key)
            if left is right or right is None:
                met.own[key] = left
            else:
                met.own[key] = right if left is None else join(left, right)
        return met


def _flat(layers: tuple[dict[int, Any], ...]) -> dict[int, Any]:
    flat: dict[int, Any] = {}
    for layer in layers:
        flat.update(layer)
    return flat
