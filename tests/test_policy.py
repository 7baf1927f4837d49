"""Expected differences: what an entry excuses, for how long, and what is said of one that no longer fits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftcheck import policy
from driftcheck.model import (
    Confidence,
    Entry,
    ExpectedDifference,
    Expression,
    Finding,
    Kind,
    Location,
    Path,
    Secret,
    Severity,
    Side,
    State,
    Value,
    key_of,
)

TODAY = date(2027, 3, 31)
HIDDEN = Secret(b"1")
MISSING = Side(State.MISSING)
UNREAD = Side(State.UNREADABLE)


def finding(
    key: str = "POOL",
    target: str = "staging",
    source: str = "app",
    rule: str = "pool.size",
    **values: Value | Side,
) -> Finding:
    """Return a finding; its sides are those given, or 10 in staging and 50 in production."""
    path: Path = (key,)
    place = Location("app.env", 1)
    sides = {
        name: value if isinstance(value, Side) else Side(State.SET, Entry(path, value, place))
        for name, value in (values or {"staging": "10", "production": "50"}).items()
    }
    return Finding(
        rule, Severity.HIGH, Confidence.HIGH, Kind.CHANGED, target, "production", source, path, "", "", "", sides, ""
    )  # fmt: skip


def entry(
    key: str = "POOL",
    values: Mapping[str, Value] | None = None,
    source: str = "app",
    rule: str = "",
    reason: str = "smaller",
    expires: date | None = None,
) -> ExpectedDifference:
    return ExpectedDifference(source, key, values or {}, reason, "platform", expires, 7, rule)


def applied(
    findings: list[Finding], *entries: ExpectedDifference, unread: tuple[str, ...] = ()
) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the reason that excuses each finding ("" for none), and rule and message of each complaint."""
    marked, complaints = policy.apply(findings, entries, lambda source: source not in unread, TODAY)
    assert [found._replace(suppression=None) for found in marked] == findings
    return (
        [found.suppression.reason if found.suppression else "" for found in marked],
        [(complaint.rule, complaint.message) for complaint in complaints],
    )


# Values


@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        (10, "10"),
        (10, 10),
        (10, 10.0),
        (10, "10.0"),
        ("10", 10),
        (8, "010"),  # an entry's bare 010 is 8 as well
        (0.5, "0.5"),
        (0.5, 0.5),
        (True, "true"),
        (True, "True"),
        (True, "yes"),
        (True, True),
        ("true", True),
        (False, "off"),
        ("", ""),
        (None, None),
        (None, MISSING),
        (None, UNREAD),
        (("a", "b"), ("a", "b")),
        ((1, ("2", True)), (1, (2, "true"))),
        ("[secret]", HIDDEN),
        ("postgres://app:[secret]@db/orders", Secret(b"2", "postgres://app:[secret]@db/orders")),
        ("var.size * 2", Expression("var.size * 2")),
    ],
)
def test_a_pinned_value_holds_while_it_means_the_same(wanted: Value, value: Value | Side) -> None:
    found = finding(staging=value, production="50")
    assert applied([found], entry(values={"staging": wanted})) == (["smaller"], [])


@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        (10, "11"),
        (10, "10s"),
        (1, True),
        (1, "true"),
        (True, "1"),
        (0, False),
        (0, None),
        ("", None),
        (None, ""),
        (None, "null"),
        (1.1, "1.10"),  # a bare 1.10 in an entry is 1.1, which is another version
        ("1.10", "1.1"),
        ("yes", True),
        ("Debug", "debug"),
        (("a", "b"), ("b", "a")),
        (("a", "b"), ("a",)),
        (("a",), "a"),
        ("a", ("a",)),
        ("hunter2", HIDDEN),
        (None, HIDDEN),
        ("[secret]", None),
        ("[secret]", "plain"),
        ("postgres://app:[secret]@db/orders", Secret(b"2", "postgres://app:[secret]@other/orders")),
    ],
)
def test_a_pinned_value_that_moved_excuses_nothing(wanted: Value, value: Value) -> None:
    reasons, complaints = applied([finding(staging=value, production="50")], entry(values={"staging": wanted}))
    assert reasons == [""]
    assert [rule for rule, _ in complaints] == ["expected.lapsed"]


def test_what_has_moved_is_said_by_environment() -> None:
    moved = entry(values={"staging": 10, "production": 51})
    assert applied([finding()], moved)[1] == [
        ("expected.lapsed", "not the value that is pinned in production: smaller")
    ]
    both = entry(values={"production": 51, "staging": 11})
    assert applied([finding()], both)[1][0][1].startswith("not the value that is pinned in production and staging")


