"""Collectors: each module reads one kind of source. To add one: write the module, add its name here.

A module is imported when a source of its kind is asked for: what reads servers costs nothing where only files are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from driftcheck.collectors.base import Collector, Database, Finder, Probe

if TYPE_CHECKING:
    from driftcheck.collectors import dotenv, environment, helm, http, lockfile, mysql, postgres, redis, terraform

    _keep_to_the_protocol: tuple[Collector, ...] = (environment, http)
    _logs_in: tuple[Database, ...] = (mysql, postgres, redis)
    _can_find: tuple[Finder, ...] = (dotenv, helm, lockfile, terraform)

Module = TypeVar("Module", bound=Collector)


class _Modules(Mapping[str, Module], Generic[Module]):
    """Modules of this package, by the kind of source that they read."""

    def __init__(self, *kinds: str) -> None:
        self._kinds = dict.fromkeys(kinds)

    def __getitem__(self, kind: str) -> Module:
        if kind not in self._kinds:
            raise KeyError(kind)
        return cast(Module, import_module(f"driftcheck.collectors.{kind}"))

    def __contains__(self, kind: object) -> bool:
        return kind in self._kinds

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)


FINDERS: Mapping[str, Finder] = _Modules("dotenv", "helm", "lockfile", "terraform")
"""The kinds whose files `driftcheck compare` recognises by themselves."""

COLLECTORS: Mapping[str, Collector] = _Modules(
    "dotenv", "environment", "helm", "http", "lockfile", "mysql", "postgres", "redis", "terraform"
)

PROBES: Mapping[str, Probe] = _Modules[Probe]("mysql", "postgres", "redis")
"""The kinds whose questions may be printed for somebody else to run: see `driftcheck probe`."""

DATABASES: Mapping[str, Database] = _Modules[Database]("mysql", "postgres", "redis")
"""The probes that need a login: see `driftcheck probe grants`."""
