"""Expected differences: what somebody has accepted is marked with the reason, never dropped.

An entry that no longer says what is there (expired, pinned to other values, matching nothing) becomes a finding itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from driftcheck.model import ExpectedDifference, Finding, Secret, Suppression, Value, key_of
from driftcheck.pattern import Pattern

if TYPE_CHECKING:
    from datetime import date

ABOUT_ENTRIES = ("expected.expired", "expected.lapsed", "expected.unmatched")
"""The rules that object to entries. No entry excuses one: what is wrong with the contract is mended in it."""


class Complaint(NamedTuple):
    """What is wrong with an entry; `rule` is a rule of the catalogue."""

    rule: str
    entry: ExpectedDifference
    message: str


def apply(
    findings: Sequence[Finding],
    entries: Iterable[ExpectedDifference],
    was_read: Callable[[str], bool],
    today: date | None = None,
) -> tuple[list[Finding], list[Complaint]]:
    """Return the findings, marked where an entry accepts them, and what is wrong with the entries.

    The first of several entries for a finding gives the reason. `was_read` says whether a source, or all of them for
    "", was read in full: only then does an entry that matches nothing say something. `today` is in UTC.
    """
    entries = list(entries)
    marked = list(findings)
    if not entries:
        return marked, []
    today = today or _today()
    by_source: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for index, finding in enumerate(findings):
        by_source[finding.source][key_of(finding.path)].append(index)
    complaints: list[Complaint] = []
    for entry in entries:
        keys = [by_source[entry.source]] if entry.source in by_source else [] if entry.source else by_source.values()
        met = [n for known in keys for key in matching(entry.key, known) for n in known[key]]
        met = [n for n in met if _concerns(entry, findings[n])]
        wrong = list(_complaints(entry, [findings[n] for n in met], today))
        complaints += (c for c in wrong if c.rule != "expected.unmatched" or was_read(entry.source))
        if entry.expires is None or entry.expires >= today:
            for n in met:
                if marked[n].suppression is None and not _moved(entry, findings[n]):
                    marked[n] = marked[n]._replace(suppression=_suppression(entry))
    return marked, complaints


def _today() -> date:
    from datetime import UTC, datetime

    return datetime.now(UTC).date()


def _complaints(entry: ExpectedDifference, met: Sequence[Finding], today: date) -> Iterator[Complaint]:
    """Yield what is wrong with an entry, given the findings that are where it points to."""
    if not met:
        yield Complaint("expected.unmatched", entry, f"matches no finding: {entry.reason}")
        return
    if entry.expires is not None and entry.expires < today:
        yield Complaint("expected.expired", entry, f"expired on {entry.expires}: {entry.reason}")
        return
    reference, targets = met[0].reference, {finding.target for finding in met}
    held = {finding.target for finding in met if not _moved(entry, finding)}
    if moved := dict.fromkeys(e for f in met if f.target not in held for e in _moved(entry, f)):
        where = " and ".join(name for name in entry.values if name in moved)
        unpinnable = any(
            _hidden(finding.sides[name].value)
            for finding in met
            if finding.target not in held
            for name in moved
            if name in finding.sides
        )
        note = f"; a secret can be pinned to `{_PRESENT}` alone, which says that there is one" if unpinnable else ""
        yield Complaint("expected.lapsed", entry, f"not the value that is pinned in {where}{note}: {entry.reason}")
    gone = [name for name in entry.values if name not in {reference, *targets}]
    if gone and reference not in targets:
        yield Complaint("expected.unmatched", entry, f"matches no finding in {' and '.join(gone)}: {entry.reason}")


def _concerns(entry: ExpectedDifference, finding: Finding) -> bool:
    """Whether an entry is about a finding's rule and target: pinned in some targets only, it is about those alone."""
    targets = entry.values.keys() - {finding.reference}
    return entry.rule in ("", finding.rule) and (
        not targets or finding.target in targets or finding.target == finding.reference
    )


def _suppression(entry: ExpectedDifference) -> Suppression:
    return Suppression("expected", entry.reason, entry.owner, str(entry.expires or ""))


# Values


_PRESENT = "[secret]"


def pinned(finding: Finding) -> dict[str, Value]:
    """Return what pins a finding to the values of its two environments: null where there is none.

    All that a secret can be pinned to is what may be seen of it: that there is one.
    """
    names = dict.fromkeys((finding.target, finding.reference))
    return {name: _visible(finding.sides[name].value) for name in finding.sides if name in names}


def _visible(value: Value) -> Value:
    if isinstance(value, tuple):
        return tuple(map(_visible, value))
    return str(value) if isinstance(value, str | Secret) else value


def _hidden(value: Value) -> bool:
    return isinstance(value, Secret) and value.shown == _PRESENT


def _moved(entry: ExpectedDifference, finding: Finding) -> list[str]:
    """Return the environments of a finding whose values are not those that an entry is pinned to."""
    return [
        name
        for name in dict.fromkeys((finding.target, finding.reference))
        if name in entry.values and name in finding.sides and not _same(entry.values[name], finding.sides[name].value)
    ]


def _same(wanted: Value, value: Value) -> bool:
    """Whether a value is the one that is written in an entry: 10 is "10" and 10.0, true is "yes", null is no value.

    Text keeps its meaning where YAML would read it as a number: 1.1 in an entry is not the version "1.10".
    """
    value = _visible(value)
    if isinstance(wanted, tuple) or isinstance(value, tuple):
        both = isinstance(wanted, tuple) and isinstance(value, tuple)
        return both and len(wanted) == len(value) and all(map(_same, wanted, value))  # type: ignore[arg-type]
    if wanted is None or value is None:
        return wanted is value
    if _spelled(wanted) == _spelled(value):
        return True
    if isinstance(value, str) and not isinstance(wanted, str | float):
        from driftcheck.formats.yaml import resolve

        value = resolve(value)
    return type(wanted) is not str and type(value) is not str and _typed(wanted) == _typed(value)


def _spelled(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _typed(value: Value) -> tuple[bool, Value]:
    return isinstance(value, bool), value


# Key patterns


_PART = Pattern(r"\\.|\*+|.", 16)  # re.DOTALL
_WITHIN_QUOTES = r'(?:[^"\\]|\\.)*'
_WITHIN_SEGMENT = rf'(?:"{_WITHIN_QUOTES}"|[^."\[\]])*'


def matching(key: str, known: Mapping[str, object]) -> list[str]:
    r"""Return the known keys that a key, or a pattern with `*`, stands for; `\*` is the character itself.

    A `*` stays within its segment: `resources.*.memory`, `env[name=*].value`.
    """
    import re

    expression, literal, is_quoted, is_pattern = "", "", False, False
    for part in _PART.findall(key):
        if part[0] == "*":
            is_pattern = True
            expression += _WITHIN_QUOTES if is_quoted else _WITHIN_SEGMENT
            continue
        is_quoted ^= part == '"'
        part = "*" if part == r"\*" else part
        expression += re.escape(part)
        literal += part
    if not is_pattern:
        return [literal] if literal in known else []
    fits = re.compile(expression, re.DOTALL).fullmatch
    return [name for name in known if fits(name)]


def literal(key: str) -> str:
    """Return the pattern that stands for one key and no other."""
    return key.replace("*", r"\*")
