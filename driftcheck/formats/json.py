"""JSON (RFC 8259) into a tree with lines; with `comments=True` also the kind with comments and trailing commas.

The standard parser knows no lines. This one spends one regular expression on a token and keeps its own stack, so that
a lockfile of 5 MB takes a fraction of a second and no depth of nesting ends in a traceback.
"""

from __future__ import annotations

import re
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]  # typeshed lacks the latter
from math import isinf
from typing import NamedTuple, NoReturn

from driftcheck.errors import CollectError
from driftcheck.formats import DEEPEST, Document, Duplicate, Leaf, Mapping, Node, Sequence, same, unrendered
from driftcheck.model import Location, item, quoted
from driftcheck.pattern import Pattern

_WORDS = {"true": True, "false": False, "null": None}


class _Grammar(NamedTuple):
    """What may stand at each point of a text. A member, or an item, is taken in one go, up to the comma after it."""

    member: re.Pattern[str]
    item: re.Pattern[str]
    quote: re.Pattern[str]
    colon: re.Pattern[str]
    closing: re.Pattern[str]
    end: re.Pattern[str]
    space: re.Pattern[str]


def _grammar(space: str, trailing_comma: str = "") -> _Grammar:
    plain = r'"([^"\\\x00-\x1f]*+)"'  # without escapes; the others go to json's own scanner
    number = r"(-?(?:0|[1-9][0-9]*+))((?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?)"
    comma = rf"{space},(?!{space}[\]}}])" if trailing_comma else rf"{space},"
    value = rf'{space}(?:(?:{plain}|{number}|(true|false|null))(?:{comma})?|([\[{{"]))'
    return _Grammar(
        member=Pattern(rf"{space}{plain}{space}:{value}"),
        item=Pattern(f"(){value}"),
        quote=Pattern(f'{space}"'),
        colon=Pattern(f"{space}:"),
        closing=Pattern(rf"{space}[\]}}]"),
        end=Pattern(rf"{space}{trailing_comma}([,\]}}])"),
        space=Pattern(space),
    )


_BLANKS = r"[ \t\n\r]*+"
_BLANKS_AND_COMMENTS = r"(?:[ \t\n\r]++|//[^\n]*+|/\*(?s:.*?)\*/)*+"
_STRICT = _grammar(_BLANKS)
_COMMENTED = _grammar(_BLANKS_AND_COMMENTS, rf"(?:,(?={_BLANKS_AND_COMMENTS}[\]}}]){_BLANKS_AND_COMMENTS})?")


def parse(text: str, path: str, *, comments: bool = False) -> Document:
    """Return the tree of one JSON text; raise CollectError with the line where it stops being JSON.

    NaN, Infinity and numbers beyond a double's range are refused: no two programs agree on what they are.
    """
    grammar = _COMMENTED if comments else _STRICT
    match_member, match_item, match_end = grammar.member.match, grammar.item.match, grammar.end.match
    document = Sequence(1)
    container: Mapping | Sequence = document
    key = ""
    around: list[tuple[Mapping | Sequence, str]] = []  # what the container is in, outermost first
    repeated: list[tuple[Duplicate, Node, Node]] = []
    position, line, counted = 0, 1, 0

    while True:
        if type(container) is not Mapping:
            match = match_item(text, position)
        elif match := match_member(text, position):
            key = match[1]
        else:
            key, position = _key(text, path, grammar, position)
            match = match_item(text, position)
        if match is None:
            _refuse(text, path, grammar, position, "expected a value")
        kind = match.lastindex or 0
        start, position = match.start(kind), match.end()
        line += text.count("\n", counted, start)
        counted = start
        node: Leaf | Mapping | Sequence
        if kind == 2:
            node = Leaf(match[2], line)
        elif kind == 4:
            node = Leaf(_number(match[3], match[4], path, line), line)
        elif kind == 5:
            node = Leaf(_WORDS[match[5]], line)
        elif match[6] == '"':
            value, position = _escaped(text, path, position)
            node = Leaf(value, line)
        else:
            node = Mapping(line) if match[6] == "{" else Sequence(line)

        if type(container) is Mapping:
            if key in container:
                segments = tuple(_segment(*each) for each in (*around[1:], (container, key)))
                earlier = container[key]
                repeated.append((Duplicate(segments, earlier.line, line, False), earlier, node))
            container[key] = node
        else:
            assert isinstance(container, Sequence)
            container.append(node)

        if kind < 6 and text[position - 1] == ",":
            if around:
                continue
            position -= 1  # nothing may follow the outermost value
        if not isinstance(node, Leaf):
            if len(around) == DEEPEST:
                raise CollectError(f"is nested more than {DEEPEST} levels deep", Location(path, line), "flatten it")
            around.append((container, key))
            container = node
            if grammar.closing.match(text, position) is None:
                continue
        while around:
            if (match := match_end(text, position)) is None:
                _refuse(text, path, grammar, position, "expected a comma or a closing bracket")
            if match[1] != "," and (match[1] == "}") is not isinstance(container, Mapping):
                _refuse(text, path, grammar, position, "expected the other closing bracket")
            position = match.end()
            if match[1] == ",":
                break
            container, key = around.pop()
        else:
            break

    if (match := grammar.space.match(text, position)) and match.end() != len(text):
        _refuse(text, path, grammar, position, "expected nothing more after the value")
    return Document(document[0], [each._replace(same_value=same(old, new)) for each, old, new in repeated])


