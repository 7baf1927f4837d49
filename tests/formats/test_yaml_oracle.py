"""YAML against the real helm: what a values file says must be what a chart's templates get to see."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from driftcheck.errors import CollectError
from driftcheck.formats import Leaf, Mapping, Node
from driftcheck.formats.yaml import parse

INSTALL = "go install helm.sh/helm/v3/cmd/helm@v3.22.0"

ODD_SCALARS = """
010 0o17 0O17 0o8 08 09.5 00 0 -0 +0 1_000 1__0 1_ 0_8 _1 -_1 1e3 1E+3 1.e3 1e999 -1e999 .5 +.5 -.5e1 . .. .e5 .5_0
1_0.5 0x1F 0X1f -0x1F 0x 0xG 0x_1 0xFFFFFFFFFFFFFFFF 0xFFFFFFFFFFFFFFFFF 0b11 0B11 0b12 -0b11 0b-11 0b+11 -0b-11 0b
1.2.3 9223372036854775807 9223372036854775808 -9223372036854775808 -9223372036854775809 18446744073709551615
+18446744073709551615 18446744073709551616 123456789012345678901234567890 0777777777777777777777777 9007199254740993
12345678901234567890 y Y yes Yes YES yEs n N no No NO nO true True TRUE tRue false False FALSE on On ON oN off Off OFF
null Null NULL nUll nil none None ~ ~~ 12:30:45 190:20:30 1:30 2024-01-01 2024-1-2 2024-01-01T10:00:00Z 2024-13-45
2001-12-14t21:59:43.10-05:00 2024-01 1.10 1.0 1.20.3 v1.2 1e-7 0.1 1e21 123456789.123 3.14159265358979 100000 1000000.0
1e6 1234567.0 0.0001 0.00001 + - +- -- 0.1.2 1,000 5% 512Mi 500m 1h30m 30s 10k <<x =x é ٣ 1é 1e 1e+ e1 .1. 0.e
""".split()

DOCUMENTS = {
    "aliases share a value": "a: &x {b: [1, 2]}\nc: *x\nd: [*x, *x]\n",
    "an anchor defined twice means the latest": "a: &x 1\nb: *x\nc: &x 2\nd: *x\n",
    "anchors on keys": "&k key: 1\nother: *k\n*k : 2\n",
    "a merge loses to keys below it": "base: &b {p: 1, q: 2}\nuse:\n  <<: *b\n  p: 3\n",
    "a merge wins over keys above it": "base: &b {p: 1, q: 2}\nuse:\n  p: 3\n  <<: *b\n",
    "the first of a merged list wins": "a: &a {p: 1}\nb: &b {p: 2, q: 2}\nuse: {<<: [*a, *b, {r: 3}]}\n",
    "two merges in one mapping": "use: {<<: {p: 5}, <<: {p: 6, q: 7}}\n",
    "a quoted merge key is a key": 'use: {"<<": {p: 5}}\n',
    "a merge key by tag": 'use: {!!merge "<<": {p: 5}}\n',
    "a key written twice": "a: {b: 1}\na: {c: 2}\n",
    "keys of every type": "1: a\n1.10: b\non: c\n0x10: d\n2024-01-01: e\n1e6: f\n'7': g\n",
    "a number and its text are one key": "use: {one: 1}\n",
    "standard tags": "- !!str 12\n- !!int '0x10'\n- !!float 1\n- !!bool yes\n- !!null ''\n",
    "base64": "a: !!binary |\n  aGVs\n  bG8=\n",
    "tags of somebody's own": "- !override 5\n- !secret null\n- !reset {a: 1}\n- !x [1]\n",
    "tags on collections": "- !!map {a: 1}\n- !!seq [1]\n- !!set {a, b}\n- !!omap [a: 1]\n",
    "a timestamp tag": "- !!timestamp 2024-01-01\n",
    "block scalars": "a: |\n  one\n   two\n\n  three\nb: >-\n  one\n  two\nc: |+\n  x\n\n",
    "plain text over lines": "a: one\n  two\n  three\nb: 'one\n  two'\nc: \"one\\\n  two\\x41\\u00e9\"\n",
    "flow in block": "a: [1, {b: c}, [d, e], f: g]\nb: {c, d: }\n",
    "empty values": "a:\nb: ''\nc: []\nd: {}\n",
    "compact lists": "- a: 1\n  b: 2\n- - 1\n  - 2\n-\n  c: 3\n",
    "explicit keys": "? a\n: 1\n? 'b c'\n: 2\n",
    "comments everywhere": "# c\na: 1 # c\n# c\nb: 'x # y' # c\nc: x#y\n",
    "tabs between tokens": "a:\t1\nb:\t'x'\t# c\n",
    "unicode and escapes": "a: \"\\t\\n\\\\ \\u263a\"\nb: ☺\nc: 'it''s'\n",
    "json": '{"a": [1, 2.50, true, null], "b": {"c": "d/e"}}\n',
    "colons in flow": "[http://example.org:80/x, a:b, {c:d: e}]\n",
}

WHOLE_FILES = {
    "an empty file": "",
    "only comments": "# nothing\n\n# here\n",
    "only a document start": "---\n",
    "a null document": "~\n",
    "several documents": "a: 1\n---\nb: 2\n",
    "an empty first document": "---\n# nothing\n---\nb: 2\n",
    "CRLF": "a: 1\r\nb:\r\n  - x\r\n  - |\r\n    y\r\n",
    "a byte order mark": "\ufeffa: 1\n",
    "a directive": "%YAML 1.1\n---\na: 010\n",
    "a document end": "a: 1\n...\n",
}

REFUSED = {
    "a key that is a mapping": "{a: 1}: 2",
    "a key that is a list": "? [a]\n: 2",
    "a tab for indentation": "a:\n\tb: 1",
    "an anchor that is not there": "a: *x",
    "an anchor inside itself": "a: &x [*x]",
    "a tag that its value is not": "a: !!int x",
    "base64 that is none": "a: !!binary '*'",
    "a merge of what is no mapping": "a: {<<: 1}",
    "a merge of a list by alias": "b: &b [{x: 1}]\na: {<<: *b}",
    "an alias bomb": "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 8)),
    "a flow that does not end": "a: [1, 2",
    "a template": "a: {{ .Values.b }}",
    "a template of control lines": "{{- if .Values.b }}\na: 1\n{{- end }}",
}


class Helm:
    """Runs the real helm on a chart whose only template prints the values that it sees."""

    def __init__(self, program: str, folder: Path) -> None:
        self.program = program
        self.chart = folder / "chart"
        (self.chart / "templates").mkdir(parents=True)
        (self.chart / "Chart.yaml").write_text("{apiVersion: v2, name: probe, version: 1.0.0}")
        (self.chart / "templates" / "values.yaml").write_text("{{ toJson .Values }}\n")

    def values(self, text: str) -> Any:
        """Return the values, or None where helm refuses."""
        file = self.chart.parent / "values.yaml"
        file.write_bytes(text.encode())
        command = [self.program, "template", "x", str(self.chart), "-f", str(file)]
        done = subprocess.run(
            command, capture_output=True, text=True, env={**os.environ, "HOME": str(file.parent)}, timeout=60
        )
        if done.returncode:
            return None
        return json.loads(done.stdout.partition("# Source: ")[2].partition("\n")[2])


@pytest.fixture
def helm(tool: Callable[[str, str], str], tmp_path: Path) -> Helm:
    return Helm(tool("helm", INSTALL), tmp_path)


def test_helm_reads_odd_plain_scalars_the_same(helm: Helm) -> None:
    scalars = ODD_SCALARS + [text for seed in range(3000) if is_plain(text := random_scalar(random.Random(seed)))]
    theirs = helm.values("values:\n" + "".join(f"- {text}\n" for text in scalars))["values"]
    ours = as_json(parse("".join(f"- {text}\n" for text in scalars), "x"))
    assert [pair for pair in zip(scalars, theirs, ours, strict=True) if typed(pair[1]) != typed(pair[2])] == []


def test_helm_reads_quoted_scalars_as_text(helm: Helm) -> None:
    lines = [f"- {quote}{text}{quote}\n" for text in ODD_SCALARS for quote in "'\""]
    assert helm.values("values:\n" + "".join(lines))["values"] == as_json(parse("".join(lines), "x"))


def test_helm_makes_the_same_texts_of_keys(helm: Helm) -> None:
    refused = {"~", "null", "Null", "NULL", "0xFFFFFFFFFFFFFFFF", "9223372036854775808", "12345678901234567890"}
    refused |= {"18446744073709551615", "01777777777777777777777"}
    keys = [text for text in ODD_SCALARS if text not in refused]
    keys += [
        text
        for seed in range(3000, 5000)
        if is_plain(text := random_scalar(random.Random(seed))) and text not in refused
    ]
    lines = [f"- {text}: x\n" for text in keys]
    theirs = helm.values("values:\n" + "".join(lines))["values"]
    ours = as_json(parse("".join(lines), "x"))
    assert [pair for pair in zip(keys, theirs, ours, strict=True) if pair[1] != pair[2]] == []


def test_helm_reads_structures_the_same(helm: Helm) -> None:
    text = "".join(f"{name}:\n{textwrap.indent(body, '  ')}" for name, body in DOCUMENTS.items())
    theirs, ours = helm.values(text), as_json(parse(text, "x"))
    for name in DOCUMENTS:
        assert typed(theirs[name]) == typed(ours[name]), name


@pytest.mark.parametrize("name", WHOLE_FILES)
def test_helm_reads_whole_files_the_same(helm: Helm, name: str) -> None:
    assert typed(helm.values(WHOLE_FILES[name])) == typed(as_json(parse(WHOLE_FILES[name], "x")) or {})


@pytest.mark.parametrize("name", REFUSED)
def test_what_helm_refuses_is_an_error(helm: Helm, name: str) -> None:
    assert helm.values(REFUSED[name]) is None
    with pytest.raises(CollectError):
        parse(REFUSED[name], "x")


def random_scalar(chance: random.Random) -> str:
    """Return a short text that looks like a number now and then."""
    return "".join(chance.choices("00112345789+-._eExXoObBfFaAnNyYTZ:~", k=chance.randint(1, 8)))


def is_plain(text: str) -> bool:
    """Return whether a text may stand unquoted as list item and as key, and whether JSON can hold what it means."""
    return not re.search(r":$|^[:-]$|^\.{3}|^---|^[-+]?\.(inf|nan)$", text, re.IGNORECASE) and text[0] != ":"


def as_json(node: Node | Any) -> Any:
    node = getattr(node, "root", node)
    if isinstance(node, Leaf):
        return node.value
    if isinstance(node, Mapping):
        return {key: as_json(child) for key, child in node.items()}
    return [as_json(child) for child in node]


def typed(value: Any) -> Any:
    """Return a value of which equality means the same JSON: true is not 1, and all numbers are 64-bit floats."""
    if isinstance(value, dict):
        return {key: typed(child) for key, child in value.items()}
    if isinstance(value, list):
        return [typed(child) for child in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return ("number", float(value))
    return (type(value).__name__, value)
