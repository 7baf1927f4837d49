"""What runs, against what was declared: within one environment, a file's settings beside those of its own server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from driftcheck.catalogue import Catalogue
from driftcheck.model import (
    PLAIN,
    Collected,
    Entry,
    Expression,
    Kind,
    Noise,
    Override,
    Pair,
    Path,
    Secret,
    Severity,
    Side,
    Snapshot,
    Source,
    State,
    Value,
    unquoted,
)
from driftcheck.rules import Context, composite, judge
from driftcheck.rules.base import show
from driftcheck.values import names

RULE = "live.not-as-declared"

_PARAMETERS = frozenset("config configuration conf option options parameter parameters setting settings".split())
"""Among these a name of one word (`timeout`) is a setting; elsewhere it may be anything's."""
_NOT_SAID = (Noise.IDENTITY, Noise.DERIVED, Noise.STATE)
"""The noise of what a server says in its own words: a folder with a slash at the end, a size that it computed."""
_FLAGS = {"Xmx": "MaxHeapSize", "Xms": "InitialHeapSize", "Xmn": "NewSize", "Xss": "ThreadStackSize", "gc": "gc"}


class Difference(NamedTuple):
    """A setting that runs with another value than the source that declares it says.

    `running` has the declared value as the one that it overrode, so that both places are shown.
    """

    environment: str
    source: str
    running: Entry
    severity: Severity
    message: str


def differences(snapshots: Iterable[Snapshot], sources: Iterable[Source], catalogue: Catalogue) -> Iterator[Difference]:
    """Yield what runs otherwise than declared, in each environment where both sources were read."""
    sources = tuple(sources)
    kinds = {source.name: source.collector for source in sources}
    for source in sources:
        for snapshot in snapshots if source.declares else ():
            declaring, running = snapshot.sources.get(source.name), snapshot.sources.get(source.declares)
            if declaring is not None and running is not None:
                context = Context(snapshot.environment, snapshot.environment, catalogue)
                kind = kinds[source.declares]
                for said, runs in _pairs(declaring, running, kind):
                    found = _difference(source.name, said, runs, kind, running, context)
                    if found is not None:
                        yield found


def _pairs(declaring: Collected, running: Collected, kind: str) -> Iterator[tuple[Entry, Entry]]:
    """Yield each running setting that is declared, after the entry that declares it, in the server's spelling.

    Where several places name one setting, none is told as long as one of them says what runs.
    """
    by_path = {entry.path: entry for entry in running.entries if _is_said(entry.path, running)}
    by_name = {_word(path): path for path in by_path if path[0] == "settings"}
    found: dict[Path, list[Entry]] = {}
    for entry in declaring.entries:
        if entry.path in by_path:
            found.setdefault(entry.path, []).append(entry)
            continue
        for part in (entry, *_parts(entry)):
            path = _flag(part.path) if part.path[-2:-1] == (composite.JVM,) else by_name.get(_name(part.path))
            for at, value in _spelled(part.path, path, part.value, kind):
                if at in by_path:
                    found.setdefault(at, []).append(part._replace(value=value))
    for path, said in found.items():
        runs = by_path[path]
        origin = running.notes[path].origin if path in running.notes else ""
        if not any(_is_what_runs(entry, runs, kind, origin) for entry in said):
            yield said[-1], runs


def _is_what_runs(said: Entry, runs: Entry, kind: str, origin: str) -> bool:
    if kind != "mysql" or runs.path[0] != "settings":
        return said.value == runs.value
    from driftcheck.values import mysql

    return mysql.runs_as_declared(runs.path[1], said.value, runs.value, origin)


def _is_said(path: Path, running: Collected) -> bool:
    note = running.notes.get(path)
    return note is None or note.noise not in _NOT_SAID


def _word(path: Path) -> str:
    return "".join(names.words(unquoted(path[1])))


def _name(path: Path) -> str:
    """Return the words of a declared name as one, or "" where they are too few to be sure whose setting it is."""
    subject = names.subject(path)
    words = names.words(subject[-1]) if subject else ()
    around = {word for segment in subject[:-1] for word in names.words(segment)}
    return "".join(words) if len(words) > 1 or around & _PARAMETERS else ""


def _parts(entry: Entry) -> Iterator[Entry]:
    """Yield the settings inside a value: options of a JVM, a configuration file in a string."""
    value = entry.value.shown if isinstance(entry.value, Secret) else entry.value
    whole = composite.read(value) if isinstance(value, str | tuple) else None
    for part in whole.parts if whole is not None else ():
        path = (*entry.path, *(_PARAMETER if whole is not None and whole.kind == "tree" else ()), *part.path)
        yield Entry(path, part.value, entry.location)


_PARAMETER = ("settings",)


def _flag(path: Path) -> Path:
    name = _FLAGS.get(path[-1], path[-1])
    return ("collector",) if name == "gc" else ("flags", name)


def _spelled(said: Path, path: Path | None, value: Value, kind: str) -> Iterator[tuple[Path, Value]]:
    """Yield what a declared value is in the spelling of the server, by the path that it runs under."""
    if path is None or isinstance(value, Secret | Expression | tuple) or value is None:
        return
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if "{" in text:  # filled in by whoever applies it
        return
    if path[0] != "settings":
        from driftcheck.values import jvm

        yield path, jvm.running(said[-1], path[-1], text)
    elif kind == "postgres":
        from driftcheck.values import postgres

        yield path, postgres.value(unquoted(path[1]), text)
    elif kind == "mysql":
        from driftcheck.values import mysql

        for below, each in mysql.settings(path[1], text):
            yield ("settings", *below), each
    elif kind == "redis":
        from driftcheck.values import redis

        for below, each in redis.values(path[1], text).items():
            yield ("settings", *below), each


def _difference(
    source: str, said: Entry, runs: Entry, kind: str, running: Collected, context: Context
) -> Difference | None:
    """Judge one setting as if what is declared were the target's and what runs the reference's."""
    sides = [Side(State.SET, entry) for entry in (said, runs)]
    pair = Pair(source, kind, runs.path, Kind.CHANGED, *sides)
    judged = judge(pair, context)
    if judged is None or judged.rule.id == "format.spelling" or pair.undecided or _differ_in_case(said, runs):
        return None
    severity = max(Severity.LOW, min(judged.severity, Severity.HIGH))
    if type(said.value) in PLAIN or isinstance(said.value, tuple):
        message = f"declared {show(said.value)}, {context.target.name} runs with {show(runs.value)}"
    else:
        message = f"{context.target.name} runs with another value than declared"
    if any(notice.rule == "live.pending-restart" and notice.path == runs.path for notice in running.notices):
        message += ": a restart is pending"
    shown = runs._replace(overrides=(Override(said.value, said.location),))
    return Difference(context.target.name, source, shown, severity, message)


def _differ_in_case(said: Entry, runs: Entry) -> bool:
    """Whether two texts are one to a server that repeats `utc` as UTC."""
    texts = [entry.value.lower() for entry in (said, runs) if isinstance(entry.value, str)]
    return len(texts) > 1 and texts[0] == texts[1]
