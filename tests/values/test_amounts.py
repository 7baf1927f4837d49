"""Durations, sizes, quantities, numbers, shares and switches: one amount has many spellings."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftcheck.model import Scalar
from driftcheck.values import Meaning, boolean, duration, number, percent, quantity, size


def known(meaning: Meaning | None) -> Meaning:
    assert meaning is not None
    return meaning


@pytest.mark.parametrize(
    ("text", "seconds", "shown"),
    [
        ("1h30m", 5400, "1 h 30 min"),
        ("1.5h", 5400, "1 h 30 min"),
        ("90m", 5400, "1 h 30 min"),
        ("500ms", Fraction(1, 2), "500 ms"),
        ("100us", Fraction(1, 10_000), "100 us"),
        ("100\u00b5s", Fraction(1, 10_000), "100 us"),
        ("100\u03bcs", Fraction(1, 10_000), "100 us"),
        ("2.3s", Fraction(23, 10), "2.3 s"),
        (".5s", Fraction(1, 2), "500 ms"),
        ("-30s", -30, "-30 s"),
        ("PT30S", 30, "30 s"),
        ("P1DT2H", 93_600, "1 d 2 h"),
        ("PT0.5S", Fraction(1, 2), "500 ms"),
        ("pt5m", 300, "5 min"),
        ("P1M", 30 * 86_400, "30 d"),
        ("30 seconds", 30, "30 s"),
        ("5 min", 300, "5 min"),
        ("2 days", 172_800, "2 d"),
        ("1 hour, 30 minutes", 5400, "1 h 30 min"),
        ("10 Minutes", 600, "10 min"),
        ("1w", 604_800, "7 d"),
        ("00:01:30", 90, "1 min 30 s"),
        ("1.02:03:04", 93_784, "1 d 2 h 3 min 4 s"),
        ("0s", 0, "0 s"),
    ],
)
def test_a_written_duration_is_read_in_seconds(text: str, seconds: int | Fraction, shown: str) -> None:
    meaning = duration.parse(text)
    assert meaning is not None
    assert (meaning.magnitude, meaning.canonical, meaning.shown) == (seconds, seconds, shown)
    assert not meaning.assumed


@pytest.mark.parametrize(
    "text", ["", "s", "M", "5M", "1h 5", "5 m,", "PT", "P", "12:30", "00:61:00", "010", "1e", "soon"]
)
def test_what_is_no_duration_or_an_ambiguous_one_is_left_alone(text: str) -> None:
    assert duration.parse(text, "s") is None


@given(st.integers(-(10**9), 10**9))
def test_a_bare_number_takes_the_unit_of_its_key(count: int) -> None:
    in_ms = known(duration.parse(count * 1000, "ms"))
    for other in (duration.parse(count, "s"), duration.parse(f"{count}s"), duration.parse(str(count), "s")):
        assert in_ms == other


@given(st.integers(0, 10**6))
def test_go_iso_and_milliseconds_agree(count: int) -> None:
    spellings = [duration.parse(f"{count}s"), duration.parse(f"PT{count}S"), duration.parse(count * 1000, "ms")]
    assert len({meaning.canonical for meaning in spellings if meaning}) == 1


def test_a_number_without_any_unit_stays_raw() -> None:
    bare = duration.parse("30")
    assert bare is not None
    assert bare.canonical == ("bare", 30)
    assert (bare.magnitude, bare.shown) == (30, "30")
    assert bare != duration.parse("30s")


def test_nothing_is_nothing_in_any_unit() -> None:
    zeros = [duration.parse("0"), duration.parse("0s"), duration.parse(0, "ms")]
    assert {meaning.canonical for meaning in zeros if meaning} == {Fraction(0)}


def test_only_a_unit_of_the_rule_is_assumed() -> None:
    assert known(duration.parse("30", "s", assumed=True)).assumed
    assert not known(duration.parse("30s", "ms", assumed=True)).assumed


@pytest.mark.parametrize(
    ("text", "grammar", "amount", "shown"),
    [
        ("512Mi", "k8s", 512 * 1024**2, "512 MiB"),
        ("0.5Gi", "k8s", 512 * 1024**2, "512 MiB"),
        ("2G", "k8s", 2 * 10**9, "2 GB"),
        ("2Gi", "k8s", 2 * 1024**3, "2 GiB"),
        ("1e9", "k8s", 10**9, "1 GB"),
        ("1E", "k8s", 10**18, "1 EB"),
        ("128974848", "k8s", 123 * 1024**2, "123 MiB"),
        (128_974_848, "k8s", 123 * 1024**2, "123 MiB"),
        ("500m", "k8s", Fraction(1, 2), "0.5 B"),
        ("10GB", "k8s", 10**10, "10 GB"),
        ("10GiB", "k8s", 10 * 1024**3, "10 GiB"),
        ("2g", "jvm", 2 * 1024**3, "2 GiB"),
        ("512m", "jvm", 512 * 1024**2, "512 MiB"),
        ("10GB", "binary", 10 * 1024**3, "10 GiB"),
        ("10 GiB", "binary", 10 * 1024**3, "10 GiB"),
        ("100kB", "binary", 100 * 1024, "100 KiB"),
        ("1k", "redis", 1000, "1000 B"),
        ("1kb", "redis", 1024, "1 KiB"),
        ("123456789", "binary", 123_456_789, "118 MiB"),
        ("-1", "binary", -1, "-1 B"),
    ],
)
def test_a_size_is_read_in_bytes_by_the_grammar_of_its_source(
    text: Scalar, grammar: str, amount: int | Fraction, shown: str
) -> None:
    meaning = size.parse(text, grammar)
    assert meaning is not None
    assert (meaning.magnitude, meaning.shown) == (amount, shown)


@pytest.mark.parametrize(
    ("text", "grammar"),
    [("1K", "k8s"), ("512mi", "k8s"), ("5 Mi", "k8s"), ("1x", "jvm"), ("big", "jvm"), ("", "k8s"), ("1Zi", "k8s")],
)
def test_what_a_grammar_refuses_is_no_size(text: str, grammar: str) -> None:
    assert size.parse(text, grammar) is None


def test_a_bare_size_takes_its_unit_even_a_page() -> None:
    assert known(size.parse(16_384, unit="8kB")).shown == "128 MiB"
    assert known(size.parse("512", unit="MB")).shown == "512 MiB"
    assert known(size.parse("512", unit="")).canonical == ("bare", 512)


@given(st.integers(1, 10**9))
def test_a_gibibyte_is_1024_mebibytes_and_no_gigabyte(count: int) -> None:
    gibibytes = known(size.parse(f"{count}Gi", "k8s"))
    assert gibibytes == size.parse(f"{count * 1024}Mi", "k8s")
    assert gibibytes.canonical != known(size.parse(f"{count}G", "k8s")).canonical


@given(st.integers(0, 10**9))
def test_a_thousand_millicores_are_one_core(count: int) -> None:
    cores = number.decimal(Fraction(count, 1000))
    assert known(quantity.parse(f"{count}m")) == quantity.parse(cores)
    assert known(quantity.parse(cores)).magnitude == Fraction(count, 1000)


@pytest.mark.parametrize(
    ("value", "cores", "shown"),
    [("1000m", 1, "1 CPU"), ("1", 1, "1 CPU"), (1.5, Fraction(3, 2), "1.5 CPU"), ("500m", Fraction(1, 2), "500m CPU")],
)
def test_a_quantity_is_read_in_cores(value: Scalar, cores: int | Fraction, shown: str) -> None:
    meaning = quantity.parse(value)
    assert meaning is not None
    assert (meaning.magnitude, meaning.shown) == (cores, shown)


@pytest.mark.parametrize("value", ["100%", "1 CPU", "m", "1K", True, None, "", "1.5.0", "1e999"])
def test_what_kubernetes_refuses_is_no_quantity(value: Scalar) -> None:
    assert quantity.parse(value) is None


@pytest.mark.parametrize("value", [10, "10", "10.0", 10.0, "1e1", " 10 "])
def test_ten_is_ten_however_written(value: Scalar) -> None:
    meaning = number.parse(value)
    assert meaning is not None
    assert (meaning.canonical, meaning.shown) == (10, "10")


@pytest.mark.parametrize(
    "value", ["010", "0x1F", "+4712345", "1_00", "1,000", "1.", "", "-", True, None, float("inf"), float("nan"), "٣"]
)
def test_identifiers_and_non_numbers_are_no_numbers(value: Scalar) -> None:
    assert number.parse(value) is None


def test_decimals_are_exact() -> None:
    assert number.exact(0.1) == number.exact("0.1") == Fraction(1, 10)
    assert number.exact("1_000_000") == 10**6


@given(st.integers(-(10**12), 10**12), st.integers(0, 9))
def test_an_amount_in_decimal_reads_back(digits: int, places: int) -> None:
    amount = Fraction(digits, 10**places)
    assert number.exact(number.decimal(amount)) == amount


@pytest.mark.parametrize(("value", "unit"), [("25%", ""), ("25 %", ""), (25, "percent"), ("0.25", "ratio")])
def test_a_quarter_is_a_quarter_where_the_rule_knows_the_unit(value: Scalar, unit: str) -> None:
    meaning = percent.parse(value, unit)
    assert meaning is not None
    assert (meaning.magnitude, meaning.shown) == (Fraction(1, 4), "25 %")


def test_without_a_unit_25_is_not_a_quarter() -> None:
    assert known(percent.parse(25)).canonical != known(percent.parse("25%")).canonical
    assert percent.parse("a%") is None


@pytest.mark.parametrize("word", ["true", "T", "yes", "Y", "on", "ON", "enabled", True, " true "])
def test_every_word_for_on_is_true(word: Scalar) -> None:
    meaning = boolean.parse(word)
    assert meaning is not None
    assert (meaning.canonical, meaning.shown) == (True, "true")


@pytest.mark.parametrize("word", ["false", "F", "no", "n", "off", "Disabled", False])
def test_every_word_for_off_is_false(word: Scalar) -> None:
    meaning = boolean.parse(word)
    assert meaning is not None
    assert meaning.canonical is False


@pytest.mark.parametrize(("value", "state"), [(1, True), ("1", True), (0, False), ("0", False)])
def test_one_and_zero_are_switches_only_on_request(value: Scalar, state: bool) -> None:
    assert boolean.parse(value) is None
    meaning = boolean.parse(value, numbers=True)
    assert meaning is not None
    assert meaning.canonical is state


@pytest.mark.parametrize("value", ["", "maybe", "2", 2, None])
def test_other_words_are_no_switch(value: Scalar) -> None:
    assert boolean.parse(value, numbers=True) is None
