"""YAML into trees: what every value is, which line it is on, and what is said of a file that is wrong."""

from __future__ import annotations

import gc
import sys
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftcheck.errors import CollectError
from driftcheck.formats import DEEPEST, Leaf, Mapping, Node, Sequence, flatten
from driftcheck.formats.yaml import LARGEST_EXPANSION, parse, parse_all, resolve, text_of
from driftcheck.model import key_of


def values(text: str) -> Any:
    return plain(parse(text, "values.yaml").root)


def plain(node: Node) -> Any:
    if isinstance(node, Leaf):
        return node.value
    if isinstance(node, Mapping):
        return {key: plain(child) for key, child in node.items()}
    return [plain(child) for child in node]


def lines(text: str) -> dict[str, int]:
    return {key_of(entry.path): entry.location.line for entry in flatten(parse(text, "values.yaml").root, "x")}


def error(text: str) -> CollectError:
    with pytest.raises(CollectError) as caught:
        parse(text, "values.yaml")
    return caught.value


# Values


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("010", 8),
        ("0o17", 15),
        ("08", 8.0),
        ("1_000", 1000),
        ("0x1F", 31),
        ("1e3", 1000.0),
        ("18446744073709551615", 18446744073709551615),
        ("18446744073709551616", 18446744073709551616.0),
        ("1e999", "1e999"),
        ("on", True),
        ("y", True),
        ("No", False),
        ("yEs", "yEs"),
        ("~", None),
        ("", None),
        ("12:30:45", "12:30:45"),
        ("2024-01-01", "2024-01-01"),
        ("1.10", 1.1),
        ("1.2.3", "1.2.3"),
        ("512Mi", "512Mi"),
        (".Inf", ".inf"),
        (".NaN", ".nan"),
    ],
)
def test_a_plain_scalar_is_what_helm_takes_it_for(written: str, meant: object) -> None:
    found = resolve(written)
    assert (found, type(found)) == (meant, type(meant))


def test_a_quoted_scalar_is_text() -> None:
    assert values("- '010'\n- \"on\"\n- ''\n- '~'\n") == ["010", "on", "", "~"]


def test_a_standard_tag_decides_the_type() -> None:
    assert values("[!!str 12, !!int '12', !!float 1, !!bool 'yes', !!null '', !!binary aGVsbG8=]") == [
        *("12", 12, 1.0, True, None, "hello")
    ]


def test_a_tag_of_somebodys_own_keeps_the_text() -> None:
    assert values("a: !override 5\nb: !secret null\nc: !reset {d: 1}\n") == {"a": "5", "b": "null", "c": {"d": 1}}


def test_keys_are_the_texts_that_helm_makes_of_them() -> None:
    assert list(values("1: a\n1.10: b\non: c\n010: d\n~: e\n'08': f\n")) == ["1", "1.1", "true", "8", "null", "08"]


def test_floats_as_text_have_the_digits_of_a_32_bit_float() -> None:
    numbers = (3.14159265358979, 1e6, 100000.0, 0.0001, 0.00001, 16777216.0, -0.0, 0.3, 1e300)
    assert [text_of(number) for number in numbers] == [
        *("3.1415927", "1e+06", "100000", "0.0001", "1e-05", "1.6777216e+07", "-0", "0.3", ".inf")
    ]


def test_an_anchor_defined_twice_means_the_latest() -> None:
    assert values("a: &x 1\nb: *x\nc: &x 2\nd: *x\n") == {"a": 1, "b": 1, "c": 2, "d": 2}


def test_a_merge_loses_to_keys_below_and_wins_over_keys_above() -> None:
    assert values("base: &b {p: 1, q: 1}\nuse:\n  p: 2\n  <<: *b\n  q: 2\n")["use"] == {"p": 1, "q": 2}


def test_the_first_mapping_of_a_merged_list_wins() -> None:
    assert values("a: &a {p: 1}\nb: &b {p: 2, q: 2}\nuse: {<<: [*a, *b]}\n")["use"] == {"p": 1, "q": 2}


