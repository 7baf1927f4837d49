"""Files around a line, showing nothing that a report would hide: not even on the lines beside a setting.

What a file holds was redacted setting by setting; its text was not, and has comments, old values and other keys. So a
line is shown as it is written only where each of its words is one of a key, or of the open values that were read there.
Any other line with settings shows those, redacted; any other without says only that there is something.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path as FilePath
from typing import NamedTuple

from driftcheck.errors import CollectError
from driftcheck.formats import read_text
from driftcheck.model import Location, Pair, Path, Secret, Value, unquoted
from driftcheck.redact import MASK
from driftcheck.reporters.base import escaped, shown

AROUND = 2
"""Lines before and after the one that is meant."""

ELIDED = "..."

LONGEST = 500
"""Characters of a line. A longer one is not written for people: a file that is all on one line."""

MOST = 3
"""Settings of one line that are shown."""


class Line(NamedTuple):
    """A line as it may be shown; `number` is from 1, and `is_meant` marks the one that was asked for."""

    number: int
    text: str
    is_meant: bool


class _Setting(NamedTuple):
    """What was read from a line, as a report shows it."""

    path: Path
    text: str
    is_hidden: bool


class Files:
    """The files that settings were read from, in folders below `root`."""

    def __init__(self, root: str, pairs: Iterable[Pair]) -> None:
        self._root = root
        self._texts: dict[str, list[str]] = {}
        self._names: dict[str, set[str]] = {}
        self._read: dict[str, dict[int, dict[_Setting, None]]] = {}
        for setting, place in _settings(pairs):
            self._read.setdefault(place.path, {}).setdefault(place.line, {})[setting] = None

    def around(self, place: Location, path: Path) -> list[Line]:
        """Return the lines around the place of a setting; none where it has no line, as on a server."""
        if not place.line:
            return []
        read = self._read.get(place.path, {})
        text = self._text(place.path)
        last = min(place.line + AROUND, max(len(text), place.line, *read))
        lines = []
        for number in range(max(1, place.line - AROUND), last + 1):
            here = [each for each in read.get(number, ()) if number != place.line or each.path == path]
            written = text[number - 1] if number <= len(text) else ""
            may_be_shown = self._may_be_shown(written, place.path, number)
            words = escaped(written.expandtabs(4)) if may_be_shown else _told(here, written, path, number == place.line)
            lines.append(Line(number, words, number == place.line))
        return lines

    def _may_be_shown(self, written: str, file: str, number: int) -> bool:
        """Whether a line is made of keys, and of open values that were read from it or that began above it."""
        read = self._read.get(file, {})
        nearest = read.get(max((line for line in read if line <= number), default=0), {})
        if len(written) > LONGEST or not written.strip() or any(setting.is_hidden for setting in nearest):
            return False
        values = (word for setting in nearest for word in _words(setting.text))
        return set(_words(written)) <= {*self._names_in(file), *values}

    def _names_in(self, file: str) -> set[str]:
        if file not in self._names:
            settings = (setting for line in self._read.get(file, {}).values() for setting in line)
            self._names[file] = {word for each in settings for part in each.path for word in _words(unquoted(part))}
        return self._names[file]

    def _text(self, file: str) -> list[str]:
        """Return a file's lines; none where it is not here, as with a snapshot."""
        if file not in self._texts:
            try:
                text = read_text(str(FilePath(self._root, file)), file)
            except CollectError:
                text = ""
            self._texts[file] = [line.rstrip("\r") for line in text.removesuffix("\n").split("\n")]
        return self._texts[file]


def _settings(pairs: Iterable[Pair]) -> Iterator[tuple[_Setting, Location]]:
    for pair in pairs:
        for side in (pair.target, pair.reference):
            if side.entry:
                yield _setting(pair.path, side.entry.value), side.entry.location
                for value, location in side.entry.overrides:
                    yield _setting(pair.path, value), location


def _setting(path: Path, value: Value) -> _Setting:
    text = shown(value)
    return _Setting(path, text, MASK in text or _has_secret(value))


def _has_secret(value: Value) -> bool:
    return isinstance(value, Secret) or (isinstance(value, tuple) and any(map(_has_secret, value)))


def _told(settings: list[_Setting], written: str, path: Path, is_meant: bool) -> str:
    """Return what stands for a line that may not be shown."""
    indent = " " * (len(written) - len(written.lstrip()))
    told = [f"{unquoted(setting.path[-1])} = {setting.text}" for setting in settings[:MOST]]
    if len(settings) > MOST:
        told.append(ELIDED)
    if not told and is_meant:
        told = [f"{unquoted(path[-1])} {ELIDED}"]
    return indent + escaped("; ".join(told) or (ELIDED if written.strip() else ""))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)
