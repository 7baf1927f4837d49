"""Rules that a team adds or overrides in driftcheck.yaml, in the schema of the built-in ones."""

from __future__ import annotations

from collections.abc import Mapping

from driftcheck.catalogue import RULES
from driftcheck.catalogue.rule import Match, Rule
from driftcheck.errors import ConfigError, did_you_mean
from driftcheck.model import Location, Severity

FIELDS = ("id", "match", "severity", "rationale", "fix", "kind", "unit", "source")
KINDS = ("boolean", "count", "cpu", "duration", "image", "list", "percent", "size", "text", "url", "version")


def custom_rule(mapping: Mapping[str, object], path: str, line: int) -> Rule:
    """Return the rule that a mapping of driftcheck.yaml describes; raise ConfigError with its line if it is wrong."""
    place = Location(path, line)
    for name in mapping:
        if name not in FIELDS:
            raise ConfigError(f"a rule has no field `{name}`", place, did_you_mean(name, FIELDS))
    identifier = _text(mapping, "id", place)
    built_in = RULES.get(identifier)
    if built_in is None and "match" not in mapping:
        raise ConfigError(
            f"rule `{identifier}` has no `match`", place, did_you_mean(identifier, RULES) or "say which keys"
        )
    kind = _text(mapping, "kind", place, built_in.kind if built_in else "text")
    if kind not in KINDS and (built_in is None or kind != built_in.kind):
        raise ConfigError(f"rule `{identifier}`: no kind of value is called `{kind}`", place, did_you_mean(kind, KINDS))
    severity = _severity(mapping, identifier, place, built_in)
    why = _text(mapping, "rationale", place, built_in.why if built_in else "")
    if not why:
        raise ConfigError(
            f"rule `{identifier}` has no `rationale`", place, "say in a sentence why a difference matters"
        )
    return Rule(
        id=identifier,
        summary=built_in.summary if built_in else why,
        why=why,
        fix=_text(mapping, "fix", place, built_in.fix if built_in else "Set the same value in both."),
        kind=kind,
        match=_match(mapping["match"], identifier, place) if "match" in mapping else built_in.match,  # type: ignore[union-attr]
        source=_text(mapping, "source", place, path),
        says=built_in.says if built_in else "{}",
        unit=_text(mapping, "unit", place, built_in.unit if built_in else ""),
        lower=((1, severity),),
        higher=((1, severity),),
        differs=severity,
        only_in_target=severity,
        only_in_reference=severity,
    )


def _text(mapping: Mapping[str, object], name: str, place: Location, default: str | None = None) -> str:
    value = mapping.get(name, default)
    if not isinstance(value, str):
        raise ConfigError(f"a rule's `{name}` must be text", place, f"write `{name}: ...`")
    return value


def _severity(mapping: Mapping[str, object], identifier: str, place: Location, built_in: Rule | None) -> Severity:
    if "severity" not in mapping and built_in is not None:
        return built_in.severity
    word = _text(mapping, "severity", place, "")
    known = {str(severity): severity for severity in Severity}
    if word not in known:
        raise ConfigError(
            f"rule `{identifier}`: severity must be one of {', '.join(known)}", place, did_you_mean(word, known)
        )
    return known[word]


def _match(value: object, identifier: str, place: Location) -> Match:
    fields = ("exact", "suffix", "words", "within", "collectors")
    if not isinstance(value, Mapping):
        raise ConfigError(f"rule `{identifier}`: `match` must be a mapping", place, "write `match: {exact: [KEY]}`")
    lists: dict[str, tuple[str, ...]] = {}
    for name, patterns in value.items():
        if name not in fields:
            raise ConfigError(
                f"rule `{identifier}`: `match` has no field `{name}`", place, did_you_mean(str(name), fields)
            )
        texts = patterns if isinstance(patterns, list | tuple) else [patterns]
        if not texts or not all(isinstance(text, str) and text for text in texts):
            raise ConfigError(
                f"rule `{identifier}`: `match.{name}` must be a list of names", place, f"write `{name}: [KEY]`"
            )
        lists[name] = tuple(texts)
    return Match(**lists)