def test_merging_does_not_change_what_is_merged() -> None:
    assert values("base: &b {p: {x: 1}}\nuse:\n  <<: *b\n  p: 2\nlast: *b\n")["last"] == {"p": {"x": 1}}


def test_a_template_inside_a_string_is_a_string() -> None:
    text = "a: '{{ .Values.x }}'\nb: host-{{ env }}.example.org\nc: |\n  {{- if x }}\n  {% raw %}\n# {{ comment }}\n"
    assert values(text) == {
        "a": "{{ .Values.x }}",
        "b": "host-{{ env }}.example.org",
        "c": "{{- if x }}\n{% raw %}\n",
    }


# Documents


@pytest.mark.parametrize("text", ["", "\n\n", "# only\n# comments\n", "\ufeff"])
def test_a_file_without_a_document_is_an_empty_mapping(text: str) -> None:
    assert parse(text, "values.yaml").root == Mapping()
    assert parse_all(text, "values.yaml") == []


def test_a_document_without_a_value_is_null() -> None:
    assert values("---\n") is None
    assert values("~\n") is None


def test_the_first_document_is_read_without_looking_at_the_next() -> None:
    assert values("a: 1\n---\nb: [\n") == {"a": 1}


def test_all_documents_can_be_had_and_anchors_do_not_cross_them() -> None:
    assert [plain(one.root) for one in parse_all("a: &x 1\n---\n- 2\n...\n---\n", "x")] == [{"a": 1}, [2], None]
    with pytest.raises(CollectError, match="x:3: refers to an anchor"):
        parse_all("a: &x 1\n---\nb: *x\n", "x")


# Lines


def test_every_value_has_the_line_that_it_is_written_on() -> None:
    text = "\n".join(
        [
            "# comment",
            "a: 1",
            "b:",
            "  c:",
            "    text on the next line",
            "  d: |",
            "    block",
            "    scalar",
            "  e: &anchor",
            "    f: 2",
            "g: {h: 1,",
            "    i: 2}",
            "j:",
            "  - 1",
            "k:",
            "  - name: x",
            "    value: *anchor",
            "l:",
            "m: *anchor",
        ]
    )
    expected = {"a": 2, "b.c": 5, "b.d": 6, "b.e.f": 10, "g.h": 11, "g.i": 12, "j": 14, "l": 18}
    assert lines(text) == {**expected, "k[0].name": 16, "k[0].value.f": 10, "m.f": 10}
    assert lines(text.replace("\n", "\r\n")) == lines(text)


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[tuple[str, ...], tuple[int, object]]]:
    """Return a document and, by path, the line and value of each scalar in it."""
    written: list[str] = []
    expected: dict[tuple[str, ...], tuple[int, object]] = {}
    scalars = {"1": 1, "yes": True, "'quoted'": "quoted", "plain text": "plain text", "0x10": 16, '"a\\nb"': "a\nb"}

    def padding() -> None:
        written.extend(draw(st.lists(st.sampled_from(["", "# comment"]), max_size=2)))

    def mapping(path: tuple[str, ...], indent: str, depth: int) -> None:
        for key in draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=3, unique=True)):
            padding()
            kind = draw(st.sampled_from(["scalar", "below", "block", "list", "map"] if depth else ["scalar"]))
            here = (*path, key)
            if kind in ("scalar", "below"):
                text = draw(st.sampled_from(sorted(scalars)))
                written.append(f"{indent}{key}: {text}" if kind == "scalar" else f"{indent}{key}:")
                if kind == "below":
                    padding()
                    written.append(f"{indent}   {text}")
                expected[here] = (len(written), scalars[text])
            elif kind == "block":
                written.append(f"{indent}{key}: |")
                expected[here] = (len(written), "one\n\ntwo\n")
                written.extend([f"{indent}  one", "", f"{indent}  two"])
            elif kind == "list":
                written.append(f"{indent}{key}:")
                for index in range(draw(st.integers(1, 3))):
                    padding()
                    written.append(f"{indent}- # item")
                    mapping((*here, f"[{index}]"), indent + "  ", depth - 1)
            else:
                written.append(f"{indent}{key}:")
                mapping(here, indent + "  ", depth - 1)

    mapping((), "", 3)
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    return newline.join(written) + newline, expected


