"""Schedules, time zones and locales: equal ones are spelled in several ways, unequal ones sometimes in similar ones."""

from __future__ import annotations

import pytest

from driftcheck.values import Meaning, cron, locale, timezone


def known(meaning: Meaning | None) -> Meaning:
    assert meaning is not None
    return meaning


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("@daily", "0 0 * * *"),
        ("@weekly", "0 0 * * sun"),
        ("*/30 * * * *", "0,30 * * * *"),
        ("0 0 * * 0", "0 0 * * 7"),
        ("0 0 * * 5-7", "0 0 * * fri,sat,sun"),
        ("0 0 1 jan-mar *", "0 0 1 1,2,3 *"),
        ("0  0 * * MON", "0 0 * * 1"),
        ("5/20 * * * *", "5,25,45 * * * *"),
        ("@every 1h", "@every 60m"),
        ("h h * * *", "H H * * *"),
        ("0 0 L * ?", "0 0 l * ?"),
    ],
)
def test_one_schedule_has_many_spellings(one: str, other: str) -> None:
    assert known(cron.parse(one)).canonical == known(cron.parse(other)).canonical


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("0 0 * * *", "0 1 * * *"),
        ("0 0 1 * *", "0 0 1 * 0-6"),  # the second runs every day
        ("0 0 * * *", "0 0 0 * * *"),
        ("CRON_TZ=UTC 0 0 * * *", "0 0 * * *"),
        ("H 0 * * *", "0 0 * * *"),
    ],
)
def test_another_schedule_stays_another(one: str, other: str) -> None:
    assert known(cron.parse(one)).canonical != known(cron.parse(other)).canonical


@pytest.mark.parametrize(
    "text", ["", "60 * * * *", "* * * *", "@sometimes", "this is not a schedule", "0 0 32 * *", "*/0 * * * *"]
)
def test_what_is_no_schedule_is_left_alone(text: str) -> None:
    assert cron.parse(text) is None


@pytest.mark.parametrize("text", ["UTC", "Etc/UTC", "Z", "+00:00", "-0000", "utc", "Zulu"])
def test_utc_is_utc(text: str) -> None:
    assert known(timezone.parse(text)) == timezone.parse("UTC")


def test_other_zones_differ_even_at_one_offset() -> None:
    assert known(timezone.parse("+0530")).canonical == known(timezone.parse("+05:30")).canonical == 330
    zones = ["EST", "America/New_York", "-05:00", "Europe/Oslo", "UTC+1", "+01:00"]
    assert len({known(timezone.parse(zone)).canonical for zone in zones}) == len(zones)
    assert timezone.parse("not a zone") is None


@pytest.mark.parametrize(
    ("one", "other"), [("en_US.UTF-8", "en_US.utf8"), ("en_US", "en-us"), ("C", "POSIX"), ("de_DE@euro", "de_de@EURO")]
)
def test_one_locale_has_many_spellings(one: str, other: str) -> None:
    assert known(locale.parse(one)).canonical == known(locale.parse(other)).canonical


def test_a_locale_falls_into_parts() -> None:
    parts = known(locale.parse("en_US.UTF-8")).parts
    assert dict(parts) == {"language": "en", "territory": "US", "charset": "utf8"}
    assert known(locale.parse("C.UTF-8")).canonical != known(locale.parse("C")).canonical
    assert locale.parse("utf8mb4_unicode_ci") is None
