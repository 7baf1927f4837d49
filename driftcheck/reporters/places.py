"""Where a review can point to: lines of files, by paths from the top of the repository, and what is said of them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from typing import NamedTuple

from driftcheck.model import Finding, Location, Report, Severity
from driftcheck.reporters.base import ordered, row

LONGEST_VALUE = 200


class Place(NamedTuple):
    """A line of a file in the repository, and what an environment holds there: "" where it is only a declaration."""

    path: str
    line: int
    environment: str = ""
    value: str = ""


def to_review(findings: Iterable[Finding], *, show_all: bool) -> list[Finding]:
    """Return findings, the gravest first. As in the text, mere information is there only where all is asked for."""
    return [finding for finding in ordered(findings) if show_all or finding.severity > Severity.INFO]


def in_repository(report: Report, location: Location | None) -> str:
    """Return a location's path from the top of the repository, or "" for what is no line of a file in it.

    An address, an environment variable or an argument is none: it has no line. A file may lie outside.
    """
    if location is None or not location.line or "://" in location.path:
        return ""
    path = posixpath.normpath(posixpath.join(report.folder, location.path))
    return "" if path.startswith(("../", "/")) else path


def places(report: Report, finding: Finding) -> list[Place]:
    """Return the lines that a finding is about: the target's first, then the reference's, then other environments'.

    Where no side is a file, it is the line of driftcheck.yaml that declares the source; none without one.
    """
    values = dict(zip(finding.sides, row(list(finding.sides.values()), LONGEST_VALUE), strict=True))
    found = []
    for name in dict.fromkeys((finding.target, finding.reference, *finding.sides)):
        side = finding.sides.get(name)
        if side and side.entry and (path := in_repository(report, side.entry.location)):
            found.append(Place(path, side.entry.location.line, name, values[name]))
    return found or declaration(report, finding.source)


def declaration(report: Report, source: str) -> list[Place]:
    """Return the line of driftcheck.yaml that declares a source, if there is one."""
    location = report.declared.get(source)
    return [Place(path, location.line)] if location and (path := in_repository(report, location)) else []
