"""Env files: `KEY=value` lines, as python-dotenv or as the shell reads them; those that are YAML or JSON, too.

What python-dotenv does, and therefore this: `export ` may stand in front; quotes may span lines; ` #` begins a comment;
double quotes know the escapes of C, single quotes only that of a quote and a backslash; `${NAME}` and `${NAME:-x}`
are replaced by what earlier lines (and layers) set, even in single quotes; `$NAME` is not. `KEY` without `=` has no
value. Three things differ on purpose: our own process environment is never asked, so a reference that only it could
answer leaves an expression; a line that is no assignment is reported, not skipped; a line of a template ends it all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Known

from driftcheck.errors import CollectError
from driftcheck.formats import Document, Leaf, Mapping, Node, Sequence, unrendered
from driftcheck.formats.variables import Expansion, Variables
from driftcheck.model import Location
from driftcheck.pattern import Pattern

DIALECTS = ("dotenv", "shell")

_BINDING = Pattern(
    r"""
    (?: export [^\S\n]++ )?+
    (?: (?=\#) | '(?P<quoted_key> [^']++ )' | (?P<key> (?!')[^=\#\s]++ ) )
    [^\S\n]*+
    (?: (?P<equals> = )
        (?: [^\S\n]++ (?=\#)
          | [^\S\n]*+ (?: '(?P<single> (?: [^'\\]++ | \\. )*+ )'
                        | "(?P<double> (?: [^"\\]++ | \\. )*+ )"
                        | (?P<bare> (?!['"])[^\n]*+ ) ) )
    )?+
    (?P<end> [^\S\n]*+ (?: \#[^\n]*+ )?+ (?: \n | \Z ) )?+
    """,
    re.VERBOSE | re.DOTALL,
)
_BLANK = Pattern(r"\s*+")
_COMMENT = Pattern(r"\s#")
_BARE_KEY = Pattern(r"[A-Za-z_][\w.-]*+\Z")
_SINGLE_ESCAPE = Pattern(r"\\([\\'])")
_DOUBLE_ESCAPE = Pattern(r"\\([\\'\"abfnrtv])")
_ESCAPED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_REFERENCE = Pattern(r"\$\{(?P<name>[^\}:]*+)(?P<rest>(?::-(?P<default>[^\}]*+))?\})?+")
_TEMPLATE = Pattern(r"\{\{|\{%|(?<!\$)\{#|<%")
_ASSIGNMENT = Pattern(r"^(?:export[^\S\n]++)?['\"]?[\w.-]++['\"]?[^\S\n]*+=", re.MULTILINE)
_YAML_KEY = Pattern(r"^(?:[A-Za-z_][\w.-]*+|'[^'\n]++'|\"[^\"\n]++\")[^\S\n]*+:(?:[^\S\n]|$)", re.MULTILINE)


def parse(text: str, path: str, dialect: str = "dotenv", known: Known[str, str | None] | None = None) -> Document:
    """Return the variables that a file sets: a flat mapping of texts, None for a key without `=`.

    `known` is what earlier layers set. Lines that cannot be understood are in `gaps`; if nothing else is there, or if
    nobody can tell where a value ends, it is a CollectError. CRLF counts as LF in both dialects.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    variables = Variables(path, known or {})
    if dialect == "shell":
        from driftcheck.formats import shell

        shell.read(text, variables)
    elif text.lstrip().startswith("{") and not text.lstrip().startswith(("{{", "{%", "{#")):
        from driftcheck.formats import json

        return _texts(json.parse(text, path), path)
    elif _YAML_KEY.search(text) and not _ASSIGNMENT.search(text):
        from driftcheck.formats import yaml

        return _texts(yaml.parse(text, path), path)
    else:
        _read(text, variables)
    return variables.document()


def _read(text: str, variables: Variables) -> None:
    position = counted = 0
    while True:
        if match := _BLANK.match(text, position):
            position = match.end()
        if position == len(text):
            return
        variables.line += text.count("\n", counted, position)
        counted = position
        match = _BINDING.match(text, position)
        key = (match["quoted_key"] or match["key"]) if match else None
        if match is None or match["end"] is None or (key and not match["equals"] and not _BARE_KEY.match(key)):
            position = match.end() if match and match["end"] is None else position
            if (end := text.find("\n", position)) < 0:
                end = len(text)
            if _TEMPLATE.search(text, counted, end):
                raise unrendered(variables.path, variables.line)
            variables.skip("is not KEY=value", "correct the line, close its quotes, or begin it with #", variables.line)
            position = end
            continue
        position = match.end()
        if key is None:
            continue
        if _TEMPLATE.search(key):
            raise unrendered(variables.path, variables.line)
        if not match["equals"]:
            variables.set(key, None, variables.line)
            continue
        if (value := match["double"]) is not None:
            value = _DOUBLE_ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), value)
        elif (value := match["single"]) is not None:
            value = _SINGLE_ESCAPE.sub(r"\1", value)
        else:
            value = match["bare"] or ""
            if comment := _COMMENT.search(value):
                value = value[: comment.start()]
            value = value.rstrip()
            if value.startswith("-----BEGIN ") and "-----END " not in value:
                variables.skip("begins a PEM block without quotes", "put the whole block in quotes", variables.line)
                end = text.find("\n", max(text.find("-----END ", position), position))
                position = len(text) if end < 0 else end
                continue
        _set(variables, key, value)


def _set(variables: Variables, key: str, text: str) -> None:
    expansion = Expansion(variables)
    position = 0
    for match in _REFERENCE.finditer(text, 0, text.rfind("}") + 1):
        if not match["rest"]:
            continue  # not a reference, and nothing in it can be one: scanned once
        expansion.add(text[position : match.start()])
        position = match.end()
        name = match["name"]
        expansion.names.add(name)
        if (value := variables[name]) is not None:
            expansion.add_value(value)
        elif match["default"] is not None:
            expansion.add(match["default"])
        else:
            expansion.add(match[0], static=False)
    expansion.add(text[position:])
    variables.set(key, expansion.value(), variables.line, extends=key in expansion.names)


def _texts(document: Document, path: str) -> Document:
    """Return a YAML or JSON document with its scalars as texts: a process gets no others from its environment."""
    if not isinstance(document.root, Mapping):
        raise CollectError("is not KEY=value", Location(path, 1), "write one KEY=value a line, or a mapping")
    return document._replace(root=_text(document.root))


def _text(node: Node) -> Node:
    from driftcheck.formats.yaml import text_of

    if isinstance(node, Leaf):
        return node if node.value is None else node._replace(value=text_of(node.value))
    copy: Mapping | Sequence
    if isinstance(node, Mapping):
        copy = Mapping(node.line)
        copy.update((key, _text(child)) for key, child in node.items())
    else:
        copy = Sequence(node.line)
        copy.extend(map(_text, node))
    return copy
