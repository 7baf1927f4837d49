"""What somebody accepts of a check's findings, as entries of driftcheck.yaml, and the proof that they do their work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from driftcheck import policy
from driftcheck.amend import with_expected
from driftcheck.config import parse
from driftcheck.errors import ConfigError
from driftcheck.model import ExpectedDifference, Finding, Path, Secret, Value, key_of

if TYPE_CHECKING:
    from datetime import date

Place = tuple[str, Path]
"""A source and a key: what one entry is about."""


def by_place(findings: Iterable[Finding]) -> dict[Place, list[Finding]]:
    """Return findings by source and key. What is wrong with entries themselves cannot be accepted and is left out."""
    places: defaultdict[Place, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.rule not in policy.ABOUT_ENTRIES:
            places[finding.source, finding.path].append(finding)
    return dict(places)


def entries(
    chosen: Sequence[Finding],
    others: Sequence[Finding],
    *,
    reason: str,
    owner: str,
    expires: date | None,
    pin: bool = True,
) -> list[ExpectedDifference]:
    """Return the entries that accept the chosen findings of one place and none of the others there.

    One entry does where its values say enough. It is narrowed to a rule where a secret is among the values, since all
    that can be pinned of one is that it is there, and where another finding is about the same values.
    """
    told = [(finding, policy.pinned(finding) if pin else {}) for finding in chosen]
    targets = {finding.target for finding in chosen}
    is_beside = any(not pin or finding.target in targets for finding in others)
    is_secret = any(isinstance(side.value, Secret) for finding in chosen for side in finding.sides.values())
    by_rule: defaultdict[str, dict[str, Value]] = defaultdict(dict)
    for finding, values in told:
        by_rule[finding.rule if is_beside or is_secret or _disagree(told) else ""].update(values)
    return [
        ExpectedDifference(
            source=chosen[0].source,
            key=policy.literal(key_of(chosen[0].path)),
            values=_in_order(values, chosen[0]),
            reason=reason,
            owner=owner,
            expires=expires,
            line=0,
            rule=rule,
        )
        for rule, values in by_rule.items()
    ]


def _disagree(told: Sequence[tuple[Finding, dict[str, Value]]]) -> bool:
    """Whether two findings of one key hold different values for one environment, as a near miss does."""
    together: dict[str, Value] = {}
    return any(together.setdefault(name, value) != value for _, values in told for name, value in values.items())


def _in_order(values: dict[str, Value], finding: Finding) -> dict[str, Value]:
    return {name: values[name] for name in finding.sides if name in values}


def amended(
    text: str, path: str, new: Sequence[ExpectedDifference], chosen: Sequence[Finding], findings: Sequence[Finding]
) -> str:
    """Return driftcheck.yaml's text with entries added that excuse the chosen ones among all findings of a check.

    Raises ConfigError unless the text that comes out can be read, says all that it said, and excuses those.
    """
    amended = with_expected(text, new)
    wanted = {finding.fingerprint for finding in chosen}
    marked, _ = policy.apply(_bare(findings), parse(amended, path).expected, lambda _: False)
    if failing := [finding for finding in marked if finding.fingerprint in wanted and not finding.suppression]:
        place = f"{failing[0].source}: {key_of(failing[0].path)}"
        raise ConfigError(f"no entry can be written that accepts {place}", hint="write one by hand, with a `*` pattern")
    return amended


def outlived(text: str, path: str, chosen: Sequence[Finding], findings: Sequence[Finding]) -> list[policy.Complaint]:
    """Return what is wrong, in a driftcheck.yaml's text, with earlier entries for the keys that were chosen."""
    keys = {(finding.source, key_of(finding.path)) for finding in chosen}
    _, complaints = policy.apply(_bare(findings), parse(text, path).expected, lambda _: False)
    return [
        complaint
        for complaint in complaints
        if any(
            complaint.entry.source in ("", source) and policy.matching(complaint.entry.key, {key: None})
            for source, key in keys
        )
    ]


def _bare(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings as they were judged: without excuses, and without what is wrong with entries."""
    return [finding._replace(suppression=None) for finding in findings if finding.rule not in policy.ABOUT_ENTRIES]
