"""The schema of a database: what only one side has is told once, by what it does to the statements of the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from driftcheck.catalogue.rule import Rule, at
from driftcheck.model import Entry, Kind, Pair, Path, Severity, Side, State, Value, unquoted
from driftcheck.rules.base import Context, Judgement, show

ROOT = "schema"
_WHOLES = (2, 3, 5)
"""How long the paths are of what is absent as a whole: a schema, a table or type, a column, constraint or index."""
_LEAVES = {"default": "schema.default", "collation": "schema.collation"}
_SHOWN = 200
"""Characters of a definition that a message quotes."""

Judged = tuple[Pair, Judgement]


def settle(pairs: list[Pair], context: Context, *, absence_is_known: bool) -> tuple[list[Pair], list[Judged]]:
    """Return the pairs of a database that other rules have to judge, and what there is to say of the schema's.

    What is equal has nothing to say. Types, defaults and collations that both have go by their keys. Where an index or
    a constraint is valid on one side only, its notice has said so.
    """
    left: list[Pair] = []
    judged: list[Judged] = []
    absent: dict[Kind, list[Pair]] = {Kind.MISSING: [], Kind.UNEXPECTED: []}
    for pair in pairs:
        path, kind = pair.path, pair.kind
        if path[0] != ROOT:
            left.append(pair)
        elif kind is Kind.SAME:
            continue
        elif kind in absent:
            absent[kind].append(pair)
        elif path[-1] == "nullable":
            judged.append((pair, _not_null(pair, context)))
        elif path[-1] == "labels":
            judged.append((pair, _labels(pair, context)))
        elif path[-2] not in ("constraints", "indexes"):
            left.append(pair)
    if absence_is_known:
        for kind, lacked in absent.items():
            judged += _absent(lacked, kind, pairs, context) if lacked else ()
    return left, judged


def _not_null(pair: Pair, context: Context) -> Judgement:
    strict, other = context.reference.name, context.target.name
    rule = context.catalogue.rules["schema.not-null"]
    severity = at(1, rule.lower)
    if pair.reference.value is not False:
        strict, other, severity = other, strict, at(1, rule.higher)
    return Judgement(rule, severity, f"NOT NULL in {strict}, may be null in {other}")


def _labels(pair: Pair, context: Context) -> Judgement:
    rule = context.catalogue.rules["schema.labels"]
    target, reference = _members(pair.target.value), _members(pair.reference.value)
    only_target = [label for label in target if label not in reference]
    only_reference = [label for label in reference if label not in target]
    if not only_target and not only_reference:
        return Judgement(rule, rule.differs, "the same values in another order: they sort and compare by it")
    graver = rule.only_in_target if only_target else rule.only_in_reference
    said = [
        f"only in {environment.name}: {show(', '.join(labels))}"
        for labels, environment in ((only_target, context.target), (only_reference, context.reference))
        if labels
    ]
    return Judgement(rule, rule.differs if graver is None else graver, "; ".join(said))


def _members(value: Value) -> list[str]:
    return list(map(str, value)) if isinstance(value, tuple) else [str(value)]


def _absent(lacked: list[Pair], kind: Kind, pairs: list[Pair], context: Context) -> Iterator[Judged]:
    """Yield one judgement for each table, column, constraint or index that one side lacks as a whole."""
    held = {pair.path[:n] for pair in pairs if pair.kind is not kind and pair.path[0] == ROOT for n in _WHOLES}
    wholes: defaultdict[Path, list[Pair]] = defaultdict(list)
    for pair in lacked:
        wholes[next((pair.path[:n] for n in _WHOLES if pair.path[:n] not in held), pair.path)].append(pair)
    for path, members in wholes.items():
        yield _whole(path, members, context)


def _whole(path: Path, members: list[Pair], context: Context) -> Judged:
    first = members[0]
    only_target = first.kind is Kind.UNEXPECTED
    side = first.target if only_target else first.reference
    assert side.entry is not None
    rule, what = _named(path, members, side, context)
    entry = side.entry if len(path) == len(first.path) else Entry(path, what, side.entry.location)
    there, absent = Side(side.state, entry), Side(State.MISSING)
    pair = first._replace(
        path=path, target=there if only_target else absent, reference=absent if only_target else there
    )
    declared = rule.only_in_target if only_target else rule.only_in_reference
    severity = rule.differs if declared is None else declared
    where, elsewhere = context.target.name, context.reference.name
    if not only_target:
        where, elsewhere = elsewhere, where
    message = f"only in {where}: {what}"
    if rule.id == "schema.column" and not only_target and _must_be_filled(members):
        severity = max(severity, Severity.HIGH)
        message += f"; inserts that do not know it, as {elsewhere}'s, are refused"
    return pair, Judgement(rule, severity, message)


def _named(path: Path, members: list[Pair], side: Side, context: Context) -> tuple[Rule, str]:
    """Return the rule for what is absent, and what it is, for a message."""
    rules = context.catalogue.rules
    if len(path) == 2:
        return rules["schema.table"], f"the schema with {_count({member.path[2] for member in members}, 'table')}"
    if len(path) == 3:
        columns = {member.path[4] for member in members if member.path[3] == "columns"}
        return rules["schema.table"], f"the table, with {_count(columns, 'column')}" if columns else "the type"
    if path[3] == "columns" and len(path) == 5:
        return rules["schema.column"], show(f"the column, {_value(members, 'type')}")
    if path[3] == "constraints":
        return rules["schema.constraint"], show(unquoted(path[-1]), _SHOWN)
    if path[3] == "indexes":
        definition = unquoted(path[-1])
        unique = "schema.unique-index" if definition.startswith("UNIQUE") else "schema.index"
        return rules[unique], show(definition, _SHOWN)
    return rules[_LEAVES.get(path[-1], "unclassified")], f"{path[-1]} {show(side.value)}"


def _count(things: set[str], noun: str) -> str:
    return f"{len(things)} {noun}" + ("" if len(things) == 1 else "s")


def _must_be_filled(members: list[Pair]) -> bool:
    return _value(members, "nullable") is False and _value(members, "default") is None


def _value(members: list[Pair], name: str) -> Value:
    """Return what the leaf of a name holds, on the side that has it; None if there is none."""
    found = next((member for member in members if member.path[-1] == name), None)
    return None if found is None else (found.target if found.kind is Kind.UNEXPECTED else found.reference).value
