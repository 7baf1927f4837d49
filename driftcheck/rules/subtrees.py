"""A whole branch that only one environment has is one finding, not one a leaf."""

from __future__ import annotations

from collections import defaultdict

from driftcheck.model import Confidence, Entry, Kind, Pair, Path, Severity, Side, State, key_of
from driftcheck.rules.base import Context, Judgement

LEAST = 3
"""Settings. Fewer are told one by one: `limits.cpu` and `limits.memory` say more than `limits`."""


ABSENT = (Kind.MISSING, Kind.UNEXPECTED)
GENERAL = ("presence.reference-lacks", "presence.target-lacks")


def gather(judged: list[tuple[Pair, Judgement]], pairs: list[Pair], context: Context) -> list[tuple[Pair, Judgement]]:
    """Return the judgements with those of absent keys gathered at the branch that is absent as a whole.

    What a rule of its own or more than medium severity says stays by itself, so that nobody has to look for it inside
    a branch; but a named item of a list (a job, a container) is absent with all that it holds.
    """
    held = {kind: _branches(pairs, kind) for kind in ABSENT} if any(pair.kind in ABSENT for pair, _ in judged) else {}
    branches: defaultdict[tuple[Kind, Path], list[tuple[Pair, Judgement]]] = defaultdict(list)
    gathered = []
    for pair, judgement in judged:
        root = _root(pair.path, held[pair.kind]) if pair.kind in ABSENT else ()
        if root and judgement.severity <= Severity.MEDIUM and (judgement.rule.id in GENERAL or _is_named_item(root)):
            branches[pair.kind, root].append((pair, judgement))
        else:
            gathered.append((pair, judgement))
    for (_, root), members in branches.items():
        gathered += members if len(members) < LEAST else [_one(root, members, context)]
    return gathered


def _branches(pairs: list[Pair], absent: Kind) -> set[Path]:
    """Return every branch that the side which lacks keys has."""
    return {pair.path[:n] for pair in pairs if pair.kind is not absent for n in range(1, len(pair.path))}


def _root(path: Path, held: set[Path]) -> Path:
    return next((path[:n] for n in range(1, len(path)) if path[:n] not in held), path)


def _one(root: Path, members: list[tuple[Pair, Judgement]], context: Context) -> tuple[Pair, Judgement]:
    pair = members[0][0]
    only_target = pair.kind is Kind.UNEXPECTED
    inside = sorted({key_of(member.path[len(root) :]) for member, _ in members})
    listed = ", ".join(inside[:4]) + (f" and {len(inside) - 4} more" if len(inside) > 4 else "")
    side = pair.target if only_target else pair.reference
    assert side.entry is not None
    entries = [s.entry for member, _ in members for s in (member.target, member.reference) if s.entry]
    whole = Side(side.state, Entry(root, listed, min(entry.location for entry in entries)))
    absent = Side(State.MISSING)
    here, there = context.target.name, context.reference.name
    if not only_target:
        here, there = there, here
    rule = context.catalogue.rules["presence.reference-lacks" if only_target else "presence.target-lacks"]
    severity = max(judgement.severity for _, judgement in members)
    if not only_target and (
        _is_named_item(root) or (pair.collector == "terraform" and root[0] in ("module", "resource"))
    ):
        severity = max(severity, Severity.MEDIUM)  # a thing of its own, not a detail of one that both have
    return (
        pair._replace(path=root, target=whole if only_target else absent, reference=absent if only_target else whole),
        Judgement(rule, severity, f"set in {here} ({len(members)} settings), not in {there}", Confidence.MEDIUM),
    )


def _is_named_item(path: Path) -> bool:
    return path[-1][0] == "[" and "=" in path[-1]
