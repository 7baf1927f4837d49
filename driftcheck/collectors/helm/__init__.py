"""Helm charts and values files: the effective values as Helm v3 merges them, and the chart's own versions.

Layers, lowest first: the defaults of subcharts, the chart's values.yaml, each of `values`, each of `set`. Subcharts
are read where they are: in `charts/`, or where a dependency's `file://` repository points. The defaults of a subchart
that is in neither place are not known, and no environment has them.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

from driftcheck.collectors.base import Option
from driftcheck.model import Collected, Reading
from driftcheck.pattern import Pattern
from driftcheck.values import names as environments

NEEDS_NETWORK = False
KEYS_NAME_SETTINGS = True
OF_SERVERS = False

OPTIONS: Mapping[str, Option] = {
    "chart": Option("path", "the chart's folder, with Chart.yaml, values.yaml and charts/, or a packaged chart (.tgz)"),
    "values": Option("path", "values files, the lowest layer first, as for `helm -f`"),
    "set": Option("texts", "values that win over all files, as for `helm --set`: a.b=1, list[0].x=1, list={a,b}"),
}

EXAMPLE = """\
orders-chart:
  collector: helm
  chart: charts/orders
  values: ["charts/orders/values-{environment}.yaml"]
  set: {staging: [], production: ["image.tag=1.4.2"]}
"""


def collect(reading: Reading) -> Collected:
    """Read a chart and its values as Helm would; raise CollectError where a file is missing, broken or a template."""
    from driftcheck.collectors.helm import source  # what merely lists collectors does without it

    return source.read(reading)


def discover(names: list[str]) -> Mapping[str, Mapping[str, object]]:
    """Recognise charts by their Chart.yaml, values files by `values` in their name, and any one YAML file by itself.

    A chart, with the one values file beside it if there is one, is a source named by its folder. Any other values file
    is a source named by its path without extension; where it lies beside a chart, the chart is a layer of it.
    """
    if len(names) == 1 and _is_yaml(names[0]) and not _OTHERS.search(names[0]):
        return {_stem(names[0]): {"values": names}}
    folders = {posixpath.dirname(name) for name in names if posixpath.basename(name) == "Chart.yaml"}
    charts = {folder for folder in folders if not _is_within(folder, folders)}
    beside: dict[str, list[str]] = {chart: [] for chart in sorted(charts)}
    found: dict[str, dict[str, object]] = {}
    for name in names:
        folder = posixpath.dirname(name)
        if not _is_yaml(name) or _is_within(folder, charts):
            continue
        if folder in charts:
            if _is_values_beside_chart(posixpath.basename(name)):
                beside[folder].append(name)
        elif _VALUES.search(name):
            found[_stem(name)] = {"values": [name]}
    for chart, files in beside.items():
        if len(files) < 2:
            found[chart or "chart"] = {"chart": chart or ".", "values": files}
        else:
            found |= {_stem(name): {"chart": chart or ".", "values": [name]} for name in files}
    return found


_VALUES = Pattern(r"(?:^|/)(?:[^/]*values(?!\.schema)[^/]*|values/[^/]+)$", re.IGNORECASE)
_OTHERS = Pattern(r"(?:^|[-_./])lock\.ya?ml$|(?:^|/)Chart\.yaml$")


def _is_yaml(name: str) -> bool:
    if name.endswith(".json"):
        return _VALUES.search(name) is not None
    return name.removesuffix(".gotmpl").endswith((".yaml", ".yml"))


def _is_within(folder: str, charts: set[str]) -> bool:
    """Return whether a folder is a chart's templates, or belongs to one of its subcharts."""
    parts = folder.split("/")
    return any(part in ("charts", "templates") and "/".join(parts[:n]) in charts for n, part in enumerate(parts))


def _is_values_beside_chart(base: str) -> bool:
    if base in ("Chart.yaml", "values.yaml"):
        return False
    return _VALUES.search(base) is not None or environments.tier_of(base) in environments.TIERS


def _stem(name: str) -> str:
    return posixpath.splitext(name.removesuffix(".gotmpl"))[0]
