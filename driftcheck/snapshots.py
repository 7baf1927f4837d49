"""Snapshots: what one environment was set to, redacted, in a file that is compared where the other one is.

The file is JSON in lines, one setting a line, compressed with gzip: `gunzip < prod.snap` shows it. Its first line
says what it is; then follows, source by source, what was read, and what was not. The last one, in a gzip member of its
own, is the checksum of the compressed bytes before it: a file that was cut off or altered anywhere is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from driftcheck import __version__, redact, storage
from driftcheck.digest import blake2b
from driftcheck.errors import CollectError
from driftcheck.model import (
    NO_NOTES,
    Collected,
    Entry,
    Environment,
    Expression,
    Failure,
    Location,
    Noise,
    Note,
    Notice,
    Outcome,
    Override,
    Path,
    Remark,
    Secret,
    Taken,
    Value,
    make,
)

if TYPE_CHECKING:
    from datetime import timedelta

VERSION = 1
"""Of the file's format. All versions from 1 on are read."""

EXTENSION = ".snap"

OLD_DAYS = 7
"""Days after which a report says that a snapshot is old."""

_MAGIC = b"\x1f\x8b"
_BEGINNING = b'{"driftcheck":"snapshot",'
"""How the first line begins, in every version."""
_SEAL = b'{"end":"%s"}\n'

Json = Any


def is_one(place: str) -> bool:
    """Whether a place is meant as a snapshot: a URL, a name that ends so, or a file that begins as gzip does.

    So is a pipe, which cannot be looked at without taking from it: nothing else is read only once.
    """
    if storage.is_url(place) or place.endswith(EXTENSION) or FilePath(place).is_fifo():
        return True
    try:
        with FilePath(place).open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


def take_now(environment: Environment, sources: Mapping[str, Outcome]) -> Taken:
    """Return what was read just now."""
    from datetime import UTC, datetime

    at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return Taken(environment, at, __version__, redact.key_name(), sources)


def write(taken: Taken) -> Iterator[bytes]:
    """Yield the bytes of a snapshot, bit by bit."""
    import zlib
    from json import JSONEncoder

    dumps = JSONEncoder(allow_nan=False, separators=(",", ":")).encode
    checksum = _checksum()
    compressor = zlib.compressobj(wbits=31)
    for line in _lines(taken):
        if data := compressor.compress(dumps(line).encode() + b"\n"):
            checksum.update(data)
            yield data
    checksum.update(data := compressor.flush())
    yield data
    yield _seal(checksum.digest())


def read(place: str) -> Taken:
    """Read a snapshot; raise CollectError if it cannot be read, or is not what was written."""
    from json import JSONDecoder

    name = storage.shown(place)
    lines = _unpacked(storage.chunks(place), name)
    decode = JSONDecoder().decode
    try:
        first = next(lines, b"")
        if first and not first.startswith(_BEGINNING):
            raise _no_snapshot(name)
        header = decode(first.decode())
        _refuse_other_versions(header, name)
        return _Reader(header).taken(map(decode, map(bytes.decode, lines)))
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError):
        raise _damaged(name) from None


def _refuse_other_versions(header: dict[str, Json], name: str) -> None:
    version = header["version"]
    if version == VERSION:
        return
    hint = f"update driftcheck here ({header['tool']} wrote it), or take the snapshot with {__version__} there"
    raise CollectError(
        f"{name}: has version {version} of the format; driftcheck {__version__} reads {VERSION}", hint=hint
    )


def _no_snapshot(name: str) -> CollectError:
    return CollectError(f"{name}: is no snapshot", hint="write one with `driftcheck snapshot ENV -o FILE`")


def _damaged(name: str) -> CollectError:
    return CollectError(f"{name}: the snapshot is cut off or was altered", hint="copy it again, or take a new one")


# The file: compressed lines, and the checksum of what is compressed


def _checksum() -> blake2b:
    return blake2b(digest_size=32)


def _seal(checksum: bytes) -> bytes:
    """Return the last line as a gzip member whose every bit is known: stored as it is, by RFC 1951 and 1952."""
    import struct
    import zlib

    line = _SEAL % checksum.hex().encode()
    header = _MAGIC + b"\x08" + bytes(6) + b"\xff"
    block = b"\x01" + struct.pack("<HH", len(line), len(line) ^ 0xFFFF) + line
    return header + block + struct.pack("<LL", zlib.crc32(line), len(line))


