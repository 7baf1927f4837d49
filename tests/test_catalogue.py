"""Every rule documents itself and finds its own example; whole words match, lookalikes do not."""

from __future__ import annotations

import pytest

from driftcheck.catalogue import RULES, Catalogue
from driftcheck.catalogue.rule import Rule
from driftcheck.model import Path

CATALOGUE = Catalogue()


def path(key: str) -> Path:
    return tuple(key.split("."))


def first(key: str, collector: str = "dotenv") -> str | None:
    candidates = CATALOGUE.candidates(path(key), collector)
    return candidates[0].id if candidates else None


@pytest.mark.parametrize("rule", RULES.values(), ids=str)
def test_a_rule_says_what_why_and_what_to_do(rule: Rule) -> None:
    assert rule.summary
    assert not rule.summary.endswith(".")
    assert rule.why.endswith(".")
    assert rule.fix.endswith(".")
    assert rule.source.startswith("https://")


@pytest.mark.parametrize("rule", [rule for rule in RULES.values() if rule.example[0]], ids=lambda rule: rule.id)
def test_a_rule_is_the_first_for_its_own_example(rule: Rule) -> None:
    collector = (rule.match.collectors or ("dotenv",))[0]
    assert first(rule.example[0], collector) == rule.id


@pytest.mark.parametrize("rule", [rule for rule in RULES.values() if rule.near_miss], ids=lambda rule: rule.id)
def test_a_rule_leaves_its_near_miss_alone(rule: Rule) -> None:
    assert rule not in CATALOGUE.candidates(path(rule.near_miss), "dotenv")


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
