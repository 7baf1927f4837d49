"""JSON with lines: the same values as the standard library's parser, and the place of each."""

from __future__ import annotations

import json as standard
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftcheck.errors import CollectError
from driftcheck.formats import Duplicate, Leaf, Mapping, Node, flatten
from driftcheck.formats.json import parse

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


def plain(node: Node) -> Any:
    if isinstance(node, Leaf):
        return node.value
    if isinstance(node, Mapping):
        return {key: plain(child) for key, child in node.items()}
    return [plain(child) for child in node]


@given(VALUES, st.sampled_from([None, 0, 2]), st.booleans())
def test_it_reads_what_the_standard_parser_reads(value: Any, indent: int | None, ascii_only: bool) -> None:
    text = standard.dumps(value, indent=indent, ensure_ascii=ascii_only)
    read = plain(parse(text, "f.json").root)
    assert repr(read) == repr(standard.loads(text))
    assert repr(plain(parse(text, "f.json", comments=True).root)) == repr(read)


@given(st.text(alphabet='{}[]",:\\ \n/*1.-+truefalsn\u00e9', max_size=30), st.booleans())
def test_whatever_the_standard_parser_refuses_is_refused_with_a_line(text: str, comments: bool) -> None:
    try:
        expected = standard.loads(text, parse_constant=lambda _: pytest.fail("no constant in this alphabet"))
    except ValueError:
        if not comments:
            with pytest.raises(CollectError) as caught:
                parse(text, "f.json")
            assert caught.value.hint
            assert caught.value.location is not None
            assert 1 <= caught.value.location.line <= text.count("\n") + 1
    else:
        assert repr(plain(parse(text, "f.json", comments=comments).root)) == repr(expected)


def test_every_value_has_the_line_it_begins_on() -> None:
    text = '{\n "a": 1,\n "b": [\n  true,\n  {"c":\n   "x"}\n ],\n\r\n "d": {}, "e": "tab\\there",\n "f\\u0041": null}'
    root = parse(text, "f.json").root
    assert [(entry.path, entry.value, entry.location.line) for entry in flatten(root, "f.json")] == [
        (("a",), 1, 2),
        (("b", "[0]"), True, 4),
        (("b", "[1]", "c"), "x", 6),
        (("e",), "tab\there", 9),
        (("fA",), None, 10),
    ]
    assert isinstance(root, Mapping)
    assert (root.line, root["b"].line, root["b"][1].line, root["d"].line) == (1, 3, 5, 9)


def test_a_key_written_twice_is_recorded_with_both_lines_and_the_later_value_wins() -> None:
    text = '{"a": {"x.y": [0, {"k": 1,\n"k": 1}]},\n"b": {"c": [1]},\n"b": {"c": [true]}}'
    document = parse(text, "f.json")
    assert document.duplicates == [
        Duplicate(("a", '"x.y"', "[1]", "k"), 1, 2, True),
        Duplicate(("b",), 3, 4, False),
    ]
    assert plain(document.root)["b"] == {"c": [True]}


def test_a_key_written_three_times_is_recorded_twice() -> None:
    assert [each[1:] for each in parse('{"a":1,\n"a":2,\n"a":2}', "f").duplicates] == [(1, 2, False), (2, 3, True)]


def test_comments_and_trailing_commas_are_read_only_when_asked_for() -> None:
    text = '// head\n{\n /* two\n lines */ "a": [1, 2, /* x */ ], // "b": 3\n "c": "// no comment", // end,\n}\n// tail'
    root = parse(text, "bun.lock", comments=True).root
    assert [(entry.path, entry.value, entry.location.line) for entry in flatten(root, "")] == [
        (("a",), (1, 2), 4),
        (("c",), "// no comment", 5),
    ]
    with pytest.raises(CollectError, match=r"bun\.lock:1: has a comment"):
        parse(text, "bun.lock")


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "is empty"),
        (" \n\n", 3, "is empty"),
        ('{"a": 1,\n"b": ', 2, "ends in the middle of a value"),
        ('{"a": 1,\n "b": [1,\n2', 3, "ends in the middle of a value"),
        ('{"a": 1,\n}', 2, "has a comma after the last value"),
        ("[1,\n]", 2, "has a comma after the last value"),
        ("[1\n2]", 2, "is not JSON: expected a comma or a closing bracket"),
        ("[1\n}", 2, "is not JSON: expected the other closing bracket"),
        ("[1],\n2", 1, "is not JSON: expected nothing more after the value"),
        ("1,", 1, "is not JSON: expected nothing more after the value"),
        ("\n01", 2, "is not JSON: expected nothing more after the value"),
        ("{a: 1}", 1, "is not JSON: expected a key in double quotes"),
        ('{"a" 1}', 1, "is not JSON: expected a colon after the key"),
        ("{'a': 1}", 1, "has a string in single quotes"),
        ('{"a":\n NaN}', 2, "has NaN or Infinity, which are not JSON"),
        ('{"a":\n 1e999}', 2, "has a number that is too large"),
        ("\n" + "9" * 5000, 2, "has a number that is too large"),
        ('{"a":\n "x\ny"}', 2, "has a broken string"),
        ('{"a":\n "x\\q"}', 2, "has a broken string"),
        ('["\\ud83d\\ude00",\n "\\ud83d"]', 2, "has a \\u escape that is half a character"),
        ('{"a":\n {{ .Values.a }} }', 2, "is an unrendered template"),
        ('{"a":\n 1 # no\n}', 2, "has a comment, which JSON does not know"),
        ("[\n" * 201 + "]" * 201, 201, "is nested more than 200 levels deep"),
    ],
)
def test_what_is_not_json_is_named_with_line_and_remedy(text: str, line: int, reason: str) -> None:
    with pytest.raises(CollectError) as caught:
        parse(text, "f.json")
    assert (str(caught.value), bool(caught.value.hint)) == (f"f.json:{line}: {reason}", True)


def test_a_comment_that_never_ends_is_refused() -> None:
    with pytest.raises(CollectError, match=r"f\.json:2:"):
        parse('{"a": 1,\n/* oops', "f.json", comments=True)
