"""What the tables of rules are written with: one setting in two environments, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from driftcheck.catalogue import Catalogue
from driftcheck.formats import flatten
from driftcheck.formats import yaml as yaml_format
from driftcheck.model import Collected, Entry, Environment, Location, Pair, Path, Severity, Value
from driftcheck.pairing import identify, pair_up
from driftcheck.redact import redact
from driftcheck.rules import Context, Judgement, judge_all

CONTEXT = Context(Environment("staging", "staging"), Environment("production", "production"), Catalogue())

Settings = Mapping[str, Value] | str

LACKS = ...
"""Stands for a key's value where an environment does not have the key."""


class Said:
    """What is said of the differences between two environments, by key."""

    def __init__(self, judged: list[tuple[Pair, Judgement]]) -> None:
        self.all = judged

    def of(self, rule: str) -> list[tuple[str, str]]:
        """Return severity and message of what one rule says."""
        return [(str(j.severity), j.message) for _, j in self.all if j.rule.id == rule]

    def above(self, severity: Severity) -> list[tuple[str, str, str]]:
        """Return rule, severity and message of what is graver."""
        return [(j.rule.id, str(j.severity), j.message) for _, j in self.all if j.severity > severity]

    @property
    def only(self) -> tuple[str, str, str]:
        """Return rule, severity and message of the one thing that is said."""
        assert len(self.all) == 1, self.all
        _, judgement = self.all[0]
        return judgement.rule.id, str(judgement.severity), judgement.message


def entries(settings: Settings, shown: str) -> list[Entry]:
    """Return settings, a mapping of flat keys or YAML, as a collector does."""
    if isinstance(settings, str):
        return flatten(yaml_format.parse(settings, shown).root, shown)
    return [Entry((key,), value, Location(shown, line)) for line, (key, value) in enumerate(settings.items(), 1)]


@pytest.fixture
def compare() -> Callable[..., Said]:
    """Return a function that judges two environments of one source, redacted and paired as a check does it."""
    return judged


@pytest.fixture
def say() -> Callable[..., str | None]:
    """Return a function that says rule and severity of one key with two values: "pool.size high", or None."""

    def rule_and_severity(key: str, staging: Value, production: Value, collector: str = "") -> str | None:
        found = one_key(key, staging, production, collector)
        return f"{found.rule.id} {found.severity}" if found else None

    return rule_and_severity


@pytest.fixture
def message() -> Callable[..., str]:
    """Return a function that gives the message about one key with two values."""

    def text(key: str, staging: Value, production: Value, collector: str = "") -> str:
        found = one_key(key, staging, production, collector)
        return found.message if found else ""

    return text


def one_key(key: str, staging: Value, production: Value, collector: str) -> Judgement | None:
    """Return what is said of one key, segments parted by dots; `LACKS` as a value: that side lacks it."""
    path = tuple(key.split("."))
    sides: list[Mapping[Path, Entry]] = []
    for value, name in ((staging, "staging"), (production, "production")):
        found = [] if value is LACKS else [Entry(path, value, Location(name, 1))]
        sides.append({entry.path: entry for entry in redact(Collected(found, [], [])).entries})
    collector = collector or ("helm" if "." in key else "dotenv")
    pairs = pair_up("app", collector, (CONTEXT.target, sides[0]), (CONTEXT.reference, sides[1]), frozenset())
    said = judge_all(pairs, CONTEXT, absence_is_known=True)
    assert len(said) <= 1
    return said[0][1] if said else None


def judged(staging: Settings, production: Settings, collector: str = "") -> Said:
    """Return what is said of two environments; settings are a mapping of flat keys, or YAML as of Helm values."""
    collector = collector or ("helm" if isinstance(staging, str) else "dotenv")
    both = [
        redact(Collected(entries(s, name), [], [])).entries
        for s, name in ((staging, "staging"), (production, "production"))
    ]
    sides: list[Mapping[Path, Entry]] = [{entry.path: entry for entry in side} for side in identify(both)]
    pairs = pair_up("app", collector, (CONTEXT.target, sides[0]), (CONTEXT.reference, sides[1]), frozenset({"shared"}))
    return Said(judge_all(pairs, CONTEXT, absence_is_known=True))
