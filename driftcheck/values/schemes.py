"""How each ecosystem orders its versions: text into a `Version` whose keys compare as that ecosystem's tools do.

Each reader returns None for text that is no version of its scheme. Sources: PEP 440; semver.org; Maven's version order
specification; Gem::Version; deb-version(7). Only versions of one scheme may be compared.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from driftcheck.pattern import Pattern


class Version(NamedTuple):
    """A version taken apart.

    `key` orders it within its scheme. `release` are its leading numbers; `stage` is what marks a pre-release (equal for
    two final ones). `extra` tells builds of one version apart without ordering them; `epoch` outranks every number.
    """

    key: tuple[Any, ...]
    release: tuple[int, ...]
    stage: tuple[Any, ...] = ()
    extra: str = ""
    epoch: int = 0


_END = (1,)
"""Sorts after a pre-release mark (0, ...) and before a further build mark (2, ...): the plain version itself."""


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


def _leading(text: str) -> tuple[int, ...]:
    found = re.match(r"[0-9]+(?:\.[0-9]+)*", text)
    return _numbers(found[0]) if found else ()


def _stripped(release: tuple[int, ...]) -> tuple[int, ...]:
    end = len(release)
    while end and release[end - 1] == 0:
        end -= 1
    return release[:end]


_PEP440 = Pattern(
    r"v?(?:(?P<epoch>[0-9]+)!)?(?P<release>[0-9]+(?:\.[0-9]+)*)"
    r"(?:[-_.]?(?P<pre>alpha|beta|preview|pre|rc|a|b|c)[-_.]?(?P<pre_number>[0-9]*))?"
    r"(?:-(?P<post_dash>[0-9]+)|(?P<post>[-_.]?(?:post|rev|r)[-_.]?(?P<post_number>[0-9]*)))?"
    r"(?P<dev>[-_.]?dev[-_.]?(?P<dev_number>[0-9]*))?"
    r"(?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?",
    re.IGNORECASE | re.ASCII,
)
_PEP440_STAGES = {"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}


def pep440(text: str) -> Version | None:
    """Python: `1.0` = `1.0.0`, `1.0.dev1` < `1.0a1` < `1.0` < `1.0.post1`."""
    found = _PEP440.fullmatch(text)
    if found is None:
        return None
    release, epoch = _numbers(found["release"]), int(found["epoch"] or 0)
    word = (found["pre"] or "").lower()
    post = -1
    if found["post_dash"] or found["post"]:
        post = int(found["post_dash"] or found["post_number"] or 0)
    dev: tuple[int, ...] = (0, int(found["dev_number"] or 0)) if found["dev"] else _END
    pre: tuple[Any, ...]
    if word:
        pre = (0, _PEP440_STAGES.get(word, word), int(found["pre_number"] or 0))
    else:
        pre = (-1,) if found["dev"] and post < 0 else _END
    parts = re.split(r"[-_.]", found["local"].lower()) if found["local"] else []
    local = tuple((1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts)
    return Version((epoch, _stripped(release), pre, post, dev, local), release, (pre, dev), epoch=epoch)


_SEMVER = Pattern(r"[v=]?(?P<release>[0-9]+(?:\.[0-9]+)*)(?:-(?P<pre>[0-9A-Za-z.-]+))?(?:\+(?P<build>[0-9A-Za-z.-]+))?")


def semver(text: str) -> Version | None:
    """npm, Cargo, Helm, Terraform, NuGet, Go: `1.2` = `1.2.0`, `1.0.0-rc.1` < `1.0.0`; `+build` does not order."""
    found = _SEMVER.fullmatch(text)
    if found is None:
        return None
    release = _numbers(found["release"])
    stage: tuple[Any, ...] = _END
    if found["pre"]:
        names = found["pre"].split(".")
        stage = (0, *((0, int(name), "") if name.isdigit() else (1, 0, name) for name in names))
    return Version((_stripped(release), stage), release, stage, found["build"] or "")


_MAVEN = Pattern(r"[0-9][0-9A-Za-z._+-]*")
_MAVEN_TOKEN = Pattern(r"([.-]?)([0-9]+|[^0-9.-]+|)")
_MAVEN_EARLY = {"alpha": 0, "beta": 1, "milestone": 2, "rc": 3, "cr": 3, "snapshot": 4}
_MAVEN_SHORT = {"a": "alpha", "b": "beta", "m": "milestone"}
_MAVEN_NULL = (1, 0, "")
_MAVEN_NULLS = (_MAVEN_NULL, (3, 0, ""), (4, 0, ""))


def maven(text: str) -> Version | None:
    """Maven: `1` = `1.0` = `1-ga`; alpha < beta < milestone < rc = cr < snapshot < release < sp < other words < digits.

    Tokens are compared one by one. Trailing "null" ones (0, ga) are dropped at the end and before every hyphen; a
    change between digits and letters counts as a hyphen, and so does the dot before a word.
    """
    if not _MAVEN.fullmatch(text):
        return None
    lowered = text.lower()
    tokens: list[tuple[Any, ...]] = []
    for found in _MAVEN_TOKEN.finditer(lowered):
        separator, word = found[1], found[2] or "0"
        dotted = word.isdigit() and (separator == "." or not found.start())
        if not dotted or found.start() == len(lowered):
            while tokens and tokens[-1] in _MAVEN_NULLS:
                tokens.pop()
        if found.end() == found.start():
            break
        if word.isdigit():
            tokens.append((4 if dotted else 3, int(word), ""))
        else:
            digit_follows = lowered[found.end() : found.end() + 1].isdigit()
            tokens.append(_maven_word(_MAVEN_SHORT.get(word, word) if digit_follows else word))
    stage = tuple(token for token in tokens if token[0] == 0)
    return Version((*tokens, _MAVEN_NULL), _leading(text), stage)


def _maven_word(word: str) -> tuple[Any, ...]:
    if word in _MAVEN_EARLY:
        return (0, _MAVEN_EARLY[word], "")
    if word in ("final", "ga", "release"):
        return _MAVEN_NULL
    return (2, 0, "") if word == "sp" else (2, 1, word)


_GEM = Pattern(r"[0-9]+(?:\.[0-9A-Za-z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?")


def gem(text: str) -> Version | None:
    """RubyGems: any word makes a pre-release (`1.0.rc1` < `1.0`), `1.0` = `1`, and `-` reads as `.pre.`."""
    if not _GEM.fullmatch(text):
        return None
    words = re.findall(r"[0-9]+|[a-z]+", text.replace("-", ".pre."), re.IGNORECASE)
    first = next((n for n, word in enumerate(words) if not word.isdigit()), len(words))
    release = tuple(map(int, words[:first]))
    rest: list[int | str] = [int(word) if word.isdigit() else word for word in words[first:]]
    while rest and rest[-1] == 0:
        rest.pop()
    # A version goes on in zeros for ever. What a run of zeros is worth depends on what ends it: a word sorts below the
    # endless zeros of a shorter version, a number above.
    key: list[tuple[Any, ...]] = [(1, 0)]
    after = 0
    for segment in reversed((*_stripped(release), *rest)):
        if segment == 0:
            key.append((1, after))
        else:
            after = -1 if isinstance(segment, str) else 1
            key.append((2, segment) if after > 0 else (0, segment))
    return Version(tuple(reversed(key)), release, tuple(rest))


_DEB = Pattern(r"(?:([0-9]+):)?([0-9][A-Za-z0-9.+~:-]*?)(?:-([A-Za-z0-9.+~]+))?")


def deb(text: str) -> Version | None:
    """Debian, `epoch:upstream-revision`: digits as numbers, `~` before the end, letters before everything else."""
    found = _DEB.fullmatch(text)
    if found is None:
        return None
    epoch, upstream, revision = int(found[1] or 0), found[2], found[3] or "0"
    stage = () if "~" not in upstream else (upstream.partition("~")[2],)
    return Version((epoch, _deb_key(upstream), _deb_key(revision)), _leading(upstream), stage, epoch=epoch)


def _deb_key(text: str) -> tuple[Any, ...]:
    pairs = [
        ((*(-1 if c == "~" else ord(c) if c.isalpha() else ord(c) + 256 for c in letters), 0), int(digits or 0))
        for letters, digits in re.findall(r"([^0-9]*)([0-9]*)", text)
        if letters or digits
    ]
    return (*pairs, ((0,), 0))


_GENERIC = Pattern(r"v?([0-9]+(?:\.[0-9]+)*)(?:\.([a-z_]+)\.([0-9]+(?:\.[0-9]+)*))?([-_.+~a-z0-9]*)")
_GENERIC_EARLY = {
    word: rank
    for rank, words in enumerate(
        ("dev nightly", "snapshot", "alpha a", "beta b", "milestone m", "preview pre ea", "rc cr c")
    )
    for word in words.split()
}


def generic(text: str) -> Version | None:
    """Composer and anything else with dots: `1.0` = `1.0.0`, dev < alpha < beta < rc < release < further marks."""
    found = _GENERIC.fullmatch(text.lower())
    if found is None:
        return None
    leading, engine, numbers, tail = found.groups()
    release = _numbers(leading) + (_numbers(numbers) if numbers else ())
    marks: list[tuple[Any, ...]] = []
    early = False
    for word in re.finditer(r"[0-9]+|[a-z]+", tail):
        if word[0].isdigit():
            marks.append((3, int(word[0]), ""))
        elif word[0] in _GENERIC_EARLY and (len(word[0]) > 1 or tail[word.end() : word.end() + 1].isdigit()):
            early = True
            marks.append((0, _GENERIC_EARLY[word[0]], ""))
        else:
            marks.append((2, 0, word[0]))
    key = (_stripped(release), *marks, _END)
    return Version(key, release, tuple(marks) if early else (), engine or "")


def engine(text: str) -> Version | None:
    """What a managed database or runtime calls itself: as `generic`, but `16` (any minor) is not `16.0`.

    Amazon's `8.0.mysql_aurora.3.04.0` reads as 8.0.3.4.0.
    """
    version = generic(text)
    return version and version._replace(key=(*version.key, len(version.release)))


SCHEMES: dict[str, Callable[[str], Version | None]] = {
    "pep440": pep440,
    "semver": semver,
    "npm": semver,
    "cargo": semver,
    "helm": semver,
    "terraform": semver,
    "nuget": semver,
    "hex": semver,
    "pub": semver,
    "go": semver,
    "maven": maven,
    "gem": gem,
    "deb": deb,
    "composer": generic,
    "generic": generic,
    "engine": engine,
    "postgresql": engine,
    "mysql": engine,
    "mariadb": engine,
}
