"""Two keys that are probably one, spelled in two ways: reported as one finding, never merged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Compare = Callable[..., Any]


@pytest.mark.parametrize(
    ("staging", "production"),
    [
        ("DB_POOLSIZE", "DB_POOL_SIZE"),
        ("DB_POOL_SIZE", "DbPoolSize"),
        ("EINVOICE_PROFIL", "EINVOICE_PROFILE"),
        ("EINVOICE_PRFOILE", "EINVOICE_PROFILE"),
        ("ALLOWED_ORIGIN", "ALLOWED_ORIGINS"),
        ("NOTIFCATIONS_ADRESS", "NOTIFCATIONS_ADDRESS"),
    ],
)
def test_a_slip_in_a_key_is_one_finding(compare: Compare, staging: str, production: str) -> None:
    rule, _, message = compare({staging: "a"}, {production: "b"}).only
    assert rule == "presence.near-miss"
    assert message.startswith(f"probably one key, spelled in two ways: `{staging}` in staging, `{production}` in prod")


@pytest.mark.parametrize(
    ("staging", "production"),
    [
        ("MAX_SEATS", "MIN_SEATS"),  # opposites
        ("READ_TIMEOUT_NAME", "WRITE_TIMEOUT_NAME"),
        ("INBOUND_NAME", "OUTBOUND_NAME"),
        ("CHECKOUT_V1_NAME", "CHECKOUT_V2_NAME"),  # digits
        ("SHARD_01_NAME", "SHARD_02_NAME"),
        ("RED_NAME", "REED_NAME"),  # too short to be a slip
        ("ORDERS_NAME", "INVOICES_NAME"),
        ("ORDERS_NAME", "ORDERS_COLOUR"),
    ],
)
def test_two_keys_that_mean_two_things_stay_two(compare: Compare, staging: str, production: str) -> None:
    assert compare({staging: "a"}, {production: "b"}).of("presence.near-miss") == []


def test_keys_of_other_branches_are_not_near(compare: Compare) -> None:
    said = compare("a:\n  poolSize: 1\nx: 1\n", "b:\n  poolsize: 1\nx: 1\n")
    assert said.of("presence.near-miss") == []


def test_a_key_that_both_have_is_not_near_another(compare: Compare) -> None:
    said = compare({"PROFILE_NAME": "a"}, {"PROFILE_NAME": "a", "PROFILES_NAME": "b"})
    assert said.only[0] == "presence.target-lacks"


def test_each_key_is_used_once(compare: Compare) -> None:
    said = compare({"PROFILE_NAME": "a"}, {"PROFILES_NAME": "b", "PROFIL_NAME": "c"})
    assert [judgement.rule.id for _, judgement in said.all] == ["presence.near-miss", "presence.target-lacks"]


def test_a_near_miss_is_as_grave_as_the_absence_that_it_stands_for(compare: Compare) -> None:
    assert compare({"EINVOICE_PROFIL": "a"}, {"EINVOICE_PROFILE": "b"}).only[1] == "high"
    assert compare("profil_name: a\nx: 1\n", "profile_name: b\nx: 1\n").only[1] == "low"
