"""INI with lines: what configparser reads, and where each key stands."""

from __future__ import annotations

from configparser import Error, RawConfigParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftcheck.errors import CollectError
from driftcheck.formats import Duplicate, Leaf, Mapping, flatten
from driftcheck.formats.ini import parse


def as_configparser(text: str) -> dict[str, dict[str, str | None]]:
    parser = RawConfigParser(allow_no_value=True, strict=False, default_section="no such section")
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    return {name: dict(parser.items(name)) for name in parser.sections()}


def test_every_key_has_its_line_and_values_go_on_where_lines_are_indented() -> None:
    text = (
        "; note\nglobal = 1\n\n[Server]\nPort: 80 ; no comment\nurl = http://x/?a=b\n# note\nhosts =\n  one\n\n"
        '  # note\n  two = 2\nempty =\nflag\n\r\n[a.b "c"]\n\tkey = %(x)s ${y}\n\tother = 1\n'
    )
    document = parse(text, "f.ini")
    assert [(entry.path, entry.value, entry.location.line) for entry in flatten(document.root, "")] == [
        (("global",), "1", 2),
        (("Server", "Port"), "80 ; no comment", 5),
        (("Server", "url"), "http://x/?a=b", 6),
        (("Server", "hosts"), "\none\n\ntwo = 2", 8),
        (("Server", "empty"), "", 13),
        (("Server", "flag"), None, 14),
        (('"a.b \\"c\\""', "key"), "%(x)s ${y}", 17),
        (('"a.b \\"c\\""', "other"), "1", 18),
    ]
    assert isinstance(document.root, Mapping)
    assert document.root["Server"].line == 4


def test_a_key_written_twice_is_recorded_with_both_lines_and_a_section_goes_on() -> None:
    document = parse("[a]\nx = 1\n[b]\nx = 1\n[a]\nx = 1\ny = 2\ny = 2\n 3\n", "f.ini")
    assert document.duplicates == [Duplicate(("a", "x"), 2, 6, True), Duplicate(("a", "y"), 7, 8, False)]
    assert document.root == {"a": {"x": Leaf("1", 6), "y": Leaf("2\n3", 8)}, "b": {"x": Leaf("1", 4)}}


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("[a]\n= 1", 2, "has a value without a key"),
        ("\n[a", 2, "has a section without a name or a closing bracket"),
        ("[]", 1, "has a section without a name or a closing bracket"),
        ("[a]\nflag\n  more", 3, "continues a key that has no value"),
        ("a = 1\n[a]\nb = 2", 2, "has a section that is named like a key above it"),
        ("[a]\n{% if x %}\nb = 1\n{% endif %}", 2, "is an unrendered template"),
    ],
)
def test_what_is_not_ini_is_named_with_line_and_remedy(text: str, line: int, reason: str) -> None:
    with pytest.raises(CollectError) as caught:
        parse(text, "f.ini")
    assert (str(caught.value), bool(caught.value.hint)) == (f"f.ini:{line}: {reason}", True)


LINES = st.lists(
    st.sampled_from(["[a]", "[b c]", "a", "b", "=", ":", " ", "  ", "\n", "\n", "# x", ";", "x=y", "\t", "]"])
)


@given(LINES.map("".join))
def test_on_any_text_it_reads_what_configparser_reads_or_refuses_it(text: str) -> None:
    text = f"[first]\n{text}"
    try:
        root = parse(text, "f").root
    except CollectError:
        return
    try:
        expected = as_configparser(text)
    except (Error, AttributeError):
        pytest.fail("configparser refuses it")
    assert isinstance(root, Mapping)
    assert {name: {key: leaf.value for key, leaf in section.items()} for name, section in root.items()} == expected
