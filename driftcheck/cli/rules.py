"""`driftcheck rules`: every rule, in a line each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Annotated

import typer

from driftcheck.catalogue.rule import Rule
from driftcheck.cli import options
from driftcheck.errors import ConfigError, did_you_mean

EXAMPLE = """
driftcheck rules
driftcheck rules -o json | jq -r '.[] | select(.severity == "critical") | .id'
"""


def command(
    context: typer.Context,
    output: Annotated[
        str,
        typer.Option("-o", "--output", metavar="FORMAT", help="text or json.", autocompletion=lambda: list(FORMATS)),
    ] = "text",
) -> int:
    """List the rules.

    Each with the most that it ever says. Rules of the configuration in reach are among them.
    """
    if output not in FORMATS:
        raise ConfigError(f"--output: unknown format `{output}`", hint=did_you_mean(output, FORMATS))
    context.obj.write("".join(line + "\n" for line in FORMATS[output](options.rules_in_force(context.obj).values())))
    return 0


def _text(rules: Iterable[Rule]) -> Iterator[str]:
    widest = max(len(rule.id) for rule in rules)
    for rule in rules:
        yield f"{rule.id:{widest}}  {rule.severity!s:8}  {rule.summary}"


def _json(rules: Iterable[Rule]) -> Iterator[str]:
    lines = [
        json.dumps(
            {
                "id": rule.id,
                "family": rule.family,
                "severity": str(rule.severity),
                "relation": str(rule.relation),
                "summary": rule.summary,
                "why": rule.why,
                "fix": rule.fix,
                "source": rule.source,
            }
        )
        for rule in rules
    ]
    yield "[" + ",\n ".join(lines) + "]"


FORMATS = {"text": _text, "json": _json}
