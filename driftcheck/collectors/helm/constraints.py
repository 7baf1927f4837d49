"""Whether a chart's version satisfies what Chart.yaml asks of a dependency, as Helm decides it.

Helm uses github.com/Masterminds/semver v3 (constraints.go): `^1.2`, `~1.2.3`, `>=1 <3`, `1.x`, `1.2 - 2.0`, `||`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from driftcheck.pattern import Pattern

_SUFFIX = r"(?:-(?P<pre>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
_VERSION = Pattern(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?" + _SUFFIX, re.ASCII)
_OPERATOR = r"(?P<operator>!=|>=|=>|<=|=<|~>|[=<>~^]|)"
_WILD = r"v?(?P<major>[0-9xX*]+)(?:\.(?P<minor>[0-9xX*]+))?(?:\.(?P<patch>[0-9xX*]+))?"
_TERM = Pattern(rf"\s*{_OPERATOR}\s*{_WILD}{_SUFFIX}\s*", re.ASCII)
_UNNAMED = re.sub(r"\?P<\w+>", "?:", _WILD + _SUFFIX)
_RANGE = Pattern(rf"\s*({_UNNAMED})\s+-\s+({_UNNAMED})\s*", re.ASCII)


class _Version(NamedTuple):
    """Ordered as SemVer orders versions: a pre-release comes before its release."""

    major: int
    minor: int
    patch: int
    pre: tuple[tuple[int, int, str], ...]


_RELEASE = ((2, 0, ""),)


class _Term(NamedTuple):
    operator: str
    version: _Version
    written: int  # how many of major, minor and patch are; the rest are left out or `x`


def admits(constraint: str, version: str) -> bool:
    """Return whether a version satisfies a constraint; what does not parse satisfies nothing, as in Helm."""
    match = _VERSION.fullmatch(version)
    if not match:
        return False
    found = _version(match[1], match[2], match[3], match["pre"])
    groups = [_terms(group) for group in _RANGE.sub(r">=\1, <=\2 ", constraint).split("||")]
    if not all(groups):
        return False
    return any(
        (found.pre == _RELEASE or any(term.version.pre != _RELEASE for term in group))
        and all(_satisfies(found, term) for term in group)
        for group in groups
    )


def _version(major: str, minor: str | None, patch: str | None, pre: str | None) -> _Version:
    order = (
        tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in pre.split(".")) if pre else _RELEASE
    )
    return _Version(int(major), int(minor or 0), int(patch or 0), order)


def _terms(text: str) -> list[_Term]:
    """Return the terms that must all hold, none if one does not parse."""
    if text.rstrip().endswith(","):
        return []
    terms: list[_Term] = []
    at = 0
    while at < len(text):
        match = _TERM.match(text, at)
        if not match or (at and not (text[at - 1] == "," or text[at - 1].isspace())):
            return []
        parts = [match["major"], match["minor"], match["patch"]]
        known = [part for part in parts if part is not None and part.isdigit()]
        written = next((n for n, part in enumerate(parts) if part is None or not part.isdigit()), 3)
        major, minor, patch = [*known[:written], "0", "0", "0"][:3]
        terms.append(_Term(match["operator"], _version(major, minor, patch, match["pre"]), written))
        at = match.end()
        if at < len(text) and text[at] == ",":
            at += 1
    return terms


def _satisfies(version: _Version, term: _Term) -> bool:
    operator, wanted, written = term
    same = version[:written] == wanted[:written]  # as far as the constraint says something
    if operator in ("", "="):
        return version == wanted if written == 3 else same and version >= wanted
    if operator in ("~", "~>"):
        return version >= wanted and (same if written < 3 else version[:2] == wanted[:2] or wanted[:3] == (0, 0, 0))
    written = written or 3
    if operator == "!=":
        return version != wanted if written == 3 else not same
    if operator == ">":
        return version > wanted if written == 3 else version[:written] > wanted[:written]
    if operator == "<":
        return version < wanted
    if operator in (">=", "=>"):
        return version >= wanted
    if operator in ("<=", "=<"):
        return version <= wanted if written == 3 else version[:written] <= wanted[:written]
    # `^`: up to the first part that is not zero, or else the last that is written, nothing may change.
    fixed = next((n for n, part in enumerate(wanted[:3], 1) if part), written)
    return version >= wanted and version[:fixed] == wanted[:fixed]
