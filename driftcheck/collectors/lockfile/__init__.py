"""Versions that lockfiles pin: Python, Node, Go, Rust, Ruby, PHP, Java, .NET, Elixir, Dart, Helm, Terraform.

A key is a package name as its ecosystem normalises it, `group:artifact` for Java. The value is the version; several
locked versions of one name are one sorted tuple. What comes from a repository, a path, or another registry than most of
the file says so: `1.2.3 from git+https://git.example.org/pricing.git@6dda15b`. What a project runs on has keys of two
segments, which no package can have: `runtime.python`, `runtime.node`, `runtime.go`.

A manifest beside a lock of its ecosystem adds what the lock lacks, its runtimes; alone it is read as constraints.
"""

from __future__ import annotations

import glob
import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

from driftcheck.collectors.base import Option, shown
from driftcheck.collectors.lockfile import formats
from driftcheck.collectors.lockfile.nouns import File, Format, Lock, Package, opened
from driftcheck.errors import CollectError
from driftcheck.model import Collected, Entry, Failure, Location, Reading, Value, quoted

NEEDS_NETWORK = False
KEYS_NAME_SETTINGS = False
OF_SERVERS = False

OPTIONS: Mapping[str, Option] = {
    "path": Option("path", "the lockfile; a list where there are several, or manifests beside them", required=True),
}

EXAMPLE = """\
orders-lock:
  collector: lockfile
  path: "{environment}/uv.lock"
"""

_READ_WITH_THE_REST = {"Chart.lock": r"Chart\.yaml", ".terraform.lock.hcl": r".*\.tf"}
"""Locks that are left to another collector where the files that it reads are in the same folder."""


def collect(reading: Reading) -> Collected:
    """Read every file of a source; raise CollectError at the first that is broken, empty or unknown."""
    files = [_opened(path, reading) for path in _paths(reading)]
    locked = {known.ecosystem for known, _ in files if known.is_lock}
    locks = [_read(known, file) for known, file in files if known.is_lock or known.ecosystem not in locked]
    stated = {runtime.name for lock in locks for runtime in lock.runtimes}
    runtimes = [runtime for lock in locks for runtime in lock.runtimes]
    for known, file in files:
        if known.beside_lock and known.ecosystem in locked:
            runtimes += [runtime for runtime in known.beside_lock(file) if runtime.name not in stated]

    found: dict[tuple[str, ...], list[Package]] = defaultdict(list)
    for lock in locks:
        for package in _with_origins(lock.packages):
            found[(quoted(package.name),)].append(package)
    for runtime in runtimes:
        found["runtime", quoted(runtime.name)].append(runtime)
    entries = [Entry(path, _value(packages), packages[0].location) for path, packages in found.items()]
    gaps = [
        Failure(reading.source, reading.environment, gap.reason, gap.hint, gap.location)
        for lock in locks
        for gap in lock.gaps
    ]
    return Collected(entries, [], gaps)


def discover(names: list[str]) -> Mapping[str, Mapping[str, object]]:
    """Recognise locks by their names; a folder's manifests go with the first lock of their ecosystem."""
    folders: dict[str, list[str]] = defaultdict(list)
    for name in names:
        folders[posixpath.dirname(name)].append(name)
    sources: dict[str, Mapping[str, object]] = {}
    for beside in folders.values():
        known = {name: format_ for name in beside if (format_ := formats.named(name))}
        locks = [name for name in known if known[name].is_lock and not _is_read_elsewhere(known[name], beside)]
        if not locks:
            locks = [name for name in known if known[name].name == "go.sum"]
        manifests = [name for name in known if not known[name].is_lock and not known[name].name.endswith(".in")]
        for lock in sorted(
            locks, key=lambda name: (formats.ALL.index(known[name]), posixpath.basename(name) != known[name].name, name)
        ):
            ecosystem = known[lock].ecosystem
            own = [name for name in manifests if known[name].ecosystem == ecosystem and name != lock]
            manifests = [name for name in manifests if name not in own]
            sources[lock] = {"path": [lock, *own]}
    return dict(sorted(sources.items()))


def _is_read_elsewhere(known: Format, beside: list[str]) -> bool:
    pattern = _READ_WITH_THE_REST.get(known.name)
    return pattern is not None and any(re.fullmatch(pattern, posixpath.basename(name)) for name in beside)


def _paths(reading: Reading) -> list[str]:
    """Return the files of a source, patterns expanded; a pattern that nothing matches is an error."""
    paths: list[str] = []
    options = reading.options["path"]
    assert isinstance(options, list | tuple)
    for path in options:
        is_pattern = glob.has_magic(path) and not Path(path).exists()
        matched = sorted(glob.glob(path, recursive=True)) if is_pattern else [path]  # noqa: PTH207  # absolute patterns
        if not matched:
            raise CollectError("no file matches", Location(shown(path, reading)), "correct the pattern")
        paths += matched
    return list(dict.fromkeys(paths))


def _opened(path: str, reading: Reading) -> tuple[Format, File]:
    file = opened(path, shown(path, reading))
    known = formats.named(file.shown) or formats.looking_like(file.text)
    if known is None:
        names = ", ".join(each.name for each in formats.LOCKS)
        raise file.refuse("is not a lockfile that is known by its name or its text", 0, f"name one of {names}")
    if not file.text.strip() and not known.may_be_empty:
        raise file.refuse("is empty", 1, known.remedy)
    return known, file._replace(remedy=known.remedy)


def _read(known: Format, file: File) -> Lock:
    lock = known.read(file)
    for package in lock.packages:
        if not package.name or not (package.version or package.origin):
            raise CollectError("a package has no name or no version", package.location, file.remedy)
    return lock


def _with_origins(packages: list[Package]) -> list[Package]:
    """Return packages of one file with a registry as origin where it is not the one of most of the file."""
    count = Counter(package.registry for package in packages if not package.origin)
    usual = min(count, key=lambda registry: (-count[registry], registry), default="")
    return [
        package._replace(origin=package.registry)
        if package.registry and package.registry != usual and not package.origin
        else package
        for package in packages
    ]


def _value(packages: list[Package]) -> Value:
    texts = sorted({_text(package) for package in packages}, key=_by_number)
    return texts[0] if len(texts) == 1 else tuple(texts)


def _text(package: Package) -> str:
    if not package.origin:
        return package.version
    origin = package.origin if "://" in package.origin else posixpath.normpath(package.origin)
    return f"{package.version} from {origin}".lstrip()


def _by_number(text: str) -> list[tuple[int, str]]:
    """Return a sort key by which 1.10 comes after 1.9."""
    parts = ((part.lstrip("0"), part.isdigit()) for part in re.findall(r"\d+|\D+", text))
    return [(len(part), part) if is_number else (-1, part) for part, is_number in parts]