def test_a_secret_can_only_be_pinned_to_its_presence_and_that_is_said() -> None:
    found = finding("TOKEN", staging=HIDDEN, production=Secret(b"2"))
    reasons, complaints = applied([found], entry("TOKEN", {"staging": "hunter2"}))
    assert reasons == [""]
    assert [rule for rule, _ in complaints] == ["expected.lapsed"]
    assert complaints[0][1] == (
        "not the value that is pinned in staging; "
        "a secret can be pinned to `[secret]` alone, which says that there is one: smaller"
    )


def test_pinned_values_are_those_that_hold() -> None:
    found = finding(staging=MISSING, qa="1", production=("a", HIDDEN, 1, True, Expression("x")))
    assert policy.pinned(found) == {"staging": None, "production": ("a", "[secret]", 1, True, "x")}
    assert applied([found], entry(values=policy.pinned(found))) == (["smaller"], [])


VALUES = st.recursive(
    st.text() | st.integers() | st.floats(allow_nan=False) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=4,
)


@given(VALUES, VALUES)
def test_whatever_is_pinned_holds_until_it_changes(one: Value, other: Value) -> None:
    found = finding(staging=one, production="50")
    pinned = entry(values=policy.pinned(found))
    assert applied([found], pinned) == (["smaller"], [])
    if repr(one).lower() != repr(other).lower() and type(one) is type(other) and one != other:
        assert applied([finding(staging=other, production="50")], pinned)[0] == [""]


# Places


@pytest.mark.parametrize(
    ("pattern", "key"),
    [
        ("POOL", "POOL"),
        ("*", "POOL"),
        ("*_POOL_*", "DB_POOL_SIZE"),
        ("DB_*", "DB_"),
        ("resources.*.memory", "resources.limits.memory"),
        ("env[name=*].value", "env[name=DB_POOL].value"),
        ("env[name=DB_*].value", "env[name=DB_POOL].value"),
        ("args[*]", "args[0]"),
        ("containers[name=web].*", "containers[name=web].image"),
        ("annotations.*", 'annotations."prometheus.io/scrape"'),
        ('annotations."prometheus.io/*"', 'annotations."prometheus.io/scrape"'),
        ("env[name=*].value", 'env[name="a.b]"].value'),
        (r"paths./api/\*", "paths./api/*"),
        ("paths./api/*", "paths./api/*"),
        ("a.b?[0-9]+", "a.b?[0-9]+"),
    ],
)
def test_a_key_or_pattern_stands_for_a_key(pattern: str, key: str) -> None:
    assert policy.matching(pattern, {key: None}) == [key]


@pytest.mark.parametrize(
    ("pattern", "key"),
    [
        ("POOL", "POOL_SIZE"),
        ("POOL*", "DB_POOL"),
        ("*", "resources.limits"),
        ("resources.*", "resources.limits.memory"),
        ("resources*", "resources.limits"),
        ("env*.value", "env[name=DB_POOL].value"),
        ("env[name=*]", "env[name=DB_POOL].value"),
        ("env[*].value", "env[name=a].x[name=b].value"),
        (r"paths./api/\*", "paths./api/v1"),
        ('annotations."prometheus.io/*"', 'annotations."prometheus.io/a"."b"'),
        ("a.c", "a.bc"),
    ],
)
def test_a_key_or_pattern_stands_for_no_other_key(pattern: str, key: str) -> None:
    assert policy.matching(pattern, {key: None}) == []


@given(st.text('ab.*"[]= \\\n', max_size=8), st.text('ab.*"[]= \\\n', max_size=8))
def test_a_literal_key_stands_for_itself_alone(key: str, other: str) -> None:
    if "\\*" not in key:
        assert policy.matching(policy.literal(key), {key: None, other: None}) == [key]


def test_an_entry_is_about_its_source_or_about_all() -> None:
    here, there = finding(), finding(source="other")
    assert applied([here, there], entry(source="app")) == (["smaller", ""], [])
    assert applied([here, there], entry(source="")) == (["smaller", "smaller"], [])


def test_an_entry_is_about_its_rule_or_about_all() -> None:
    one, other = finding(), finding(rule="format.duplicate-key")
    assert applied([one, other], entry()) == (["smaller", "smaller"], [])
    assert applied([one, other], entry(rule="pool.size")) == (["smaller", ""], [])
    assert applied([one], entry(rule="jvm.heap"))[1] == [("expected.unmatched", "matches no finding: smaller")]


def test_the_first_of_several_entries_gives_the_reason_and_the_others_are_matched() -> None:
    first, second = entry(reason="first"), entry("PO*", reason="second")
    assert applied([finding()], first, second) == (["first"], [])
    assert applied([finding()], second, first) == (["second"], [])