def _unpacked(chunks: Iterator[bytes], name: str) -> Iterator[bytes]:
    """Yield the lines of a snapshot; raise CollectError at the end if they are not what was written."""
    import zlib

    first = next(chunks, b"")
    if not first.startswith(_MAGIC):
        raise _no_snapshot(name)
    decompressor = zlib.decompressobj(wbits=31)
    checksum = _checksum()
    begun, end = b"", b""
    for chunk in chain([first], chunks):
        if decompressor.eof:
            end += chunk
        else:
            try:
                *lines, begun = (begun + decompressor.decompress(chunk)).split(b"\n")
            except zlib.error:
                raise _damaged(name) from None
            yield from lines
            end = decompressor.unused_data
            checksum.update(chunk[: len(chunk) - len(end)])
        if len(end) > len(_seal(bytes(32))):
            break
    if begun or end != _seal(checksum.digest()):
        raise _damaged(name)


# What a snapshot says: lines from and to the nouns


def _lines(taken: Taken) -> Iterator[dict[str, Json]]:
    yield {
        "driftcheck": "snapshot",
        "version": VERSION,
        "tool": taken.tool,
        "environment": taken.environment.name,
        "tier": taken.environment.tier,
        "taken": taken.at,
        "key": taken.key,
    }
    for name, outcome in taken.sources.items():
        collected = outcome.collected
        yield {
            "source": name,
            "collector": outcome.collector,
            "options": sorted(outcome.options),
            "shared": sorted(outcome.shared),
            "read": collected is not None,
            "server": collected.server if collected else "",
        }
        if outcome.failure:
            yield {"failure": _failure(outcome.failure)}
        if collected is None:
            continue
        for entry in collected.entries:
            line: dict[str, Json] = {"entry": entry.path, "value": _value(entry.value, taken.key), "at": entry.location}
            if entry.overrides:
                line["over"] = [[_value(override.value, taken.key), override.location] for override in entry.overrides]
            yield line
        yield from ({"notice": notice} for notice in collected.notices)
        yield from ({"gap": _failure(gap)} for gap in collected.gaps)
        yield from ({"hidden": _failure(hidden)} for hidden in collected.hidden)
        yield from ({"note": [path, *note]} for path, note in collected.notes.items())


def _failure(failure: Failure) -> Json:
    return [failure.reason, failure.hint, failure.location, failure.path]


def _value(value: Value, key: str) -> Json:
    """Return a value as JSON, an object for what it has no word for. Only a digest under `key` is written."""
    match value:
        case Secret():
            digest = value.digest.hex() if key and value.key == key else ""
            return {"secret": value.shown, "traits": sorted(value.traits), "digest": digest}
        case Expression():
            return {"expression": str(value)}
        case tuple():
            return [_value(part, key) for part in value]
        case float() if not math.isfinite(value):
            return {"number": str(value)}
    return value


