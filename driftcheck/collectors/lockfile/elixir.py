"""Elixir: mix.lock, one package a line. Source: Mix.Dep.Lock and hex's `Hex.SCM`."""

from __future__ import annotations

import re

from driftcheck.collectors.lockfile.nouns import File, Lock, Package, from_git
from driftcheck.pattern import Pattern

_HEX = Pattern(r'\{:hex, :"?([\w.@-]+)"?, "([^"]+)", "[0-9a-fA-F]*", (.*)\}')
_GIT = Pattern(r'\{:git, "([^"]+)", "([0-9a-f]+)", \[.*\]\}')
_REPOSITORY = Pattern(r'\], "([^"]+)"(?:, "[0-9a-fA-F]*")?$')


def read(file: File) -> Lock:
    lines = file.text.splitlines()
    begin = next((number for number, line in enumerate(lines) if line.strip()), 0)
    rest = [line for line in lines[begin:] if line.strip()]
    if rest == ["%{}"]:
        return Lock([], [])
    if rest[0].strip() != "%{" or rest[-1].strip() != "}":
        raise file.refuse("is not a whole mix.lock", len(lines))
    packages = []
    for number, line in enumerate(lines, 1):
        line = line.strip().removesuffix(",")
        if line in ("", "%{", "}"):
            continue
        locked = re.fullmatch(r'"([^"]+)": (.*)', line)
        if locked and (found := _HEX.fullmatch(locked[2])):
            repository = _REPOSITORY.search(found[3])
            packages.append(Package(found[1], found[2], file.at(number), registry=repository[1] if repository else ""))
        elif locked and (found := _GIT.fullmatch(locked[2])):
            packages.append(Package(locked[1], "", file.at(number), from_git(found[1], found[2])))
        else:
            raise file.refuse("is not a line of a mix.lock", number)
    return Lock(packages, [])
