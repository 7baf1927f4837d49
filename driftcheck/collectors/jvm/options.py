"""Options of a JVM as somebody wrote them: what they would make of it, as far as that can be known without one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from driftcheck.collectors.jvm.facts import COLLECTOR, Facts
from driftcheck.errors import CollectError
from driftcheck.formats import read_text
from driftcheck.model import Location, Path, quoted
from driftcheck.pattern import Pattern
from driftcheck.values import jvm
from driftcheck.values.options import tokens

_SIZE = Pattern(r"-X(m[xsn]|ss)(.*)")
_FLAG = Pattern(r"-XX:([+-]?)(\w+)(?:=(.*))?", re.DOTALL)
_ELSEWHERE = Pattern(r"@|-XX:(?:Flags|VMOptionsFile)=")
"""What leads to a file with more options, beside a JVM that is not here."""
_SETS = {
    "mx": ("MaxHeapSize",),
    "ms": ("InitialHeapSize", "MinHeapSize"),
    "mn": ("NewSize", "MaxNewSize"),
    "ss": ("ThreadStackSize",),
}
"""The flags that a short option stands for."""
_WHERE_CODE_IS = frozenset(("cp", "classpath", "class-path", "p", "module-path"))
_PROGRAM = frozenset(("jar", "args", "m", "module"))
"""What an application is begins here, and its own arguments with it."""


def words_of(text: str) -> list[str]:
    """Split options as the JVM does: quotes hold blanks together."""
    return tokens(text)


def words_in(path: str, shown: str) -> list[str]:
    """Return the options that a file holds, one or more a line; `#` begins a comment."""
    found: list[str] = []
    for number, line in enumerate(read_text(path, shown).splitlines(), 1):
        words = [] if line.lstrip().startswith("#") else tokens(line)
        if words and words[0][:1] not in ("-", "@"):
            hint = "name a file that holds options and nothing else"
            raise CollectError("this line begins with no JVM option", Location(shown, number), hint)
        found += words
    return found


def flags_of(word: str) -> tuple[str, ...]:
    """Return the flags that one option sets: `-Xms1g` sets two."""
    if short := _SIZE.fullmatch(word):
        return _SETS[short[1]]
    flag = _FLAG.fullmatch(word)
    return (flag[2],) if flag else ()


def add(facts: Facts, words: list[str], origin: str = "") -> None:
    """Add what a command line says up to the main class; a later option overrides an earlier one."""
    rest = iter(words)
    for word in rest:
        if _ELSEWHERE.match(word):
            facts.miss("more options stand in another file", "name that file in `path`, in the place where it is named")
        elif short := _SIZE.fullmatch(word):
            _add_size(facts, short[1], short[2], origin)
        elif flag := _FLAG.fullmatch(word):
            _add_flag(facts, flag[1], flag[2], flag[3] or "", origin)
        elif word.startswith("-D"):
            name, _, text = word[2:].partition("=")
            facts.add_property(name, text, origin)
        else:
            name, text = next(_option(word, rest))
            if name in _PROGRAM:
                break
            if name not in _WHERE_CODE_IS:
                facts.add_option(name, text)
    facts.pair_up_sizes()


def _option(word: str, rest: Iterator[str]) -> Iterator[tuple[str, str]]:
    return jvm.options(chain((word,), rest))


def _add_size(facts: Facts, short: str, text: str, origin: str) -> None:
    size = jvm.written_size(text)
    if size is None:
        _object(facts, ("flags", _SETS[short][0]), f"-X{short} is not followed by a size")
        return
    if short == "ss":
        size = -(-size >> 10)  # the flag counts KiB
    for flag in _SETS[short]:
        facts.add_flag(flag, str(size), origin, chosen=True)


def _add_flag(facts: Facts, sign: str, name: str, text: str, origin: str) -> None:
    path = ("flags", quoted(name))
    if sign:
        text = "true" if sign == "+" else "false"
        collector = facts.value(COLLECTOR)
        if text == "true" and name in jvm.COLLECTORS and collector not in (None, jvm.COLLECTORS[name]):
            _object(facts, COLLECTOR, f"{collector} and {jvm.COLLECTORS[name]} are both asked for")
    elif jvm.is_in_bytes(name) or re.fullmatch(r"\d+[kKmMgGtT]", text):
        size = jvm.written_size(text)
        if size is None:
            _object(facts, path, f"-XX:{name} is not followed by a size")
            return
        text = str(size)
    facts.add_flag(name, text, origin, chosen=True)


def _object(facts: Facts, path: Path, message: str) -> None:
    facts.object("jvm.refused", path, f"{message}: no JVM starts with these options")