def _key(text: str, path: str, grammar: _Grammar, position: int) -> tuple[str, int]:
    """Return a key that may have escapes, and the position after its colon."""
    if (match := grammar.quote.match(text, position)) is None:
        _refuse(text, path, grammar, position, "expected a key in double quotes")
    key, position = _escaped(text, path, match.end())
    if (match := grammar.colon.match(text, position)) is None:
        _refuse(text, path, grammar, position, "expected a colon after the key")
    return key, match.end()


def _escaped(text: str, path: str, position: int) -> tuple[str, int]:
    """Return the string whose opening quote is before `position`, and the position after its closing quote."""
    try:
        value, end = scanstring(text, position, True)
        value.encode()
    except JSONDecodeError as error:
        line = text.count("\n", 0, error.pos) + 1
        hint = "close it with a double quote, and write line breaks as \\n, backslashes as \\\\"
        raise CollectError("has a broken string", Location(path, line), hint) from None
    except UnicodeEncodeError:
        line = text.count("\n", 0, position) + 1
        raise CollectError(
            "has a \\u escape that is half a character", Location(path, line), "write both halves of it"
        ) from None
    return value, end


def _number(whole: str, rest: str, path: str, line: int) -> int | float:
    try:
        value = float(whole + rest) if rest else int(whole)
    except ValueError:  # Python refuses to convert thousands of digits
        value = float("inf")
    if isinstance(value, float) and isinf(value):
        raise CollectError("has a number that is too large", Location(path, line), "write it as a string")
    return value


def _segment(container: Mapping | Sequence, key: str) -> str:
    return quoted(key) if isinstance(container, Mapping) else item(len(container) - 1)


def _refuse(text: str, path: str, grammar: _Grammar, position: int, reason: str) -> NoReturn:
    """Say where a text stops being JSON, and what to do about the usual causes."""
    if match := grammar.space.match(text, position):
        position = match.end()
    line = text.count("\n", 0, position) + 1
    rest = text[position : position + 10]
    if not text.strip():
        reason, hint = "is empty", "write {} for no settings at all"
    elif not rest:
        reason, hint = "ends in the middle of a value", "close what is open, or restore the rest of the file"
    elif rest.startswith(("{{", "{%", "<%", "${")) or text.startswith("{{", position - 1):
        raise unrendered(path, line)
    elif rest.startswith(("//", "/*", "#")):
        reason, hint = "has a comment, which JSON does not know", "remove the comment"
    elif rest.startswith(("NaN", "Infinity", "-Infinity")):
        reason, hint = "has NaN or Infinity, which are not JSON", "write it as a string, or as null"
    elif rest[0] in "]}" and text[:position].rstrip().endswith(","):
        reason, hint = "has a comma after the last value", "remove the comma"
    elif rest[0] == "'":
        reason, hint = "has a string in single quotes", "use double quotes"
    else:
        reason, hint = f"is not JSON: {reason}", "correct the line; `python3 -m json.tool` checks a file"
    raise CollectError(reason, Location(path, line), hint)
