"""What a shared file derives from an input is not a second difference: `engine_version = var.mysql_version`."""

from __future__ import annotations

from collections.abc import Hashable

from driftcheck.model import Kind, Pair, Severity, key_of
from driftcheck.rules.base import Judgement


def settle(judged: list[tuple[Pair, Judgement]]) -> list[tuple[Pair, Judgement]]:
    """Return the judgements with each derived one turned into a note beside the input that it follows.

    A pair whose two values stand at one place of one file is derived; the input is the pair with the same two values
    that are written in two places. The graver judgement of the two is the input's.
    """
    inputs: dict[Hashable, int] = {}
    for index, (pair, _) in enumerate(judged):
        if pair.kind is Kind.CHANGED and not _is_derived(pair):
            inputs.setdefault(_values(pair), index)
    settled = list(judged)
    for index, (pair, judgement) in enumerate(judged):
        if pair.kind is not Kind.CHANGED or not _is_derived(pair):
            continue
        origin = inputs.get(_values(pair))
        if origin is None:
            continue
        source, said = settled[origin]
        if judgement.severity > said.severity:
            settled[origin] = (source, judgement)
        note = f"follows from {key_of(source.path)}"
        settled[index] = (pair, judgement._replace(severity=Severity.INFO, message=note))
    return settled


def _is_derived(pair: Pair) -> bool:
    target, reference = pair.target.entry, pair.reference.entry
    return target is not None and reference is not None and target.location == reference.location


def _values(pair: Pair) -> Hashable:
    return (pair.source, type(pair.target.value), pair.target.value, pair.reference.value)