class _Reader:
    """The lines of one snapshot while they are read."""

    def __init__(self, header: dict[str, Json]) -> None:
        self.header = header
        self.key = _text(header["key"])
        self.environment = Environment(_text(header["environment"]), _text(header["tier"]))
        self.files: dict[str, str] = {}
        self.readers: dict[str, Callable[[dict[str, Json]], Any]] = {
            "entry": self.entry,
            "notice": self.notice,
            "note": self.note,
            **dict.fromkeys(("failure", "gap", "hidden"), self.failure),
        }

    def taken(self, lines: Iterable[dict[str, Json]]) -> Taken:
        heads: dict[str, dict[str, Json]] = {}
        found: dict[str, dict[str, list[Any]]] = {}
        parts: dict[str, list[Any]] = {}
        for line in lines:
            kind = next(iter(line), "")
            if kind == "source":
                self.source = _text(line["source"])
                heads[self.source] = line
                parts = found[self.source] = {kind: [] for kind in self.readers}
            else:
                parts[kind].append(self.readers[kind](line))
        at, tool = _text(self.header["taken"]), _text(self.header["tool"])
        outcomes = {name: _outcome(head, found[name]) for name, head in heads.items()}
        return Taken(self.environment, at, tool, self.key, outcomes)

    def entry(self, line: dict[str, Json]) -> Entry:
        overrides = tuple([Override(self.value(value), self.location(at)) for value, at in line.get("over", ())])
        return make(Entry, (_path(line["entry"]), self.value(line["value"]), self.location(line["at"]), overrides))

    def value(self, value: Json) -> Value:
        if isinstance(value, list):
            return tuple(map(self.value, value))
        if not isinstance(value, dict):
            return value  # type: ignore[no-any-return]
        if "expression" in value:
            return Expression(_text(value["expression"]))
        if "number" in value:
            return float(value["number"])
        return Secret(bytes.fromhex(value["digest"]), _text(value["secret"]), frozenset(value["traits"]), self.key)

    def location(self, written: Json) -> Location:
        path, line = written
        return make(Location, (self.files.setdefault(path, path), line))  # one text for all that a file holds

    def notice(self, line: dict[str, Json]) -> Notice:
        rule, path, message, at = line["notice"]
        return Notice(_text(rule), _path(path), _text(message), self.location(at))

    def note(self, line: dict[str, Json]) -> tuple[Path, Note]:
        path, noise, origin, at_default, follows = line["note"]
        return _path(path), Note(Noise(noise) if noise else None, origin, at_default, _path(follows))

    def failure(self, line: dict[str, Json]) -> Failure:
        ((reason, hint, at, path),) = line.values()
        location = self.location(at) if at else None
        return Failure(self.source, self.environment.name, _text(reason), _text(hint), location, _path(path))


def _outcome(head: dict[str, Json], found: dict[str, list[Any]]) -> Outcome:
    collected = Collected(
        entries=found["entry"],
        notices=found["notice"],
        gaps=found["gap"],
        notes=dict(found["note"]) or NO_NOTES,
        hidden=tuple(found["hidden"]),
        server=_text(head["server"]),
    )
    return Outcome(
        collector=_text(head["collector"]),
        options=tuple(head["options"]),
        collected=collected if head["read"] else None,
        failure=found["failure"][0] if found["failure"] else None,
        shared=frozenset(head["shared"]),
    )


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _path(segments: Json) -> Path:
    return tuple(map(_text, segments))


# Several snapshots, and their age


def merged(taken: Iterable[Taken]) -> dict[str, Outcome]:
    """Return what several snapshots of one environment hold, by source: of two that have read one, the later."""
    found: dict[str, Outcome] = {}
    for each in sorted(taken, key=lambda each: each.at):
        found |= {
            name: outcome
            for name, outcome in each.sources.items()
            if name not in found or outcome.collected or not found[name].collected
        }
    return found


def known_as(outcome: Outcome, source: str, environment: str) -> Outcome:
    """Return what was read under another name of the source or of the environment."""

    def renamed(failures: Iterable[Failure]) -> list[Failure]:
        return [failure._replace(source=source, environment=environment) for failure in failures]

    failure, collected = outcome.failure, outcome.collected
    if collected:
        hidden = tuple(renamed(collected.hidden))
        collected = collected._replace(gaps=renamed(collected.gaps), hidden=hidden)
    return outcome._replace(failure=renamed([failure])[0] if failure else None, collected=collected)


def age(taken: Taken) -> str:
    """Return how long ago a snapshot was taken, in words."""
    passed = int(_passed(taken).total_seconds())
    for seconds, unit in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if (count := passed // seconds) > 0:
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"


def remarks(taken: Mapping[str, Sequence[Taken]]) -> list[Remark]:
    """Return what a report has to say of snapshots that are old."""
    return [
        Remark(
            f"{environment} is from a snapshot that is older than {OLD_DAYS} days, of {each.at}",
            f"take a new one with `driftcheck snapshot {environment}`",
        )
        for environment, several in taken.items()
        for each in several
        if _passed(each).days >= OLD_DAYS
    ]


def _passed(taken: Taken) -> timedelta:
    from datetime import UTC, datetime

    return datetime.now(UTC) - datetime.fromisoformat(taken.at)
