"""Equal values that must differ: one database, bucket, queue or Terraform state behind two environments."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache

from driftcheck.model import Expression, Kind, Pair, Path, Secret, Severity, State
from driftcheck.pattern import Pattern
from driftcheck.rules.base import Context, Judgement, show
from driftcheck.values import names, url

_STORE = Pattern(
    r"(?:jdbc:)?(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?|sqlserver|oracle|cassandra|clickhouse)[:+]"
)
_INTERNAL = Pattern(r"\.(?:svc|local|internal|localhost|lan|cluster|test|example)(?:\.|$)|^\d+(?:\.\d+){3}$")
_SHORTEST = 4
_IDENTIFIER = Pattern(rf"[\w.:/-]{{{_SHORTEST},}}$")
_NAMED = frozenset(("bucket", "queue", "topic", "table", "index"))
_BROKERS = frozenset(("kafka", "consumer"))
_SIGN_ON = frozenset(("oauth", "oauth2", "oidc", "okta", "auth0", "sso", "keycloak", "cognito", "authenticator"))
_HARMLESS = ("tmp", "local", "lock", "locks")


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
        _may_name(pair.path[-1])
        and not _is_identity(pair.path)
        and _IDENTIFIER.match(text)
        and not names.mentions(text, _HARMLESS)
    ):
        what, severity = _named(names.subject(pair.path))
        if what:
            return Judgement(shared, _less_if_inherited(pair, severity), f"{what} in both: {show(text)}")
    return None


def may_judge(path: Path, text: str) -> bool:
    """Whether it is worth to judge an equal pair whose value is a text: told by its shape and the key's last word."""
    if len(text) < _SHORTEST:
        return False
    segment = path[-1]
    if len(path) > 1 and path[-2][0] == "[" and "=" in path[-2]:
        if segment in ("value", "Value"):
            segment = path[-2]  # its last word is the name's
        elif _is_identity(path):
            segment = ""
    return _may_name(segment) or (":" in text and _STORE.match(text) is not None)


def state(pairs: list[Pair], context: Context) -> Iterator[tuple[Pair, Judgement]]:
    """Yield the key of a Terraform state that both environments keep in one place: an apply of one undoes the other."""
    backend = [pair for pair in pairs if pair.path[0] == "terraform" and pair.path[1:2] == ("backend",)]
    if not backend or any(pair.kind is not Kind.SAME for pair in backend):
        return
    for pair in backend:
        if pair.path[-1] in ("key", "prefix", "path") and pair.target.state is State.SET:
            message = f"one Terraform state for both: {show(pair.reference.value)}"
            yield pair, Judgement(context.catalogue.rules["sharing.store"], Severity.HIGH, message)


@cache
def _may_name(segment: str) -> bool:
    """Whether a last segment may end the name of something that data is in, or that says who one is."""
    if segment in ("value", "Value"):
        return True
    found = names.head(segment)[0]
    return bool(found) and (found[-1] in _NAMED or found[-1] in ("name", "url", "arn", "id", "group"))


def _is_identity(path: Path) -> bool:
    """Whether a key holds no more than what its list item is known by: `env[name=S3_BUCKET].name`."""
    return len(path) > 1 and path[-2].startswith(f"[{path[-1]}=")


@lru_cache(maxsize=1 << 12)
def _named(subject: tuple[str, ...]) -> tuple[str, Severity]:
    """Return what a key names that two environments should not share, "" if nothing, and how bad it is."""
    found = tuple(word for segment in subject for word in names.head(segment)[0])
    if found[-2:] == ("consumer", "group") or (found[-2:] == ("group", "id") and not _BROKERS.isdisjoint(found)):
        return "the same consumer group", Severity.LOW  # it hurts only behind one broker
    if found[-2:] == ("client", "id"):
        return ("the same OAuth client", Severity.MEDIUM) if not _SIGN_ON.isdisjoint(found) else ("", Severity.INFO)
    if found[-1:] in (("name",), ("url",), ("arn",)):
        found = found[:-1]
    return (f"the same {found[-1]}", Severity.MEDIUM) if found[-1:] and found[-1] in _NAMED else ("", Severity.INFO)


def _less_if_inherited(pair: Pair, severity: Severity) -> Severity:
    """A value that only a shared layer sets may be a default that neither environment uses."""
    return Severity.LOW if pair.target.state is pair.reference.state is State.INHERITED else severity
