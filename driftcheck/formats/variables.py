"""What both dialects of env files share: the variables set so far, and values put together from them."""

from __future__ import annotations

from collections.abc import Mapping as Known

from driftcheck.errors import CollectError
from driftcheck.formats import LARGEST_FILE, Document, Duplicate, Leaf, Mapping
from driftcheck.model import Expression, Location, quoted


class Variables:
    """The variables that a file sets, in its order, over those that earlier layers set. `line` is the current one.

    A variable that neither sets is unknown. It is never looked up in our own environment, which is neither staging's
    nor production's.
    """

    def __init__(self, path: str, known: Known[str, str | None]) -> None:
        self.path = path
        self.line = 1
        self._known = known
        self._root = Mapping(1)
        self._values: dict[str, str | None] = {}
        self._duplicates: list[Duplicate] = []
        self._unread: dict[tuple[str, str], list[int]] = {}
        self._expanded = 0

    def __getitem__(self, name: str) -> str | None:
        """Return a variable's text, "" where it is set without a value, None where nobody sets it."""
        if (value := self._values.get(name)) is None:
            value = self._known.get(name)
        return "" if value is None and (name in self._values or name in self._known) else value

    def set(self, name: str, value: str | None, line: int, *, extends: bool = False) -> None:
        """Set a variable; one written twice is a duplicate, unless the later value extends the earlier."""
        earlier: Leaf | None = self._root.get(name)
        if earlier is not None and not extends:
            self._duplicates.append(Duplicate((quoted(name),), earlier.line, line, earlier.value == value))
        self._root[name] = Leaf(value, line)
        self._values[name] = value

    def unset(self, name: str) -> None:
        self._root.pop(name, None)
        self._values.pop(name, None)

    def skip(self, reason: str, hint: str, line: int) -> None:
        """Record that a line was not understood."""
        lines = self._unread.setdefault((reason, hint), [])
        if not lines or lines[-1] != line:
            lines.append(line)

    def error(self, reason: str, hint: str) -> CollectError:
        return CollectError(reason, Location(self.path, self.line), hint)

    def spend(self, characters: int) -> None:
        """Count what expansion produces: a few lines that double each other would fill the memory."""
        self._expanded += characters
        if self._expanded > LARGEST_FILE:
            raise self.error("has variables that expand to more than 64 MiB", "break the chain of references")

    def document(self) -> Document:
        """Return what was read, one gap for each reason not to read a line; raise CollectError if nothing was read."""
        gaps = []
        for (reason, hint), lines in self._unread.items():
            others = ", ".join(map(str, lines[1:6])) + (", ..." if len(lines) > 6 else "")
            also = f" (also line {others})" if others else ""
            gaps.append(CollectError(reason + also, Location(self.path, lines[0]), hint))
        if gaps and not self._root:
            raise gaps[0]
        return Document(self._root, self._duplicates, tuple(gaps))


class Expansion:
    """A value while it is put together; one part that is not known makes the whole an expression."""

    def __init__(self, variables: Variables) -> None:
        self._variables = variables
        self._parts: list[str] = []
        self.names: set[str] = set()
        self.static = True

    def add(self, text: str, *, static: bool = True) -> None:
        self._variables.spend(len(text))
        self._parts.append(text)
        self.static = self.static and static

    def add_value(self, value: str) -> None:
        """Add what another variable holds: a text, or an expression."""
        self.add(value, static=not isinstance(value, Expression))

    def value(self) -> str:
        """Return the text, or an Expression: with `{{ }}` and the like it is a template, still to be rendered."""
        text = "".join(self._parts)
        return text if self.static and not is_template(text) else Expression(text)


_TEMPLATE_MARKS = (("{{", "}}"), ("{%", "%}"), ("<%", "%>"))


def is_template(text: str) -> bool:
    """Say whether a text has an unrendered part (Go, Jinja, ERB)."""
    return any(opening in text and closing in text for opening, closing in _TEMPLATE_MARKS)
