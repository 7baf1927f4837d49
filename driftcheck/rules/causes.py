"""Many differences of one cause are told once, with their places: one limit of a dozen pods, one image in many keys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable

from driftcheck.model import Finding, Kind, Secret, Severity, key_of, unquoted
from driftcheck.pattern import Pattern
from driftcheck.rules.base import on
from driftcheck.values import names

LEAST = 3
"""Places. Two keys with the same pair of values may be so by accident."""

SHOWN = 2
"""Places that the message names beside the finding's own."""

_PACKAGE = Pattern(r"@?([^-_.:/]+\.[^/]*(?:/[^/]+(?=/))?(?=/)|[^:/]+(?=:)|[^-_.:/]+)")


def gather(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings with all but the first of one cause turned into notes that point at it.

    Of one cause are changes of one source that one rule objects to in the same way, from the same value to the same
    value, under the same name: not switches, which have but two values. What somebody has accepted stands for nothing
    but itself.
    """
    gathered = list(findings)
    places: defaultdict[Hashable, list[int]] = defaultdict(list)
    for index, finding in enumerate(gathered):
        is_pair = finding.kind is Kind.CHANGED and len(finding.sides) > 1
        if is_pair and finding.severity >= Severity.MEDIUM and finding.suppression is None:
            values = tuple(finding.sides[name].value for name in (finding.target, finding.reference))
            if not any(isinstance(value, Secret) for value in values) and not all(on(v) is not None for v in values):
                cause = (finding.source, finding.target, finding.rule, finding.severity, _name(finding), repr(values))
                places[cause].append(index)
    for indexes in places.values():
        if len(indexes) >= LEAST:
            first, *others = sorted(indexes, key=lambda index: key_of(gathered[index].path))
            keys = [key_of(gathered[index].path) for index in others]
            more = f" and {len(keys) - SHOWN} more" if len(keys) > SHOWN else ""
            message = f"{gathered[first].message} (also at {', '.join(keys[:SHOWN])}{more})"
            gathered[first] = gathered[first]._replace(message=message)
            note = f"as {key_of(gathered[first].path)}"
            for index in others:
                gathered[index] = gathered[index]._replace(severity=Severity.INFO, message=note)
    return gathered


def _name(finding: Finding) -> str:
    """Return what the places of one cause have in common: the setting's name.

    Two versions say more than two numbers do: there it is the name's last word, or the family of a package.
    """
    if finding.rule == "version.dependency":
        return family(unquoted(finding.path[0]))
    name = names.subject(finding.path)[-1]
    return names.words(name)[-1] if finding.rule.startswith("version.") and names.words(name) else name


def family(package: str) -> str:
    """Return what packages that are released together have in common: scope, group, owner or first word."""
    found = _PACKAGE.match(package)
    return found[1] if found else package
