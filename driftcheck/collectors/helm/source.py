"""One source in one environment: its layers put together, and the entries about the chart itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial

from driftcheck.collectors.base import shown
from driftcheck.collectors.helm.assignments import assign
from driftcheck.collectors.helm.merge import Chart, Setting, Table, effective, entries, layered, without_copies
from driftcheck.collectors.helm.reader import Reader, as_text, text_at
from driftcheck.errors import CollectError
from driftcheck.model import Collected, Entry, Location, Override, Path, Reading, item


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
    values = merged(reading, reader, chart)
    found += entries(without_copies(chart, values) if chart else values)
    return Collected(found, reader.notices, reader.gaps)


def merged(reading: Reading, reader: Reader, chart: Chart | None) -> Table:
    """Return the effective values: what `.Values` holds, or without a chart what its files and `set` hand to Helm."""
    values: Table = {}
    for path in _expanded(_listed(reading, "values"), reader):
        values = layered(values, reader.values(path))
    for number, text in enumerate(_listed(reading, "set")):
        assign(text, values, Location(f"{reading.environment}: set[{number}]"))
    return effective(chart, values) if chart else values


def _listed(reading: Reading, name: str) -> list[str]:
    value = reading.options.get(name)
    return [str(one) for one in value] if isinstance(value, list | tuple) else [] if value is None else [str(value)]


def _expanded(paths: list[str], reader: Reader) -> Iterator[str]:
    import glob

    for path in paths:
        if not glob.has_magic(path):
            yield path
            continue
        found = sorted(glob.glob(path, recursive=True))  # noqa: PTH207 - absolute patterns
        if not found:
            raise CollectError("matches no file", Location(reader.show(path)), "correct the pattern")
        yield from found


def _about(chart: Chart) -> Iterator[Entry]:
    """Yield the chart's versions and those of its dependencies: the locked version over what Chart.yaml asks for."""
    for name in ("version", "appVersion", "kubeVersion"):
        if text_at(chart.about, name):
            yield _entry(("Chart", name), chart.about[name])
    listed = chart.about.get("dependencies")
    dependencies = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    count = Counter(text_at(one, "name") for one in dependencies)
    locked = _locked(chart)
    for one in dependencies:
        name = text_at(one, "name")
        path = ("Chart", "dependencies", item(name if count[name] == 1 else text_at(one, "alias") or name, "name"))
        versions = [setting for setting in (next(locked.get(name, iter(())), None), one.get("version")) if setting]
        if versions:
            yield _entry((*path, "version"), *versions)
        if text_at(one, "repository"):
            yield _entry((*path, "repository"), one["repository"])


def _locked(chart: Chart) -> dict[str, Iterator[object]]:
    """Return the versions in the lock file by name, in the order of Chart.yaml where several have one name."""
    listed = chart.lock.get("dependencies")
    found: dict[str, list[object]] = {}
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict) and text_at(one, "version"):
            found.setdefault(text_at(one, "name"), []).append(one["version"])
    return {name: iter(versions) for name, versions in found.items()}


def _entry(path: Path, upper: object, lower: object = None) -> Entry:
    assert isinstance(upper, Setting)
    overrides = (Override(as_text(lower), lower.location),) if isinstance(lower, Setting) else ()
    return Entry(path, as_text(upper), upper.location, overrides)
