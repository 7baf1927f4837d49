"""A value judged against its siblings: one URL of sixty that names another environment, one ARN of another account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from driftcheck.model import Kind, Pair, Secret, Severity, Side
from driftcheck.pattern import Pattern
from driftcheck.rules.base import Context, Judgement, show
from driftcheck.values import names

LEAST = 4
"""Siblings that must agree before one that does not is odd."""

_ACCOUNT = Pattern(r"(?::|^|(?<=//))(\d{12})(?=:|\.dkr\.ecr\.)")
_THIRD = {
    "staging": ("development", "dev"),
    "development": ("staging", "stg", "preprod", "uat"),
    "production": (),  # `wiring` looks at production's values one by one
}


def judge(pairs: list[Pair], differing: list[Pair], context: Context) -> Iterator[tuple[Pair, Judgement]]:
    """Yield the pairs whose value in one environment belongs to another, by what most of their siblings say.

    `differing` are those of the pairs that are not equal: without an odd one among them nothing is odd.
    """
    yield from _accounts(pairs, differing, context)
    yield from _third(pairs, differing, context)


def _accounts(pairs: list[Pair], differing: list[Pair], context: Context) -> Iterator[tuple[Pair, Judgement]]:
    if not any(_addressed(pair.reference) or _addressed(pair.target) for pair in differing):
        return
    found = [
        (pair, _account(pair.target), _account(pair.reference))
        for pair in pairs
        if _addressed(pair.reference) or (pair.kind is not Kind.SAME and _addressed(pair.target))
    ]
    target = _most(Counter(account for _, account, _ in found if account))
    reference = _most(Counter(account for _, _, account in found if account))
    if not target or not reference or target == reference:
        return
    rule = context.catalogue.rules["wiring.crossed"]
    for pair, of_target, of_reference in found:
        if of_reference == target:
            yield (
                pair,
                Judgement(
                    rule, Severity.HIGH, f"{context.reference.name} uses {context.target.name}'s account {target}"
                ),
            )
        elif of_target == reference:
            yield (
                pair,
                Judgement(
                    rule, Severity.HIGH, f"{context.target.name} uses {context.reference.name}'s account {reference}"
                ),
            )


def _addressed(side: Side) -> bool:
    """Whether a value may hold an account: nearly none does, and each is asked."""
    value = side.entry.value if side.entry is not None else None
    if isinstance(value, Secret):
        value = value.shown
    return isinstance(value, str) and ("arn:" in value or ".dkr.ecr." in value)


def _account(side: Side) -> str:
    text = _text(side)
    match = _ACCOUNT.search(text) if "arn:" in text or ".dkr.ecr." in text else None
    return match.group(1) if match else ""


def _most(counted: Counter[str]) -> str:
    """Return what at least `LEAST` values and most of them say."""
    if not counted:
        return ""
    value, count = counted.most_common(1)[0]
    return value if count >= LEAST and 2 * count > counted.total() else ""


def _third(pairs: list[Pair], differing: list[Pair], context: Context) -> Iterator[tuple[Pair, Judgement]]:
    third = _THIRD.get(context.target.tier, ())
    own = names.own_names(context.target.name, context.target.tier)
    odd = [
        (pair, text)
        for pair, text in _addresses(differing)
        # Where both say it, it is the thing's own name.
        if names.mentions(text, third)
        and not names.mentions(text, own)
        and not names.mentions(_text(pair.reference), third)
    ]
    if not odd:
        return
    addresses = [text for _, text in _addresses(pairs)]
    at_home = sum(names.mentions(text, own) for text in addresses)
    abroad = sum(names.mentions(text, third) and not names.mentions(text, own) for text in addresses)
    if at_home < LEAST or at_home < 4 * abroad:
        return
    rule = context.catalogue.rules["wiring.third"]
    for pair, text in odd:
        message = f"names development where {at_home} siblings name {context.target.name}: {show(text)}"
        yield pair, Judgement(rule, Severity.MEDIUM, message)


def _addresses(pairs: list[Pair]) -> Iterator[tuple[Pair, str]]:
    """Yield the pairs whose target may name a host, with what it says."""
    for pair in pairs:
        if pair.kind is not Kind.MISSING and "." in (text := _text(pair.target)):
            yield pair, text


def _text(side: Side) -> str:
    value = side.value
    if isinstance(value, Secret):
        return "" if value.shown == "[secret]" else value.shown
    return value if type(value) is str else ""
