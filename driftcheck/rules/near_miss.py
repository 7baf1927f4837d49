"""Two keys, each in one environment only, that are probably one key spelled two ways. Reported, never merged."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from driftcheck.model import Kind, Pair, Path, key_of
from driftcheck.rules import presence
from driftcheck.rules.base import Context, Judgement
from driftcheck.values import names

OPPOSITES = frozenset(
    frozenset(pair.split("/"))
    for pair in """
        max/min read/write enable/disable enabled/disabled primary/replica source/target in/out client/server http/https
        start/stop allow/deny include/exclude before/after input/output public/private internal/external first/last
        inbound/outbound ingress/egress upload/download connect/disconnect
    """.split()
)
"""Words that are near in spelling or use and never a slip for each other."""

SHORTEST, SHORTEST_FOR_TWO = 5, 9
"""Letters that a word needs before one slip, or two, are taken for a typing error."""


def pairs(unmatched: list[Pair], context: Context) -> Iterator[tuple[Pair, Pair, Judgement]]:
    """Yield what only the reference has with what only the target has where the two keys are near, and what to say.

    Each key is used once. Candidates have the same parent and the same letters but for one, which an index finds
    without comparing every key with every other.
    """
    index: defaultdict[tuple[Path, str], list[Pair]] = defaultdict(list)
    for pair in unmatched:
        if pair.kind is Kind.UNEXPECTED:
            parent, name = _name(pair.path)
            for variant in _variants("".join(names.words(name))):
                index[parent, variant].append(pair)
    if not index:
        return
    used: set[Path] = set()
    for pair in unmatched:
        if pair.kind is not Kind.MISSING:
            continue
        parent, name = _name(pair.path)
        for variant in _variants("".join(names.words(name))):
            candidates = index.get((parent, variant), ())
            near = next((c for c in candidates if c.path not in used and _near(name, _name(c.path)[1])), None)
            if near is not None:
                used.add(near.path)
                yield pair, near, _judgement(pair, near, context)
                break


def _name(path: Path) -> tuple[Path, str]:
    """Return where a key is and what it is called: for the value of a named list item, the item's name."""
    if len(path) > 1 and path[-1] in ("value", "Value") and "=" in path[-2]:
        return (*path[:-2], path[-1]), path[-2]
    return path[:-1], path[-1]


def _judgement(reference: Pair, target: Pair, context: Context) -> Judgement:
    rule = context.catalogue.rules["presence.near-miss"]
    worst = max((presence.judge(pair, (), context) for pair in (reference, target)), key=lambda judged: judged.severity)
    spelled = (
        f"`{key_of(target.path)}` in {context.target.name}, `{key_of(reference.path)}` in {context.reference.name}"
    )
    return Judgement(rule, worst.severity, f"probably one key, spelled in two ways: {spelled}")


def _variants(joined: str) -> set[str]:
    """Return a text and all that is left of it when one letter is taken away; a very long one only by itself."""
    shorter = range(len(joined) if len(joined) <= 64 else 0)
    return {joined, *(joined[:i] + joined[i + 1 :] for i in shorter)}


def _near(one: str, other: str) -> bool:
    first, second = names.words(one), names.words(other)
    if not first or "".join(first) == "".join(second):
        return bool(first)
    if len(first) != len(second):
        return False
    different = [(a, b) for a, b in zip(first, second, strict=True) if a != b]
    return len(different) == 1 and _slip(*different[0])


def _slip(a: str, b: str) -> bool:
    """Whether one word is probably a typing error, or the plural, of another."""
    if frozenset((a, b)) in OPPOSITES or re.sub(r"\D", "", a) != re.sub(r"\D", "", b):
        return False
    if a + "s" == b or b + "s" == a:
        return True
    shorter = min(len(a), len(b))
    return shorter >= SHORTEST and _distance(a, b) <= (2 if shorter >= SHORTEST_FOR_TWO else 1)


def _distance(a: str, b: str) -> int:
    """Return how many letters were added, dropped, changed or swapped with their neighbour (Damerau-Levenshtein)."""
    older: list[int] = []
    old = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i, *[0] * len(b)]
        for j, y in enumerate(b, 1):
            row[j] = min(old[j] + 1, row[j - 1] + 1, old[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                row[j] = min(row[j], older[j - 2] + 1)
        older, old = old, row
    return old[-1]
