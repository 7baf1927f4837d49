"""INI as Python's configparser reads it, with lines: sections, `key = value` or `key: value`, indented continuations.

Values are texts, None for a key without `=` or `:`; `#` and `;` begin a comment at the start of a line only. Nothing is
interpolated, and keys keep their case. Two things differ from configparser: keys may stand before the first section
(they are at the top), and `[DEFAULT]` is a section like any other, so that a difference in it is reported once.
"""

from __future__ import annotations

from typing import NamedTuple

from driftcheck.errors import CollectError
from driftcheck.formats import Document, Duplicate, Leaf, Mapping, unrendered
from driftcheck.model import Location, quoted
from driftcheck.pattern import Pattern

_DELIMITER = Pattern(r"[=:]")


class _Option(NamedTuple):
    """A key's line, and the lines of its value, to which more may come."""

    line: int
    lines: list[str] | None

    def leaf(self) -> Leaf:
        return Leaf(None if self.lines is None else "\n".join(self.lines).rstrip(), self.line)


def parse(text: str, path: str) -> Document:
    """Return sections as mappings of texts; a section written twice goes on. Raises CollectError with the line."""
    sections: dict[str, tuple[int, dict[str, _Option]]] = {"": (1, {})}
    repeated: list[tuple[tuple[str, ...], _Option, _Option]] = []
    name = ""
    option: _Option | None = None
    indent = 0
    for number, written in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        line = written.strip()
        if not line:
            if option and option.lines is not None:
                option.lines.append("")
            continue
        if line[0] in "#;":
            continue
        own_indent = len(written) - len(written.lstrip())
        if option and own_indent > indent:
            if option.lines is None:
                raise _error("continues a key that has no value", path, number, "begin the line without blanks")
            option.lines.append(line)
            continue
        indent = own_indent
        if line.startswith(("{{", "{%", "<%")):
            raise unrendered(path, number)
        if line[0] == "[":
            name, option = line[1 : line.rfind("]")], None
            if "]" not in line or not name:
                raise _error("has a section without a name or a closing bracket", path, number, "write it as [name]")
            sections.setdefault(name, (number, {}))
            continue
        delimiter = _DELIMITER.search(line)
        key = line[: delimiter.start()].rstrip() if delimiter else line
        option = _Option(number, [line[delimiter.end() :].strip()] if delimiter else None)
        if not key:
            raise _error("has a value without a key", path, number, "write it as key = value")
        options = sections[name][1]
        if key in options:
            repeated.append(((quoted(name), quoted(key)) if name else (quoted(key),), options[key], option))
        options[key] = option

    root = Mapping(1)
    for name, (number, options) in sections.items():
        if name in root:
            raise _error("has a section that is named like a key above it", path, number, "rename one of them")
        section = root.setdefault(name, Mapping(number)) if name else root
        section.update((key, option.leaf()) for key, option in options.items())
    duplicates = [
        Duplicate(at, earlier.line, later.line, earlier.leaf().value == later.leaf().value)
        for at, earlier, later in repeated
    ]
    return Document(root, duplicates)


def _error(reason: str, path: str, line: int, hint: str) -> CollectError:
    return CollectError(reason, Location(path, line), hint)
