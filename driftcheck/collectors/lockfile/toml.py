"""TOML as lockfiles and manifests use it: its meaning from the standard library, its lines from a scan."""

from __future__ import annotations

import re
from typing import Any

from driftcheck.collectors.lockfile.nouns import File, numbered
from driftcheck.pattern import Pattern

_ARCHIVE = Pattern(
    r'^ {4}\{ ?(?:url|file|path) ?= ?"[^"\\\n]*"(?:, ?[\w-]+ ?= ?(?:"[^"\\\n]*"|[\w:.+-]+))* ?\},?$', re.MULTILINE
)
"""One archive of a package, on a line of its own: nine tenths of a lock, and nothing that is read here."""


def load(file: File) -> dict[str, Any]:
    """Return what a TOML text means, without lists of archives; raise CollectError with the line where it is broken."""
    import tomllib

    try:
        return tomllib.loads(_ARCHIVE.sub("", file.text))
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+)", str(error))
        line = int(found[1]) if found else file.text.count("\n") + 1
        raise file.refuse("is not TOML", line) from None
    except RecursionError:
        raise file.refuse("is nested too deep") from None


def tables(file: File, document: dict[str, Any], name: str) -> list[tuple[dict[str, Any], int]]:
    """Return the tables of `[[name]]`, each with the line that it begins on."""
    found = document.get(name, [])
    if not isinstance(found, list) or not all(isinstance(table, dict) for table in found):
        raise file.refuse(f"`{name}` is not a list of tables")
    lines = numbered(file.text, rf"^\[\[ *{name} *\]\]")
    return list(zip(found, lines if len(lines) == len(found) else [0] * len(found), strict=True))


def text_of(table: object, key: str) -> str:
    """Return a member that is text, else the empty text."""
    value = table.get(key) if isinstance(table, dict) else None
    return value if isinstance(value, str) else ""


def table_of(table: object, *keys: str) -> dict[str, Any]:
    """Return the table at a path of keys, else an empty one."""
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else {}


def lines_of_words(text: str) -> dict[str, int]:
    """Return the first line of every quoted string and of every key, for a manifest written by hand."""
    lines: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        for quoted in re.findall(r'"([^"]*)"|\'([^\']*)\'', line):
            lines.setdefault(quoted[0] or quoted[1], number)
        if key := re.match(r"\s*(?:\[[\w.-]*\.)?([\w-]+)\s*[\].=]", line):
            lines.setdefault(key[1], number)
    return lines
