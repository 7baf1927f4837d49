"""The process's own environment: variables by name or prefix, where driftcheck runs beside the service."""

from __future__ import annotations

import os
from collections.abc import Mapping

from driftcheck.collectors.base import Option
from driftcheck.errors import ConfigError
from driftcheck.model import Collected, Entry, Location, Reading, quoted

NEEDS_NETWORK = False
KEYS_NAME_SETTINGS = True
OF_SERVERS = False
OPTIONS: Mapping[str, Option] = {
    "names": Option("texts", "variables to read; one that is not set is missing"),
    "prefix": Option("texts", "read all variables that begin so; if it is one, the key goes without it"),
}
EXAMPLE = """\
orders-process:
  collector: environment
  prefix: {staging: STG_, production: PRD_}
"""


def collect(reading: Reading) -> Collected:
    """Read variables of this process; with one prefix an environment, `STG_PORT` and `PRD_PORT` are both `PORT`."""
    names = _texts(reading.options.get("names"))
    prefixes = _texts(reading.options.get("prefix"))
    if not any((*names, *prefixes)):
        raise ConfigError(
            f"source {reading.source} says neither which variables nor which prefix",
            hint="add `names: [DB_POOL_SIZE]` or `prefix: ORDERS_`",
        )
    found = {name: os.environ[name] for name in names if name in os.environ}
    for prefix in prefixes:
        for name in sorted(os.environ):
            if name.startswith(prefix) and name != prefix:
                found[name.removeprefix(prefix) if len(prefixes) == 1 else name] = os.environ[name]
    place = Location("environment")
    return Collected([Entry((quoted(name),), _text(value), place) for name, value in found.items()], [], [])


def _texts(option: object) -> list[str]:
    return [option] if isinstance(option, str) else list(option) if isinstance(option, list) else []


def _text(value: str) -> str:
    """Return a value as text that can be printed; bytes that are no UTF-8 become the replacement character."""
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
