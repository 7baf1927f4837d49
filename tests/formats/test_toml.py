"""TOML with lines: what tomllib reads, and where each key stands."""

from __future__ import annotations

import datetime
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftcheck.errors import CollectError
from driftcheck.formats import Leaf, Mapping, Node, flatten
from driftcheck.formats.toml import parse

SAMPLE = '''\
# head
title = "x" # [not.a.table]

[owner] # note
"full name" = 'A [b] "c'
born = 1979-05-27T07:32:00Z

[servers.alpha]
ports = [
  8000, # ]
  "}",
]
text = """
[no.table]
key = "a" \\""" ""
"""""
[servers."beta.x"]
a.b = {c = 1, d.e = "#"}
a.f = true

[[products]]
name = 1
[products.made]
in = \'\'\'
it''s
\'\'\'

[[products]]
[[products.parts]]
ratio = inf
[[products.parts]]
[products.parts.x]
y = 07:32:00
'''


def plain(node: Node) -> Any:
    if isinstance(node, Leaf):
        return node.value
    if isinstance(node, Mapping):
        return {key: plain(child) for key, child in node.items()}
    return [plain(child) for child in node]


def test_every_key_has_the_line_of_its_statement() -> None:
    root = parse(SAMPLE, "f.toml").root
    assert [(".".join(entry.path), entry.value, entry.location.line) for entry in flatten(root, "")] == [
        ("title", "x", 2),
        ('owner."full name"', 'A [b] "c', 5),
        ("owner.born", "1979-05-27T07:32:00+00:00", 6),
        ("servers.alpha.ports", (8000, "}"), 9),
        ("servers.alpha.text", '[no.table]\nkey = "a" """ ""\n""', 13),
        ('servers."beta.x".a.b.c', 1, 18),
        ('servers."beta.x".a.b.d.e', "#", 18),
        ('servers."beta.x".a.f', True, 19),
        ("products.[0].name", 1, 22),
        ("products.[0].made.in", "it''s\n", 24),
        ("products.[1].parts.[0].ratio", "inf", 30),
        ("products.[1].parts.[1].x.y", "07:32:00", 33),
    ]
    assert isinstance(root, Mapping)
    assert [root[key].line for key in root] == [2, 4, 8, 21]
    assert [item.line for item in root["products"]] == [21, 28]


KEYS = st.text("ab-_1", min_size=1, max_size=3) | st.text(max_size=4)
SCALARS = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.dates()
    | st.times()
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))


def basic(text: str) -> str:
    return '"' + "".join(c if c.isalnum() or c in " [].#='" else f"\\U{ord(c):08x}" for c in text) + '"'


def inline(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"""\n{basic(value)[1:-1]}"""' if len(value) % 2 else basic(value)
    if isinstance(value, list):
        return "[" + "".join(f"\n{inline(each)}, # ]\n" for each in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{basic(key)} = {inline(each)}" for key, each in value.items()) + "}"
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else str(value)


def as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_text(each) for key, each in value.items()}
    if isinstance(value, list):
        return [as_text(each) for each in value]
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else value


@given(st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES, max_size=3), max_size=4))
def test_on_generated_files_it_reads_what_tomllib_reads_and_finds_the_lines(tables: dict[str, dict[str, Any]]) -> None:
    text = ""
    lines = {}
    for name, table in tables.items():
        text += f"\n# [x]\n[{basic(name)}.sub]\n"
        for key, value in table.items():
            lines[name, key] = text.count("\n") + 1
            text += f"{basic(key)} = {inline(value)} # note\n"
    root = parse(text, "f").root
    assert repr(plain(root)) == repr(as_text(tomllib.loads(text)))
    assert isinstance(root, Mapping)
    assert {(name, key): root[name]["sub"][key].line for name, key in lines} == lines


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a = 1\nb = \n", 2, "is not TOML"),
        ("a = 1\na = 2\n", 2, "has a key or table twice"),
        ("[a]\n[b]\n[a]\n", 3, "has a key or table twice"),
        ('a = 1\nb = """x', 2, "is not TOML"),
        ("a = 1\nb = {{ x }}\n", 2, "is an unrendered template"),
        ("{% if x %}\na = 1\n", 1, "is an unrendered template"),
        ("a = " + "9" * 5000, 1, "is not TOML"),
        ("a = " + "[" * 100_000, 0, "is nested more than 200 levels deep"),
        ("\na" + ".a" * 300 + " = 1", 2, "is nested more than 200 levels deep"),
        ("\na = " + "[" * 250 + "]" * 250, 2, "is nested more than 200 levels deep"),
    ],
    ids=range(10),
)
def test_what_is_not_toml_is_named_with_line_and_remedy(text: str, line: int, reason: str) -> None:
    with pytest.raises(CollectError) as caught:
        parse(text, "f.toml")
    assert str(caught.value) == (f"f.toml:{line}: {reason}" if line else f"f.toml: {reason}")
    assert caught.value.hint


@given(st.text("ab=.[]{}\"'\\#\n ,1", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        expected = tomllib.loads(text)
    except ValueError:
        with pytest.raises(CollectError):
            parse(text, "f")
    else:
        assert plain(parse(text, "f").root) == expected


def test_an_empty_file_is_an_empty_mapping() -> None:
    assert parse("", "f").root == {}
