"""Without a rule, a value is read only if it can hardly mean anything else; and no text at all can break a reader."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftcheck.model import Expression, Scalar
from driftcheck.values import (
    Meaning,
    boolean,
    constraint,
    cron,
    duration,
    host,
    image,
    json,
    jvm,
    listing,
    locale,
    number,
    options,
    percent,
    quantity,
    size,
    timezone,
    url,
    version,
)
from driftcheck.values.guess import guess
from driftcheck.values.schemes import SCHEMES


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (True, "boolean"),
        (5, "number"),
        ("on", "boolean"),
        ("10", "number"),
        ("10.0", "number"),
        ("0.5", "number"),
        ("1e3", "number"),
        ("30s", "duration"),
        ("1h30m", "duration"),
        ("PT30S", "duration"),
        ("5 minutes", "duration"),
        ("512Mi", "size"),
        ("0.5GiB", "size"),
        ("1.2.3", "version"),
        ("redis://h/1", "url"),
        ("host=h dbname=d", "url"),
        ("jdbc:h2:mem:x", "url"),
        ("-Xmx2g", "jvm"),
        ("--max-old-space-size=4096", "options"),
        ('{"a": 1}', "json"),
        ("[1, 2]", "json"),
        ("ghcr.io/o/app:1.2", "image"),
        ("a,b", "list"),
        ("10.0.0.1,10.0.0.2", "list"),
    ],
)
def test_a_value_that_speaks_for_itself_is_understood(value: Scalar, kind: str) -> None:
    meaning = guess(value)
    assert meaning is not None
    assert meaning.kind == kind


@pytest.mark.parametrize(
    "value",
    [
        "",
        "hello",
        "hello world",
        "y",
        "010",
        "1.10",  # a version as likely as a number
        "0.50",
        "1234567e1",  # a commit as likely as a number
        "2g",
        "10MB",
        "5M",
        "10.0.0.1",
        "2024-01-01",
        "01.02.2024",
        "nginx:1.27",
        "db:5432",
        "-",
        "- item",
        None,
        Expression("var.size"),
        Expression("30s"),
    ],
)
def test_a_value_that_may_mean_several_things_is_not_guessed(value: Scalar) -> None:
    assert guess(value) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [("30s", "PT30S"), ("512Mi", "0.5Gi"), ("10", "10.0"), ("true", "yes"), ("a,b", "a, b"), ('{"a":1}', '{"a": 1.0}')],
)
def test_two_spellings_of_one_meaning_are_seen_to_be_equal(one: str, other: str) -> None:
    first, second = guess(one), guess(other)
    assert first is not None
    assert second is not None
    assert (first.kind, first.canonical) == (second.kind, second.canonical)


@pytest.mark.parametrize(
    ("one", "other"),
    [("a,b", "b,a"), ("1.2.3", "1.2.4"), ("2000M", "2G"), ("1024MB", "1GB"), ("1.1", "1.10"), ("1000m", "1")],
)
def test_what_only_a_rule_could_call_equal_is_not(one: str, other: str) -> None:
    first, second = guess(one), guess(other)
    assert first is None or second is None or (first.kind, first.canonical) != (second.kind, second.canonical)


READERS: dict[str, Callable[[Scalar], Meaning | None]] = {
    "boolean": boolean.parse,
    "cron": cron.parse,
    "duration": duration.parse,
    "guess": guess,
    "host": host.parse,
    "image": image.parse,
    "json": json.parse,
    "jvm": jvm.parse,
    "listing": listing.parse,
    "locale": locale.parse,
    "number": number.parse,
    "options": options.parse,
    "percent": percent.parse,
    "quantity": quantity.parse,
    "timezone": timezone.parse,
    "url": url.parse,
    **{f"size {grammar}": lambda value, grammar=grammar: size.parse(value, grammar) for grammar in size.GRAMMARS},
    **{
        f"version {scheme}": lambda value, scheme=scheme: version.parse(value, scheme) for scheme in [*SCHEMES, "image"]
    },
    **{
        f"constraint {dialect}": lambda value, dialect=dialect: constraint.parse(value, dialect)
        for dialect in constraint.DIALECTS
    },
}
MARKS = "019.-+:/@=,;[](){}'\"\\%eEsmMPTx*~^?#!v \0\n\ud800\u0663\u00b2\u00df"
WORDS = ("10", "://", "%2", "ms", "Gi", "~>", ">=", "||", "-X", "-D", "--a", "jdbc:", "http", "tcp(", "host=", "rc")
PIECES = st.sampled_from([*MARKS, *WORDS])
ANYTHING = (
    st.lists(PIECES, max_size=12).map("".join) | st.text() | st.floats() | st.integers() | st.booleans() | st.none()
)


@given(ANYTHING)
def test_no_value_whatever_breaks_a_reader(value: Scalar) -> None:
    for read in READERS.values():
        meaning = read(value)
        if meaning is not None:
            assert hash(meaning.canonical) == hash(read(value).canonical)  # type: ignore[union-attr]
            assert all(isinstance(text, str) for pair in meaning.parts.items() for text in pair)


LONG = [
    "1",
    "1.",
    "1-",
    "a",
    "a-",
    "a.",
    "-",
    " ",
    "a ",
    "1,",
    "[",
    "{",
    "'",
    '"',
    "\\",
    "1h",
    "-Xa ",
    "--a ",
    "a@",
    "a=",
    "%",
]


@pytest.mark.parametrize("name", sorted(READERS))
def test_long_texts_are_read_in_linear_time_or_refused(name: str) -> None:
    # A regular expression that backtracks would not come back from these.
    for unit in LONG:
        for prefix in ("", "http://", "-X1 ", "1", "jdbc:oracle:thin:", "host=", "tcp(", "["):
            for length in (90, 250, 8_000, 99_000):
                READERS[name]((prefix + unit * length)[:length] + "!")
