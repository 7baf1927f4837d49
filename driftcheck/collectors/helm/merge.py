"""How Helm v3 makes one set of values out of many, with the place of every value and of those that it overrode.

A port of Helm's pkg/chartutil (coalesce.go, dependencies.go) and pkg/cli/values, function by function: tables are
shared and changed in place exactly where Helm does it, since some of what charts see depends on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import NamedTuple, TypeAlias

from driftcheck import formats
from driftcheck.errors import CollectError
from driftcheck.model import Entry, Location, Override, Path, Value, item, make, quoted

GLOBAL = "global"


class Setting(NamedTuple):
    """A scalar or a list of plain scalars, its place, and the lower layers that it overrode, nearest first."""

    value: Value
    location: Location
    overrides: tuple[Override, ...] = ()


Table: TypeAlias = "dict[str, Tree]"
Tree: TypeAlias = "Setting | Table | list[Tree]"


class Dependency:
    """What Chart.yaml says of a subchart. `imports`: pairs of a path in the subchart and the parent's path for it."""

    def __init__(
        self,
        *,
        name: str,
        version: str,
        repository: str,
        alias: str,
        conditions: tuple[str, ...],
        tags: tuple[str, ...],
        imports: tuple[tuple[str, str], ...],
    ) -> None:
        self.name = name
        self.version = version
        self.repository = repository
        self.alias = alias
        self.conditions = conditions
        self.tags = tags
        self.imports = imports
        self.enabled = True


class Chart:
    """A chart with its default values; `dependencies` is None where Chart.yaml has no such list.

    `about` is Chart.yaml (with the dependencies of requirements.yaml, where there is one), `lock` its lock file.
    """

    def __init__(
        self,
        *,
        name: str,
        version: str,
        values: Table,
        dependencies: list[Dependency] | None,
        about: Table,
        lock: Table,
    ) -> None:
        self.name = name
        self.version = version
        self.values = values
        self.dependencies = dependencies
        self.about = about
        self.lock = lock
        self.charts: list[Chart] = []


def tree(node: formats.Node, shown: str) -> Tree:
    """Return a parsed node as values that know their place."""
    if isinstance(node, formats.Leaf):
        return Setting(node.value, Location(shown, node.line))
    if isinstance(node, formats.Mapping):
        return table(node, shown)
    if all(isinstance(child, formats.Leaf) for child in node):
        return Setting(tuple(child.value for child in node), Location(shown, node.line))
    return [tree(child, shown) for child in node]


def table(node: formats.Mapping, shown: str) -> Table:
    """Return a parsed mapping as values that know their place."""
    return {
        key: make(Setting, (child.value, make(Location, (shown, child.line)), ()))
        if type(child) is formats.Leaf
        else tree(child, shown)
        for key, child in node.items()
    }


def entries(values: Tree, path: Path = ()) -> list[Entry]:
    """Return every setting below a value, list items by position."""
    found: list[Entry] = []
    _entries(values, path, found)
    return found


def _entries(values: Tree, path: Path, found: list[Entry]) -> None:
    if isinstance(values, dict):
        for key, child in values.items():
            below = path + (quoted(key),)  # noqa: RUF005  # a third of the time, for every setting
            if type(child) is Setting:
                found.append(make(Entry, (below, *child)))
            else:
                _entries(child, below, found)
    elif isinstance(values, Setting):
        found.append(Entry(path, *values))
    else:
        for index, child in enumerate(values):
            _entries(child, (*path, item(index)), found)


def over(upper: Tree, lower: Tree | None) -> Tree:
    """Return the upper value, knowing that it overrode the lower one."""
    if not isinstance(upper, Setting) or not isinstance(lower, Setting):
        return upper
    known = {upper.location, *(override.location for override in upper.overrides)}
    more = [
        override
        for override in (Override(lower.value, lower.location), *lower.overrides)
        if override.location not in known
    ]
    return upper._replace(overrides=(*upper.overrides, *more)) if more else upper


