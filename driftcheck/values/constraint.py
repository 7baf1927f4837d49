"""Version constraints as sets of versions: `^1.2.3` is `>=1.2.3 <2.0.0-0`, `~> 5.0` is `>= 5.0, < 6.0`.

A set is a sorted tuple of intervals between cuts, a cut being just before or just after a version of the dialect's
scheme. Which pre-releases a package manager lets in beyond its interval is left out: it follows from the same text.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from driftcheck.model import Scalar
from driftcheck.pattern import Pattern
from driftcheck.values import Meaning
from driftcheck.values.version import read

Cut = tuple[int, tuple[Any, ...], int]
Interval = tuple[Cut, Cut]
Intervals = tuple[Interval, ...]


class _Dialect(NamedTuple):
    """`bare`: what a version without operator means. `partial`: `1.2` stands for all 1.2.x. `tilde`: of `~1.2.3`."""

    scheme: str
    bare: str = "="
    partial: bool = False
    tilde: str = ""


_DIALECTS = {
    "npm": _Dialect("semver", partial=True, tilde="minor"),
    "helm": _Dialect("semver", partial=True, tilde="minor"),
    "cargo": _Dialect("semver", bare="^", partial=True, tilde="minor"),
    "pub": _Dialect("semver"),
    "composer": _Dialect("composer", tilde="last"),
    "poetry": _Dialect("pep440", tilde="minor"),
    "pep440": _Dialect("pep440"),
    "gem": _Dialect("gem"),
    "hex": _Dialect("semver"),
    "terraform": _Dialect("semver"),
}
DIALECTS = frozenset(_DIALECTS) | {"maven", "nuget"}

_BELOW, _ABOVE = (-1, (), 0), (1, (), 0)
_EVERYTHING = ((_BELOW, _ABOVE),)
_TERM = Pattern(r"[\s,]*(~>|~=|\^|~|>=|<=|!=|==|=|>|<|)\s*v?([0-9][0-9A-Za-z.+!*_-]*|[xX*](?:\.[xX*])*)")
_HYPHEN = Pattern(r"\s*v?([0-9]\S*)\s+-\s+v?([0-9]\S*)\s*")
_MATHEMATICAL = Pattern(r"\s*([\[(])\s*([^\s,\[\]()]*)\s*(?:(,)\s*([^\s,\[\]()]*)\s*)?([\])])\s*(,?)")


def parse(value: Scalar, dialect: str) -> Meaning | None:
    """Read a constraint in one of DIALECTS; equal canonical forms allow the same versions."""
    if not isinstance(value, str) or len(value) > 1000:
        return None
    text = value.strip()
    allowed = _mathematical(text, dialect) if dialect in ("maven", "nuget") else _any_of(text, _DIALECTS[dialect])
    return None if allowed is None else Meaning("constraint", (dialect, allowed), " ".join(text.split()))


def _any_of(text: str, dialect: _Dialect) -> Intervals | None:
    allowed: list[Interval] = []
    for alternative in re.split(r"\|\|?", text):
        intervals = _all_of(alternative, dialect)
        if intervals is None:
            return None
        allowed += intervals
    return _union(allowed)


def _all_of(text: str, dialect: _Dialect) -> Intervals | None:
    hyphen = _HYPHEN.fullmatch(text)
    if hyphen:
        text = f">={hyphen[1]} <={hyphen[2]}"
    allowed: Intervals | None = _EVERYTHING
    position = 0
    text = text.rstrip(", \t\n")
    while position < len(text) and allowed is not None:
        found = _TERM.match(text, position)
        term = _term(found[1] or dialect.bare, found[2], dialect) if found else None
        if found is None or term is None:
            return None
        allowed = _intersection(allowed, term)
        position = found.end()
    return allowed


def _term(operator: str, text: str, dialect: _Dialect) -> Intervals | None:
    if text[0] in "xX*":
        return _EVERYTHING
    given = re.sub(r"(?:\.[xX*])+$", "", text)
    if operator == "<":
        given = given.removesuffix("-0")  # npm's spelling of "and no pre-release of it either"
    version = read(given, dialect.scheme)
    if version is None:
        return None
    numbers = version.release
    plain = ".".join(map(str, numbers)) == given
    partial = given != text or (dialect.partial and plain and len(numbers) < 3)
    before, after = (0, version.key, 0), (0, version.key, 1)

    def below(*bound: int) -> Intervals | None:
        upper = read(".".join(map(str, (*bound[:-1], bound[-1] + 1))), dialect.scheme)
        return ((before, (0, upper.key, 0)),) if upper else None

    if operator in ("=", "==", "!="):
        equal = below(*numbers) if partial else ((before, after),)
        return equal if operator != "!=" or equal is None else ((_BELOW, equal[0][0]), (equal[0][1], _ABOVE))
    if operator in (">", "<="):
        whole = below(*numbers) if partial else ((before, after),)
        end = whole[0][1] if whole else after
        return ((end, _ABOVE),) if operator == ">" else ((_BELOW, end),)
    if operator == ">=":
        return ((before, _ABOVE),)
    if operator == "<":
        return ((_BELOW, before),)
    if operator == "^":
        leading = next((n for n, number in enumerate(numbers[:3]) if number), min(len(numbers), 3) - 1)
        return below(*numbers[: leading + 1])
    if operator == "~=" or (operator in ("~", "~>") and dialect.tilde != "minor"):
        # `~> 5` is `>= 5` for Terraform itself and `>= 5, < 6` for its providers: not one set.
        if len(numbers) == 1 and (operator == "~=" or dialect.scheme == "semver"):
            return None
        return below(*(numbers[:-1] or numbers))
    return below(*numbers[:2])


def _mathematical(text: str, dialect: str) -> Intervals | None:
    scheme = "maven" if dialect == "maven" else "semver"
    if not text.startswith(("[", "(")):
        version = read(text, scheme)
        if version is None:
            return None
        # Maven's bare version is a wish that any range overrules: an interval of its own kind, equal to no range.
        return (((0, version.key, 0), _ABOVE if dialect == "nuget" else (0, version.key, 2)),)
    allowed: list[Interval] = []
    position = 0
    while position < len(text):
        found = _MATHEMATICAL.match(text, position)
        if found is None:
            return None
        opening, low, comma, high, closing, _ = found.groups()
        lower, upper = read(low, scheme), read(high or "", scheme) if comma else read(low, scheme)
        if (
            (low and lower is None)
            or (high and upper is None)
            or (not comma and (lower is None or opening + closing != "[]"))
        ):
            return None
        start = (0, lower.key, int(opening == "(")) if lower else _BELOW
        end = (0, upper.key, int(closing == "]")) if upper else _ABOVE
        if start < end:
            allowed.append((start, end))
        position = found.end()
    return _union(allowed)


def _intersection(a: Intervals, b: Intervals) -> Intervals:
    common = ((max(low, other_low), min(high, other_high)) for low, high in a for other_low, other_high in b)
    return tuple((low, high) for low, high in common if low < high)


def _union(intervals: list[Interval]) -> Intervals:
    merged: list[Interval] = []
    for low, high in sorted(intervals):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)
