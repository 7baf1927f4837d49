"""Go: go.mod, which names every module that a build can use, and go.sum where there is no go.mod.

Source: go.dev/ref/mod.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from driftcheck.collectors.lockfile.nouns import File, Lock, Package
from driftcheck.errors import CollectError


class _Directive(NamedTuple):
    verb: str
    words: list[str]
    line: int


def read_mod(file: File) -> Lock:
    directives = _directives(file)
    replaced = {}
    for each in directives:
        if each.verb == "replace":
            if "=>" not in each.words[1:-1]:
                raise _broken(file, each.line)
            arrow = each.words.index("=>")
            replaced[tuple(each.words[:arrow])] = each.words[arrow + 1 :]
    packages = []
    for each in directives:
        if each.verb == "require":
            if len(each.words) != 2:
                raise _broken(file, each.line)
            name, version = each.words
            instead = replaced.get((name, version)) or replaced.get((name,)) or [name, version]
            origin = instead[0] if instead[0] != name else ""
            version = instead[1] if len(instead) > 1 else version
            packages.append(Package(name, version, file.at(each.line), origin))
    return Lock(packages, _runtimes(file, directives))


def _runtimes(file: File, directives: list[_Directive]) -> list[Package]:
    return [
        Package(each.verb, each.words[0], file.at(each.line))
        for each in directives
        if each.verb in ("go", "toolchain") and len(each.words) == 1
    ]


def _directives(file: File) -> list[_Directive]:
    """Return what a go.mod says, blocks taken apart."""
    found = []
    block = ""
    for number, raw in enumerate(file.text.splitlines(), 1):
        words = [word.strip('"`') for word in re.sub(r"//.*", "", raw).split()]
        if block and words == [")"]:
            block = ""
        elif block and words:
            found.append(_Directive(block, words, number))
        elif len(words) == 2 and words[1] == "(":
            block = words[0]
        elif words and not re.fullmatch(r"[a-z]+", words[0]):
            raise _broken(file, number)
        elif len(words) > 1:
            found.append(_Directive(words[0], words[1:], number))
        elif words:
            raise _broken(file, number)
    if block or not any(each.verb == "module" for each in found):
        raise file.refuse("is not a whole go.mod", file.text.count("\n") + 1)
    return found


def _broken(file: File, line: int) -> CollectError:
    return file.refuse("is not a go.mod directive", line, "correct the line; `go mod edit -json` checks a file")


def read_sum(file: File) -> Lock:
    """Return the modules whose code was downloaded; a hash of a go.mod alone doesn't mean that a module is used."""
    packages = []
    for number, line in enumerate(file.text.splitlines(), 1):
        words = line.split()
        if words and (len(words) != 3 or not re.match(r"h\d:", words[2])):
            raise file.refuse("is not a line of go.sum", number)
        if words and not words[1].endswith("/go.mod"):
            packages.append(Package(words[0], words[1], file.at(number)))
    return Lock(packages, [])
