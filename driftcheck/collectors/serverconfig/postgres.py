"""postgresql.conf: https://www.postgresql.org/docs/current/config-setting.html."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from driftcheck.collectors.serverconfig.statement import Statement
from driftcheck.errors import CollectError
from driftcheck.model import Location, Path, Value, quoted
from driftcheck.pattern import Pattern
from driftcheck.values import postgres

IN_FOLDER = "*.conf"

_LINE = Pattern(
    r"\s*(?P<name>[A-Za-z_][\w$]*(?:\.[A-Za-z_][\w$]*)*)(?:\s*=\s*|\s+|(?='))"
    r"(?:'(?P<quoted>(?:[^'\\\n]|''|\\.)*)'|(?P<bare>[^\s#'=]+))\s*(?:#.*)?"
)
_NOTHING = Pattern(r"\s*(?:#.*)?")
_ESCAPE = Pattern(r"''|\\([0-7]{1,3}|.)")
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_INCLUDED = {"include": "file", "include_if_exists": "if exists", "include_dir": "folder"}


def statements(text: str, place: str, version: str) -> Iterator[Statement]:
    """Yield `name = value` and `name value`, quoted or not; inclusions are written like settings."""
    for number, line in enumerate(text.splitlines(), 1):
        if _NOTHING.fullmatch(line):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            hint = "write `name = value`, a value with blanks in single quotes"
            raise CollectError("is not a setting", Location(place, number), hint)
        value = found["bare"] if found["quoted"] is None else _ESCAPE.sub(_unescaped, found["quoted"])
        name = found["name"].lower()
        yield Statement(name, value, number, _INCLUDED.get(name, ""))


def _unescaped(found: re.Match[str]) -> str:
    letter = found[1]
    if letter is None:
        return "'"
    return chr(int(letter, 8)) if letter.isdigit() and letter < "8" else _ESCAPED.get(letter, letter)


def settings(name: str, raw: str | None) -> tuple[str, Iterable[tuple[Path, Value]]]:
    """Return what a setting says; that of a module (`auto_explain.log_nested`) is one name with a dot in it."""
    known = postgres.canonical(name)
    return known, [((quoted(known),), postgres.value(known, raw or ""))]


def added(name: str, before: str, raw: str) -> str | None:
    """Return None: a later setting replaces an earlier one."""
    return None


def is_identity(name: str) -> bool:
    return name in postgres.IDENTITY
