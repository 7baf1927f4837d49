"""The shape of the data: what statistics say of rows, nulls and distinct values, and which of it code will feel.

Statistics are estimates from a sample. What they lack is not known, and never judged; what a sample may bring about by
chance is no difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from typing import NamedTuple

from driftcheck.catalogue.rule import at
from driftcheck.model import Kind, Pair, Path, Severity
from driftcheck.rules.base import Context, Judgement
from driftcheck.values import size

ROOT = "shape"
SAMPLE = 30_000
"""Rows that PostgreSQL looks at in a table of any size: 300 times `default_statistics_target`."""
LEAST_NULLS = 0.01
CHANCE = 0.001
"""How likely a sample without nulls may be where the other side's share of nulls held here too."""
ORDER = 10
"""How many times more rows or values are another order of magnitude."""
LARGE = 1_000_000
"""Rows from which on a plan, a sort or a batch is felt."""
SMALL = 10_000
"""Rows below which none is."""
LARGE_BYTES = 1 << 30
LEAST_DISTINCT = 100
CATEGORIES = 0.1
"""The share of rows above which distinct values are keys, which grow with the table, and no categories."""

Judged = tuple[Pair, Judgement]


class _Numbers(NamedTuple):
    """What two sides say: the target, the reference."""

    target: float
    reference: float


def settle(pairs: list[Pair], context: Context) -> tuple[list[Pair], list[Judged]]:
    """Return the pairs that are not about the shape of data, and what there is to say of the others."""
    left = [pair for pair in pairs if pair.path[0] != ROOT]
    if len(left) == len(pairs):
        return pairs, []
    rows = {pair.path[:-1]: found for pair in pairs if pair.path[-1] == "rows" and (found := _numbers(pair))}
    strict = {
        pair.path[1:-1]
        for pair in pairs
        if pair.path[-1] == "nullable" and pair.kind is not Kind.SAME and pair.path[0] == "schema"
    }
    return left, list(_judged(pairs, rows, strict, context))


def _judged(
    pairs: list[Pair], rows: dict[Path, _Numbers], not_null_in_one: set[Path], context: Context
) -> Iterator[Judged]:
    for pair in pairs:
        if pair.path[0] != ROOT or pair.kind is not Kind.CHANGED:
            continue
        what, of_table = pair.path[-1], rows.get(pair.path[:3])
        judgement = None
        if what == "bytes":
            judgement = _bytes(pair, of_table, context)
        elif (found := _numbers(pair)) is None:
            continue
        elif what == "rows":
            judgement = _rows(found, context)
        elif what == "distinct":
            judgement = _distinct(found, of_table, context)
        elif what == "null_fraction":
            judgement = _nulls(found, of_table, context)
            if judgement is not None and pair.path[1:-1] in not_null_in_one:
                note = f"{judgement.message}; NOT NULL in one of them only, which is told by itself"
                judgement = judgement._replace(severity=Severity.INFO, message=note)
        if judgement is not None:
            yield pair, judgement


def _numbers(pair: Pair) -> _Numbers | None:
    target, reference = pair.target.value, pair.reference.value
    if not isinstance(target, int | float) or not isinstance(reference, int | float):
        return None
    return _Numbers(float(target), float(reference))


def _ratio(found: _Numbers) -> float:
    smaller, larger = sorted(found)
    return larger / smaller if smaller else float("inf")


def _times(ratio: float) -> str:
    return f" ({ratio:,.0f} times)" if ratio != float("inf") else ""


def _rows(found: _Numbers, context: Context) -> Judgement | None:
    ratio, larger = _ratio(found), max(found)
    is_larger = found.reference > found.target
    if ratio < ORDER or (larger < SMALL and not (is_larger and found.target == 0)):
        return None
    rule = context.catalogue.rules["shape.rows"]
    severity = at(ratio, rule.higher if is_larger else rule.lower)
    if larger < LARGE:
        severity = min(severity, Severity.LOW)
    message = context.both(_rows_shown(found.target), _rows_shown(found.reference)) + _times(ratio)
    if is_larger and severity > Severity.LOW:
        message += f": {context.reference.name} alone meets the plans, sorts and batches of that size"
    return Judgement(rule, severity, message)


def _rows_shown(count: float) -> str:
    """Return an estimate for people, to three digits: `about 10,000,000 rows`."""
    rounded = float(f"{count:.3g}")
    return f"about {rounded:,.0f} rows" if rounded >= 1000 else f"{rounded:,.0f} rows"


def _bytes(pair: Pair, rows: _Numbers | None, context: Context) -> Judgement | None:
    """Judge the room that a table takes where its rows do not explain it."""
    target, reference = (size.parse(str(side.value)) for side in (pair.target, pair.reference))
    if rows is None or target is None or reference is None:
        return None
    found = _Numbers(float(target.magnitude or 0), float(reference.magnitude or 0))
    if max(found) < LARGE_BYTES or _ratio(found) < ORDER or _ratio(rows) >= ORDER:
        return None
    message = context.both(target.shown, reference.shown) + _times(_ratio(found)) + " for as many rows"
    return Judgement(context.catalogue.rules["shape.bytes"], Severity.LOW, message)


def _distinct(found: _Numbers, rows: _Numbers | None, context: Context) -> Judgement | None:
    if rows is None or max(found) < LEAST_DISTINCT or _ratio(found) < ORDER:
        return None
    if any(count > CATEGORIES * of_rows for count, of_rows in zip(found, rows, strict=True)):
        return None
    rule = context.catalogue.rules["shape.distinct"]
    message = context.both(f"about {found.target:,.0f} different values", f"{found.reference:,.0f}")
    severity = at(_ratio(found), rule.higher if found.reference > found.target else rule.lower)
    return Judgement(rule, severity, message + _times(_ratio(found)))


def _nulls(found: _Numbers, rows: _Numbers | None, context: Context) -> Judgement | None:
    """Judge two shares of nulls: worst where production has them and nothing that was looked at in staging did."""
    samples = _Numbers(*(min(count, SAMPLE) for count in rows)) if rows else _Numbers(SAMPLE, SAMPLE)
    deviation = sqrt(sum(share * (1 - share) / max(n, 1) for share, n in zip(found, samples, strict=True)))
    if abs(found.target - found.reference) <= max(LEAST_NULLS, 4 * deviation):
        return None
    rule = context.catalogue.rules["shape.nulls"]
    here, there = context.target.name, context.reference.name
    if min(found) > 0:
        return Judgement(
            rule, rule.differs, f"null in {context.both(_percent(found.target), _percent(found.reference))}"
        )
    if found.reference == 0:
        message = f"null in {_percent(found.target)} of the rows in {here}, in none that was looked at in {there}"
        return Judgement(rule, at(1, rule.higher), message)
    looked_at = f"{'the sampled ' if rows and rows.target > SAMPLE else ''}{samples.target:,.0f} rows"
    message = f"null in {_percent(found.reference)} of the rows in {there}, in none of {looked_at} in {here}"
    by_chance = (1 - found.reference) ** samples.target > CHANCE
    return Judgement(rule, at(1 if by_chance else 2, rule.higher), message)


def _percent(share: float) -> str:
    return f"{share:.2g} %" if (share := 100 * share) < 1 else f"{share:.0f} %"
