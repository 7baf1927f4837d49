"""A key that one side lacks: where it is known what the product does without it, the two are compared as values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from driftcheck.catalogue import RULES, Catalogue
from driftcheck.catalogue.rule import Default, Rule

Compare = Callable[..., Any]

HIKARI = "spring: {{datasource: {{hikari: {{poolName: main{}}}}}}}"
PROBE = "livenessProbe: {{httpGet: {{path: /health}}{}}}"
DATABASE = "resource: {{aws_db_instance: {{main: {{engine: postgres{}}}}}}}"
LAMBDA = "resource: {{aws_lambda_function: {{resize: {{handler: main{}}}}}}}"

FALLS_BACK = [
    # what production lacks, what staging lacks
    (HIKARI, ", maximumPoolSize: 50", "", "pool.size", "high",
     "pool of 50 connections in staging, falls back to 10 in production (5 times)"),
    (HIKARI, "", ", maximumPoolSize: 50", "pool.size", "high",
     "50 in production, falls back to pool of 10 connections in staging (5 times)"),
    (HIKARI, ", connectionTimeout: 60000", "", "timeout.spring", "high",
     "timeout of 1 min in staging, falls back to 30 s in production (2 times)"),
    (PROBE, ", timeoutSeconds: 10", "", "timeout.probe", "medium",
     "10 s in staging, falls back to 1 s in production (10 times)"),
    (PROBE, ", failureThreshold: 10", "", "retry.attempts", "medium",
     "10 attempts in staging, falls back to 3 in production (3.3 times)"),
    ("a: 1{}", "\nterminationGracePeriodSeconds: 90", "", "timeout.grace", "high",
     "grace period of 1 min 30 s in staging, falls back to 30 s in production (3 times)"),
    ("a: 1{}", "\npostgres: {statement_timeout: 30s, jit: off}", "\npostgres: {jit: off}", "timeout.database", "high",
     "30 s in staging, falls back to 0 (no limit) in production"),
    (DATABASE, ", deletion_protection: true", "", "switch.safeguard", "high",
     "on in staging, falls back to off in production"),
    (DATABASE, "", ", multi_az: true", "switch.zones", "low", "on in production, falls back to off in staging"),
    (LAMBDA, ", timeout: 30", "", "timeout.general", "high",
     "timeout of 30 in staging, falls back to 3 in production (10 times)"),
]  # fmt: skip


@pytest.mark.parametrize(("around", "staging", "production", "rule", "severity", "says"), FALLS_BACK)
def test_a_key_that_lacks_is_compared_as_its_default(
    compare: Compare, around: str, staging: str, production: str, rule: str, severity: str, says: str
) -> None:
    collector = "terraform" if "aws_" in around else "helm"
    sides = [around.format(text) if "{{" in around else around.replace("{}", text) for text in (staging, production)]
    assert compare(*sides, collector).only == (rule, severity, says)


EXPLICIT = [
    (HIKARI, ", maximumPoolSize: 10", "10"),
    (HIKARI, ', connectionTimeout: "30s"', "30s"),
    (PROBE, ", periodSeconds: 10", "10"),
    (PROBE, ", initialDelaySeconds: 0", "0"),
    (DATABASE, ", deletion_protection: false", "false"),
    (LAMBDA, ", memory_size: 128", "128"),
]


@pytest.mark.parametrize(("around", "text", "value"), EXPLICIT)
def test_a_default_that_one_side_writes_down_is_a_note(compare: Compare, around: str, text: str, value: str) -> None:
    collector = "terraform" if "aws_" in around else "helm"
    for name, sides in (("staging", (text, "")), ("production", ("", text))):
        _, severity, says = compare(*map(around.format, sides), collector).only
        assert (severity, says) == ("info", f"made explicit in {name}: {value} is the default")


def test_variables_of_a_product_have_its_defaults(compare: Compare) -> None:
    said = compare({"A": "1", "SQLALCHEMY_POOL_SIZE": "20"}, {"A": "1"}).only
    assert said == ("pool.size", "high", "pool of 20 connections in staging, falls back to 5 in production (4 times)")


@pytest.mark.parametrize(
    ("staging", "production"),
    [
        ({"A": "1", "DB_POOL_SIZE": "20"}, {"A": "1"}),
        ({"A": "1", "REQUEST_TIMEOUT": "20s"}, {"A": "1"}),
        ({"A": "1", "LAMBDA_TIMEOUT": "20s"}, {"A": "1"}),
        ({"A": "1", "livenessProbeInitialDelay": "20"}, {"A": "1"}),  # a chart's own name, and its own default
        ({"A": "1", "SPOOLER_SQLALCHEMY_SIZE": "20"}, {"A": "1"}),
    ],
)
def test_a_name_that_any_program_may_have_has_no_default(
    compare: Compare, staging: dict[str, str], production: dict[str, str]
) -> None:
    assert "falls back" not in compare(staging, production).only[2]


def test_what_lacks_as_a_whole_has_no_defaults_inside(compare: Compare) -> None:
    """A probe that is not there has no timeout, not even one of a second."""
    probe = "a: 1\nlivenessProbe: {timeoutSeconds: 10}"
    assert "falls back" not in compare(probe, "a: 1").only[2]


def test_an_empty_or_unknown_value_is_not_compared_with_a_default(compare: Compare) -> None:
    assert "falls back" not in compare({"A": "1", "SQLALCHEMY_POOL_SIZE": ""}, {"A": "1"}).only[2]
    assert "falls back" not in compare({"A": "1", "SQLALCHEMY_POOL_SIZE": "many"}, {"A": "1"}).only[2]


DEFAULTS = [(rule, default) for rule in RULES.values() for default in rule.defaults]


@pytest.mark.parametrize(
    ("rule", "default"), DEFAULTS, ids=lambda part: part.id if isinstance(part, Rule) else str(part)
)
def test_a_default_belongs_to_the_rule_that_judges_its_key(rule: Rule, default: Default) -> None:
    collector = "terraform" if default.product.startswith("resource") else "helm"
    path = (*default.product.split(), *default.name.split("."))
    assert Catalogue().candidates(path, collector)[0] == rule
