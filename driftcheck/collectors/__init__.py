"""Collectors: each module reads one kind of source. To add one: write the module, add its name here.

A module is imported when a source of its kind is asked for: what reads servers costs nothing where only files are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

from driftcheck.collectors.base import Collector, Database, Finder, Probe
from driftcheck.plugins import Modules

if TYPE_CHECKING:
    from driftcheck.collectors import (
        command,
        dotenv,
        environment,
        helm,
        host,
        http,
        jvm,
        lockfile,
        mysql,
        postgres,
        redis,
        serverconfig,
        terraform,
        tls,
    )

    _keep_to_the_protocol: tuple[Collector, ...] = (command, environment, http, tls)
    _can_be_printed: tuple[Probe, ...] = (host, jvm)
    _logs_in: tuple[Database, ...] = (mysql, postgres, redis)
    _can_find: tuple[Finder, ...] = (dotenv, helm, lockfile, serverconfig, terraform)

Module = TypeVar("Module", bound=Collector)


class _Modules(Modules[Module]):
    """Modules of this package, by the kind of source that they read."""

    PACKAGE = "driftcheck.collectors"


FINDERS: Mapping[str, Finder] = _Modules("dotenv", "helm", "lockfile", "serverconfig", "terraform")
"""The kinds whose files `driftcheck compare` recognises by themselves."""

COLLECTORS: Mapping[str, Collector] = _Modules(
    "command",
    "dotenv",
    "environment",
    "helm",
    "host",
    "http",
    "jvm",
    "lockfile",
    "mysql",
    "postgres",
    "redis",
    "serverconfig",
    "terraform",
    "tls",
)

PROBES: Mapping[str, Probe] = _Modules[Probe]("host", "jvm", "mysql", "postgres", "redis")
"""The kinds whose questions may be printed for somebody else to run: see `driftcheck probe`."""

DATABASES: Mapping[str, Database] = _Modules[Database]("mysql", "postgres", "redis")
"""The probes that need a login: see `driftcheck probe grants`."""