def layered(lower: Table, upper: Table) -> Table:
    """Return one values file over another: mappings merge, all else is replaced, null stays (Helm's `mergeMaps`)."""
    merged = dict(lower)
    for key, value in upper.items():
        below = merged.get(key)
        if isinstance(value, dict) and isinstance(below, dict):
            merged[key] = layered(below, value)
        else:
            merged[key] = over(value, below)
    return merged


def effective(chart: Chart, values: Table) -> Table:
    """Return what `.Values` is in the chart's templates, given the values of all files and `set`.

    The chart's own lists of dependencies are processed in place. Raises CollectError where Helm refuses.
    """
    _enable(chart, values, "")
    _import_from_charts(chart)
    return _coalesced(chart, values, keep_null=False)


def without_copies(chart: Chart, values: Table) -> Table:
    """Return effective values without the globals that subcharts merely got from above: one setting, told once."""
    found = dict(values)
    for subchart in chart.charts:
        own = values[subchart.name]
        if isinstance(own, dict):
            below = without_copies(subchart, own)
            mine, theirs = own.get(GLOBAL), values.get(GLOBAL)
            if isinstance(mine, dict) and isinstance(theirs, dict):
                below[GLOBAL] = _without(mine, theirs)
            found[subchart.name] = below
    return found


def _without(mine: Table, theirs: Table) -> Table:
    found: Table = {}
    for key, value in mine.items():
        other = theirs.get(key)
        if isinstance(value, dict) and isinstance(other, dict):
            found[key] = _without(value, other)
        elif not (value is other or _is_same_place(value, other)):
            found[key] = value
    return found


def _is_same_place(value: Tree, other: Tree | None) -> bool:
    return isinstance(value, Setting) and isinstance(other, Setting) and value[:2] == other[:2]


# pkg/chartutil/coalesce.go. `keep_null` is Helm's `merge`: while values are still being prepared, nulls stay.


def _coalesced(chart: Chart, values: Table, keep_null: bool) -> Table:
    return _coalesce(chart, _copied(values), keep_null)


def _copied(values: Table) -> Table:
    return {key: _copied(child) if isinstance(child, dict) else child for key, child in values.items()}


def _coalesce(chart: Chart, values: Table, keep_null: bool) -> Table:
    _coalesce_defaults(chart, values, keep_null)
    for subchart in chart.charts:
        own = values.setdefault(subchart.name, {})
        if not isinstance(own, dict):
            place = own.location if isinstance(own, Setting) else None
            reason = f"gives the subchart {subchart.name} values that are not a mapping, which Helm refuses"
            raise CollectError(reason, place, "write a mapping, or {} for none")
        _coalesce_globals(own, values)
        values[subchart.name] = _coalesce(subchart, own, keep_null)
    return values


def _coalesce_defaults(chart: Chart, values: Table, keep_null: bool) -> None:
    names = {subchart.name for subchart in chart.charts}
    for key, default in _copied(chart.values).items():
        if key not in values:
            values[key] = default
            continue
        value = values[key]
        if _is_null(value) and not keep_null:
            del values[key]
        elif isinstance(value, dict):
            if isinstance(default, dict):
                _coalesce_tables(value, default, keep_null or key in names)
        else:
            values[key] = over(value, default)


def _coalesce_globals(target: Table, source: Table) -> None:
    mine, theirs = target.get(GLOBAL, {}), source.get(GLOBAL, {})
    if not isinstance(mine, dict) or not isinstance(theirs, dict):
        return
    for key, value in theirs.items():
        below = mine.get(key)
        if isinstance(value, dict):
            if key not in mine:
                mine[key] = dict(value)
            elif isinstance(below, dict):
                # Only the outermost mapping is copied: deeper ones stay the parent's own, as they do in Helm.
                mine[key] = _coalesce_tables(dict(value), below, keep_null=True)
        elif not isinstance(below, dict):
            mine[key] = over(value, below)
    target[GLOBAL] = mine


