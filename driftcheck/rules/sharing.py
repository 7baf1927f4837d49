"""Equal values that must differ: one database, bucket, queue or Terraform state behind two environments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from driftcheck.model import Expression, Kind, Pair, Secret, Severity, State
from driftcheck.pattern import Pattern
from driftcheck.rules.base import Context, Judgement, show
from driftcheck.values import names, url

_STORE = Pattern(
    r"(?:jdbc:)?(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?|sqlserver|oracle|cassandra|clickhouse)[:+]"
)
_INTERNAL = Pattern(r"\.(?:svc|local|internal|localhost|lan|cluster|test|example)(?:\.|$)|^\d+(?:\.\d+){3}$")
_NAMED = frozenset(("bucket", "queue", "topic", "table", "index"))


def judge(pair: Pair, context: Context) -> Judgement | None:
    """Judge an equal pair whose value says what is reached, not only how."""
    value = pair.reference.value
    if pair.collector == "lockfile" or isinstance(value, Expression) or not isinstance(value, str | Secret):
        return None
    text = str(value)
    shared = context.catalogue.rules["sharing.store"]
    if ":" in text and _STORE.match(text):
        meaning = url.parse(text)
        host = meaning.parts.get("host", "") if meaning else ""
        if "." in host and not _INTERNAL.search(host):
            return Judgement(shared, _less_if_inherited(pair, Severity.HIGH), f"one store behind both: {show(text)}")
    elif (
        _names_a_store(pair.path[-1])
        and re.fullmatch(r"[\w.:/-]{4,}", text)
        and not names.mentions(text, ("tmp", "local", "lock", "locks"))
    ):
        return Judgement(shared, _less_if_inherited(pair, Severity.MEDIUM), f"the same in both: {show(text)}")
    return None


def state(pairs: list[Pair], context: Context) -> Iterator[tuple[Pair, Judgement]]:
    """Yield the key of a Terraform state that both environments keep in one place: an apply of one undoes the other."""
    backend = [pair for pair in pairs if pair.path[:2] == ("terraform", "backend")]
    if not backend or any(pair.kind is not Kind.SAME for pair in backend):
        return
    for pair in backend:
        if pair.path[-1] in ("key", "prefix", "path") and pair.target.state is State.SET:
            message = f"one Terraform state for both: {show(pair.reference.value)}"
            yield pair, Judgement(context.catalogue.rules["sharing.store"], Severity.HIGH, message)


@lru_cache(maxsize=1 << 12)
def _names_a_store(segment: str) -> bool:
    """Whether a key ends in what holds data (`S3_BUCKET`, `queueName`), by name or address."""
    found = names.head(segment)[0]
    if found[-1:] in (("name",), ("url",), ("arn",)):
        found = found[:-1]
    return bool(found) and found[-1] in _NAMED


def _less_if_inherited(pair: Pair, severity: Severity) -> Severity:
    """A value that only a shared layer sets may be a default that neither environment uses."""
    return Severity.LOW if pair.target.state is pair.reference.state is State.INHERITED else severity
