"""Entries added to driftcheck.yaml: where they go in whatever style it is written, and that nothing else changes."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from driftcheck.amend import with_expected
from driftcheck.errors import CollectError, ConfigError
from driftcheck.formats import Leaf, Mapping, Node
from driftcheck.formats.yaml import parse
from driftcheck.model import ExpectedDifference, Value


def entry(key: str = "POOL", values: dict[str, Value] | None = None, **fields: Any) -> ExpectedDifference:
    return ExpectedDifference(
        **{
            "source": "app",
            "key": key,
            "values": values or {},
            "reason": "small",
            "owner": "",
            "expires": None,
            "line": 0,
        }
        | fields
    )


# In a block


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "version: 1\n",
            "version: 1\n\nexpected:\n  - source: app\n    key: POOL\n    reason: small\n",
            id="no-list",
        ),
        pytest.param(
            "version: 1\n\n# the end\n\n",
            "version: 1\n\n# the end\n\nexpected:\n  - source: app\n    key: POOL\n    reason: small\n",
            id="no-list-comment-at-the-end",
        ),
        pytest.param(
            "a: 1\n...\n# behind\n",
            "a: 1\n\nexpected:\n  - source: app\n    key: POOL\n    reason: small\n...\n# behind\n",
            id="no-list-end-mark",
        ),
        pytest.param(
            "---\na: 1\n---\nb: 1\n",
            "---\na: 1\n\nexpected:\n  - source: app\n    key: POOL\n    reason: small\n---\nb: 1\n",
            id="no-list-two-documents",
        ),
        pytest.param(
            "a: |+\n  text\n\n",
            "a: |+\n  text\n\nexpected:\n  - source: app\n    key: POOL\n    reason: small\n",
            id="no-list-literal-at-the-end",
        ),
        pytest.param(
            "  a: 1\n  b: 2\n",
            "  a: 1\n  b: 2\n\n  expected:\n    - source: app\n      key: POOL\n      reason: small\n",
            id="no-list-all-is-indented",
        ),
        pytest.param(
            "a: 1\n  ",
            "a: 1\n  \n\nexpected:\n  - source: app\n    key: POOL\n    reason: small",
            id="no-list-blanks-at-the-end",
        ),
        pytest.param(
            "expected:\n  - key: A\n    reason: x\n",
            "expected:\n  - key: A\n    reason: x\n  - source: app\n    key: POOL\n    reason: small\n",
            id="list",
        ),
        pytest.param(
            "expected:\n- key: A\n  reason: x # why\n\n# rules\nrules: []\n",
            "expected:\n- key: A\n  reason: x # why\n- source: app\n  key: POOL\n  reason: small\n\n"
            "# rules\nrules: []\n",
            id="list-without-indentation",
        ),
        pytest.param(
            "expected:\n    -   key: A\n        reason: x\nrules: []\n",
            "expected:\n    -   key: A\n        reason: x\n"
            "    -   source: app\n        key: POOL\n        reason: small\nrules: []\n",
            id="list-with-wide-indentation",
        ),
        pytest.param(
            "expected:\n  - key: A\n    reason: x\n    # as agreed\n    # in May\n  # - key: B\n\nrules: []\n",
            "expected:\n  - key: A\n    reason: x\n    # as agreed\n    # in May\n"
            "  - source: app\n    key: POOL\n    reason: small\n  # - key: B\n\nrules: []\n",
            id="comments-of-the-last-entry",
        ),
        pytest.param(
            "expected:\n  - key: A\n    reason: |\n      long\n      text\n\nrules: []\n",
            "expected:\n  - key: A\n    reason: |\n      long\n      text\n\n"
            "  - source: app\n    key: POOL\n    reason: small\nrules: []\n",
            id="literal-text-last",
        ),
        pytest.param(
            "expected:\n  - key: A\n    reason: >-\n      long\n      text",
            "expected:\n  - key: A\n    reason: >-\n      long\n      text\n"
            "  - source: app\n    key: POOL\n    reason: small",
            id="folded-text-last-no-newline",
        ),
        pytest.param(
            "expected:\n  - {key: A, reason: x}\nrules: []\n",
            "expected:\n  - {key: A, reason: x}\n  - source: app\n    key: POOL\n    reason: small\nrules: []\n",
            id="list-of-flow-mappings",
        ),
        pytest.param(
            "expected:\n  -\n    key: A\n    reason: x\n",
            "expected:\n  -\n    key: A\n    reason: x\n  - source: app\n    key: POOL\n    reason: small\n",
            id="dash-on-a-line-of-its-own",
        ),
        pytest.param(
            "expected:\n  - key: A\n    values: {a: 1,\n      b: 2}\n    reason: 'x\n\n      y'\n\n\n",
            "expected:\n  - key: A\n    values: {a: 1,\n      b: 2}\n    reason: 'x\n\n      y'\n"
            "  - source: app\n    key: POOL\n    reason: small\n\n\n",
            id="quoted-text-of-several-lines",
        ),
        pytest.param(
            "expected:\n  - key: A\n    reason: x\n    values:\n      a:\nrules: []\n",
            "expected:\n  - key: A\n    reason: x\n    values:\n      a:\n"
            "  - source: app\n    key: POOL\n    reason: small\nrules: []\n",
            id="nothing-last",
        ),
        pytest.param(
            "a: 1\r\nexpected:\r\n  - key: A\r\n    reason: x\r\nb: 1\r\n",
            "a: 1\r\nexpected:\r\n  - key: A\r\n    reason: x\r\n"
            "  - source: app\r\n    key: POOL\r\n    reason: small\r\nb: 1\r\n",
            id="crlf",
        ),
        pytest.param(
            "a: 1\r\nexpected:\r\n  - key: A\r\n    reason: x",
            "a: 1\r\nexpected:\r\n  - key: A\r\n    reason: x\r\n"
            "  - source: app\r\n    key: POOL\r\n    reason: small",
            id="crlf-no-newline-at-the-end",
        ),
        pytest.param(
            "a: 1\r\n",
            "a: 1\r\n\r\nexpected:\r\n  - source: app\r\n    key: POOL\r\n    reason: small\r\n",
            id="crlf-no-list",
        ),
        pytest.param(
            "expected: [] # none yet\nrules: []\n",
            "expected: # none yet\n  - source: app\n    key: POOL\n    reason: small\nrules: []\n",
            id="empty-list",
        ),
        pytest.param(
            "expected: []", "expected:\n  - source: app\n    key: POOL\n    reason: small", id="empty-list-no-newline"
        ),
        pytest.param(
            "'expected' :\n  - key: A\n    reason: \U0001f600 x\n",
            "'expected' :\n  - key: A\n    reason: \U0001f600 x\n  - source: app\n    key: POOL\n    reason: small\n",
            id="quoted-key-and-emoji",
        ),
    ],
)  # fmt: skip
def test_entries_go_behind_the_last_one(before: str, after: str) -> None:
    assert with_expected(before, [entry()]) == after


# In brackets


NEW = '{"source": "app", "key": "POOL", "reason": "small"}'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("expected: [{key: A, reason: x}]\nb: 1\n", f"expected: [{{key: A, reason: x}}, {NEW}]\nb: 1\n"),
        ("expected: [ {key: A, reason: x} ] # all\n", f"expected: [ {{key: A, reason: x}}, {NEW} ] # all\n"),
        ("expected: [{key: A, reason: x},]\n", f"expected: [{{key: A, reason: x}}, {NEW}]\n"),
        (
            "expected: [\n  {key: A, reason: 'a, b'}, # first, it\n  {key: B, reason: x} # last\n]\n",
            f"expected: [\n  {{key: A, reason: 'a, b'}}, # first, it\n  {{key: B, reason: x}}, # last\n  {NEW}\n]\n",
        ),
        ("expected: [\n  {key: A, reason: x},\n]\n", f"expected: [\n  {{key: A, reason: x}},\n  {NEW}\n]\n"),
        ("expected: [ # none\n]\n", f"expected: [ # none\n{NEW}]\n"),
        ('{"a": 1}\n', f'{{"a": 1, "expected": [{NEW}]}}\n'),
        ('{"a": {"b": []}, "expected": []}', f'{{"a": {{"b": []}}, "expected": [{NEW}]}}'),
        ('{\n  "a": 1\n}\n', f'{{\n  "a": 1,\n  "expected": [{NEW}]\n}}\n'),
        (
            '{\n  "expected": [\n    {"key": "A", "reason": "x"}\n  ],\n  "a": 1\n}\n',
            f'{{\n  "expected": [\n    {{"key": "A", "reason": "x"}},\n    {NEW}\n  ],\n  "a": 1\n}}\n',
        ),
    ],
)  # fmt: skip
def test_entries_go_before_the_bracket(before: str, after: str) -> None:
    assert with_expected(before, [entry()]) == after
    if before.startswith("{"):
        assert json.loads(after)["expected"][-1] == {"source": "app", "key": "POOL", "reason": "small"}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: &e\n  - {key: A, reason: x}\nexpected: *e\n", id="alias"),
        pytest.param("expected: &e\n  - {key: A, reason: x}\nrules: *e\n", id="anchor"),
        pytest.param("<<: {expected: [{key: A, reason: x}]}\n", id="merge"),
        pytest.param("rules: |\n  text", id="literal-text-that-a-newline-would-change"),
        pytest.param("expected: text\n", id="no-list"),
    ],
)
def test_what_cannot_be_added_to_is_left_to_people(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        with_expected(text, [entry()])
    assert caught.value.hint == "add the entries by hand"


# How they are written


def test_an_entry_has_all_of_its_fields_in_the_order_of_the_documentation() -> None:
    full = entry(values={"staging": 10, "production": "50"}, owner="team", expires=date(2027, 3, 31), rule="pool.size")
    assert with_expected("a: 1\n", [full, entry("B", source="")]) == (
        "a: 1\n"
        "\n"
        "expected:\n"
        "  - source: app\n"
        "    key: POOL\n"
        "    rule: pool.size\n"
        '    values: {staging: 10, production: "50"}\n'
        "    reason: small\n"
        "    owner: team\n"
        "    expires: 2027-03-31\n"
        "  - key: B\n"
        "    reason: small\n"
    )


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("debug", "debug"),
        ("db.staging.example.com", "db.staging.example.com"),
        ("/var/lib", "/var/lib"),
        ("two words", "two words"),
        ("10", '"10"'),
        ("1.10", '"1.10"'),
        ("010", '"010"'),
        ("1e3", '"1e3"'),
        ("true", '"true"'),
        ("on", '"on"'),
        ("y", '"y"'),
        ("null", '"null"'),
        ("", '""'),
        (" x ", '" x "'),
        ("a, b", '"a, b"'),
        ("a: b", '"a: b"'),
        ("a #b", '"a #b"'),
        ("[secret]", '"[secret]"'),
        ('say "no"', '"say \\"no\\""'),
        ("C:\\temp", '"C:\\\\temp"'),
        ("two\nlines\t\x07", '"two\\u000alines\\u0009\\u0007"'),
        ("-Xmx1g", '"-Xmx1g"'),
        ("*.example.com", '"*.example.com"'),
        ("größe", "größe"),
        ("\U0001f600", '"\U0001f600"'),
        (None, "null"),
        (True, "true"),
        (10, "10"),
        (-1, "-1"),
        (0.5, "0.5"),
        (1e20, "1e+20"),
        (10**30, f'"{10**30}"'),
        (float("nan"), '"nan"'),
        (("a", 1, None, ("b",)), "[a, 1, null, [b]]"),
    ],
)
def test_a_value_is_written_without_quotes_where_it_stays_what_it_is(value: Value, written: str) -> None:
    assert f"    values: {{production: {written}}}\n" in with_expected("a: 1\n", [entry(values={"production": value})])


def test_values_that_are_too_wide_for_a_line_stand_under_each_other() -> None:
    text = with_expected("a: 1\n", [entry(values={"staging": "s" * 50, "production": "p" * 50})])
    assert f"    values:\n      staging: {'s' * 50}\n      production: {'p' * 50}\n    reason: small\n" in text


@pytest.mark.parametrize(
    ("key", "written"),
    [
        ("containers[name=web].image.tag", "containers[name=web].image.tag"),
        ('annotations."prometheus.io/scrape"', 'annotations."prometheus.io/scrape"'),
        ("@types/node", '"@types/node"'),
        ("1", '"1"'),
        ("a: b", '"a: b"'),
    ],
)
def test_a_key_is_written_as_reports_show_it(key: str, written: str) -> None:
    assert f"    key: {written}\n" in with_expected("a: 1\n", [entry(key)])


# Properties


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    [
        "yes",
        "0o17",
        "0x1F",
        "1_000",
        "-",
        "- a",
        "? a",
        "!x",
        "&x",
        "*x",
        "---",
        "...",
        "a:",
        "{}",
        "[]",
        "~",
        "<<",
        "=",
    ]
)
SCALARS = TEXTS | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.none()
ENTRIES = st.builds(
    ExpectedDifference,
    source=TEXTS.filter(bool),
    key=TEXTS.filter(bool),
    values=st.dictionaries(TEXTS, SCALARS | st.lists(SCALARS, max_size=3).map(tuple), max_size=3),
    reason=TEXTS.filter(bool),
    owner=TEXTS,
    expires=st.none() | st.dates(),
    line=st.just(0),
    rule=TEXTS,
)

COMMENTS = st.sampled_from(["", "", "# note\n", "\n", "  # deeper\n", "    # deepest\n"])
LISTS = st.sampled_from(
    [
        "",
        "expected: []\n",
        "expected:  [ ]\n",
        "expected:\n  - key: A # a\n    reason: x\n",
        "expected:\n- key: A\n  reason: |\n    x\n\n    y\n",
        "expected:\n   - {key: A, reason: x}\n   - key: B\n     reason:\n       z\n",
        "expected: [{key: A, reason: x}, {key: B, reason: 'y, z'},]\n",
        "expected: [\n  {key: A, reason: x} # ], \n  ]\n",
    ]
)
TAILS = st.sampled_from(
    ["", "rules: []\n", "rules:\n  - id: x\n", "...\n", "rules: >-\n  a\n  b\n", "a: 'x'\n---\nb: 2\n"]
)


def plain(node: Node) -> object:
    """Return a node as it is without lines, each scalar with its type."""
    if isinstance(node, Leaf):
        return type(node.value).__name__, str(node.value)
    return {key: plain(child) for key, child in node.items()} if isinstance(node, Mapping) else [*map(plain, node)]


def as_yaml(entry: ExpectedDifference) -> object:
    def typed(value: Value) -> object:
        return [*map(typed, value)] if isinstance(value, tuple) else (type(value).__name__, str(value))

    fields = {
        "source": entry.source,
        "key": entry.key,
        "rule": entry.rule,
        "reason": entry.reason,
        "owner": entry.owner,
        "expires": str(entry.expires or ""),
    }
    values = {"values": {name: typed(value) for name, value in entry.values.items()}} if entry.values else {}
    return {name: ("str", text) for name, text in fields.items() if text} | values


@given(COMMENTS, LISTS, COMMENTS, TAILS, st.booleans(), st.booleans(), st.lists(ENTRIES, min_size=1, max_size=3))
def test_what_is_written_is_read_again_and_all_else_stays(
    comment: str, there: str, behind: str, tail: str, crlf: bool, ends: bool, entries: list[ExpectedDifference]
) -> None:
    before = f"a: 1\n{comment}{there}{behind}{tail}"
    before = before if ends else before.rstrip("\n")
    before = before.replace("\n", "\r\n") if crlf else before
    try:
        old = plain(parse(before, "").root)
    except CollectError:
        assume(False)
    try:
        after = with_expected(before, entries)
    except ConfigError:  # a literal text at the very end: the newline that is needed would belong to it
        assert before.rstrip() == before
        assert "|" in before or ">" in before
        return
    new = plain(parse(after, "").root)
    assert isinstance(old, dict)
    assert isinstance(new, dict)
    had = old.pop("expected", [])
    assert new.pop("expected") == [*had, *(numbers_beyond_64_bits_as_text(as_yaml(entry)) for entry in entries)]
    assert new == old
    kept = iter(after)
    assert all(character in kept for character in before.replace("[]", "").replace("[ ]", "").replace(":  ", ": "))
    if "\r\n" in before:
        assert "\n" not in after.replace("\r\n", "")


def numbers_beyond_64_bits_as_text(node: object) -> object:
    """YAML as Helm reads it has no such integers."""
    if isinstance(node, dict):
        return {key: numbers_beyond_64_bits_as_text(child) for key, child in node.items()}
    if isinstance(node, list):
        return [*map(numbers_beyond_64_bits_as_text, node)]
    return ("str", node[1]) if node[0] == "int" and not -(2**63) <= int(node[1]) < 2**64 else node  # type: ignore[index]
