"""Collectors: each module reads one kind of source. To add one: write the module, add its import and line here."""

from __future__ import annotations

from collections.abc import Mapping

from driftcheck.collectors import dotenv, environment, helm, lockfile, terraform
from driftcheck.collectors.base import Collector

COLLECTORS: Mapping[str, Collector] = {
    "dotenv": dotenv,
    "environment": environment,
    "helm": helm,
    "lockfile": lockfile,
    "terraform": terraform,
}
