"""A field of a payload that has another type: JSON that one environment answers with and the other does not."""

from __future__ import annotations

from driftcheck.catalogue.rule import Rule
from driftcheck.model import Pair, Severity
from driftcheck.rules.base import UNFIT, Context, Judgement, Unfit, show
from driftcheck.values import payload


def judge(pair: Pair, rule: Rule, context: Context) -> Judgement | Unfit | None:
    """Compare the types that a field was met with: other ones are worse than more of them, and none say little."""
    target, reference = payload.parse(pair.target.value), payload.parse(pair.reference.value)
    if target is None or reference is None:
        return UNFIT
    severity = rule.differs
    if not target or not reference:
        severity = Severity.LOW
    elif target & reference:
        severity = min(severity, Severity.MEDIUM)
    return Judgement(rule, severity, context.both(show(pair.target.value), show(pair.reference.value)))
