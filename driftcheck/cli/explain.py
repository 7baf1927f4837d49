"""`driftcheck explain RULE`: what a rule matches, why it matters, an example, the fix, the source of the fact."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Annotated

import typer

from driftcheck.catalogue.rule import BY_VALUE, Relation, Rule, Steps, at
from driftcheck.cli import options
from driftcheck.errors import ConfigError, did_you_mean
from driftcheck.rules import invariants

WIDEST = 100
"""Columns. Longer lines of prose are hard to read."""

AMOUNTS = ("count", "cpu", "duration", "percent", "size")
RELEASES = ("version", "image")
RELEASE = {1: "patch", 2: "minor", 3: "major"}

EXAMPLE = """
driftcheck explain pool.size
"""


def command(
    context: typer.Context,
    rule: Annotated[
        str,
        typer.Argument(
            metavar="RULE", help="A rule's name, as findings say it.", autocompletion=options.complete_rules
        ),
    ],
) -> int:
    """Explain a rule.

    What it matches, why it matters, an example, what to do, and where the fact is from. Rules of the configuration in
    reach are known too.
    """
    rules = options.rules_in_force(context.obj)
    if rule not in rules:
        hint = did_you_mean(rule, rules)
        raise ConfigError(
            f"unknown rule `{rule}`", hint=hint if hint.startswith("did") else "`driftcheck rules` lists them"
        )
    width = min(context.obj.width, WIDEST)
    context.obj.write("".join(line + "\n" for line in _page(rules[rule], width)))
    return 0


def _page(rule: Rule, width: int) -> Iterator[str]:
    yield f"{rule.id}: {rule.summary}"
    yield f"  {bounds(rule)}"
    for title, paragraphs in sections(rule).items():
        yield ""
        yield title
        for text in paragraphs:
            yield from textwrap.wrap(
                text, width, initial_indent="  ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
            )


def bounds(rule: Rule) -> str:
    """Return the most that a rule ever says, and what it expects of a pair."""
    return f"at most {rule.severity}; the two sides {rule.relation}"


def sections(rule: Rule) -> dict[str, list[str]]:
    """Return what there is to say of a rule, as paragraphs by their titles."""
    key, target, reference = rule.example
    found: dict[str, list[str]] = {
        "Why it matters": [rule.why],
        "What it matches": ["; ".join(_matched(rule))],
        "How values are read": [_read(rule)],
        "How bad it is": list(_judged(rule)),
        "Example": [f"{key}: {target} in staging, {reference} in production"] if key else [],
        "What to do": [rule.fix],
        "Source": [rule.source],
    }
    return {title: paragraphs for title, paragraphs in found.items() if any(paragraphs)}


def _matched(rule: Rule) -> Iterator[str]:
    match = rule.match
    made_of = invariants.inputs(rule.id)
    if made_of:
        said = [f"{name} (keys that end in {_listed(endings)})" for name, endings in made_of]
        yield f"within one environment, of one owner: {'; '.join(said)}"
    elif match == BY_VALUE:
        yield "whatever key it is, where the values show it"
    if match.exact:
        yield f"keys called {_listed(match.exact)}"
    if match.suffix:
        yield f"keys that end in {_listed(match.suffix)}"
    if match.words:
        yield f"keys with the word {_listed(match.words)}"
    if match.within:
        yield f"only where the key also has the word {_listed(match.within)}"
    if match.collectors:
        yield f"only in sources of {_listed(match.collectors)}"
    if rule.near_miss:
        yield f"not `{rule.near_miss}`"


def _read(rule: Rule) -> str:
    if rule.match == BY_VALUE:
        return ""
    said = [f"as {rule.kind}"]
    if rule.unit:
        said.append(f"in {rule.unit} where no unit is written")
    if rule.grammar:
        said.append(f"units as {rule.grammar} writes them")
    said += [f"{value} is {meaning}" for value, meaning in rule.sentinels.items()]
    said += [
        f"without a key, {' '.join(f'{d.product} {d.name}'.replace('.', ' ').split())} is {d.value}"
        for d in rule.defaults
    ]
    return "; ".join(said)


def _judged(rule: Rule) -> Iterator[str]:
    """Yield the severities, by direction and size where they depend on them."""
    if rule.always is not None:
        yield f"always {rule.always}"
        return
    if rule.family == "invariant":
        yield f"holds in staging and breaks in production: {rule.differs}"
        yield f"broken in both: {invariants.in_both(rule)}"
        yield f"broken in staging only: {invariants.IN_TARGET_ONLY}"
    elif rule.match == BY_VALUE or rule.kind not in (*AMOUNTS, *RELEASES, "boolean"):
        yield f"where they {'are equal' if rule.relation is Relation.MUST_DIFFER else 'differ'}: {rule.differs}"
    elif rule.kind == "boolean":
        yield f"on in production only: {at(1, rule.higher)}"
        yield f"off in production only: {at(1, rule.lower)}"
    elif rule.lower == rule.higher:
        yield f"either way: {_steps(rule.lower, rule.kind)}"
    else:
        older, newer = ("older", "newer") if rule.kind in RELEASES else ("lower", "higher")
        yield f"{older} in production: {_steps(rule.lower, rule.kind)}"
        yield f"{newer} in production: {_steps(rule.higher, rule.kind)}"
    special = {
        "one against many": rule.one_against_many,
        "only in staging": rule.only_in_target,
        "only in production": rule.only_in_reference,
    }
    for when, severity in special.items():
        if severity is not None:
            yield f"{when}: {severity}"
    if rule.unsafe:
        yield f"{_listed(rule.unsafe)} in production, whatever staging says: {rule.unsafe_severity}"


def _steps(steps: Steps, kind: str) -> str:
    if kind in RELEASES:
        return ", ".join(f"{severity} for a {RELEASE[int(least)]} release" for least, severity in steps)
    return ", ".join(f"{severity}" + (f" from {least:g} times" if least > 1 else "") for least, severity in steps)


def _listed(words: tuple[str, ...]) -> str:
    quoted = [f"`{word}`" for word in words]
    return " or ".join(filter(None, [", ".join(quoted[:-1]), quoted[-1]]))