def test_an_entry_that_no_longer_holds_leaves_the_finding_to_the_next() -> None:
    lapsed, expired = entry(values={"staging": 9}), entry(expires=date(2027, 3, 30))
    reasons, complaints = applied([finding()], lapsed, expired, entry(reason="third"))
    assert reasons == ["third"]
    assert [rule for rule, _ in complaints] == ["expected.lapsed", "expected.expired"]


def test_a_pattern_that_is_pinned_is_about_the_keys_that_hold_those_values() -> None:
    findings = [finding("A_POOL"), finding("B_POOL", staging="10", production="60"), finding("C_POOL")]
    pinned = entry("*_POOL", {"staging": 10, "production": 50})
    assert applied(findings, pinned) == (["smaller", "", "smaller"], [])
    assert applied(findings[1:2], pinned)[1][0][0] == "expected.lapsed"


# Time


@pytest.mark.parametrize(("expires", "holds"), [(date(2027, 4, 1), True), (TODAY, True), (date(2027, 3, 30), False)])
def test_an_entry_ends_with_its_last_day(expires: date, holds: bool) -> None:
    reasons, complaints = applied([finding()], entry(expires=expires))
    assert reasons == ["smaller" if holds else ""]
    assert complaints == ([] if holds else [("expected.expired", "expired on 2027-03-30: smaller")])


def test_the_day_is_the_one_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "_today", lambda: date(2027, 3, 31))
    marked, _ = policy.apply([finding()], [entry(expires=date(2027, 3, 31))], lambda _: True)
    assert marked[0].suppression == ("expected", "smaller", "platform", "2027-03-31")


def test_an_entry_that_is_over_is_said_to_be_that_whatever_became_of_its_values() -> None:
    over = entry(values={"staging": 9}, expires=date(2027, 3, 30))
    assert [rule for rule, _ in applied([finding()], over)[1]] == ["expected.expired"]
    assert [rule for rule, _ in applied([], over)[1]] == ["expected.unmatched"]


# Absence


def test_an_entry_that_matches_nothing_is_told_where_everything_was_read() -> None:
    assert applied([], entry())[1] == [("expected.unmatched", "matches no finding: smaller")]
    assert applied([], entry(), unread=("app",))[1] == []
    assert applied([], entry(source=""), unread=("",))[1] == []


def test_what_was_seen_is_told_even_where_not_all_was_read() -> None:
    assert applied([finding()], entry(), unread=("app",)) == (["smaller"], [])
    assert applied([finding()], entry(values={"staging": 9}), unread=("app",))[1][0][0] == "expected.lapsed"


# More than two environments


QA = finding(target="qa", qa="20", staging="10", production="50")
STAGING = finding(target="staging", qa="20", staging="10", production="50")


@pytest.mark.parametrize(
    ("values", "reasons", "rules"),
    [
        ({}, ["smaller", "smaller"], []),
        ({"production": 50}, ["smaller", "smaller"], []),
        ({"qa": 20}, ["smaller", ""], []),
        ({"qa": 20, "production": 50}, ["smaller", ""], []),
        ({"qa": 20, "staging": 10, "production": 50}, ["smaller", "smaller"], []),
        ({"qa": 20, "staging": 11, "production": 50}, ["smaller", ""], ["expected.lapsed"]),
        ({"qa": 20, "staging": 10, "production": 51}, ["", ""], ["expected.lapsed"]),
    ],
)
def test_an_entry_is_about_the_targets_that_it_pins(
    values: Mapping[str, Value], reasons: list[str], rules: list[str]
) -> None:
    found, complaints = applied([QA, STAGING], entry(values=values))
    assert found == reasons
    assert [rule for rule, _ in complaints] == rules


def test_an_environment_that_is_pinned_and_no_longer_differs_is_told() -> None:
    both = entry(values={"qa": 20, "staging": 10, "production": 50})
    assert applied([QA], both) == (["smaller"], [("expected.unmatched", "matches no finding in staging: smaller")])
    assert applied([QA], both, unread=("app",)) == (["smaller"], [])


def test_what_is_wrong_in_the_reference_by_itself_can_be_accepted() -> None:
    alone = finding(target="production", staging="10", production="50")
    assert applied([alone], entry(values=policy.pinned(alone))) == (["smaller"], [])
    assert applied([alone], entry(values={"staging": 10, "production": 50})) == (["smaller"], [])


def test_keys_are_compared_as_reports_show_them() -> None:
    nested = finding()._replace(path=("containers", "[name=web]", "image.tag"))
    assert key_of(nested.path) == "containers[name=web].image.tag"
    assert applied([nested], entry("containers[name=web].image.tag")) == (["smaller"], [])