@given(documents())
def test_lines_and_values_are_right_in_any_document(
    example: tuple[str, dict[tuple[str, ...], tuple[int, object]]],
) -> None:
    text, expected = example
    found = {entry.path: (entry.location.line, entry.value) for entry in flatten(parse(text, "x").root, "x")}
    assert found == expected


# Duplicate keys


def test_a_key_written_twice_is_recorded_with_both_lines_and_the_later_wins() -> None:
    document = parse('a:\n  b: {x: 1}\n  c:\n    - {d: 1, d: 1}\n  b: 2\n"e.f": {g: 1}\nh: 1\n"e.f":\n  g: 1\n', "x")
    assert plain(document.root) == {"a": {"b": 2, "c": [{"d": 1}]}, "e.f": {"g": 1}, "h": 1}
    assert document.duplicates == [
        (("a", "c", "[0]", "d"), 4, 4, True),
        (("a", "b"), 2, 5, False),
        (('"e.f"',), 6, 8, True),
    ]


def test_one_and_true_are_not_the_same_value() -> None:
    assert [one.same_value for one in parse("a: 1\na: true\nb: 1\nb: 1.0\n", "x").duplicates] == [False, True]


def test_a_number_and_its_text_are_one_key() -> None:
    assert parse("1: a\n'1': b\n", "x").duplicates == [(("1",), 1, 2, False)]


def test_overriding_a_merged_key_is_no_duplicate() -> None:
    assert parse("base: &b {p: 1}\nuse:\n  <<: *b\n  p: 2\n", "x").duplicates == []


# What is wrong


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: {{ .Values.x }}\n", 1),
        ("a: 1\nb:\n  - {{ x }}\n", 3),
        ("a: 1\n{{- if .Values.x }}\nb: 2\n{{- end }}\n", 2),
        ("a: 1\n{% if x %}\nb: 2\n{% endif %}\n", 2),
        ("a: 1\nb: {{ .x }}-suffix\n", 2),
        ("{{ x }}: 1\n", 1),
        ("a: [{{ x }}, {{ y }}]\n", 1),
        ("a: '{{ fine }}'\nb: |\n  {{ fine }}\nc: {{ x | default \"y\" }}\n", 4),
        ("# {{ fine }}\n{# comment #}\na: 1\n", 2),
        ("a: {{ range .Values.x }}\n  - 1\n{{ end }}\n", 1),
    ],
)
def test_a_template_that_was_not_rendered_is_named_as_one(text: str, line: int) -> None:
    found = error(text)
    assert str(found) == f"values.yaml:{line}: is an unrendered template"
    assert "render it first" in found.hint


@pytest.mark.parametrize("text", ["a: '{{ x }}'\nb: [\n", "a: 1\n# {{ x }}\nb: 'c\n", "a: |\n  {% x %}\nb: c: d\n"])
def test_broken_yaml_with_a_template_in_a_string_is_broken_yaml(text: str) -> None:
    assert "is not valid YAML" in str(error(text))


