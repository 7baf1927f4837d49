"""Java properties as `java.util.Properties` reads them: `key=value`, `key: value` or `key value`, over lines with `\\`.

Dots in keys nest, so that `spring.datasource.url` reads as it does in YAML. Where a key is both a value and the
beginning of others (`logger=info`, `logger.app=debug`), the others keep that dot: `"logger.app"`.
"""

from __future__ import annotations

import re

from driftcheck.errors import CollectError
from driftcheck.formats import DEEPEST, Document, Duplicate, Leaf, Mapping, unrendered
from driftcheck.model import Location, quoted
from driftcheck.pattern import Pattern

_BLANK = Pattern(r"(?:[ \t\f\r\n]++|[#!][^\r\n]*+|\\(?:\r\n|\r|\n))*+")
_LOGICAL_LINE = Pattern(r"(?:[^\\\r\n]++|\\(?:\r\n|.|\Z))*+", re.DOTALL)
_CONTINUATION = Pattern(r"\\(?:(?:\r\n|\r|\n|\Z)[ \t\f]*+|(.))", re.DOTALL)
_KEY = Pattern(r"((?:[^\\ \t\f=:]++|\\.)*+)[ \t\f]*+(?:[=:][ \t\f]*+)?+")
_ESCAPE = Pattern(r"\\(?:u([0-9A-Fa-f]{4})|(.))")
_ESCAPED = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


def parse(text: str, path: str) -> Document:
    """Return properties as nested mappings of texts; raise CollectError with the line for a broken `\\u` escape."""
    flat: dict[str, Leaf] = {}
    repeated: list[tuple[str, Leaf, Leaf]] = []
    position, line, counted = 0, 1, 0
    newlines = re.compile(r"\r\n|\r|\n") if "\r" in text else re.compile(r"\n")
    while True:
        if blank := _BLANK.match(text, position):
            position = blank.end()
        if position == len(text):
            break
        line += len(newlines.findall(text, counted, position))
        counted = position
        logical = _LOGICAL_LINE.match(text, position)
        assert logical is not None
        position = logical.end()
        whole = _CONTINUATION.sub(lambda match: "\\" + match[1] if match[1] else "", logical[0])
        if whole.startswith(("{{", "{%", "<%")):
            raise unrendered(path, line)
        split = _KEY.match(whole)
        assert split is not None
        key = _unescaped(split[1], path, line)
        leaf = Leaf(_unescaped(whole[split.end() :], path, line), line)
        if key.count(".") >= DEEPEST:
            raise CollectError(f"has a key of more than {DEEPEST} parts", Location(path, line), "shorten it")
        if key in flat:
            repeated.append((key, flat[key], leaf))
        flat[key] = leaf
    root = Mapping(1)
    paths = {key: _segments(key, flat) for key in flat}
    for key, leaf in flat.items():
        mapping = root
        *parents, last = paths[key]
        for parent in parents:
            mapping = mapping.setdefault(parent, Mapping(leaf.line))
        mapping[last] = leaf
    duplicates = [
        Duplicate(tuple(map(quoted, paths[key])), first.line, later.line, first.value == later.value)
        for key, first, later in repeated
    ]
    return Document(root, duplicates)


def _segments(key: str, flat: dict[str, Leaf]) -> list[str]:
    """Split at dots, but for those behind which a key of its own would have to be a mapping as well."""
    segments = [""]
    length = 0
    for part in key.split("."):
        if length and (key[: length - 1] in flat or not segments[-1]):
            segments[-1] += "." + part
        elif length:
            segments.append(part)
        else:
            segments[0] = part
        length += len(part) + 1
    return segments


def _unescaped(text: str, path: str, line: int) -> str:
    if "\\" not in text:
        return text

    def character(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        if match[2] == "u":
            raise CollectError(
                "has a \\u escape without four hexadecimal digits", Location(path, line), "write \\\\ for a backslash"
            )
        return _ESCAPED.get(match[2], match[2])

    return _ESCAPE.sub(character, text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
