"""What several settings of one environment say together: held in one environment and broken in the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from functools import partial

from driftcheck.catalogue.rule import Rule
from driftcheck.model import Pair, Severity
from driftcheck.rules import demands
from driftcheck.rules.base import Context, Judgement
from driftcheck.rules.invariants import collector
from driftcheck.rules.invariants.settings import Setting, Settings
from driftcheck.rules.invariants.table import INPUTS, INVARIANTS, Amounts, Invariant

IN_TARGET_ONLY = Severity.LOW


def in_both(rule: Rule) -> Severity:
    """Return what it counts that an invariant is broken wherever one looks."""
    return min(Severity.MEDIUM, Severity(rule.differs - 1))


def inputs(rule: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return the inputs of a rule's invariants: what each is called, and what the keys end in that hold it."""
    named = dict.fromkeys(name for known in INVARIANTS if known.rule == rule for name in (*known.needs, *known.takes))
    return [(name, tuple(s for known in INPUTS if known.name == name for s in known.suffix)) for name in named]


def judge(pairs: list[Pair], context: Context) -> Iterator[tuple[Pair, Judgement]]:
    """Judge the pairs of one source together; each answer is about the input that differs, or the first one."""
    settings = Settings(pairs, INPUTS, partial(_of_use, INVARIANTS))
    yield from collector.judge(settings, context)
    for invariant in INVARIANTS:
        for known, judgement in _broken(invariant, settings, context):
            yield _reported(known), judgement


def across(pairs: list[Pair], context: Context) -> Iterator[tuple[Pair, Judgement]]:
    """Judge the pairs of all sources together, as far as one source alone does not say it.

    Where two sources say different things of one input, as two services or two servers do, nothing is known.
    """
    anywhere = [invariant for invariant in INVARIANTS if invariant.across]
    settings = Settings(pairs, INPUTS, partial(_of_use, anywhere))
    for invariant in anywhere:
        for known, judgement in _broken(invariant, settings, context):
            if len({known[name].pair.source for name in invariant.needs}) > 1:
                yield _reported(known), demands.decreed(judgement)


def _broken(
    invariant: Invariant, settings: Settings, context: Context
) -> Iterator[tuple[dict[str, Setting], Judgement]]:
    """Return the inputs and the judgement of everybody for whom an invariant does not hold."""
    if not _may_hold(settings.names, invariant):
        return
    for owner in settings.owners(invariant.takes if invariant.least else invariant.needs[:1]):
        found = {name: settings.of(name, owner) for name in (*invariant.needs, *invariant.takes)}
        known = {name: setting for name, setting in found.items() if setting is not None}
        judgement = _judgement(invariant, known, context)
        if judgement is not None:
            yield known, judgement


def _of_use(invariants: Iterable[Invariant], there: Set[str]) -> Set[str]:
    """Return the inputs that something can be said of, given which may be there."""
    made_of = [name for known in invariants if _may_hold(there, known) for name in (*known.needs, *known.takes)]
    return {*made_of, *(collector.INPUTS if "jvm" in there else ())}


def _may_hold(there: Set[str], invariant: Invariant) -> bool:
    """Whether all that an invariant needs is there."""
    return all(name in there for name in invariant.needs) and (
        sum(name in there for name in invariant.takes) >= invariant.least
    )


def _judgement(invariant: Invariant, settings: dict[str, Setting], context: Context) -> Judgement | None:
    """Return what is broken, worst where staging does not show it; None where nothing is, or an input is not known."""
    in_reference = _says(invariant, settings, 1)
    is_same = all(one is other for one, other in (setting.amounts for setting in settings.values()))
    in_target = in_reference if is_same else _says(invariant, settings, 0)
    if in_target is None or in_reference is None:
        return None
    rule = context.catalogue.rules[invariant.rule]
    if in_reference and not in_target:
        return Judgement(rule, rule.differs, f"{in_reference} in {context.reference.name} only")
    if in_reference:
        return Judgement(rule, in_both(rule), f"{in_reference} in both")
    if in_target:
        return Judgement(rule, IN_TARGET_ONLY, f"{in_target} in {context.target.name} only")
    return None


def _says(invariant: Invariant, settings: dict[str, Setting], n: int) -> str | None:
    """Return what is broken in target (0) or reference (1), "" for nothing, None where too little is known."""
    amounts: Amounts = {name: a for name, setting in settings.items() if (a := setting.amounts[n]) is not None}
    return invariant.check(amounts) if _may_hold(amounts.keys(), invariant) else None


def _reported(settings: dict[str, Setting]) -> Pair:
    """Return the pair of the input that differs, as it is the one to look at; the last one where several do."""
    differing = [setting for setting in settings.values() if setting.differs]
    return (differing or list(settings.values()))[-1].pair
