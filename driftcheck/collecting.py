"""Read what environments are configured with: files one after another, servers all at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePosixPath

from driftcheck.collectors import COLLECTORS
from driftcheck.collectors.base import Collector, deadline, relative
from driftcheck.config import Config
from driftcheck.errors import AbsentError, CollectError
from driftcheck.model import Collected, Environment, Failure, Reading, Snapshot, Source
from driftcheck.pairing import identify
from driftcheck.redact import redact, scrub

Progress = Callable[[str, str], None]
"""Called with source and environment before each reading."""

GRACE = 2.0
"""Seconds beyond its deadline that a reading gets to say by itself what went wrong."""


def collect(
    config: Config, environments: Iterable[Environment], sources: Iterable[Source], progress: Progress | None = None
) -> tuple[dict[str, Snapshot], list[Failure]]:
    """Return a snapshot of each environment by its name, redacted, and what could not be read.

    An optional source that is absent is neither.
    """
    begun = [
        (environment, source, _begin(source, environment, config.root))
        for environment in environments
        for source in sources
        if environment.name in source.options and COLLECTORS[source.collector].NEEDS_NETWORK
    ]
    waiting = {(environment.name, source.name): wait for environment, source, wait in begun}
    failures: list[Failure] = []
    snapshots = {}
    for environment in environments:
        read: dict[str, Collected] = {}
        for source in sources:
            if environment.name not in source.options:
                continue
            if progress is not None:
                progress(source.name, environment.name)
            wait = waiting.get((environment.name, source.name))
            collector = COLLECTORS[source.collector]
            try:
                collected = wait() if wait else collector.collect(_reading(source, environment, config.root))
            except CollectError as error:
                if not (source.optional and isinstance(error, AbsentError)):
                    failures.append(_failure(source, environment, error))
                continue
            collected = redact(collected, by_name=collector.KEYS_NAME_SETTINGS)
            failures += collected.gaps
            read[source.name] = collected
        snapshots[environment.name] = Snapshot(environment, read, _shared(config, read))
    return _identified(snapshots, sources), failures


def _reading(source: Source, environment: Environment, root: str) -> Reading:
    return Reading(source.name, environment.name, source.options[environment.name], root)


def _failure(source: Source, environment: Environment, error: CollectError) -> Failure:
    return Failure(source.name, environment.name, scrub(error.reason), scrub(error.hint), error.location)


def _begin(source: Source, environment: Environment, root: str) -> Callable[[], Collected]:
    """Start a reading over the network; return what waits for its end, at most until its deadline."""
    from threading import Thread
    from time import monotonic

    collector: Collector = COLLECTORS[source.collector]
    reading = _reading(source, environment, root)
    outcome: list[Collected | Exception] = []

    def read() -> None:
        try:
            outcome.append(collector.collect(reading))
        except Exception as error:
            outcome.append(error)

    seconds = deadline(reading)
    ends = monotonic() + seconds + GRACE
    thread = Thread(target=read, daemon=True)
    thread.start()

    def wait() -> Collected:
        thread.join(max(0.0, ends - monotonic()))
        if not outcome:
            hint = "see whether it answers by hand; `timeout:` gives it more time"
            raise CollectError(f"no answer within {seconds:g} s", hint=hint)
        if isinstance(outcome[0], Exception):
            raise outcome[0]
        return outcome[0]

    return wait


def _shared(config: Config, read: Mapping[str, Collected]) -> frozenset[str]:
    """Return the shown paths of the files, among those read, that every environment of their source reads."""
    found: set[str] = set()
    for source in config.sources:
        declared = [
            {path for value in options.values() if isinstance(value, list) for path in value if isinstance(path, str)}
            for options in source.options.values()
        ]
        if len(declared) < 2 or source.name not in read:
            continue
        everywhere = {relative(path, config.root) for path in set.intersection(*declared)}
        somewhere = {relative(path, config.root) for path in set.union(*declared)} - everywhere
        for path in {entry.location.path for entry in read[source.name].entries}:
            folders = {path, *map(str, PurePosixPath(path).parents)}
            if folders & everywhere and not folders & somewhere:
                found.add(path)
    return frozenset(found)


def _identified(snapshots: Mapping[str, Snapshot], sources: Iterable[Source]) -> dict[str, Snapshot]:
    """Return the snapshots with list items under their identities, chosen over all environments at once."""
    renamed: dict[str, dict[str, Collected]] = {name: {} for name in snapshots}
    for source in sources:
        holders = [name for name, snapshot in snapshots.items() if source.name in snapshot.sources]
        lists = identify([snapshots[name].sources[source.name].entries for name in holders])
        for name, entries in zip(holders, lists, strict=True):
            renamed[name][source.name] = snapshots[name].sources[source.name]._replace(entries=entries)
    return {name: snapshot._replace(sources=renamed[name]) for name, snapshot in snapshots.items()}
