"""What a rule demands whatever differs: each environment its own value, never this one in production."""

from __future__ import annotations

from driftcheck.catalogue.rule import Rule
from driftcheck.model import Confidence, Expression, Pair, Secret, Severity, State
from driftcheck.rules.base import Context, Judgement, on, show


def shared(pair: Pair, rule: Rule, context: Context) -> Judgement | None:
    """Judge a pair that means the same on both sides under a rule whose values must differ."""
    value = pair.reference.value
    if value in (None, "", ()) or isinstance(value, Expression):
        return None
    shown = "" if isinstance(value, Secret) else f": {show(value)}"
    return Judgement(rule, rule.differs, f"the same in {context.target.name} and {context.reference.name}{shown}")


def unsafe(pair: Pair, rule: Rule, context: Context) -> Judgement | None:
    """Judge a value that both sides hold, and that is wrong in production."""
    if not is_unsafe(pair, rule):
        return None
    inherited = pair.target.state is pair.reference.state is State.INHERITED  # perhaps a default that nobody uses
    severity = min(rule.unsafe_severity, Severity.MEDIUM) if inherited else rule.unsafe_severity
    switched_on = on(pair.reference.value) if rule.kind == "boolean" else None
    state = show(pair.reference.value) if switched_on is None else "on" if switched_on else "off"
    return Judgement(rule, severity, f"{state} in both, and wrong in {context.reference.name}")


def graver_if_unsafe(judgement: Judgement, pair: Pair, context: Context) -> Judgement:
    """Return a judgement of what differs, graver where production's value is wrong by itself."""
    rule = judgement.rule
    if judgement.severity >= rule.unsafe_severity or not is_unsafe(pair, rule):
        return judgement
    message = f"{judgement.message}; that is wrong in {context.reference.name}"
    return judgement._replace(severity=rule.unsafe_severity, message=message)


def is_unsafe(pair: Pair, rule: Rule) -> bool:
    """Whether the reference's value is one that the rule calls wrong there."""
    value = pair.reference.value
    if not rule.unsafe or isinstance(value, Secret | Expression | tuple):
        return False
    if rule.kind != "boolean":
        return str(value).lower() in rule.unsafe
    switched_on = on(value)
    return switched_on is not None and ("true" if switched_on else "false") in rule.unsafe


def decreed(judgement: Judgement) -> Judgement:
    """Return a judgement with the one severity that a team gave its rule; what the rule lets pass stays info.

    The team knows its own keys: what is low confidence of ours is medium at least.
    """
    always = judgement.rule.always
    if always is None or judgement.severity is Severity.INFO:
        return judgement
    return judgement._replace(severity=always, confidence=max(judgement.confidence, Confidence.MEDIUM))
