"""Values files and charts into tables that know their places; keeps what is wrong in them, duplicate keys above all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from driftcheck import formats
from driftcheck.collectors.helm import packages
from driftcheck.collectors.helm.merge import Chart, Dependency, Setting, Table, table
from driftcheck.collectors.helm.packages import Package
from driftcheck.errors import CollectError
from driftcheck.formats import yaml
from driftcheck.model import Entry, Failure, Location, Notice, Reading, quoted
from driftcheck.model import Path as KeyPath
from driftcheck.pattern import Pattern

_VERSIONED_ARCHIVE = Pattern(r"-v?\d[^/]*\.tgz$")


class Reader:
    """Reads one source in one environment.

    `notices` gathers what is wrong in its files, `gaps` the documents after the first, which Helm does not read.
    """

    def __init__(self, reading: Reading, show: Callable[[str], str]) -> None:
        self.reading = reading
        self.show = show
        self.notices: list[Notice] = []
        self.gaps: list[Failure] = []

    def values(self, path: str) -> Table:
        """Return a values file; one that holds nothing, or only comments, is an empty layer."""
        shown = self.show(path)
        return self._table(formats.read_text(path, shown), shown, ())

    def entries(self, path: str) -> list[Entry]:
        """Return the settings of a values file that no other layer is above or below."""
        shown = self.show(path)
        return formats.flatten(self._root(formats.read_text(path, shown), shown, ()), shown)

    def chart(self, path: str) -> Chart:
        """Return a chart, a folder or a packaged one (.tgz), with the subcharts that are there."""
        try:
            return self._chart(packages.read(path, self.show), ())
        except OSError as error:
            place = Location(self.show(str(error.filename or path)))
            raise CollectError(error.strerror or "cannot be read", place, "let this user read it") from None

    def _chart(self, package: Package, prefix: KeyPath) -> Chart:
        if len(prefix) > packages.DEEPEST:
            reason = f"is a chart within more than {packages.DEEPEST} others"
            raise CollectError(reason, Location(package.shown), "remove what is not meant to be in charts/")
        if "Chart.yaml" not in package.texts:
            hint = "name a folder with a Chart.yaml; without a chart, `values` alone is enough"
            raise CollectError("has no Chart.yaml", Location(package.shown), hint)
        read = {
            name: self._table(text, package.place(name), (*prefix, *(() if name == "values.yaml" else ("Chart",))))
            for name, text in package.texts.items()
        }
        about = read["Chart.yaml"]
        about.update({key: value for key, value in read.get("requirements.yaml", {}).items() if key == "dependencies"})
        chart = Chart(
            name=text_at(about, "name") or os.path.basename(package.folder),  # noqa: PTH119
            version=text_at(about, "version"),
            values=read.get("values.yaml", {}),
            dependencies=_dependencies(about),
            about=about,
            lock=read.get("requirements.lock") or read.get("Chart.lock", {}),
        )
        chart.charts = [
            self._chart(below, (*prefix, quoted(_VERSIONED_ARCHIVE.sub("", name))))
            for name, below in package.charts.items()
        ]
        there = {subchart.name for subchart in chart.charts}
        for wanted in chart.dependencies or []:
            local = _local(wanted, package.folder)
            if local and wanted.name not in there:
                there.add(wanted.name)
                below = packages.read(local, self.show, package.above)
                chart.charts.append(self._chart(below, (*prefix, quoted(wanted.name))))
        return chart

    def _table(self, text: str, shown: str, prefix: KeyPath) -> Table:
        return table(self._root(text, shown, prefix), shown)

    def _root(self, text: str, shown: str, prefix: KeyPath) -> formats.Mapping:
        """Return the first document."""
        documents = yaml.parse_all(text, shown)
        if not documents:
            return formats.Mapping(1)
        root, duplicates, _ = documents[0]
        for duplicate in duplicates:
            lost = "" if duplicate.same_value else "; the first value is lost"
            message = f"is written on line {duplicate.first_line} and again on line {duplicate.line}{lost}"
            place = Location(shown, duplicate.line)
            self.notices.append(Notice("format.duplicate-key", (*prefix, *duplicate.path), message, place))
        for other in documents[1:]:
            if not _is_empty(other.root):
                reason = f"holds {len(documents)} documents; Helm reads the first alone"
                hint = "put each document into a file of its own, or name the chart"
                place = Location(shown, other.root.line)
                self.gaps.append(Failure(self.reading.source, self.reading.environment, reason, hint, place))
                break
        if isinstance(root, formats.Leaf) and root.value is None:
            return formats.Mapping(1)
        if not isinstance(root, formats.Mapping):
            raise CollectError("is not a mapping of keys to values", Location(shown, root.line), "start it with a key")
        sops = root.get("sops")
        if isinstance(sops, formats.Mapping) and "mac" in sops:
            del root["sops"]  # when and with which keys the file was encrypted, not what it configures
        return root


def field(values: Table, key: str) -> Setting | None:
    """Return a field of Chart.yaml as the text that Helm makes of it (`1.10` is "1.1"), or None where it is none."""
    found = values.get(key)
    if isinstance(found, Setting) and isinstance(found.value, str | int | float):
        return Setting(yaml.text_of(found.value), found.location)
    return None


def text_at(values: Table, key: str) -> str:
    """Return a field's text, "" where it is none."""
    found = field(values, key)
    return str(found.value) if found else ""


def tables_at(values: Table, key: str) -> list[Table]:
    """Return the mappings in a list such as `dependencies`."""
    listed = values.get(key)
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _texts_at(values: Table, key: str) -> list[str]:
    found = values.get(key)
    return [str(one) for one in found.value] if isinstance(found, Setting) and isinstance(found.value, tuple) else []


def _is_empty(root: formats.Node) -> bool:
    return root.value is None if isinstance(root, formats.Leaf) else not root


def _dependencies(about: Table) -> list[Dependency] | None:
    listed = about.get("dependencies")
    if not isinstance(listed, list):
        return [] if isinstance(listed, Setting) and listed.value == () else None
    return [
        Dependency(
            name=text_at(one, "name"),
            version=text_at(one, "version"),
            repository=text_at(one, "repository"),
            alias=text_at(one, "alias"),
            conditions=tuple(path for path in text_at(one, "condition").strip().split(",") if path),
            tags=tuple(_texts_at(one, "tags")),
            imports=tuple(_imports(one)),
        )
        for one in tables_at(about, "dependencies")
    ]


def _imports(dependency: Table) -> Iterator[tuple[str, str]]:
    """Yield where each of `import-values` takes from, and where it puts that: `.` is the top."""
    for name in _texts_at(dependency, "import-values"):
        yield f"exports.{name}", "."
    listed = dependency.get("import-values")
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict):
            yield text_at(one, "child"), text_at(one, "parent")
        elif isinstance(one, Setting):
            yield f"exports.{one.value}", "."


def _local(wanted: Dependency, folder: str) -> str:
    """Return the folder that a `file://` dependency names, which Helm copies into charts/; "" if none is there."""
    if not folder or not wanted.repository.startswith("file://"):
        return ""
    local = os.path.normpath(Path(folder, wanted.repository.removeprefix("file://")))
    return local if Path(local, "Chart.yaml").is_file() else ""
