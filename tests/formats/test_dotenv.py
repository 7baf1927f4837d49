"""Env files in the dialect of python-dotenv: what it reads, plus lines, gaps, and references that nobody can answer."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path

import dotenv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftcheck.errors import CollectError
from driftcheck.formats import Duplicate, Mapping, read_text
from driftcheck.formats.dotenv import parse
from driftcheck.model import Expression


def values(text: str, **known: str | None) -> dict[str, str | None]:
    root = parse(text, ".env", known=known).root
    assert isinstance(root, Mapping)
    return {key: leaf.value for key, leaf in root.items()}


def lines(text: str) -> dict[str, int]:
    root = parse(text, ".env").root
    assert isinstance(root, Mapping)
    return {key: leaf.line for key, leaf in root.items()}


def as_python_dotenv(text: str) -> dict[str, str | None]:
    logging.getLogger("dotenv.main").setLevel(logging.ERROR)
    return dict(dotenv.dotenv_values(stream=io.StringIO(text)))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("K=", ""),
        ("K", None),
        ("K=a b  ", "a b"),
        ("  K = a", "a"),
        ("export K=a", "a"),
        ("export\tK = a # note", "a"),
        ("K=a#b # note", "a#b"),
        ("K= # note", ""),
        ("K=#a", "#a"),
        ("K='a # b' # note", "a # b"),
        ('K="a # b"#note', "a # b"),
        (r"K='it\'s \n'", r"it's \n"),
        (r'K="tab\tquote\" \\ \$ \q"', 'tab\tquote" \\ \\$ \\q'),
        ("K=a\\nb", "a\\nb"),
        ("K=a'b'", "a'b'"),
        ("K=postgres://u:p@h/d?a=b", "postgres://u:p@h/d?a=b"),
        ("'K'=a", "a"),
        ("K=$HOME", "$HOME"),
        ("K={}", "{}"),
        ('K={"a": {"b": 1}}', '{"a": {"b": 1}}'),
    ],
)
def test_a_line_is_read_as_python_dotenv_reads_it(text: str, value: str | None) -> None:
    assert values(text) == {"K": value} == as_python_dotenv(text)


def test_quoted_values_span_lines_and_keys_have_the_line_they_begin_on() -> None:
    text = "# head\n\nA=1\nPEM=\"-----BEGIN\nabc\n-----END\"\n\nMY-KEY.x=2\nB='x\n\n'\nexport C=3"
    assert values(text)["PEM"] == "-----BEGIN\nabc\n-----END"
    assert lines(text) == {"A": 3, "PEM": 4, "MY-KEY.x": 8, "B": 9, "C": 12}


def test_carriage_returns_and_a_byte_order_mark_make_no_difference(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b'\xef\xbb\xbfA=1\r\nB="x\r\ny"\r\nC=3\r\n')
    text = read_text(str(tmp_path / ".env"), ".env")
    assert (
        values(text)
        == {"A": "1", "B": "x\ny", "C": "3"}
        == dict(dotenv.dotenv_values(tmp_path / ".env", encoding="utf-8-sig"))
    )
    assert lines(text) == {"A": 1, "B": 2, "C": 4}


def test_references_see_earlier_lines_and_layers_even_in_single_quotes() -> None:
    text = "HOST=db\nURL='pg://${HOST}:${PORT:-5432}/${NAME}'\nHOST=late\nNONE\nX=[${NONE}]${NONE:-x}"
    assert values(text, NAME="orders", PORT=None) == {
        "HOST": "late",
        "URL": "pg://db:/orders",
        "NONE": None,
        "X": "[]",
    }


def test_our_own_environment_answers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEPLOY_ENV", "from the wrong machine")
    read = values("A=https://${DEPLOY_ENV}.example.org\nB=${A}/api\nC=${DEPLOY_ENV:-none}\nD=\\${A:+x}")
    assert read == {
        "A": "https://${DEPLOY_ENV}.example.org",
        "B": "https://${DEPLOY_ENV}.example.org/api",
        "C": "none",
        "D": "\\${A:+x}",
    }
    assert [type(value) for value in read.values()] == [Expression, Expression, str, str]


def test_references_that_double_each_other_are_stopped() -> None:
    text = "A=aaaaaaaaaa\n" + "A=${A}${A}\n" * 40
    with pytest.raises(CollectError, match=r"\.env:23: has variables that expand to more than 64 MiB"):
        parse(text, ".env")


def test_a_key_written_twice_is_recorded_with_both_lines() -> None:
    document = parse("A=1\nB.c=x\nA=2\nB.c='x'\nA=${A}3", ".env")
    assert document.duplicates == [Duplicate(("A",), 1, 3, False), Duplicate(('"B.c"',), 2, 4, True)]
    assert values("A=1\nA=2\nA=${A}3") == {"A": "23"}


def test_a_line_that_is_no_assignment_is_a_gap_and_the_rest_is_read() -> None:
    document = parse('A=1\nset -e\nB="x\nC=2\n[section]\nD=3 4\nsome prose\n', ".env")
    assert isinstance(document.root, Mapping)
    assert {key: leaf.value for key, leaf in document.root.items()} == {"A": "1", "C": "2", "D": "3 4"}
    (gap,) = document.gaps
    assert str(gap) == ".env:2: is not KEY=value (also line 3, 5, 7)"
    assert gap.hint == "correct the line, close its quotes, or begin it with #"


def test_a_file_without_any_assignment_is_refused() -> None:
    with pytest.raises(CollectError, match=r"\.env:2: is not KEY=value \(also line 3, 4, 5, 6, 7, \.\.\.\)"):
        parse("\n" + "this is prose\n" * 8, ".env")


def test_an_empty_file_has_no_variables_and_no_gaps() -> None:
    assert parse("", ".env") == parse("\n# nothing\n", ".env") == (Mapping(), [], ())


@pytest.mark.parametrize(
    "line", ["{% if x %}", "{{- range .Values.env }}", "{{ end }}", "<% if x %>", "{# note #}", "APP_{{ x }}=1"]
)
def test_a_template_around_lines_is_refused(line: str) -> None:
    with pytest.raises(CollectError, match=r"\.env:2: is an unrendered template") as caught:
        parse(f"A=1\n{line}\nB=2", ".env")
    assert "render it" in caught.value.hint


def test_a_template_in_a_value_is_an_expression() -> None:
    read = values('A={{ .Values.a }}\nB="x-{{ b }}"\nC=<%= c %>\nD=${{ secrets.D }}\nE=op://vault/item\nF={{')
    assert list(read.values()) == [
        "{{ .Values.a }}", "x-{{ b }}", "<%= c %>", "${{ secrets.D }}", "op://vault/item", "{{",
    ]  # fmt: skip
    assert [type(value) for value in read.values()] == [*[Expression] * 4, str, str]


def test_a_file_that_is_yaml_is_read_as_yaml_with_texts_as_values() -> None:
    text = '# note\nHOST: "api"\nPORT: 8080\nRATIO: 1.50\nDEBUG: false\nARGS: "--x=1"\nNONE:\nURL: http://h/?a=b\n'
    expected = {
        "HOST": "api", "PORT": "8080", "RATIO": "1.5", "DEBUG": "false", "ARGS": "--x=1", "NONE": None,
        "URL": "http://h/?a=b",
    }  # fmt: skip
    assert values(text) == expected
    assert list(lines(text).values()) == [2, 3, 4, 5, 6, 7, 8]


def test_a_file_that_is_a_json_object_is_read_as_json_with_texts_as_values() -> None:
    assert values('{\n"A": 1,\n"B": true, "C": null, "D": "x"}') == {"A": "1", "B": "true", "C": None, "D": "x"}
    with pytest.raises(CollectError, match=r"\.env:2:"):
        parse('{"A":\n', ".env")


PIECES = st.sampled_from(
    [
        "A",
        "B",
        "=",
        "=",
        "\n",
        "\n",
        " ",
        "\t",
        "'",
        '"',
        "\\",
        "#",
        "${A}",
        "${B:-x}",
        "export ",
        "x",
        "${",
        "}",
        "\r\n",
        "-",
        "$A",
    ]
)


@given(st.lists(PIECES, max_size=25).map("".join))
def test_on_any_text_it_reads_what_python_dotenv_reads_or_says_what_it_did_not(text: str) -> None:
    """Two differences are meant: an unknown reference (empty there), and a bare word that is no key (a key there)."""
    unix = text.replace("\r\n", "\n")
    bindings = list(dotenv.parser.parse_stream(io.StringIO(unix)))
    if any(each.key and each.value is None and not each.key.isalnum() for each in bindings):
        return
    try:
        document = parse(text, ".env")
    except CollectError:
        assert any(each.error for each in bindings)
        assert all(each.error or not each.key for each in bindings) or "{#" in text
        return
    assert bool(document.gaps) == any(each.error for each in bindings)
    expected = as_python_dotenv(unix)
    assert isinstance(document.root, Mapping)
    assert document.root.keys() == expected.keys()
    line_of = {}
    for each in bindings:
        blank = each.original.string[: len(each.original.string) - len(each.original.string.lstrip())]
        line_of[each.key] = each.original.line + blank.count("\n")
    for key, leaf in document.root.items():
        assert isinstance(leaf.value, Expression) or leaf.value == expected[key]
        assert leaf.line == line_of[key]


@given(st.text(max_size=60), st.sampled_from(["dotenv", "shell"]))
def test_any_text_is_read_or_refused_with_a_place(text: str, dialect: str) -> None:
    last = len(text.splitlines()) + 1
    try:
        complaints = parse(text, "f", dialect).gaps
    except CollectError as error:
        complaints = (error,)
    for complaint in complaints:
        assert complaint.hint
        assert complaint.location is not None
        assert 1 <= complaint.location.line <= last


def test_the_corpus_reads_as_python_dotenv_reads_it(corpus: Path) -> None:
    """But for three files that are YAML, which python-dotenv does not know; it has no file with unknown references
    that python-dotenv would read as empty, except in one, whose values are expressions here.
    """
    cases = json.loads((corpus / "manifest.json").read_text(encoding="utf-8"))["cases"]
    different = []
    read = 0
    for case in cases:
        if case["kind"] != "dotenv":
            continue
        for name in {*case["base"], *case["staging"], *case["production"], *case["other"]}:
            if name.endswith((".json", ".yaml", ".sh")):
                continue
            path = corpus / case["root"] / name
            document = parse(read_text(str(path), name), name)
            assert not document.gaps
            assert isinstance(document.root, Mapping)
            ours = {key: leaf.value for key, leaf in document.root.items() if not isinstance(leaf.value, Expression)}
            theirs = as_python_dotenv(path.read_text(encoding="utf-8"))
            read += 1
            if ours != {key: theirs.get(key) for key in ours} or len(theirs) != len(document.root):
                different.append(path.name)
                assert path.read_text(encoding="utf-8").lstrip().split("\n")[0].count(": ") == 1
    assert read > 20
    assert set(different) <= {"dev.env", "staging.env", "production.env"}
