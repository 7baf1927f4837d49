"""Option strings of a JVM: each option that differs is judged by itself, the worst one speaks for all."""

from __future__ import annotations

from driftcheck.catalogue.rule import Rule
from driftcheck.model import Confidence, Entry, Kind, Pair, Severity, Side, State
from driftcheck.rules import amount, presence, text
from driftcheck.rules.base import UNFIT, Context, Judgement, Unfit, worst
from driftcheck.values import jvm

WORDS = {"gc": "collector", "Xmx": "heap"}

PLACE = "jvmoption"
"""The pseudo segment under which the catalogue knows options; it is never shown."""


def judge(pair: Pair, rule: Rule, context: Context) -> Judgement | Unfit | None:
    """Take both strings apart and judge option by option."""
    target, reference = (
        jvm.parse(side.value) if isinstance(side.value, str) else None for side in (pair.target, pair.reference)
    )
    if target is None or reference is None:
        return UNFIT
    found = []
    for name in sorted({*target.parts, *reference.parts}):
        a, b = target.parts.get(name), reference.parts.get(name)
        if a != b:
            judged = _option(name, a, b, pair, context)
            if judged is not None:
                found.append(judged)
    return worst(found)


def _option(name: str, a: str | None, b: str | None, pair: Pair, context: Context) -> Judgement | None:
    if name.startswith("D.") and a is not None and b is not None and context.alike(a, b):
        return None
    kind = Kind.CHANGED if a is not None and b is not None else Kind.MISSING if a is None else Kind.UNEXPECTED
    part = Pair(
        pair.source, pair.collector, (PLACE, *name.split(".")), kind, _side(pair.target, a), _side(pair.reference, b)
    )
    rules = [rule for rule in context.catalogue.candidates(part.path, pair.collector) if rule.kind in ("size", "text")]
    for rule in rules:
        if kind is not Kind.CHANGED:
            judged: Judgement | Unfit | None = presence.judge(part, (rule,), context)
        elif rule.kind == "size":
            judged = amount.judge(part, rule, context)
        else:
            judged = text.judge(part, rule, context)
        if isinstance(judged, Judgement):
            return judged._replace(message=f"{WORDS.get(name, name)}: {judged.message}")
        if judged is None:
            return None
    return Judgement(context.catalogue.rules["unclassified"], Severity.LOW, name, Confidence.LOW)


def _side(whole: Side, value: str | None) -> Side:
    if value is None or whole.entry is None:
        return Side(State.MISSING)
    return Side(State.SET, Entry((PLACE,), value, whole.entry.location))
