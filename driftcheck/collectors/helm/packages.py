"""Reads the files of a chart that matter here, from a folder or a packaged chart (.tgz), nothing unpacked to disk."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import IO

from driftcheck import formats
from driftcheck.errors import AbsentError, CollectError
from driftcheck.model import Location
from driftcheck.pattern import Pattern

LARGEST_UNPACKED = 100 * 1024 * 1024
LARGEST_MEMBER = 5 * 1024 * 1024
"""Bytes. Helm's own limits (pkg/chart/loader/archive.go), here for an archive with all archives inside it."""

DEEPEST = 32
"""Charts within charts. An umbrella of umbrellas is 3; an archive can hold itself."""

_READ = ("Chart.yaml", "Chart.lock", "values.yaml", "requirements.yaml", "requirements.lock")
_MEMBER = Pattern(rf"(?:charts/[^/_.][^/]*/)*(?:{'|'.join(map(re.escape, _READ))}|charts/[^/_.][^/]*\.tgz)")


class Package:
    """One chart's files by name, and the charts below it by the names that they have in `charts/`.

    `folder` is where it is, "" inside an archive; `above` are the folders that it was reached through.
    """

    def __init__(self, shown: str, folder: str = "", above: frozenset[str] = frozenset()) -> None:
        self.shown = shown
        self.folder = folder
        self.above = above
        self.texts: dict[str, str] = {}
        self.charts: dict[str, Package] = {}

    def place(self, name: str) -> str:
        """Return one of its files as reports show it."""
        return name if self.shown == "." else f"{self.shown}/{name}"


def read(path: str, show: Callable[[str], str], above: frozenset[str] = frozenset()) -> Package:
    """Return a chart's files; raise CollectError if it is neither folder nor archive, OSError if it does not open."""
    place = Location(show(path))
    if not Path(path).is_dir():
        if Path(path).is_file() and path.endswith((".tgz", ".tar.gz")):
            with Path(path).open("rb") as file:
                return _from_archive(file, place.path, _Budget(LARGEST_UNPACKED))
        hint = "name the folder that holds Chart.yaml, or a packaged chart (.tgz)"
        if not Path(path).exists():
            raise AbsentError("no such folder", place, hint)
        raise CollectError("is not a chart's folder", place, hint)
    identity = os.path.realpath(path)
    if identity in above:
        raise CollectError("is a subchart of itself", place, "remove the link, or dependency, that leads back to it")
    package = Package(place.path, path, above | {identity})
    for name in _READ:
        text = Path(path, name)
        if text.is_file():
            package.texts[name] = formats.read_text(str(text), show(str(text)))
    inside = Path(path, "charts")
    for below in sorted(inside.iterdir()) if inside.is_dir() else []:
        if below.name[0] not in "_." and (below.suffix == ".tgz" or (below.is_dir() and any(below.iterdir()))):
            package.charts[below.name] = read(str(below), show, package.above)
    return package


class _Budget:
    """How many bytes an archive, with all archives in it, may still unpack to, and how deep in it we are."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.depth = 0


def _from_archive(packed: IO[bytes], shown: str, budget: _Budget) -> Package:
    import gzip
    import tarfile
    import zlib

    members: dict[str, bytes] = {}
    try:
        with gzip.GzipFile(fileobj=packed) as file:
            unpacked = file.read(budget.left + 1)
        budget.left -= len(unpacked)
        if budget.left < 0:
            raise _too_large(shown, "unpacks to", LARGEST_UNPACKED)
        with tarfile.open(fileobj=io.BytesIO(unpacked)) as tar:
            for member in tar:
                name = member.name.replace("\\", "/").partition("/")[2]
                if not member.isfile() or not _MEMBER.fullmatch(name):
                    continue
                if member.size > LARGEST_MEMBER:
                    raise _too_large(f"{shown}/{name}", "has", LARGEST_MEMBER)
                content = tar.extractfile(member)
                members[name] = content.read() if content else b""
    except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError):
        hint = "package the chart again (`helm dependency update`)"
        raise CollectError("is not a packaged chart", Location(shown), hint) from None
    package = Package(shown)
    for name, data in sorted(members.items()):
        _put(package, name, data, budget)
    return package


def _too_large(shown: str, does: str, most: int) -> CollectError:
    reason = f"{does} more than {most // 1024 // 1024} MiB"
    return CollectError(reason, Location(shown), "Helm refuses it too: package the chart without what is large")


def _put(package: Package, name: str, data: bytes, budget: _Budget) -> None:
    """File a member of an archive under the chart, in this one or below, that it belongs to."""
    parts = name.split("/")
    while len(parts) > 2:
        chart = parts[1]
        package = package.charts.setdefault(chart, Package(package.place(f"charts/{chart}")))
        parts = parts[2:]
    shown = package.place("/".join(parts))
    if len(parts) == 2:
        budget.depth += 1
        if budget.depth > DEEPEST:
            raise CollectError(f"is an archive within more than {DEEPEST} others", Location(shown), "remove it")
        package.charts[parts[1]] = _from_archive(io.BytesIO(data), shown, budget)
        budget.depth -= 1
        return
    try:
        package.texts[name.rpartition("/")[2]] = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CollectError("is not UTF-8", Location(shown, line), "save it as UTF-8") from None
