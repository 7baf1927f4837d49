"""redis.conf and its kin: https://redis.io/docs/latest/operate/oss_and_stack/management/config-file/."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from driftcheck.collectors.serverconfig.statement import Statement
from driftcheck.errors import CollectError
from driftcheck.model import Location, Path, Value, quoted
from driftcheck.pattern import Pattern
from driftcheck.redact import hide
from driftcheck.values import redis

IN_FOLDER = "*.conf"

_WORD = Pattern(r"\s*(?:\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'|([^\s\"']\S*))(?=\s|$)")
_ESCAPE = Pattern(r"\\(?:x([0-9A-Fa-f]{2})|(.))")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "a": "\a"}
_NAMED_BY = {"user": 1, "rename-command": 1, "sentinel": 2}
"""Directives that say one thing for each name: how many of their words are the name."""
_GATHERED = frozenset(("save", "loadmodule"))


def statements(text: str, place: str, version: str) -> Iterator[Statement]:
    """Yield directives, their words joined by blanks as a server tells them."""
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped[0] == "#":
            continue
        words = _words(stripped)
        if words is None:
            raise CollectError("has a quote that does not end", Location(place, number), "close it on the same line")
        name = words[0].lower()
        yield Statement(name, " ".join(words[1:]), number, "file" if name == "include" else "")


def _words(line: str) -> list[str] | None:
    words = []
    position = 0
    while position < len(line):
        found = _WORD.match(line, position)
        if found is None:
            return None
        double, single, bare = found.groups()
        if double is not None:
            words.append(_ESCAPE.sub(_unescaped, double))
        else:
            words.append(single.replace("\\'", "'") if single is not None else bare)
        position = found.end()
    return words


def _unescaped(found: re.Match[str]) -> str:
    return chr(int(found[1], 16)) if found[1] else _ESCAPED.get(found[2], found[2])


def settings(name: str, raw: str | None) -> tuple[str, Iterable[tuple[Path, Value]]]:
    """Return what a directive says; users, renamed commands and a sentinel's passwords are hidden."""
    known, text = redis.canonical(name), raw or ""
    if known in _NAMED_BY:
        words = text.split(" ")
        named, rest = words[: _NAMED_BY[known]], " ".join(words[_NAMED_BY[known] :])
        secret = known != "sentinel" or "pass" in words[0]
        return known, [((known, *map(quoted, named)), hide(rest) if secret else rest)]
    if known == "loadmodule":
        return known, [((known,), tuple(text.split("\n")))]
    return known, redis.values(known, text).items()


def added(name: str, before: str, raw: str) -> str | None:
    """Return the lines of a directive that gathers them; `save ""` begins anew."""
    if name not in _GATHERED or not raw:
        return None
    return f"{before}\n{raw}" if before else raw


def is_identity(name: str) -> bool:
    return name in redis.IDENTITY
