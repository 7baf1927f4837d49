"""Versions: whether two are the same release, which one is newer, and how far apart they are.

Every scheme of `schemes.SCHEMES`, and "image" for tags of container images. A tag is a version only where it says so
(`1.27-alpine`, `v1.2.3`, `16.4-bookworm`); `latest`, a commit, a date and a build number are compared by name alone.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import zip_longest
from typing import NamedTuple

from driftcheck.model import Scalar
from driftcheck.pattern import Pattern
from driftcheck.values import Meaning
from driftcheck.values.schemes import SCHEMES, Version, generic

LONGEST = 256


def parse(value: Scalar, scheme: str) -> Meaning | None:
    """Read a version; equal canonical forms are one release (in pep440 `1.0` = `1.0.0`, in "engine" not).

    Under "image" every tag is read, and `parts` tell what it is: `form` is "version", or for what has no order "sha",
    "date", "build" or "mutable" (a tag that moves: `latest`, `main`, any name without a digit); a version also has
    `version` and, where there are any, `prefix` ("v", "release-") and `suffix` ("alpine").
    """
    text = _text(value)
    version = read(text, scheme)
    if version is None:
        return _unordered(text) if scheme == "image" and _TAG.fullmatch(text) else None
    parts = {}
    if scheme == "image" and (found := _tag(text)):
        parts = {name: part for name, part in found._asdict().items() if part} | {"form": "version"}
    return Meaning("version", (version.key, version.extra), text, parts=parts)


def compare(a: Scalar, b: Scalar, scheme: str) -> int | None:
    """Return -1, 0 or 1 as `a` is older than, level with or newer than `b`; None if either has no order."""
    first, second = read(_text(a), scheme), read(_text(b), scheme)
    if first is None or second is None:
        return None
    return (first.key > second.key) - (first.key < second.key)


def distance(a: Scalar, b: Scalar, scheme: str) -> str | None:
    """Return the largest step between two versions: "major", "minor", "patch", "pre" or "build"; None if none.

    None also where either has no order. The name is that of the number's place: 0.3 to 0.4 is "minor", although it may
    break as a major step does. PostgreSQL counts as its project does (10 and later: the first number is the major,
    before: the first two; all else is a patch), MySQL and MariaDB by release series (8.0 to 8.4 is "major"). "build" is
    a difference beyond the release itself: `+build`, a Debian revision, an image's suffix, `16` against `16.0`.
    """
    first, second = read(_text(a), scheme), read(_text(b), scheme)
    if first is None or second is None or (first.key, first.extra) == (second.key, second.extra):
        return None
    if first.epoch != second.epoch:
        return "major"
    places: tuple[str, ...] = ("major", "minor", "patch")
    if scheme in ("postgresql", "mysql", "mariadb"):
        series = 1 if scheme == "postgresql" and min(first.release[0], second.release[0]) >= 10 else 2
        places = ("major",) * series + ("patch",)
    for place, (one, other) in enumerate(zip_longest(first.release, second.release, fillvalue=0)):
        if one != other:
            return places[min(place, len(places) - 1)]
    return "pre" if first.stage != second.stage else "build"


@lru_cache(maxsize=1 << 12)
def read(text: str, scheme: str) -> Version | None:
    """Return a version whose `key` compares within its scheme (or "image"); None where the text has no order."""
    if len(text) > LONGEST:
        return None
    return _ordered_tag(text) if scheme == "image" else SCHEMES[scheme](text)


def _text(value: Scalar) -> str:
    return "" if value is None or isinstance(value, bool) else str(value).strip()


class _Tag(NamedTuple):
    prefix: str
    version: str
    suffix: str


_TAG = Pattern(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,127}")
_TAG_VERSION = Pattern(
    r"(?P<prefix>[A-Za-z_-]*)"
    r"(?P<version>(?P<number>[0-9]+)(?:\.[0-9]+)*"
    r"(?:[-.]?(?:alpha|beta|rc|pre|preview|dev|snapshot|m|a|b)[-.]?[0-9]+"
    r"|[-.](?:alpha|beta|rc|pre|preview|dev|snapshot)(?![A-Za-z]))?)"
    r"(?:[-_.+](?P<suffix>.+))?",
    re.IGNORECASE,
)
_SHA = Pattern(r"(?:(?:sha|git|commit|rev)[-_]?)?(?=[0-9a-f]*[0-9])(?=[0-9]*[a-f])([0-9a-f]{7,64})(?:-dirty)?")
_DATE = Pattern(
    r"(?:[A-Za-z]+-)?20[0-9]{2}(-?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12][0-9]|3[01])(?:[0-9]{4}|[0-9]{6})?(?![0-9]).*"
)
_WORDS = Pattern(r"[A-Za-z_.-]+")


def _tag(text: str) -> _Tag | None:
    """Return a tag taken apart if it holds a version: a lone number above 999 is a build, a name needs a dotted one."""
    if _SHA.fullmatch(text) or _DATE.fullmatch(text):
        return None
    found = _TAG_VERSION.fullmatch(text)
    if found is None:
        return None
    tag = _Tag(found["prefix"], found["version"], found["suffix"] or "")
    if "." not in tag.version and (tag.prefix not in ("", "v") or len(found["number"]) > 3):
        return None
    return tag


def _ordered_tag(text: str) -> Version | None:
    tag = _tag(text) if _TAG.fullmatch(text) else None
    version = generic(tag.version) if tag else None
    if tag is None or version is None:
        return None
    # `1.27` is whatever 1.27.x was built last: another image than 1.27.0.
    extra = f"{tag.prefix}|{len(version.release)}|{tag.suffix}"
    return version._replace(extra=extra)


def _unordered(text: str) -> Meaning:
    if _SHA.fullmatch(text):
        form = "sha"
    elif _DATE.fullmatch(text):
        form = "date"
    else:
        form = "mutable" if _WORDS.fullmatch(text) else "build"
    return Meaning("version", text, text, parts={"form": form})
