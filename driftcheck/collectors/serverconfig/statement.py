"""What the readers of the servers' own syntaxes have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

from driftcheck.model import Path, Value


class Statement(NamedTuple):
    """One line that says something: a setting, or files to read in its place.

    `raw` is a setting's value as written, without quotes, None where its name stands alone; else the path that is
    `included`: a "file", a file "if exists", or a "folder".
    """

    name: str
    raw: str | None
    line: int
    included: str = ""


class Syntax(Protocol):
    """What a module for one server's files offers."""

    IN_FOLDER: str
    """The pattern of the files that an included folder gives."""

    def statements(self, text: str, place: str, version: str) -> Iterator[Statement]:
        """Yield what a file says, in order; raise CollectError with the line that is not in the server's syntax."""
        ...

    def settings(self, name: str, raw: str | None) -> tuple[str, Iterable[tuple[Path, Value]]]:
        """Return the canonical name of a setting, and the keys below `settings` that it sets."""
        ...

    def added(self, name: str, before: str, raw: str) -> str | None:
        """Return what a second line makes of a setting that gathers lines; None where it replaces the first."""
        ...

    def is_identity(self, name: str) -> bool:
        """Whether a setting, by its canonical name, says who the server is."""
        ...
