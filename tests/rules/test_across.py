"""Invariants between what files say and what a server runs with."""

from __future__ import annotations

from collections.abc import Mapping

from driftcheck.catalogue import Catalogue
from driftcheck.model import Entry, Environment, Location, Pair, Value
from driftcheck.pairing import pair_up
from driftcheck.rules import Context, invariants

STAGING, PRODUCTION = Environment("staging", "staging"), Environment("production", "production")
CONTEXT = Context(STAGING, PRODUCTION, Catalogue(live=True))

Both = tuple[Value, Value]


def source(name: str, collector: str, settings: Mapping[str, Both]) -> list[Pair]:
    """Return the pairs of one source: each key's values in staging and production; None where one lacks it."""
    sides = [
        {
            (path := tuple(key.split("."))): Entry(path, both[n], Location(name))
            for key, both in settings.items()
            if both[n] is not None
        }
        for n in (0, 1)
    ]
    return pair_up(name, collector, (STAGING, sides[0]), (PRODUCTION, sides[1]), frozenset())


ENV = source("orders-env", "dotenv", {"DB_POOL_SIZE": ("10", "50")})
CHART = source("orders-chart", "helm", {"replicaCount": (2, 6)})
DATABASE = source(
    "orders-db",
    "postgres",
    {"settings.max_connections": (100, 200), "settings.superuser_reserved_connections": (3, 3)},
)


def said(*sources: list[Pair]) -> list[tuple[str, str, str]]:
    pairs = [pair for each in sources for pair in each]
    return [
        (f"{pair.source}: {pair.path[-1]}", f"{judgement.rule.id} {judgement.severity}", judgement.message)
        for pair, judgement in invariants.across(pairs, CONTEXT)
    ]


def test_pools_of_all_replicas_have_to_fit_into_what_the_server_accepts_as_it_runs() -> None:
    assert said(ENV, CHART, DATABASE) == [
        (
            "orders-chart: replicaCount",
            "invariant.connections critical",
            "50 connections x 6 replicas = 300 do not fit into the 197 that the server accepts in production only",
        )
    ]


def test_what_fits_is_not_told() -> None:
    assert said(source("orders-env", "dotenv", {"DB_POOL_SIZE": ("10", "20")}), CHART, DATABASE) == []


def test_of_two_servers_nobody_knows_which_one_is_meant() -> None:
    other = source("billing-db", "postgres", {"settings.max_connections": (500, 500)})
    assert said(ENV, CHART, DATABASE, other) == []


def test_what_one_source_says_by_itself_is_told_there() -> None:
    both = {"DB_POOL_SIZE": ("10", "50"), "replicas": ("2", "6"), "POSTGRES_MAX_CONNECTIONS": ("100", "200")}
    assert said(source("orders-env", "dotenv", both)) == []
