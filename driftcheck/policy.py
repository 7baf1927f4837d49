"""Expected differences: what somebody has accepted is marked with the reason, never dropped.

An entry that no longer says what is there (expired, pinned to other values, matching nothing) becomes a finding itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from driftcheck.model import ExpectedDifference, Finding, Suppression, Value, key_of

if TYPE_CHECKING:
    from datetime import date


class Complaint(NamedTuple):
    """What is wrong with an entry; `rule` is a rule of the catalogue."""

    rule: str
    entry: ExpectedDifference
    message: str


def apply(findings: list[Finding], expected: Iterable[ExpectedDifference]) -> tuple[list[Finding], list[Complaint]]:
    """Return the findings, marked where an entry accepts them, and what is wrong with the entries."""
    entries = list(expected)
    if not entries:
        return findings, []
    from datetime import UTC, datetime

    today = datetime.now(UTC).date()
    marked = list(findings)
    complaints = []
    by_key: defaultdict[str, list[int]] = defaultdict(list)
    for index, finding in enumerate(findings):
        by_key[key_of(finding.path)].append(index)
    for entry in entries:
        matching = [i for i in _at(entry.key, by_key) if entry.source in ("", findings[i].source)]
        pinned = [i for i in matching if _holds(entry, findings[i])]
        if not matching:
            complaints.append(Complaint("expected.unmatched", entry, f"matches no difference: {entry.reason}"))
        elif not pinned:
            complaints.append(Complaint("expected.lapsed", entry, f"the values have moved: {entry.reason}"))
        elif entry.expires is not None and entry.expires < today:
            complaints.append(Complaint("expected.expired", entry, f"expired on {entry.expires}: {entry.reason}"))
        else:
            for index in pinned:
                marked[index] = marked[index]._replace(suppression=_suppression(entry, entry.expires))
    return marked, complaints


def _at(key: str, by_key: dict[str, list[int]]) -> list[int]:
    if "*" not in key:
        return by_key.get(key, [])
    from fnmatch import translate
    from re import compile as compile_pattern

    pattern = compile_pattern(translate(key.replace("[", "[[]")))
    return [index for name, indexes in by_key.items() if pattern.match(name) for index in indexes]


def _holds(entry: ExpectedDifference, finding: Finding) -> bool:
    """Whether the finding's values are still those that the entry is pinned to; a side that is not pinned may move."""
    return all(
        environment not in finding.sides or _text(finding.sides[environment].value) == _text(value)
        for environment, value in entry.values.items()
    )


def _text(value: Value) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _suppression(entry: ExpectedDifference, expires: date | None) -> Suppression:
    return Suppression("expected", entry.reason, entry.owner, str(expires or ""))