def _coalesce_tables(upper: Table, lower: Table, keep_null: bool) -> Table:
    """Fill the upper table with what only the lower one has; without `keep_null`, a null above removes the key."""
    defaults = dict(lower)
    # Helm writes nulls through to the lower table, which values imported from subcharts may share.
    lower.update({key: value for key, value in upper.items() if _is_null(value)})
    for key, default in defaults.items():
        if key not in upper:
            upper[key] = default
            continue
        value = upper[key]
        if _is_null(value) and not keep_null and not _is_null(default):
            del upper[key]
        elif isinstance(value, dict) and isinstance(default, dict):
            _coalesce_tables(value, default, keep_null)
        else:
            upper[key] = over(value, default)
    return upper


def _is_null(value: Tree) -> bool:
    return isinstance(value, Setting) and value.value is None


# pkg/chartutil/dependencies.go


def _enable(chart: Chart, values: Table, path: str) -> None:
    """Leave the subcharts that Chart.yaml's aliases, conditions and tags leave, here and below."""
    if chart.dependencies is None:
        return
    declared = chart.dependencies
    kept = [subchart for subchart in chart.charts if not any(_is_wanted(subchart, wanted) for wanted in declared)]
    for wanted in declared:
        if subchart := _find(chart.charts, wanted):
            kept.append(subchart)
        wanted.name = wanted.alias or wanted.name
        wanted.enabled = True
    chart.charts = kept
    merged = _coalesced(chart, values, keep_null=False)
    tags = merged.get("tags")
    for wanted in declared:
        said = [_boolean(tags.get(tag)) for tag in wanted.tags] if isinstance(tags, dict) else []
        wanted.enabled = True in said or False not in said
        conditions = (_boolean(_at(merged, path + condition)) for condition in wanted.conditions)
        wanted.enabled = next((answer for answer in conditions if answer is not None), wanted.enabled)
    disabled = {wanted.name for wanted in declared if not wanted.enabled}
    chart.charts = [subchart for subchart in chart.charts if subchart.name not in disabled]
    chart.dependencies = [wanted for wanted in declared if wanted.name not in disabled] or None
    for subchart in chart.charts:
        _enable(subchart, merged, f"{path}{subchart.name}.")


def _find(charts: Iterable[Chart], wanted: Dependency) -> Chart | None:
    for chart in charts:
        if _is_wanted(chart, wanted):
            # A copy of the chart alone: like Helm, two aliases of one chart share what is below it.
            renamed = copy(chart)
            renamed.name = wanted.alias or chart.name
            return renamed
    return None


def _is_wanted(chart: Chart, wanted: Dependency) -> bool:
    from driftcheck.collectors.helm.constraints import admits  # most charts have no other below them

    return chart.name == wanted.name and admits(wanted.version, chart.version)


def _boolean(value: Tree | None) -> bool | None:
    return value.value if isinstance(value, Setting) and isinstance(value.value, bool) else None


def _at(values: Table, path: str) -> Tree | None:
    found: Tree | None = values
    for key in path.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _import_from_charts(chart: Chart) -> None:
    """Put what `import-values` takes from subcharts into each chart's own defaults, innermost first."""
    for subchart in chart.charts:
        _import_from_charts(subchart)
    if chart.dependencies is None:
        return
    merged = _coalesced(chart, {}, keep_null=True)
    imported: Table = {}
    for wanted in chart.dependencies:
        for child, parent in wanted.imports:
            taken = _at(merged, f"{wanted.name}.{child}")
            if not isinstance(taken, dict):
                continue
            for key in reversed(parent.split(".") if parent != "." else []):
                taken = {key: taken}
            imported = _coalesce_tables(imported, taken, keep_null=True)
        # Helm takes them once: of a chart used under two aliases, only the first copy imports from below itself.
        wanted.imports = ()
    chart.values = _coalesce_tables(_copied(merged), imported, keep_null=True)
