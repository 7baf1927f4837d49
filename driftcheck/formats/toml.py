"""TOML: what it means from the standard library, the line of every key from a scan of its statements."""

from __future__ import annotations

import re
from math import isfinite
from typing import Any

from driftcheck.errors import CollectError
from driftcheck.formats import DEEPEST, Document, Leaf, Mapping, Node, Sequence, unrendered
from driftcheck.model import Location
from driftcheck.pattern import Pattern

_Path = tuple[str | int, ...]

_BLANK = Pattern(r"(?:\s++|#[^\n]*+)*+")
_PART = r"""(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]++|\\.)*+"|'[^'\n]*+')"""
_KEY = Pattern(rf"{_PART}(?:[ \t]*+\.[ \t]*+{_PART})*+")
_BARE = Pattern(r"[A-Za-z0-9_.-]++\Z")
_HEADER = Pattern(rf"(\[\[?+)[ \t]*+({_KEY.pattern})[ \t]*+\]\]?+")
_PIECE = Pattern(
    r'''"""(?:[^"\\]++|\\.|"(?!""))*+"{3,5}|\'{3}(?:[^']++|'(?!''))*+'{3,5}'''
    r"""|"(?:[^"\\\n]++|\\.)*+"|'[^'\n]*+'|\#[^\n]*+|(?P<open>[\[{])|(?P<close>[\]}])|(?P<newline>\n)|[^"'\#\[\]{}\n]++""",
    re.DOTALL,
)


def parse(text: str, path: str) -> Document:
    """Return the tree of a TOML text; what is inside an array or inline table has the line of the statement.

    Dates and times are texts as ISO 8601 writes them, and so are `nan` and `inf`, which equal nothing.
    Raises CollectError with the line.
    """
    import tomllib

    try:
        meaning = tomllib.loads(text)
    except RecursionError:
        raise _too_deep(path, 0) from None
    except ValueError as error:
        raise _complaint(error, text, path) from None
    root = _node(meaning, 1, (), _lines(text, path), path)
    return Document(root, [])  # a key written twice is an error in TOML


def _node(value: Any, line: int, at: _Path, lines: dict[_Path, int], path: str) -> Node:
    line = lines.get(at, line)
    if len(at) > DEEPEST:
        raise _too_deep(path, line)
    if isinstance(value, dict):
        mapping = Mapping(line)
        mapping.update((key, _node(child, line, (*at, key), lines, path)) for key, child in value.items())
        return mapping
    if isinstance(value, list):
        sequence = Sequence(line)
        sequence.extend(_node(child, line, (*at, index), lines, path) for index, child in enumerate(value))
        return sequence
    if isinstance(value, float) and not isfinite(value):
        return Leaf(str(value), line)
    return Leaf(value if isinstance(value, (str, int, float)) else value.isoformat(), line)


def _lines(text: str, path: str) -> dict[_Path, int]:
    """Return the line of each table and key that a statement of a valid text names."""
    lines: dict[_Path, int] = {}
    tables: dict[_Path, int] = {}  # arrays of tables, and the index of the last one
    table: _Path = ()
    position, line, counted = 0, 1, 0
    while True:
        position = _end(_BLANK, text, position)
        if position == len(text):
            return lines
        line += text.count("\n", counted, position)
        counted = position
        if header := _HEADER.match(text, position):
            position = header.end()
            table = ()
            for part in _parts(header[2], path, line):
                if table in tables:
                    table = (*table, tables[table])
                table = (*table, part)
                lines.setdefault(table, line)
            if header[1] == "[[":
                tables[table] = tables.get(table, -1) + 1
                table = (*table, tables[table])
            elif table in tables:
                table = (*table, tables[table])
            lines[table] = line
        else:
            end = _end(_KEY, text, position)
            key = table
            for part in _parts(text[position:end], path, line):
                key = (*key, part)
                lines.setdefault(key, line)
            position = _after_value(text, end)


def _after_value(text: str, position: int) -> int:
    depth = 0
    while match := _PIECE.match(text, position):
        position = match.end()
        if match.lastgroup == "open":
            depth += 1
        elif match.lastgroup == "close":
            depth -= 1
        elif match.lastgroup == "newline" and not depth:
            break
    return position


def _parts(key: str, path: str, line: int) -> list[str]:
    if _BARE.match(key):
        parts = key.split(".")
    else:
        import tomllib

        parts = []
        node: Any = tomllib.loads(f"{key} = 0")
        while isinstance(node, dict):
            ((part, node),) = node.items()
            parts.append(part)
    if len(parts) > DEEPEST:
        raise _too_deep(path, line)
    return parts


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


def _too_deep(path: str, line: int) -> CollectError:
    return CollectError(f"is nested more than {DEEPEST} levels deep", Location(path, line), "flatten it")


def _complaint(error: ValueError, text: str, path: str) -> CollectError:
    """Return the library's complaint without what it quotes."""
    found = re.search(r"at line (\d+)", str(error))
    line = int(found[1]) if found else text.count("\n") + 1
    lines = text.split("\n")
    if re.search(r"\{\{|\{%|<%", lines[min(line, len(lines)) - 1]):
        return unrendered(path, line)
    if "overwrite" in str(error) or "twice" in str(error) or "Cannot mutate" in str(error):
        return CollectError("has a key or table twice", Location(path, line), "remove one of them")
    return CollectError(
        "is not TOML", Location(path, line), "correct the line: strings need quotes, and so do keys with blanks"
    )
