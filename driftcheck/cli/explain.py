"""`driftcheck explain RULE`: what a rule matches, why it matters, an example, the fix, the source of the fact."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Annotated

import typer

from driftcheck.catalogue.rule import Rule
from driftcheck.cli import options
from driftcheck.errors import ConfigError, did_you_mean

WIDEST = 100
"""Columns. Longer lines of prose are hard to read."""

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
    yield f"  at most {rule.severity}; the two sides {rule.relation}"
    key, target, reference = rule.example
    sections = {
        "Why it matters": rule.why,
        "What it matches": "; ".join(_matched(rule)),
        "Example": f"{key}: {target} in staging, {reference} in production" if key else "",
        "What to do": rule.fix,
        "Source": rule.source,
    }
    for title, text in sections.items():
        if text:
            yield ""
            yield title
            yield from textwrap.wrap(
                text, width, initial_indent="  ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
            )


def _matched(rule: Rule) -> Iterator[str]:
    match = rule.match
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


def _listed(words: tuple[str, ...]) -> str:
    quoted = [f"`{word}`" for word in words]
    return " or ".join(filter(None, [", ".join(quoted[:-1]), quoted[-1]]))
