"""Text into trees whose leaves know their lines. One module a format, each with `parse(text, path) -> Document`.

A parser raises `CollectError` with file and line, and never quotes a file's content: it may hold a secret.
Third-party parsers are imported inside `parse`, so that a format which is not met costs nothing.
"""

from __future__ import annotations

import codecs
import errno
import stat
from pathlib import Path
from typing import Any, NamedTuple

from driftcheck.errors import AbsentError, CollectError
from driftcheck.model import Entry, Location, Scalar, item, make, quoted

LARGEST_FILE = 64 * 1024 * 1024
"""Bytes. No hand-written configuration comes near it; a larger file is a mistake in a path."""

DEEPEST = 200
"""Levels of nesting. Deeper is an attack or an accident, and would end in Python's own recursion limit."""


class Leaf(NamedTuple):
    """A scalar and the line (from 1) that it is written on. Booleans, numbers and null are typed as the format says."""

    value: Scalar
    line: int


class Mapping(dict[str, Any]):
    """Keys to nodes, in file order, with the line that it begins on."""

    __slots__ = ("line",)

    def __init__(self, line: int = 0) -> None:
        super().__init__()
        self.line = line


class Sequence(list[Any]):
    """Nodes in file order, with the line that it begins on."""

    __slots__ = ("line",)

    def __init__(self, line: int = 0) -> None:
        super().__init__()
        self.line = line


Node = Leaf | Mapping | Sequence


class Duplicate(NamedTuple):
    """A key written twice in one mapping; the later value won. `path` has segments as in `model.Path`."""

    path: tuple[str, ...]
    first_line: int
    line: int
    same_value: bool


class Document(NamedTuple):
    """One parsed file (or one document of it). `gaps`: parts not understood, so that absence proves nothing."""

    root: Node
    duplicates: list[Duplicate]
    gaps: tuple[CollectError, ...] = ()


def read_text(path: str, shown: str) -> str:
    """Return a file's text without BOM, newlines as they are; raise CollectError naming `shown` and the remedy.

    UTF-8, or UTF-16 with a BOM. Anything but a regular file is refused before it is opened: a pipe would block.
    """
    place = Location(shown)
    try:
        status = Path(path).stat()
        if stat.S_ISDIR(status.st_mode):
            raise CollectError("is a directory, not a file", place, "name a file in it")
        if not stat.S_ISREG(status.st_mode):
            raise CollectError("is not a regular file", place, "name a file")
        with Path(path).open("rb") as file:
            data = b"" if status.st_size > LARGEST_FILE else file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise AbsentError("no such file", place, "correct the path, or mark the source `optional: true`") from None
    except PermissionError:
        raise CollectError("permission denied", place, "let this user read it") from None
    except OSError as error:
        is_loop = error.errno == errno.ELOOP
        reason = "is a symbolic link that leads back to itself" if is_loop else error.strerror or "unreadable"
        raise CollectError(reason, place, "correct the path") from None
    except ValueError:  # a null character, or half of a surrogate pair
        raise CollectError("is not a path", place, "correct the path") from None
    if (size := max(status.st_size, len(data))) > LARGEST_FILE:
        raise CollectError(
            f"is {size >> 20} MiB, more than the {LARGEST_FILE >> 20} MiB that are read",
            place,
            "name the configuration file, not what it produces",
        )
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    if encoding != "utf-16" and b"\0" in data:
        raise CollectError("is a binary file", place, "name a text file")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        name = "UTF-16" if encoding == "utf-16" else "UTF-8"
        raise CollectError(f"is not {name}", Location(shown, line), "save it as UTF-8") from None


def unrendered(shown: str, line: int) -> CollectError:
    """Return the complaint about a file that Helm, Jinja or their like have yet to make a file of this format."""
    return CollectError(
        "is an unrendered template", Location(shown, line), "render it first, and name what it renders to"
    )


def same(one: Node, other: Node) -> bool:
    """Say whether two nodes hold the same values, wherever they are written."""
    if isinstance(one, Leaf) and isinstance(other, Leaf):
        return one.value == other.value and isinstance(one.value, bool) == isinstance(other.value, bool)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(child, other[key]) for key, child in one.items())
    if isinstance(one, Sequence) and isinstance(other, Sequence):
        return len(one) == len(other) and all(map(same, one, other))
    return False


def is_one_value(node: Node) -> bool:
    """Say whether a node is a scalar or a list of plain ones: as a whole document it needs a name."""
    return isinstance(node, Leaf) or (isinstance(node, Sequence) and all(isinstance(child, Leaf) for child in node))


def flatten(node: Node, shown: str, prefix: tuple[str, ...] = ()) -> list[Entry]:
    """Return every scalar and every list of plain scalars below a node, in file order; other lists by position.

    An empty mapping says nothing and yields nothing; an empty list is a value.
    """
    entries: list[Entry] = []
    _flatten(node, shown, prefix, entries)
    return entries


def _flatten(node: Node, shown: str, path: tuple[str, ...], entries: list[Entry]) -> None:
    if isinstance(node, Mapping):
        for key, child in node.items():
            below = path + (quoted(key),)  # noqa: RUF005  # a third of the time, for every setting
            if type(child) is Leaf:
                entries.append(make(Entry, (below, child.value, make(Location, (shown, child.line)), ())))
            else:
                _flatten(child, shown, below, entries)
    elif isinstance(node, Leaf):
        entries.append(Entry(path, node.value, Location(shown, node.line)))
    elif all(isinstance(child, Leaf) for child in node):
        entries.append(Entry(path, tuple(child.value for child in node), Location(shown, node.line)))
    else:
        for index, child in enumerate(node):
            _flatten(child, shown, (*path, item(index)), entries)
