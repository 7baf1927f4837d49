"""What all readers of lockfiles share: the file they are given, what they find in it, and how a place is written."""

from __future__ import annotations

import os.path
import posixpath
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from driftcheck.errors import CollectError
from driftcheck.formats import Leaf, Mapping, Node, Sequence, read_text
from driftcheck.model import Location

ANY_VERSION = "*"
"""The constraint of a requirement that names no version."""


class File(NamedTuple):
    """One file to read. `path` is where it is, `shown` how reports name it, `remedy` how a good one is got."""

    path: str
    shown: str
    text: str
    remedy: str

    def at(self, line: int) -> Location:
        return Location(self.shown, line)

    def refuse(self, reason: str, line: int = 0, hint: str = "") -> CollectError:
        """Return the error that says why this file cannot be read."""
        return CollectError(reason, self.at(line), hint or self.remedy)

    def beside(self, relative: str) -> tuple[str, str]:
        """Return where a file that this one names is, and how reports name it."""
        if Path(relative).is_absolute():
            return relative, relative
        shown = posixpath.join(posixpath.dirname(self.shown), relative.replace(os.sep, "/"))
        return os.path.join(os.path.dirname(self.path), relative), posixpath.normpath(shown)  # noqa: PTH118, PTH120


class Package(NamedTuple):
    """One package at one version, named as its ecosystem normalises names.

    `origin` is where it comes from instead of a registry: a repository with its commit, a path, an archive. `registry`
    is the registry, in files that say which; empty is the one that the tool uses by itself.
    """

    name: str
    version: str
    location: Location
    origin: str = ""
    registry: str = ""


class Lock(NamedTuple):
    """What one file says. `runtimes` are what the packages run on, with versions or constraints: `python`, `node`.

    `gaps` are parts that it leaves to something that is not read.
    """

    packages: list[Package]
    runtimes: list[Package]
    gaps: tuple[CollectError, ...] = ()


class Format(NamedTuple):
    """A kind of file: by which names it is known, what its text looks like under another name, and who reads it.

    `command` is what writes it anew. `beside_lock` is set for files that leave versions to a lock of their ecosystem,
    and returns what they add to it, their runtimes.
    """

    name: str
    ecosystem: str
    read: Callable[[File], Lock]
    signs: str = ""
    command: str = ""
    file_names: str = ""
    beside_lock: Callable[[File], list[Package]] | None = None
    may_be_empty: bool = False

    @property
    def is_lock(self) -> bool:
        return self.beside_lock is None

    @property
    def remedy(self) -> str:
        return f"restore it, or write it anew with `{self.command}`" if self.command else "correct it"


def opened(path: str, shown: str, remedy: str = "") -> File:
    """Read a file; raise CollectError if it cannot be read, or if it holds an unresolved merge."""
    text = read_text(path, shown)
    if conflict := numbered(text, r"^(?:<{7}|>{7}) "):
        raise CollectError("holds a merge conflict", Location(shown, conflict[0]), "resolve the merge conflict")
    return File(path, shown, text, remedy)


def from_git(url: str, commit: str) -> str:
    """Return a repository at a commit as an origin, without credentials."""
    url = without_credentials(url.removeprefix("git+"))
    return f"git+{url}@{commit}" if commit else f"git+{url}"


def without_credentials(url: str) -> str:
    """Return a URL without user, password and query: any of them may be a token."""
    url = re.sub(r"^((?:[\w.+-]+://)?)[^/?#\s]*@", r"\1", url)
    return re.sub(r"[?#].*", "", url)


def host_of(url: str) -> str:
    """Return `https://host` of a URL; empty for a host called `registry.`.

    Public registries answer under several such names, and a file that mixes them says nothing by it.
    """
    match = re.match(r"(\w+://)?([^/]+)", without_credentials(url))
    return "" if match is None or match[2].startswith("registry.") else match[0]


def numbered(text: str, heading: str) -> list[int]:
    """Return the lines, from 1, on which a regular expression that begins with `^` matches."""
    lines = []
    line, counted = 1, 0
    for match in re.finditer(heading, text, re.MULTILINE):
        line += text.count("\n", counted, match.start())
        counted = match.start()
        lines.append(line)
    return lines


def line_of(key: str, node: Node, lines: list[str]) -> int:
    """Return the line of a key in YAML, where a mapping begins with its first member, on the line below its key."""
    return node.line if key in lines[node.line - 1] else node.line - 1


def text_in(node: Node | None, key: str) -> str:
    """Return a member of a tree that is text, else the empty text."""
    leaf = node.get(key) if isinstance(node, Mapping) else None
    return leaf.value if isinstance(leaf, Leaf) and isinstance(leaf.value, str) else ""


def mapping_in(node: Node | None, key: str) -> Mapping:
    """Return a member of a tree that is a mapping, else an empty one."""
    child = node.get(key) if isinstance(node, Mapping) else None
    return child if isinstance(child, Mapping) else Mapping()


def sequence_in(node: Node | None, key: str) -> Sequence:
    """Return a member of a tree that is a sequence, else an empty one."""
    child = node.get(key) if isinstance(node, Mapping) else None
    return child if isinstance(child, Sequence) else Sequence()


def texts_in(node: Node | None, keys: Iterable[str]) -> str:
    """Return the first of several members that is text, else the empty text."""
    return next((text for key in keys if (text := text_in(node, key))), "")
