"""One source in one environment: its layers put together, and the entries about the chart itself."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from driftcheck.collectors.base import shown
from driftcheck.collectors.helm.merge import Chart, Table, effective, entries, layered, without_copies
from driftcheck.collectors.helm.reader import Reader, field, tables_at, text_at
from driftcheck.errors import AbsentError, CollectError
from driftcheck.model import Collected, Entry, Location, Override, Reading, item


def read(reading: Reading) -> Collected:
    """Return the entries of one source; raise CollectError as `collect` says."""
    reader = Reader(reading, partial(shown, reading=reading))
    charts = _listed(reading, "chart")
    if not (charts or _listed(reading, "values") or _listed(reading, "set")):
        raise CollectError("names neither a chart nor values files", hint="add `chart:` or `values:` to the source")
    if len(charts) > 1:
        raise CollectError("names several charts", hint="make each chart a source of its own")
    chart = reader.chart(charts[0]) if charts else None
    found = list(_about(chart)) if chart else []
    found += _settings(reading, reader, chart)
    # Where a chart or layers show that Helm reads the files, what follows their first document is read by nobody.
    is_helms = chart is not None or len(_listed(reading, "values")) > 1
    return Collected(found, reader.notices, [] if is_helms else reader.gaps)


def _settings(reading: Reading, reader: Reader, chart: Chart | None) -> list[Entry]:
    if chart:
        return entries(without_copies(chart, merged(reading, reader, chart)))
    paths = list(_expanded(_listed(reading, "values"), reader))
    if len(paths) == 1 and not _listed(reading, "set"):
        return reader.entries(paths[0])  # nothing to merge it with
    return entries(merged(reading, reader, chart))


def merged(reading: Reading, reader: Reader, chart: Chart | None) -> Table:
    """Return the effective values: what `.Values` holds, or without a chart what its files and `set` hand to Helm."""
    values: Table = {}
    for path in _expanded(_listed(reading, "values"), reader):
        values = layered(values, reader.values(path))
    for number, text in enumerate(_listed(reading, "set")):
        from driftcheck.collectors.helm.assignments import assign

        assign(text, values, Location(f"{reading.environment}: set[{number}]"))
    return effective(chart, values) if chart else values


def _listed(reading: Reading, name: str) -> list[str]:
    value = reading.options.get(name)
    return [str(one) for one in value] if isinstance(value, list | tuple) else [] if value is None else [str(value)]


def _expanded(paths: list[str], reader: Reader) -> Iterator[str]:
    import glob

    for path in paths:
        if not glob.has_magic(path) or Path(path).exists():
            yield path
            continue
        found = sorted(glob.glob(path, recursive=True))  # noqa: PTH207 - absolute patterns
        if not found:
            raise AbsentError("matches no file", Location(reader.show(path)), "correct the pattern")
        yield from found


def _about(chart: Chart) -> Iterator[Entry]:
    """Yield the chart's versions and those of its dependencies: the locked version over what Chart.yaml asks for."""
    for name in ("version", "appVersion", "kubeVersion"):
        if found := field(chart.about, name):
            yield Entry(("Chart", name), *found)
    dependencies = tables_at(chart.about, "dependencies")
    count = Counter(text_at(one, "name") for one in dependencies)
    # The lock file lists one name as often, and in the same order, as Chart.yaml does.
    locked: dict[str, deque[Table]] = {}
    for one in tables_at(chart.lock, "dependencies"):
        locked.setdefault(text_at(one, "name"), deque()).append(one)
    for one in dependencies:
        name = text_at(one, "name")
        path = ("Chart", "dependencies", item(name if count[name] == 1 else text_at(one, "alias") or name, "name"))
        lock = locked[name].popleft() if locked.get(name) else {}
        layers = [found for found in (field(lock, "version"), field(one, "version")) if found]
        if layers:
            overrides = tuple(Override(lower.value, lower.location) for lower in layers[1:])
            yield Entry((*path, "version"), layers[0].value, layers[0].location, overrides)
        if (found := field(one, "repository")) and found.value:
            yield Entry((*path, "repository"), *found)