@pytest.mark.parametrize(
    ("text", "line", "hint"),
    [
        ("a: 1\nb:\n\tc: secret\n", 3, "blanks"),
        ("a: 1\nb: secret: secret\n", 2, "quotes"),
        ("a: 1\nb: 'secret\n\n", 2, "quotes"),
        ("a: [secret\nb: 1\n", 2, "quotes"),
        ("a: 1\nb: @secret\n", 2, "quotes"),
        ("a: 1\nb: *secret\n", 2, "quote the value"),
        ("a: 1\n? {secret: 1}\n: 2\n", 2, "text"),
        ("a: 1\nb: !!int secret\n", 2, "tag"),
        ("a: 1\nb: !!binary secret!\n", 2, "tag"),
        ("a: 1\nb: {<<: secret}\n", 2, "mapping"),
        ("a: 1\nb: &secret [*secret]\n", 2, "another name"),
        ("a: 1\nb: !secret!x 1\n", 2, "quotes"),
        ("a: 1\nb: sec\x07ret\n", 2, "remove it"),
        ("a: 1\nb: \ud800secret\n", 2, "UTF-8"),
    ],
)
def test_what_is_wrong_is_told_with_line_and_remedy_and_never_quoted(text: str, line: int, hint: str) -> None:
    found = error(text)
    assert found.location is not None
    assert (found.location.path, found.location.line) == ("values.yaml", line)
    assert hint in found.hint
    assert "secret" not in str(found) + found.hint


def test_an_alias_bomb_is_refused_where_it_grows_too_large() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30))
    assert str(error(bomb)).startswith(f"values.yaml:6: expands to more than {LARGEST_EXPANSION:,} values")


def test_many_honest_aliases_are_fine() -> None:
    text = "base: &b {p: 1, q: 2}\n" + "".join(f"s{n}: *b\n" for n in range(2000))
    assert len(values(text)) == 2001


@pytest.mark.parametrize("nested", ["[" * 10_000, "{a: " * 10_000, "- " * 10_000, "? " * 1_000])
def test_deep_nesting_is_refused(nested: str) -> None:
    assert "deep" in str(error(nested)) or "key" in str(error(nested))


def test_nesting_by_aliases_of_aliases_is_refused() -> None:
    text = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{x: *a{n - 1}}}\n" for n in range(1, DEEPEST + 10))
    assert str(error(text)) == f"values.yaml:{DEEPEST}: is nested more than {DEEPEST} levels deep"


def test_nesting_up_to_the_limit_can_be_walked() -> None:
    deep = DEEPEST - 1
    assert len(flatten(parse("{a: " * deep + "1" + "}" * deep, "x").root, "x")) == 1


yaml_like = st.text(alphabet=st.sampled_from("ab1 \n\t:-[]{},&*!|>'\"%@`#?<~.\\\r\ufeff\x00é{%}"), max_size=60)


@given(st.one_of(yaml_like, st.text(max_size=60), st.binary(max_size=40).map(lambda data: data.decode("latin-1"))))
def test_no_text_ends_in_anything_but_a_tree_or_a_collect_error(text: str) -> None:
    documents = []
    with suppress(CollectError):
        documents = parse_all(text, "x")
    for document in documents:
        flatten(document.root, "x")


# How it is read


def test_without_libyaml_the_python_parser_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: &x [1, 'two', 3.0]\nb: {c: *x, <<: {d: 010}}\ne: |\n  f\ng: !own h\n\"i\": 1\ni: 2\n"
    fast = parse(text, "x")
    monkeypatch.setitem(sys.modules, "yaml._yaml", None)
    assert parse(text, "x") == fast
    assert lines(text) == {"a": 1, "b.c": 1, "b.d": 2, "e": 3, "g": 5, "i": 7}
    assert str(error("a: {{ x }}\n")) == "values.yaml:1: is an unrendered template"
    assert "secret" not in str(error("a: 1\n!secret!x b: 1\n"))


def test_the_garbage_collector_is_left_as_it_was() -> None:
    assert gc.isenabled()
    error("a: [")
    assert gc.isenabled()
    gc.disable()
    try:
        parse("a: 1", "x")
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_sequence_knows_where_it_begins() -> None:
    root = parse("a:\n\n  - 1\n", "x").root
    assert isinstance(root, Mapping)
    assert isinstance(root["a"], Sequence)
    assert root["a"].line == 3
