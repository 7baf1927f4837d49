"""Modules of one package as a mapping, each imported when it is asked for: what a run does not use costs nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Generic, TypeVar, cast

Module = TypeVar("Module")


class Modules(Mapping[str, Module], Generic[Module]):
    """Modules of a package, by their names in it. A package has a subclass of its own, which says which one it is."""

    PACKAGE: str

    def __init__(self, *names: str) -> None:
        self._names = dict.fromkeys(names)

    def __getitem__(self, name: str) -> Module:
        if name not in self._names:
            raise KeyError(name)
        return cast(Module, import_module(f"{self.PACKAGE}.{name}"))

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
