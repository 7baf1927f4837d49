"""Every rule documents itself and says what it should of its own example; whole words match, lookalikes do not."""

from __future__ import annotations

import pytest

from driftcheck.catalogue import Catalogue, every_rule
from driftcheck.catalogue.rule import BY_VALUE, Relation, Rule
from driftcheck.model import Entry, Environment, Kind, Location, Pair, Path, Severity, Side, State
from driftcheck.rules import Context, Judgement, judge

CATALOGUE = Catalogue(live=True)
RULES = every_rule()
CONTEXT = Context(Environment("staging", "staging"), Environment("production", "production"), CATALOGUE)
BY_KEY = [rule for rule in RULES.values() if rule.match != BY_VALUE]


def path(key: str) -> Path:
    return tuple(key.split("."))


def first(key: str, collector: str = "dotenv") -> str | None:
    candidates = CATALOGUE.candidates(path(key), collector)
    return candidates[0].id if candidates else None


def judged(rule: Rule, key: str, target: str, reference: str) -> Judgement | None:
    """Return what is said of a key with two values where the rule applies; "" is a key that the side lacks."""
    sides = [
        Side(State.SET, Entry(path(key), value, Location(name, 1))) if value else Side(State.MISSING)
        for name, value in (("staging", target), ("production", reference))
    ]
    kind = Kind.CHANGED if target and reference else Kind.UNEXPECTED if target else Kind.MISSING
    collector = (rule.match.collectors or ("helm" if "." in key else "dotenv",))[0]
    return judge(Pair("app", collector, path(key), kind, *sides), CONTEXT)


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_a_rule_says_what_why_and_what_to_do(rule: Rule) -> None:
    assert rule.summary
    assert not rule.summary.endswith(".")
    assert rule.why.endswith(".")
    assert rule.fix.endswith(".")
    assert rule.source.startswith("https://") or rule.family == "live"  # which is about no product


@pytest.mark.parametrize("rule", BY_KEY, ids=lambda rule: rule.id)
def test_a_rule_is_the_first_for_its_own_example(rule: Rule) -> None:
    collector = (rule.match.collectors or ("dotenv",))[0]
    assert first(rule.example[0], collector) == rule.id


@pytest.mark.parametrize("rule", BY_KEY, ids=lambda rule: rule.id)
def test_a_rule_is_what_is_said_of_its_example(rule: Rule) -> None:
    key, target, reference = rule.example
    said = judged(rule, key, target, reference)
    assert said is not None
    assert said.rule == rule
    assert said.severity >= Severity.LOW or rule.relation is Relation.MAY_DIFFER
    assert said.severity <= rule.severity


@pytest.mark.parametrize("rule", [rule for rule in BY_KEY if rule.near_miss], ids=lambda rule: rule.id)
def test_a_rule_leaves_its_near_miss_alone(rule: Rule) -> None:
    assert rule not in CATALOGUE.candidates(path(rule.near_miss), "dotenv")
    for target, reference in (("true", "false"), ("10", "20"), ("a", "b")):
        said = judged(rule, rule.near_miss, target, reference)
        assert said is None or said.rule != rule


def test_every_rule_that_goes_by_keys_has_an_example_and_a_near_miss() -> None:
    assert [rule.id for rule in BY_KEY if not rule.example[0]] == []
    everything = {rule.id for rule in BY_KEY if not (rule.match.exact or rule.match.suffix or rule.match.words)}
    assert {rule.id for rule in BY_KEY if not rule.near_miss} <= everything


def test_the_most_that_a_rule_says_counts_its_special_cases() -> None:
    assert RULES["scale.replicas"].severity is Severity.MEDIUM  # one against many
    assert RULES["switch.debug"].severity is Severity.HIGH  # whatever staging says
    assert RULES["switch.docs"].severity is Severity.LOW


@pytest.mark.parametrize(
    ("key", "rule"),
    [
        ("DB_POOL_SIZE", "pool.size"),
        ("DB_POOLSIZE", "pool.size"),
        ("spring.datasource.hikari.maximum-pool-size", "pool.size"),
        ("SPRING_DATASOURCE_HIKARI_MAXIMUMPOOLSIZE", "pool.size"),
        ("requestTimeoutSeconds", "timeout.general"),
        ("HTTPTimeout_MS", "timeout.general"),
        ("web.resources.limits.memory", "memory.limit"),
        ("replicaCount", "scale.replicas"),
    ],
)
def test_every_spelling_of_a_name_meets_one_rule(key: str, rule: str) -> None:
    assert first(key) == rule


@pytest.mark.parametrize(
    ("key", "family"),
    [
        ("pool_name", "pool"),
        ("spooler_size", "pool"),
        ("CARPOOL_SIZE", "pool"),
        ("timeout_enabled", "timeout"),
        ("TIMEOUT_MESSAGE", "timeout"),
        ("monkey", "secret"),
        ("tokenizer", "secret"),
        ("replicated", "scale"),
    ],
)
def test_a_lookalike_is_not_taken_for_the_real_thing(key: str, family: str) -> None:
    assert all(rule.family != family for rule in CATALOGUE.candidates(path(key), "dotenv"))
