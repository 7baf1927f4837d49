"""What `helm install --set` makes of texts such as `a.b=1,list[0].x={a,b}`: a port of Helm's pkg/strvals/parser.go."""

from __future__ import annotations

import re
from typing import NoReturn

from driftcheck.collectors.helm.merge import Setting, Table, Tree, over
from driftcheck.errors import CollectError
from driftcheck.model import Location, Scalar
from driftcheck.pattern import Pattern

LARGEST_INDEX = 65536
DEEPEST_NAME = 30

_INTEGER = Pattern(r"[-+]?[0-9]+", re.ASCII)
_REMEDY = (
    "write it as for `helm --set`: name=value, a.b=value, list[0]=value, list={a,b}; `\\` before , . = [ is literal"
)


def assign(text: str, values: Table, place: Location) -> None:
    """Set what a text says in the values, in place; raise CollectError, naming `place`, where Helm refuses."""
    assignment = _Assignment(text, place)
    while not assignment.key(values, 0):
        pass


class _Assignment:
    """A position in one text. Methods that return a bool say whether the text has ended."""

    def __init__(self, text: str, place: Location) -> None:
        self.text = text
        self.at = 0
        self.place = place

    def until(self, stops: str) -> tuple[str, str]:
        """Return what comes before the next of the stops, escapes taken off, and that stop ("" at the end)."""
        found: list[str] = []
        while self.at < len(self.text):
            character = self.text[self.at]
            self.at += 1
            if character in stops:
                return "".join(found), character
            if character == "\\":
                character = self.text[self.at : self.at + 1]
                self.at += 1
            found.append(character)
        return "".join(found), ""

    def key(self, values: Table, depth: int) -> bool:
        name, stop = self.until("=[,.")
        if not stop:
            return True if not name else self.fail("has a name without a value")
        if stop == ",":
            self.fail("has a name without a value")
        if stop == "=":
            value, ended = self.value()
            self.put(values, name, value)
            return ended
        below = values.get(name)
        if stop == "[":
            items, ended = self.item(self.items(below), depth)
            self.put(values, name, self.joined(items))
            return ended
        if depth >= DEEPEST_NAME:
            self.fail(f"has a name of more than {DEEPEST_NAME} parts")
        inner = {} if name not in values else below
        if not isinstance(inner, dict):
            self.fail("sets a part of what is not a mapping")
        ended = self.key(inner, depth + 1)
        if inner:
            self.put(values, name, inner)
        elif not ended:
            self.fail("has a name without a value")
        return ended

    def put(self, values: Table, name: str, value: Tree) -> None:
        if name:
            values[name] = over(value, values.get(name))

    def value(self) -> tuple[Setting, bool]:
        """Return the value after `=`, and whether the text ended before it."""
        if self.at >= len(self.text):
            return Setting("", self.place), True
        if self.text[self.at] != "{":
            return Setting(_typed(self.until(",")[0]), self.place), False
        self.at += 1
        listed: list[Scalar] = []
        while True:
            text, stop = self.until(",}")
            if not stop:
                self.fail("has a list that is not closed with `}`")
            listed.append(_typed(text))
            if stop == "}":
                self.at += self.text[self.at : self.at + 1] == ","
                return Setting(tuple(listed), self.place), False

    def item(self, items: list[Tree], depth: int) -> tuple[list[Tree], bool]:
        """Set an item of a list, from its index on, and return the list."""
        written, stop = self.until("]")
        if not stop or not _INTEGER.fullmatch(written):
            self.fail("has an index that is not a number in `[` and `]`")
        index = int(written)
        if not 0 <= index <= LARGEST_INDEX:
            self.fail(f"has an index that is not between 0 and {LARGEST_INDEX}")
        between, stop = self.until("[.=")
        if between:
            self.fail("has something between an index and what follows it")
        below = items[index] if index < len(items) else None
        if not stop:
            return items, True
        if stop == "=":
            value, _ = self.value()
            return self.with_item(items, index, value), False
        if stop == "[":
            inner, ended = self.item([] if _is_null(below) else self.items(below), depth)
            return self.with_item(items, index, self.joined(inner)), ended
        table: Table = below if isinstance(below, dict) else {}
        if self.key(table, depth):
            return items, True  # as in Helm: an empty last value, `list[0].a=`, is lost
        return self.with_item(items, index, table), False

    def with_item(self, items: list[Tree], index: int, value: Tree) -> list[Tree]:
        padding: list[Tree] = [Setting(None, self.place)] * (index + 1 - len(items))
        longer = [*items, *padding]
        longer[index] = value
        return longer

    def items(self, below: Tree | None) -> list[Tree]:
        """Return a list's items, each with its place; none for what is not there."""
        if below is None:
            return []
        if isinstance(below, list):
            return below
        if not isinstance(below, Setting) or not isinstance(below.value, tuple):
            self.fail("sets an item of what is not a list")
        return [Setting(value, below.location) for value in below.value]

    def joined(self, items: list[Tree]) -> Tree:
        """Return a list of plain scalars as the one value that it is."""
        scalars = [item.value for item in items if isinstance(item, Setting) and not isinstance(item.value, tuple)]
        return Setting(tuple(scalars), self.place) if len(scalars) == len(items) else items

    def fail(self, reason: str) -> NoReturn:
        raise CollectError(reason, self.place, _REMEDY)


def _is_null(value: Tree | None) -> bool:
    return value is None or (isinstance(value, Setting) and value.value is None)


def _typed(text: str) -> Scalar:
    """Return true, false, null and decimal integers of 64 bits as what they are, all else as text."""
    folded = text.lower()
    if folded in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[folded]
    if text == "0":
        return 0
    if _INTEGER.fullmatch(text) and text[0] != "0" and len(text) <= 20 and -(1 << 63) <= int(text) < (1 << 63):
        return int(text)
    return text
