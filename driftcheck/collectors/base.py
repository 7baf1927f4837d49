"""What a collector module offers, and the little that all of them need."""

from __future__ import annotations

import os.path
from collections.abc import Mapping
from typing import NamedTuple, Protocol

from driftcheck.model import Collected, Reading


class Option(NamedTuple):
    """An option of a source: what it means, and its shape.

    Shapes: `path` (one or a list; collectors always get a list of absolute paths), `text`, `texts` (a list),
    `mapping`, `flag`. Path patterns (`*`) are expanded by the collector, not before it.
    """

    shape: str
    help: str
    required: bool = False


class Collector(Protocol):
    """What a collector module offers.

    Its docstring's first line is what `driftcheck collectors` prints; `EXAMPLE` is one entry of `sources`.
    """

    NEEDS_NETWORK: bool
    KEYS_NAME_SETTINGS: bool
    """Whether the words of a key say what its value is; the name of a package in a lock file says nothing of it."""
    OPTIONS: Mapping[str, Option]
    EXAMPLE: str

    def collect(self, reading: Reading) -> Collected:
        """Read one source in one environment; raise CollectError if it cannot be read at all."""
        ...

    def discover(self, names: list[str]) -> Mapping[str, Mapping[str, object]]:
        """Recognise what this collector reads among file names relative to one folder (with `/`, sorted).

        Returns source name -> options, paths relative to that folder. Two folders with the same source name are paired.
        """
        ...


def relative(path: str, root: str) -> str:
    """Return an absolute path as reports show it: relative to a folder, with forward slashes."""
    return os.path.relpath(path, root).replace(os.sep, "/")


def shown(path: str, reading: Reading) -> str:
    """Return a path as reports show it: relative to the reading's root, with forward slashes."""
    return relative(path, reading.root)
