"""A key that one side lacks, where it is known what the product does without it: compared as a value."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from driftcheck.catalogue.rule import Default, Rule
from driftcheck.model import Confidence, Entry, Expression, Kind, Pair, Path, Secret, Severity, State
from driftcheck.rules.base import Context, Judgement, Unfit, show
from driftcheck.values import names

JudgeBy = Callable[[Pair, Rule, Context], Judgement | Unfit | None]


def pairs(
    unmatched: list[Pair], every: list[Pair], context: Context, rules_for: Callable[[Pair], list[Rule]], by: JudgeBy
) -> Iterator[tuple[Pair, Judgement]]:
    """Yield what is to be said of the unmatched pairs whose default is known.

    Not where the side that lacks the key lacks all that is around it too: a probe that is not there has no timeout.
    """
    held: dict[Kind, set[Path]] = {}
    for pair in unmatched:
        if _last_word(pair.path) not in context.catalogue.defaulted:
            continue
        rule = next(iter(rules_for(pair)), None)
        default = _default(pair.path, rule) if rule is not None else None
        if rule is None or default is None:
            continue
        if pair.kind not in held:
            held[pair.kind] = {
                other.path[:n] for other in every if other.kind is not pair.kind for n in range(len(other.path))
            }
        judged = _judgement(pair, rule, default, context, by) if _around(pair.path) in held[pair.kind] else None
        if judged is not None:
            yield pair, judged


def _last_word(path: Path) -> str:
    subject = names.subject(path)
    words = names.head(subject[-1])[0] if subject else ()
    return words[-1] if words else ""


def _around(path: Path) -> Path:
    """Return the branch that a key stands in; for the value of a named item, that of its list."""
    return path[:-2] if len(path) > 1 and path[-2][0] == "[" else path[:-1]


def _default(path: Path, rule: Rule) -> Default | None:
    segments = [names.head(segment)[0] for segment in names.subject(path)]
    words = [word for segment in segments for word in segment]
    for default in rule.defaults:
        around, dot, last = default.name.rpartition(".")
        ending = names.head(around)[0] + names.head(last)[0]
        if (
            "".join(words).endswith("".join(ending))
            and (not dot or segments[-1] == names.head(last)[0])
            and set(default.product.split()) <= set(words)
        ):
            return default
    return None


def _judgement(pair: Pair, rule: Rule, default: Default, context: Context, by: JudgeBy) -> Judgement | None:
    lacking, having = (pair.target, pair.reference) if pair.kind is Kind.MISSING else (pair.reference, pair.target)
    if having.entry is None or having.value in (None, "") or isinstance(having.value, Secret | Expression):
        return None
    without, with_it = context.target.name, context.reference.name
    fallen = lacking._replace(state=State.SET, entry=Entry(pair.path, default.value, having.entry.location))
    if pair.kind is Kind.MISSING:
        changed = pair._replace(kind=Kind.CHANGED, target=fallen)
    else:
        changed = pair._replace(kind=Kind.CHANGED, reference=fallen)
        without, with_it = with_it, without
    judged = by(changed, rule, context._replace(fallback=without))
    if isinstance(judged, Unfit):
        return None
    if judged is None:
        return Judgement(rule, Severity.INFO, f"made explicit in {with_it}: {show(having.value)} is the default")
    return judged._replace(confidence=min(judged.confidence, Confidence.MEDIUM))
