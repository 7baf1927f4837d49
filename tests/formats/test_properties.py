"""Java properties with lines: what `java.util.Properties` reads, and where each key stands."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftcheck.errors import CollectError
from driftcheck.formats import Duplicate, Leaf, Mapping, Node, flatten
from driftcheck.formats.properties import parse

PROGRAM = """
import java.io.*; import java.nio.charset.StandardCharsets; import java.nio.file.*; import java.util.*;
public class Properties1 {
  public static void main(String[] folder) throws Exception {
    for (int n = 0; Files.exists(Path.of(folder[0], n + "")); n++) {
      Properties read = new Properties();
      StringBuilder out = new StringBuilder("ok");
      try (Reader in = Files.newBufferedReader(Path.of(folder[0], n + ""))) {
        read.load(in);
        for (String key : new TreeSet<>(read.stringPropertyNames()))
          out.append(hex(key)).append(hex(read.getProperty(key)));
      } catch (IllegalArgumentException e) { out = new StringBuilder("refused"); }
      System.out.println(out);
    }
  }
  static String hex(String text) {
    return " x" + HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
  }
}
"""


def values(node: Node, path: tuple[str, ...] = ()) -> dict[str, object]:
    if isinstance(node, Leaf):
        return {".".join(path): node.value}
    assert isinstance(node, Mapping)
    return {key: value for name, child in node.items() for key, value in values(child, (*path, name)).items()}


def test_every_spelling_is_read_with_its_line() -> None:
    text = (
        "# note\n! note\n\na=1\nb : 2\nc 3\n  d.e\t=\t4 \nf=one, \\\n    two, \\\n  # three\n"
        "g\\ h\\=\\:=x\\ty\\u00e9\\\\\n"
        "\\#i=\\q\nj\nk=\nl==m\r\nn=\\ud83d\\ude00\n"
    )
    assert [
        (".".join(entry.path), entry.value, entry.location.line) for entry in flatten(parse(text, "f").root, "")
    ] == [
        ("a", "1", 4),
        ("b", "2", 5),
        ("c", "3", 6),
        ("d.e", "4 ", 7),
        ("f", "one, two, # three", 8),
        ('"g h=:"', "x\ty\u00e9\\", 11),
        ("#i", "q", 12),
        ("j", "", 13),
        ("k", "", 14),
        ("l", "=m", 15),
        ("n", "\U0001f600", 16),
    ]


def test_dots_nest_but_where_a_key_has_a_value_of_its_own() -> None:
    text = "spring.datasource.url=x\nlogger.app.db=debug\nlogger=info\nlogger.app=warn\n"
    text += "spring.datasource.pool.size=5\n.a=1\nb..c=2\n"
    assert [entry.path for entry in flatten(parse(text, "f").root, "")] == [
        ("spring", "datasource", "url"),
        ("spring", "datasource", "pool", "size"),
        ('"logger.app.db"',),
        ("logger",),
        ('"logger.app"',),
        ('".a"',),
        ("b", '".c"'),
    ]


def test_a_key_written_twice_is_recorded_with_both_lines_and_the_later_value_wins() -> None:
    document = parse("a.b=1\nc=1\na.b: 2\nc 1\n", "f")
    assert document.duplicates == [Duplicate(("a", "b"), 1, 3, False), Duplicate(("c",), 2, 4, True)]
    assert document.root == {"a": {"b": Leaf("2", 3)}, "c": Leaf("1", 4)}


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a=1\nb=\\u12x4", 2, "has a \\u escape without four hexadecimal digits"),
        ("a=1\n{{ range }}\nb=1", 2, "is an unrendered template"),
        ("a" + ".a" * 300 + "=1", 1, "has a key of more than 200 parts"),
    ],
)
def test_what_cannot_be_read_is_named_with_line_and_remedy(text: str, line: int, reason: str) -> None:
    with pytest.raises(CollectError) as caught:
        parse(text, "f.properties")
    assert (str(caught.value), bool(caught.value.hint)) == (f"f.properties:{line}: {reason}", True)


@given(st.text("ab.=: \t\f\\\n\r#!u01\u00e9", max_size=30))
def test_any_text_is_read_or_refused_with_a_line(text: str) -> None:
    try:
        entries = flatten(parse(text, "f").root, "f")
    except CollectError as error:
        place = error.location
        assert place is not None
        assert place.line
        return
    assert all(1 <= entry.location.line <= len(text.splitlines()) + 1 for entry in entries)


def test_java_says_the_same(tmp_path: Path, tool: Callable[[str, str], str]) -> None:
    """But for a file that ends in a line of nothing but a backslash, which Java takes for an empty key."""
    java = tool("java", "a JDK of at least 17")
    choose = random.Random(3)
    alphabet = [*"ab.=: \t\f\\\n\r#!x", "\r\n", "\\\n", "\\t", "\\u00e9"]
    texts = ["".join(choose.choices(alphabet, k=choose.randrange(1, 25))) + "\nz" for _ in range(3000)]
    texts += [
        "a=1\\",
        "a\\",
        "\\\n# b\nc",
        "a=b\\\n\nc",
        "a=b\\\n   # c",
        "  \\\n  a=1",
        "a=\\u12",
        "\\u0061=1\\u",
        "a b",
    ]
    for number, text in enumerate(texts):
        (tmp_path / str(number)).write_bytes(text.encode())
    (tmp_path / "Properties1.java").write_text(PROGRAM, encoding="utf-8")
    command = [java, "-Dstdout.encoding=UTF-8", str(tmp_path / "Properties1.java"), str(tmp_path)]
    answers = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    for text, answer in zip(texts, answers, strict=True):
        words = [bytes.fromhex(word[1:]).decode() for word in answer.split()[1:]]
        expected: dict[str, object] = dict(zip(words[::2], words[1::2], strict=True))
        try:
            ours = values(parse(text, "f").root)
        except CollectError:
            assert answer == "refused", repr(text)
            continue
        assert answer.startswith("ok"), repr(text)
        assert ours == expected, repr(text)
