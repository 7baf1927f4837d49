"""Rows as PostgreSQL's COPY writes them, and the text that a probe is asked and answered in where no driver is used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from driftcheck.collectors.postgres.statements import BEGIN, GUARDS, HELPERS, MOST_ROWS, Statement, asked, copy
from driftcheck.errors import CollectError
from driftcheck.model import Location
from driftcheck.pattern import Pattern

Row = list[str]

LOCKED, CANCELLED, REFUSED = "55P03", "57014", "42501"

_ESCAPED = Pattern(r"\\(.)")
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}
_BEGIN, _END = "-- driftcheck begin ", "-- driftcheck end "
_HELPED = "-- driftcheck helpers"
_LAST = "-- driftcheck done"

_ABOUT = """\
-- What driftcheck wants to know of a PostgreSQL server. It reads catalogues and statistics, no row of any table, in one
-- READ ONLY transaction that waits half a second for a lock and 20 seconds for a statement. It needs no privilege; what
-- the role may not see is left out. Run it with psql in the database that is to be read, and keep what it prints:
--
--     psql -X -d orders -f this-file > answer.txt
"""
_PLAIN = """\
\\set QUIET on
\\set ON_ERROR_STOP off
\\pset pager off
\\pset tuples_only on
\\pset format unaligned
\\timing off
SET client_encoding = 'UTF8';
"""


class UnansweredError(Exception):
    """A statement failed: `reason` says how, `sqlstate` is the server's word for it, "" where it has none."""

    def __init__(self, reason: str, sqlstate: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.sqlstate = sqlstate


class Asking(Protocol):
    """Asks statements, the settings first. `helped`: the helper functions were there, known after the settings."""

    helped: bool

    def __call__(self, statement: Statement) -> Iterator[Row]:
        """Yield the rows of a statement; raise UnansweredError, at once or between rows."""
        ...


class Answer:
    """What psql has printed: the lines of each statement, and its SQLSTATE."""

    def __init__(self, lines: dict[str, list[str]], states: dict[str, str], *, helped: bool) -> None:
        self._lines = lines
        self._states = states
        self.helped = helped

    def __call__(self, statement: Statement) -> Iterator[Row]:
        """Yield the rows of a statement; raise UnansweredError if it failed."""
        state = self._states.get(statement.name)
        if state is None:
            raise UnansweredError("was not asked")
        if state != "00000":
            raise UnansweredError(f"failed with SQLSTATE {state}", state)
        return split(self._lines[statement.name])


def split(lines: Iterable[str]) -> Iterator[Row]:
    """Yield the fields of lines in COPY's text format; raise UnansweredError at the end of more than `MOST_ROWS`."""
    count = 0
    for count, line in enumerate(lines, 1):
        if count > MOST_ROWS:
            continue  # there is one at most: to break off a COPY, one would have to cancel it
        fields = line.split("\t")
        if "\\" in line:
            fields = [_ESCAPED.sub(_unescaped, field) if "\\" in field else field for field in fields]
        yield fields
    if count > MOST_ROWS:
        raise UnansweredError(f"more than {MOST_ROWS:,} rows")


def _unescaped(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[1], match[1])


def script(areas: Sequence[str], schemas: Sequence[str]) -> str:
    """Return what psql is given: the statements of a probe, each between two marks; its SQLSTATE is on the second."""
    parts = [_ABOUT, _PLAIN, f"{BEGIN};\n", _block("settings", f"{copy(asked(areas)[0].query, schemas)};\n")]
    parts += [f"{guard};\n" for guard in GUARDS]
    parts.append(f"{HELPERS} \\gset\n\\if :helped\n\\echo '{_HELPED}'\n\\endif\n")
    for statement in asked(areas)[1:]:
        text = f"{copy(statement.query, schemas)};\n"
        if statement.helper:
            text = f"\\if :helped\n{copy(statement.helper, schemas)};\n\\else\n{text}\\endif\n"
        parts.append(_block(statement.name, text))
    return "\n".join([*parts, f"ROLLBACK;\n\\echo '{_LAST}'\n"])


def _block(name: str, text: str) -> str:
    begin, end = f"\\echo '{_BEGIN}{name}'\n", f"\\echo '{_END}{name}' :SQLSTATE\n"
    return f"{begin}SAVEPOINT statement;\n{text}{end}ROLLBACK TO SAVEPOINT statement;\n"


def parse(text: str, path: str) -> Answer:
    """Return what psql printed for `script`; raise CollectError, naming `path`, if it is something else or cut off."""
    found: dict[str, list[str]] = {}
    states: dict[str, str] = {}
    current: list[str] | None = None
    helped = done = False
    for line in text.replace("\r\n", "\n").split("\n"):
        if not line.startswith("-- driftcheck "):
            if current is not None:
                current.append(line)
        elif line.startswith(_BEGIN):
            current = found[line.removeprefix(_BEGIN)] = []
        elif line.startswith(_END):
            name, _, state = line.removeprefix(_END).partition(" ")
            states[name], current = state, None
        else:
            helped, done = helped or line == _HELPED, done or line == _LAST
    if not found:
        hint = "run what `driftcheck probe print` gives with psql, and keep all that it prints"
        raise CollectError("holds no answer of a PostgreSQL probe", Location(path), hint)
    if not done or found.keys() != states.keys():
        hint = "run the probe again and keep all that it prints: the last line is `-- driftcheck done`"
        raise CollectError("the answer is cut off", Location(path), hint)
    return Answer(found, states, helped=helped)
