"""Files of one server, in the order in which it reads them, as settings with what each line overrode."""

from __future__ import annotations

import os.path
from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import NamedTuple

from driftcheck.collectors.base import files, shown
from driftcheck.collectors.serverconfig import ENGINES, engine_of
from driftcheck.collectors.serverconfig.statement import Statement, Syntax
from driftcheck.errors import CollectError, ConfigError, did_you_mean
from driftcheck.formats import read_text
from driftcheck.model import Collected, Entry, Failure, Location, Noise, Note, Override, Path, Reading

_DEEPEST = 10
"""Files that include one another; PostgreSQL and MySQL stop there too."""


class _Line(NamedTuple):
    """A setting as one line of one file says it."""

    name: str
    raw: str | None
    location: Location


class _Files:
    """The files of one reading: what was read of them, and what was not to be found."""

    def __init__(self, reading: Reading, syntax: Syntax) -> None:
        self._reading = reading
        self._syntax = syntax
        self._version = str(reading.options.get("version", ""))
        self._follows = reading.options.get("includes", True)
        root = reading.options.get("root")
        self._root = str(root[0]) if isinstance(root, list) else ""
        self._read: set[str] = set()
        self.gaps: list[Failure] = []

    def lines(self, path: str, above: tuple[str, ...] = ()) -> Iterator[_Line]:
        """Yield the settings of a file, those of included files in their place; nothing of a file that was read."""
        place = shown(path, self._reading)
        real = os.path.realpath(path)
        if real in above or len(above) > _DEEPEST:
            raise CollectError("includes itself", Location(place), "take the circle apart")
        if real in self._read and not above:
            return
        self._read.add(real)
        for statement in self._syntax.statements(read_text(path, place), place, self._version):
            at = Location(place, statement.line)
            if not statement.included:
                yield _Line(statement.name, statement.raw, at)
            elif self._follows:
                for included in self._included(statement, path, at):
                    yield from self.lines(included, (*above, real))

    def _included(self, statement: Statement, path: str, at: Location) -> list[str]:
        """Return the files that a line includes; an absolute path is looked for under `root`, or beside the file."""
        written = statement.raw or ""
        folder = FilePath(path).parent
        if not written.startswith("/"):
            candidates = [folder / written]
        elif self._root:
            candidates = [FilePath(self._root, written.lstrip("/"))]
        else:  # /etc/mysql/conf.d is beside /etc/mysql/my.cnf, and a copy of it beside a copy of that
            parts = FilePath(written).parts[1:]
            candidates = [folder.joinpath(*parts[n:]) for n in reversed(range(len(parts)))]
        found = next((candidate for candidate in candidates if candidate.exists()), None)
        if found is not None and statement.included == "folder":
            inside = sorted(found.glob(self._syntax.IN_FOLDER), key=lambda file: file.name)
            return [str(file) for file in inside if file.name[0] != "."]
        if found is not None:
            return [str(found)]
        if statement.included != "if exists" or (written.startswith("/") and not self._root):
            reason = "includes what is not here"
            hint = "copy it beside the file, name the folder that stands for / as `root:`, or set `includes: false`"
            self.gaps.append(Failure(self._reading.source, self._reading.environment, reason, hint, at))
        return []


def read(reading: Reading) -> Collected:
    """Return every setting of the files under `settings`, with the values that later lines replaced."""
    paths = files(reading)
    engine = _engine(reading, paths)
    syntax = _syntax(engine)
    reader = _Files(reading, syntax)
    entries: dict[Path, Entry] = {}
    notes: dict[Path, Note] = {}
    raws: dict[str, str] = {}
    for path in [*paths, *(_automatic(paths) if engine == "postgres" else ())]:
        for line in reader.lines(path):
            raw = line.raw
            together = syntax.added(line.name, raws.get(line.name, ""), raw) if raw is not None else None
            raws[line.name] = together or ""
            name, settings = syntax.settings(line.name, raw if together is None else together)
            for below, value in settings:
                at = ("settings", *below)
                earlier = entries.get(at)
                overrides: tuple[Override, ...] = ()
                if earlier is not None and together is None:
                    overrides = (Override(earlier.value, earlier.location), *earlier.overrides)
                entries[at] = Entry(at, value, line.location, overrides)
                if syntax.is_identity(name):
                    notes[at] = Note(Noise.IDENTITY)
    return Collected(list(entries.values()), [], reader.gaps, notes)


def _automatic(paths: list[str]) -> Iterator[str]:
    """Yield what ALTER SYSTEM wrote, where it lies beside: it wins over all."""
    for folder in dict.fromkeys(FilePath(path).parent for path in paths):
        if (folder / "postgresql.auto.conf").is_file():
            yield str(folder / "postgresql.auto.conf")


def _engine(reading: Reading, paths: list[str]) -> str:
    engine = reading.options.get("engine") or next(filter(None, map(engine_of, paths)), None)
    if engine is None:
        hint = f"add `engine:`, one of {', '.join(ENGINES)}"
        raise CollectError("its name does not say which server it is for", Location(shown(paths[0], reading)), hint)
    if engine not in ENGINES:
        raise ConfigError(f"`{engine}` is no engine that is known", hint=did_you_mean(str(engine), ENGINES))
    return str(engine)


def _syntax(engine: str) -> Syntax:
    from driftcheck.collectors.serverconfig import mysql, postgres, redis

    return {"mysql": mysql, "mariadb": mysql, "postgres": postgres, "redis": redis}[engine]
