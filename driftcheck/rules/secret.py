"""Secrets: the same in both is wrong, different is right, and neither may be a placeholder."""

from __future__ import annotations

from driftcheck.model import Kind, Pair, Secret, Severity, State
from driftcheck.rules.base import Context, Judgement

_PROVES_NOTHING = frozenset({"placeholder", "name-like", "by-shape", "text", "empty"})


def judge(pair: Pair, context: Context) -> Judgement | None:
    """Judge a pair at least one side of which is hidden, wholly or in part."""
    rules = context.catalogue.rules
    target, reference = pair.target.value, pair.reference.value
    traits = [value.traits if isinstance(value, Secret) else frozenset() for value in (target, reference)]
    if "live-key" in traits[0]:
        return Judgement(rules["secret.wrong-tier"], Severity.CRITICAL, f"a live key in {context.target.name}")
    if "test-key" in traits[1]:
        return Judgement(rules["secret.wrong-tier"], Severity.CRITICAL, f"a test key in {context.reference.name}")
    if pair.kind is Kind.SAME:
        if not traits[0].isdisjoint(_PROVES_NOTHING):
            return None
        where = f"{context.target.name} and {context.reference.name}"
        if pair.target.state is State.INHERITED and pair.reference.state is State.INHERITED:
            return Judgement(rules["secret.shared"], Severity.MEDIUM, f"{where} inherit the same secret")
        return Judgement(rules["secret.shared"], Severity.HIGH, f"the same secret in {where}")
    for own, environment in zip(traits, (context.target, context.reference), strict=True):
        if "placeholder" in own and "placeholder" not in (traits[0] & traits[1]):
            severity = Severity.HIGH if environment is context.reference else Severity.MEDIUM
            return Judgement(rules["secret.placeholder"], severity, f"a placeholder in {environment.name}")
    if pair.undecided:
        return None
    return Judgement(rules["secret.value"], Severity.INFO, "differs, as a secret should")
