"""Pair the settings of a target with those of the reference: list items by identity, environment names set aside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from driftcheck.model import Entry, Environment, Kind, Pair, Path, Side, State, item, unquoted
from driftcheck.values import names

IDENTITIES = ("name", "key", "id", "Name")
"""Fields that tell list items apart, in order of preference."""


def identify(by_environment: Sequence[list[Entry]]) -> list[list[Entry]]:
    """Replace list positions by identities, chosen over the lists of all environments; `[0]` stays where none fits."""
    paths = [[entry.path for entry in entries] for entries in by_environment]
    lists = _lists_at(paths, ((e, n, 0) for e, rows in enumerate(paths) for n in range(len(rows))))
    if _put_lone_blocks_into_lists(paths, lists):
        lists = _lists_at(paths, ((e, n, 0) for e, rows in enumerate(paths) for n in range(len(rows))))
    while lists:
        behind: list[tuple[int, int, int]] = []
        for (*prefix, _), members in lists.items():
            at = len(prefix)
            new_segment = _identities(members, at, paths, by_environment)
            for e, n in members:
                path = paths[e][n]
                if new_segment:
                    paths[e][n] = (*path[:at], new_segment[e, path[at]], *path[at + 1 :])
                behind.append((e, n, at + 1))
        lists = _lists_at(paths, behind)
    return [
        [
            entry if path is entry.path else Entry(path, entry.value, entry.location, entry.overrides)
            for entry, path in zip(entries, rows, strict=True)
        ]
        for entries, rows in zip(by_environment, paths, strict=True)
    ]


def _put_lone_blocks_into_lists(
    paths: list[list[Path]], lists: Mapping[tuple[str, ...], list[tuple[int, int]]]
) -> bool:
    """Write what is a mapping here and a list elsewhere as a list of one: a block that Terraform repeats only there."""
    everywhere = len(paths)
    partly = {prefix[:-1] for prefix, members in lists.items() if len({e for e, _ in members}) < everywhere}
    moved = False
    for rows in paths if partly else ():
        for n, path in enumerate(rows):
            at = next((at for at in range(1, len(path)) if path[:at] in partly), 0)
            if at and path[at][0] != "[":
                rows[n] = (*path[:at], item(0), *path[at:])
                moved = True
    return moved


def _lists_at(
    paths: list[list[Path]], rows: Iterable[tuple[int, int, int]]
) -> dict[tuple[str, ...], list[tuple[int, int]]]:
    """Group entries by the list that their next positional segment is in; the key is its path and a closing ""."""
    lists: defaultdict[tuple[str, ...], list[tuple[int, int]]] = defaultdict(list)
    for e, n, start in rows:
        path = paths[e][n]
        for at in range(start, len(path)):
            if path[at][0] == "[" and "=" not in path[at]:
                lists[(*path[:at], "")].append((e, n))
                break
    return lists


def _identities(
    members: list[tuple[int, int]], at: int, paths: list[list[Path]], by_environment: Sequence[list[Entry]]
) -> dict[tuple[int, str], str] | None:
    """Return the new segment of every item of one list, by environment and old segment, or None if none fits."""
    items: set[tuple[int, str]] = set()
    fields: defaultdict[str, dict[tuple[int, str], str]] = defaultdict(dict)
    for e, n in members:
        path = paths[e][n]
        place = (e, path[at])
        items.add(place)
        value = by_environment[e][n].value
        if len(path) == at + 2 and isinstance(value, str | int) and value != "":
            fields[path[at + 1]][place] = str(value)
    unique = [
        field
        for field, held in fields.items()
        if len(held) == len(items) and len({(e, value) for (e, _), value in held.items()}) == len(items)
    ]
    chosen = next((field for field in IDENTITIES if field in unique), unique[0] if len(unique) == 1 else None)
    if chosen is None or (chosen not in IDENTITIES and len(items) == len({e for e, _ in items})):
        return None  # with one item a list, every field would look unique
    return {place: item(value, unquoted(chosen)) for place, value in fields[chosen].items()}


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
    absent = Side(State.MISSING)
    pairs = []
    for path, entry in reference_entries.items():
        other = target_entries.get(path)
        there = _side(entry, shared)
        if other is None:
            pairs.append(Pair(source, collector, path, Kind.MISSING, absent, there))
        else:
            kind = Kind.SAME if _identical(other, entry) else Kind.CHANGED
            pairs.append(Pair(source, collector, path, kind, _side(other, shared), there))
    for path, entry in target_entries.items():
        if path not in reference_entries:
            pairs.append(Pair(source, collector, path, Kind.UNEXPECTED, _side(entry, shared), absent))
    return pairs


def _side(entry: Entry, shared: frozenset[str]) -> Side:
    return Side(State.INHERITED if entry.location.path in shared else State.SET, entry)


def _identical(one: Entry, other: Entry) -> bool:
    """Equal in value and type: `True` is not 1, "8080" is not 8080."""
    return type(one.value) is type(other.value) and one.value == other.value


def _without_names(
    target: tuple[Environment, Mapping[Path, Entry]], reference: tuple[Environment, Mapping[Path, Entry]]
) -> tuple[Mapping[Path, Entry], Mapping[Path, Entry]]:
    """Return both sides with `{environment}` for the names of their own environments, where that makes keys meet.

    A branch is renamed as a whole (`module.staging_config`), so that what one side lacks in it is missing there. Two
    branches of one side that would become the same keep their names: which of them is meant is not known.
    """
    (target_environment, target_entries), (reference_environment, reference_entries) = target, reference
    target_names = _neutral([path for path in target_entries if path not in reference_entries], target_environment)
    reference_names = _neutral(
        [path for path in reference_entries if path not in target_entries], reference_environment
    )
    meeting = _branches(target_names) & _branches(reference_names)
    if not meeting:
        return target_entries, reference_entries
    return _renamed(target_entries, target_names, meeting), _renamed(reference_entries, reference_names, meeting)


def _neutral(paths: list[Path], environment: Environment) -> dict[Path, Path]:
    """Return path -> neutral path for those that carry their environment's name."""
    own = names.own_names(environment.name, environment.tier)
    neutral = {path: tuple(names.neutral(part, own) for part in path) for path in paths}
    return {path: new for path, new in neutral.items() if new != path}


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
