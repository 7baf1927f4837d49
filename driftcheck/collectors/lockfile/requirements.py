"""pip's requirement files and the requirements in them, as PEP 508 and pip's reference describe them.

What is pinned is its version; what is not stays a constraint, spelled in one order (`<3,>=2`). Files that are included
are read too; constraint files pin what is required elsewhere, and require nothing themselves.
Source: pip.pypa.io/en/stable/reference/requirements-file-format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from driftcheck.collectors.lockfile.nouns import ANY_VERSION, File, Lock, Package, from_git, opened, without_credentials
from driftcheck.errors import CollectError
from driftcheck.model import Location
from driftcheck.pattern import Pattern

_CLAUSE = r"(?:~=|===?|!=|<=?|>=?)\s*[^\s,;()]+"
_REQUIREMENT = Pattern(
    r"(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*"
    rf"(?:@\s*(?P<url>\S+)|(?P<open>\()?\s*(?P<clauses>{_CLAUSE}(?:\s*,\s*{_CLAUSE})*\s*,?)?\s*(?(open)\)))"
    r"\s*(?:;.*)?",
    re.ASCII | re.DOTALL,
)
_PIN = Pattern(r"===?\s*([^*]+)")
_INCLUDE = Pattern(r"(-r|--requirement|-c|--constraint)(?:\s*=\s*|\s+|(?<=-[rc]))(.+)")
_EDITABLE = Pattern(r"(?:-e|--editable)(?:\s*=\s*|\s+)(.+)")
_VCS = Pattern(r"(?:git|hg|svn|bzr)\+")
_ARCHIVE = Pattern(r"\.(?:whl|zip|tar\.gz|tgz|tar\.bz2|tar\.xz|tar)$")


def normalised(name: str) -> str:
    """Return a project's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def constraint(text: str) -> str:
    """Return version clauses in one spelling and order, so that only another meaning is another text."""
    clauses = (re.sub(r"\s+", "", clause) for clause in text.split(","))
    return ",".join(sorted(clause for clause in clauses if clause))


def read(file: File) -> Lock:
    """Read a requirements file and what it includes; raise CollectError at the first line that pip would not read."""
    required: list[Package] = []
    pins: dict[str, Package] = {}
    gaps: list[CollectError] = []
    seen: set[tuple[str, bool]] = set()
    waiting = [(file, False)]
    while waiting:
        each, constrains = waiting.pop()
        if (each.path, constrains) in seen:
            continue
        seen.add((each.path, constrains))
        for line, number in _logical_lines(each.text):
            if include := _INCLUDE.fullmatch(line):
                try:
                    waiting.append(
                        (_included(each, include[2], number), constrains or include[1] in ("-c", "--constraint"))
                    )
                except CollectError as gap:
                    gaps.append(gap)
            elif constrains:
                pins.update((package.name, package) for package in _packages(line, each, number))
            else:
                required += _packages(line, each, number)
    return Lock([_pinned(package, pins) for package in required], [], tuple(gaps))


def _included(file: File, name: str, line: int) -> File:
    if "://" in name:
        raise file.refuse("includes a file by URL, which is not fetched", line, "save it beside, and include that")
    path, shown = file.beside(name.strip(" \"'"))
    try:
        return opened(path, shown, file.remedy)
    except CollectError as error:
        place = f"includes {shown}, which " + (error.reason if " " in error.reason else f"is {error.reason}")
        raise file.refuse(place, line, error.hint) from None


def _pinned(package: Package, pins: dict[str, Package]) -> Package:
    pin = pins.get(package.name)
    if pin is None or package.origin or re.match(r"\d", package.version):
        return package
    return package._replace(version=pin.version, location=pin.location, origin=pin.origin)


def _logical_lines(text: str) -> Iterator[tuple[str, int]]:
    """Yield lines without comments, continuations joined, each with the number of its first line."""
    pending, begun = "", 0
    for number, raw in enumerate(text.splitlines(), 1):
        is_comment = raw.lstrip().startswith("#")
        begun = begun or number
        if raw.endswith("\\") and not is_comment:
            pending += raw[:-1]
            continue
        line = re.sub(r"(?:^|(?<!\s)\s+)#.*$", "", pending + (" " if is_comment else "") + raw).strip()
        if line:
            yield line, begun
        pending, begun = "", 0
    if pending.strip():
        yield pending.strip(), begun


def _packages(line: str, file: File, number: int) -> list[Package]:
    if editable := _EDITABLE.match(line):
        line = editable[1]
    elif line.startswith("-"):
        return []  # --index-url and the like: how to install, not what
    line = re.split(r"(?<!\s)\s+--?[a-zA-Z]", line, maxsplit=1)[0].strip()  # --hash=... and the like
    return parsed(line, file, number)


def parsed(text: str, file: File, line: int) -> list[Package]:
    """Return the package that one requirement names; none for the project itself (`.`)."""
    text = " ".join(text.split())  # and so no expression can go astray in blanks
    found = _REQUIREMENT.fullmatch(text)
    if found is None or _ARCHIVE.search(text):
        return _from_place(text, file, line)
    name, place = normalised(found["name"]), file.at(line)
    if found["url"]:
        return [_from_url(name, found["url"], place)]
    clauses = constraint(found["clauses"] or "")
    pin = _PIN.fullmatch(clauses)
    version = pin[1] if pin and "," not in clauses else clauses or ANY_VERSION
    return [Package(name, version, place)]


def _from_place(text: str, file: File, line: int) -> list[Package]:
    """Return a requirement that is a path or a URL, named after what stands at its end."""
    place = text.partition("; " if "://" in text else ";")[0].strip(" \"'")
    egg = re.search(r"#(?:.*&)?egg=([\w.-]+)", place)
    bare = re.sub(r"\[[^\[\]]*\]$", "", without_credentials(place)).rstrip("/")
    if bare in (".", ""):
        return []
    is_place = "://" in place or "/" in place or _ARCHIVE.search(bare) or bare.startswith(".")
    if not is_place or " " in bare or "{" in place:
        raise file.refuse(
            "is not a requirement", line, "write `name==version`, a URL or a path; render it first if it is a template"
        )
    last = PurePosixPath(re.sub(r"@[^/]*$", "", bare)).name.removesuffix(".git")
    archive = re.match(r"(.+?)-(\d[^-]*)(?:-.*)?$", _ARCHIVE.sub("", last)) if _ARCHIVE.search(last) else None
    name = normalised(egg[1] if egg else archive[1] if archive else last)
    found = _from_url(name, place, file.at(line))
    return [found._replace(version=archive[2] if archive else "")]


def _from_url(name: str, url: str, place: Location) -> Package:
    if not _VCS.match(url):
        return Package(name, "", place, re.sub(r"\[[^\[\]]*\]$", "", without_credentials(url.removeprefix("file:"))))
    repository, _, reference = re.sub(r"#.*", "", url).rpartition("@")
    if "/" in reference or not repository:  # the `@` was of a user, or there is none
        repository, reference = re.sub(r"#.*", "", url), ""
    return Package(name, "", place, from_git(repository, reference))
