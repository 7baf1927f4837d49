"""Pair the settings of a target with those of the reference: list items by identity, environment names set aside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set

from driftcheck.model import Entry, Environment, Kind, Pair, Path, Side, State, item, make, unquoted
from driftcheck.values import names

IDENTITIES = ("name", "key", "id", "Name")
"""Fields that tell list items apart, in order of preference."""

_SET, _INHERITED = State.SET, State.INHERITED


def identify(by_environment: Sequence[list[Entry]]) -> list[list[Entry]]:
    """Replace list positions by identities, chosen over the lists of all environments; `[0]` stays where none fits."""
    paths = [[entry.path for entry in entries] for entries in by_environment]
    positions = _positions(paths)
    if not positions:
        return list(by_environment)
    lists = _lists(paths, positions)
    if _put_lone_blocks_into_lists(paths, lists):
        positions.add(item(0))
        lists = _lists(paths, positions)
    while lists:
        behind: list[tuple[int, int, int]] = []
        for prefix, members in lists.items():
            at = len(prefix)
            new_segment = _identities(members, at, paths, by_environment)
            place, renamed = (-1, ""), prefix
            for e, n in members:
                path = paths[e][n]
                if new_segment:
                    if place != (e, path[at]):  # an item's settings follow each other
                        place = (e, path[at])
                        renamed = (*prefix, new_segment[place])
                    paths[e][n] = renamed + path[at + 1 :]
                if len(path) > at + 2:
                    behind.append((e, n, at + 1))
        lists = _lists_behind(paths, positions, behind)
    return [
        [
            entry if path is entry.path else make(Entry, (path, entry.value, entry.location, entry.overrides))
            for entry, path in zip(entries, rows, strict=True)
        ]
        for entries, rows in zip(by_environment, paths, strict=True)
    ]


def _positions(paths: list[list[Path]]) -> set[str]:
    """Return the segments that say where in a list an item stands."""
    return {part for part in set[str]().union(*(part for rows in paths for part in rows)) if _is_position(part)}


def _is_position(segment: str) -> bool:
    return segment[0] == "[" and "=" not in segment


def _put_lone_blocks_into_lists(paths: list[list[Path]], lists: Mapping[Path, list[Row]]) -> bool:
    """Write what is a mapping here and a list elsewhere as a list of one: a block that Terraform repeats only there."""
    everywhere = len(paths)
    partly = {prefix for prefix, members in lists.items() if len({e for e, _ in members}) < everywhere}
    moved = False
    for rows in paths if partly else ():
        for n, path in enumerate(rows):
            at = next((at for at in range(1, len(path)) if path[:at] in partly), 0)
            if at and path[at][0] != "[":
                rows[n] = (*path[:at], item(0), *path[at:])
                moved = True
    return moved


Row = tuple[int, int]
"""An entry: of which environment, and its number there."""


def _lists(paths: list[list[Path]], positions: set[str]) -> dict[Path, list[Row]]:
    """Group the entries that are in a list by the path of the outermost one."""
    lists: dict[Path, list[Row]] = {}
    for e, rows in enumerate(paths):
        latest: Path | None = None
        members: list[Row] | None = None
        for n, path in enumerate(rows):
            parents = path[:-1]
            if parents != latest:  # siblings follow each other
                latest = parents
                prefix = _list_at(parents, positions, 0)
                members = None if prefix is None else lists.setdefault(prefix, [])
            if members is not None:
                members.append((e, n))
            elif path[-1] in positions:
                lists.setdefault(parents, []).append((e, n))
    return lists


def _lists_behind(
    paths: list[list[Path]], positions: set[str], rows: Iterable[tuple[int, int, int]]
) -> dict[Path, list[Row]]:
    """Group entries by the path of the next list that holds them, each from a segment on."""
    lists: defaultdict[Path, list[Row]] = defaultdict(list)
    for e, n, start in rows:
        prefix = _list_at(paths[e][n], positions, start)
        if prefix is not None:
            lists[prefix].append((e, n))
    return lists


def _list_at(path: Path, positions: set[str], start: int) -> Path | None:
    if not positions.isdisjoint(path):
        for at in range(start, len(path)):
            if path[at] in positions:
                return path[:at]
    return None


def _identities(
    members: list[Row], at: int, paths: list[list[Path]], by_environment: Sequence[list[Entry]]
) -> dict[tuple[int, str], str] | None:
    """Return the new segment of every item of one list, by environment and old segment, or None if none fits."""
    items, fields = _fields(members, at, paths, by_environment, IDENTITIES)
    unique = [field for field in IDENTITIES if _tells_apart(fields.get(field, {}), items)]
    if not unique:
        _, fields = _fields(members, at, paths, by_environment, None)
        unique = [field for field, held in fields.items() if _tells_apart(held, items)]
        if len(unique) != 1 or len(items) == len({e for e, _ in items}):
            return None  # with one item a list, every field would look unique
    chosen = unique[0]
    return {place: item(value, unquoted(chosen)) for place, value in fields[chosen].items()}


def _fields(
    members: list[Row],
    at: int,
    paths: list[list[Path]],
    by_environment: Sequence[list[Entry]],
    only: tuple[str, ...] | None,
) -> tuple[set[tuple[int, str]], dict[str, dict[tuple[int, str], str]]]:
    """Return the items of a list, by environment and segment, and what they hold in `only` these fields, or in any."""
    items: set[tuple[int, str]] = set()
    fields: defaultdict[str, dict[tuple[int, str], str]] = defaultdict(dict)
    place = (-1, "")
    for e, n in members:
        path = paths[e][n]
        if path[at] != place[1] or e != place[0]:
            place = (e, path[at])
            items.add(place)
        if len(path) == at + 2 and (only is None or path[-1] in only):
            value = by_environment[e][n].value
            if isinstance(value, (str, int)) and value != "":
                fields[path[-1]][place] = str(value)
    return items, fields


def _tells_apart(held: Mapping[tuple[int, str], str], items: set[tuple[int, str]]) -> bool:
    """Whether every item holds something in a field, and no two of one environment the same."""
    return len(held) == len(items) and len({(e, value) for (e, _), value in held.items()}) == len(items)


def pair_up(
    source: str,
    collector: str,
    target: tuple[Environment, Mapping[Path, Entry]],
    reference: tuple[Environment, Mapping[Path, Entry]],
    shared: frozenset[str],
) -> list[Pair]:
    """Pair every key of two environments, in the reference's order, then what only the target has.

    Keys that differ only in the names of their own environments (`orders-staging`, `orders-prod`) are one key, written
    with `{environment}`. `shared` are the files that all environments read: an entry from one of them is inherited.
    """
    target_entries, reference_entries = _without_names(target, reference)
    absent, same, changed = Side(State.MISSING), Kind.SAME, Kind.CHANGED
    states = defaultdict(lambda: _SET, dict.fromkeys(shared, _INHERITED))
    pairs = []
    for path, entry in reference_entries.items():
        other = target_entries.get(path)
        there = make(Side, (states[entry.location.path], entry))
        if other is None:
            pairs.append(make(Pair, (source, collector, path, Kind.MISSING, absent, there)))
            continue
        # Equal in value and type: `True` is not 1, "8080" is not 8080.
        kind = same if other.value == entry.value and type(other.value) is type(entry.value) else changed
        here = make(Side, (states[other.location.path], other))
        pairs.append(make(Pair, (source, collector, path, kind, here, there)))
    for path, entry in target_entries.items():
        if path not in reference_entries:
            here = make(Side, (states[entry.location.path], entry))
            pairs.append(make(Pair, (source, collector, path, Kind.UNEXPECTED, here, absent)))
    return pairs


def _without_names(
    target: tuple[Environment, Mapping[Path, Entry]], reference: tuple[Environment, Mapping[Path, Entry]]
) -> tuple[Mapping[Path, Entry], Mapping[Path, Entry]]:
    """Return both sides with `{environment}` for the names of their own environments, where that makes keys meet.

    A branch is renamed as a whole (`module.staging_config`), so that what one side lacks in it is missing there. Two
    branches of one side that would become the same keep their names: which of them is meant is not known.
    """
    (target_environment, target_entries), (reference_environment, reference_entries) = target, reference
    target_names = _neutral(target_entries.keys() - reference_entries.keys(), target_environment)
    reference_names = _neutral(reference_entries.keys() - target_entries.keys(), reference_environment)
    meeting = _branches(target_names) & _branches(reference_names)
    if not meeting:
        return target_entries, reference_entries
    return _renamed(target_entries, target_names, meeting), _renamed(reference_entries, reference_names, meeting)


def _neutral(paths: Set[Path], environment: Environment) -> dict[Path, Path]:
    """Return path -> neutral path for those that carry their environment's name."""
    own = names.own_names(environment.name, environment.tier)
    parts = set[str]().union(*paths)
    named = {part: neutral for part in parts if (neutral := names.neutral(part, own)) != part}
    return {
        path: tuple([named.get(part, part) for part in path]) for path in paths if not named.keys().isdisjoint(path)
    }


def _branches(neutral: Mapping[Path, Path]) -> set[Path]:
    """Return the neutral branches, each ending in a renamed segment, that stand for one branch only."""
    originals: defaultdict[Path, set[Path]] = defaultdict(set)
    for path, new in neutral.items():
        for n, (old_part, new_part) in enumerate(zip(path, new, strict=True), 1):
            if old_part != new_part:
                originals[new[:n]].add(path[:n])
    return {branch for branch, meant in originals.items() if len(meant) == 1}


def _renamed(entries: Mapping[Path, Entry], neutral: Mapping[Path, Path], meeting: set[Path]) -> Mapping[Path, Entry]:
    renamed = {}
    for path, entry in entries.items():
        new = neutral.get(path, path)
        length = next((n for n in range(len(new), 0, -1) if new[:n] in meeting), 0)
        renamed[new[:length] + path[length:]] = entry
    return renamed
