"""YAML (and so JSON) as Helm and kubectl read it, with the line of every value and every key written twice.

libyaml's events are turned into the tree directly: no constructor runs, so no tag can do anything. Scalars mean what
go-yaml v2 makes of them, the reader inside `sigs.k8s.io/yaml`: `010` is 8, `1_000` is 1000, `on` is true, `12:30:45`
and dates are text. Source of the rules: go.yaml.in/yaml/v2, resolve.go and decode.go.
"""

from __future__ import annotations

import gc
import math
import re
import struct
from functools import cache
from typing import Any, NoReturn

from driftcheck.errors import CollectError
from driftcheck.formats import DEEPEST, Document, Duplicate, Leaf, Mapping, Node, Sequence, same, unrendered
from driftcheck.model import Location, Scalar, item, make, quoted
from driftcheck.pattern import Pattern

LARGEST_EXPANSION = 400_000
"""Nodes that aliases may add to one document: about where go-yaml calls it excessive aliasing."""

_TAG = "tag:yaml.org,2002:"
_MERGE = "<<"
_SPELLED: dict[str, Scalar] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    # JSON has no word for these three, and Helm refuses them; one spelling each keeps them comparable.
    **dict.fromkeys((".nan", ".NaN", ".NAN"), ".nan"),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), ".inf"),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), "-.inf"),
}
_INTEGER = Pattern(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|([1-9][0-9]*|0))")
_FLOAT = Pattern(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SIGN_AFTER_PREFIX = Pattern(r"0b([-+])([01]+)")
_SEPARATOR = Pattern(r"(?<=[0-9])_(?=[0-9])")
_TEMPLATE = Pattern(r"\{\{|\{%|\{#")
_COMMENT_BEFORE = Pattern(r"(?:^|\s)#")


def parse(text: str, path: str) -> Document:
    """Return the first document, as Helm does; an empty text is an empty mapping. `path` is what errors name.

    Raises CollectError, with the line and what to do, on broken YAML and on templates that have not been rendered.
    """
    documents = _documents(text, path, most=1)
    return documents[0] if documents else Document(Mapping(1), [])


def parse_all(text: str, path: str) -> list[Document]:
    """Return every document, none for an empty text; raise as `parse` does."""
    return _documents(text, path)


@cache
def resolve(text: str) -> Scalar:
    """Return what a plain scalar means to Helm: `010` is 8, `1e3` is 1000.0, `~` is None, `2024-01-01` stays text."""
    if not text:
        return None
    first = text[0]
    if first in "yYnNtTfFoO~":
        return _SPELLED.get(text, text)
    if first in "0123456789+-.":
        return _number(text)
    return text


def text_of(value: Scalar) -> str:
    """Return the text that Helm makes of a scalar where it needs one, as in keys and in Chart.yaml: `1.10` is "1.1"."""
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return _shortest(value)


def _number(text: str) -> Scalar:
    if text.isdecimal() and text.isascii() and text[0] != "0" and len(text) < 19:
        return int(text)  # as nearly all of them are
    if text in _SPELLED:
        return _SPELLED[text]
    if text[0] == ".":
        return _float(_SEPARATOR.sub("", text), text)
    plain = text.replace("_", "")
    integer = _integer(plain)
    return _float(plain, text) if integer is None else integer


def _integer(plain: str) -> int | None:
    """Return what go-yaml's integer readers make of a text: int64, or uint64 without a sign; else None."""
    if match := _INTEGER.fullmatch(plain):
        sign, hexadecimal, binary, octal, decimal = match.groups()
        if decimal:
            # More than 20 digits are beyond 64 bits; int() of a very long text would be slow, or refused.
            number = int(decimal) if len(decimal) <= 20 else 1 << 64
        else:
            number = int(hexadecimal or binary or octal, 16 if hexadecimal else 2 if binary else 8)
    elif match := _SIGN_AFTER_PREFIX.fullmatch(plain):
        sign, number = match[1], int(match[2], 2)
    else:
        return None
    number = -number if sign == "-" else number
    return number if -(1 << 63) <= number < (1 << 63) or (not sign and number < (1 << 64)) else None


def _float(plain: str, text: str) -> float | str:
    """Return the number, or the text as it was written where it is none, or too large for 64 bits."""
    if not _FLOAT.fullmatch(plain):
        return text
    number = float(plain)
    return text if math.isinf(number) else number


def _shortest(number: float) -> str:
    """Format as Go's `FormatFloat(number, 'g', -1, 32)`: the fewest digits that name the same 32-bit float."""
    try:
        packed = struct.pack("<f", number)
    except OverflowError:
        return "-.inf" if number < 0 else ".inf"
    single = struct.unpack("<f", packed)[0]
    digits, places = "", -1
    while not digits or struct.pack("<f", float(digits)) != packed:
        places += 1
        digits = f"{single:.{places}e}"
    mantissa, exponent = digits.split("e")
    power = int(exponent)
    return f"{single:.{max(places - power, 0)}f}" if -4 <= power < 6 else f"{mantissa}e{exponent}"


def _documents(text: str, path: str, most: int = 0) -> list[Document]:
    import yaml

    text = text.removeprefix("\ufeff")
    # Thousands of events and no cycle among them: the collector would only walk them again and again.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _Builder(_parser(text), text, path).documents(most)
    except yaml.YAMLError as error:
        raise _complaint(error, text, path) from None
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise CollectError("is not Unicode text", Location(path, line), "save it as UTF-8") from None
    finally:
        if collecting:
            gc.enable()


def _parser(text: str) -> Any:
    """Return libyaml's parser; where PyYAML was built without it, the same in Python, some 15 times slower."""
    try:
        from yaml._yaml import CParser
    except ImportError:
        from yaml import SafeLoader

        return SafeLoader(text)
    return CParser(text)


class _Builder:
    """Turns one stream of events into documents."""

    def __init__(self, parser: Any, text: str, path: str) -> None:
        from yaml import events

        self.get = parser.get_event
        self.text = text
        self.path = path
        self.scalar_event: Any = events.ScalarEvent
        self.alias_event = events.AliasEvent
        self.mapping_start = events.MappingStartEvent
        self.mapping_end = events.MappingEndEvent
        self.sequence_start = events.SequenceStartEvent
        self.sequence_end = events.SequenceEndEvent
        self.document_start = events.DocumentStartEvent
        self.stream_end = events.StreamEndEvent
        self.anchors: dict[str, Node | None] = {}  # None: not closed yet
        self.measures: dict[int, tuple[Node, int, int]] = {}
        self.expansion = 0
        self.duplicates: list[Duplicate] = []

    def documents(self, most: int) -> list[Document]:
        found: list[Document] = []
        while True:
            event = self.get()
            if type(event) is self.stream_end:
                return found
            if type(event) is self.document_start:
                self.anchors = {}
                self.duplicates = []
                self.expansion = 0
                found.append(Document(self.node(self.get(), 0), self.duplicates))
                if len(found) == most:
                    return found

    def node(self, event: Any, depth: int) -> Node:
        """Return the node that an event begins, reading the stream up to its end."""
        kind = type(event)
        if kind is self.alias_event:
            return self.alias(event, depth)
        anchor = event.anchor
        node: Node
        if kind is self.scalar_event:
            node = Leaf(self.scalar(event), event.start_mark.line + 1)
        else:
            if depth >= DEEPEST:
                self.fail(event, f"is nested more than {DEEPEST} levels deep", "flatten it")
            if anchor is not None:
                self.anchors[anchor] = None
            node = self.mapping(event, depth + 1) if kind is self.mapping_start else self.sequence(event, depth + 1)
        if anchor is not None:
            self.anchors[anchor] = node
        return node

    # The two below read most nodes themselves: a plain scalar without anchor or tag goes through no other method.

    def mapping(self, start: Any, depth: int) -> Mapping:
        node = Mapping(start.start_mark.line + 1)
        get, scalar_event, mapping_end = self.get, self.scalar_event, self.mapping_end
        lines: dict[str, int] = {}
        duplicates = self.duplicates
        while True:
            event = get()
            kind = type(event)
            if kind is mapping_end:
                return node
            line = event.start_mark.line + 1
            if kind is scalar_event and event.implicit[0] and event.anchor is None:
                key = _key(event.value)
                merging = key == _MERGE
            else:
                key = self.key(event)
                merging = kind is scalar_event and key == _MERGE and self.is_merge(event)
            event = get()
            child: Node
            if type(event) is scalar_event and event.anchor is None and (event.implicit[0] or event.tag is None):
                value = event.value
                # What is quoted is text; what is not is what it says.
                child = make(Leaf, (resolve(value) if event.implicit[0] else value, event.start_mark.line + 1))
            else:
                known = len(duplicates)
                child = self.node(event, depth)
                if len(duplicates) != known and not merging:
                    self.beneath(quoted(key), known)
            if merging:
                self.merge(node, child, event)
                continue
            if key in lines:
                is_same = same(node[key], child)
                self.duplicates.append(Duplicate((quoted(key),), lines[key], line, is_same))
            lines[key] = line
            node[key] = child

    def sequence(self, start: Any, depth: int) -> Sequence:
        node = Sequence(start.start_mark.line + 1)
        get, scalar_event, sequence_end = self.get, self.scalar_event, self.sequence_end
        while True:
            event = get()
            kind = type(event)
            if kind is scalar_event and event.implicit[0] and event.anchor is None:
                node.append(make(Leaf, (resolve(event.value), event.start_mark.line + 1)))
            elif kind is sequence_end:
                return node
            else:
                known = len(self.duplicates)
                child = self.node(event, depth)
                if len(self.duplicates) != known:
                    self.beneath(item(len(node)), known)
                node.append(child)

    def scalar(self, event: Any) -> Scalar:
        text: str = event.value
        tag: str | None = event.tag
        if event.implicit[0]:
            return resolve(text)
        if tag is None or not tag.startswith(_TAG):
            return text  # quoted; or a tag of somebody's own, such as !override, which Helm reads past
        kind = tag.removeprefix(_TAG)
        value = resolve(text)
        if (kind == "int" and type(value) is int) or (kind == "bool" and type(value) is bool):
            return value
        if kind == "float" and isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        if kind == "float" and value in (".nan", ".inf", "-.inf"):
            return value
        if kind == "null" and value is None:
            return None
        if kind == "binary":
            return self.binary(event)
        if kind in ("int", "bool", "float", "null"):
            self.fail(event, f"is tagged !!{kind} and is none", "remove the tag, or correct the value")
        return text

    def binary(self, event: Any) -> str:
        import base64
        import binascii

        unbroken = event.value.replace("\r", "").replace("\n", "")
        try:
            return base64.b64decode(unbroken, validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            self.fail(event, "is tagged !!binary and is not base64", "remove the tag, or correct the value")

    def key(self, event: Any) -> str:
        """Return the text of any key but the plain one, which `mapping` reads by itself."""
        if type(event) in (self.scalar_event, self.alias_event):
            leaf = self.node(event, 0)
            if isinstance(leaf, Leaf):
                return text_of(leaf.value)
        at = event.start_mark.index
        if "{{" in self.text[max(at - 1, 0) : at + 2]:
            raise unrendered(self.path, event.start_mark.line + 1)
        return self.fail(event, "has a mapping or a list as a key", "make it a text")

    def is_merge(self, event: Any) -> bool:
        return bool(event.implicit[0] or event.tag == _TAG + "merge")

    def merge(self, node: Mapping, child: Node, event: Any) -> None:
        """Take over the keys of `<<`: they win over those above them, as go-yaml has it, and lose to those below."""
        sources = reversed(child) if isinstance(child, Sequence) and type(event) is self.sequence_start else (child,)
        for source in sources:
            if not isinstance(source, Mapping):
                self.fail(event, "merges (<<) what is not a mapping", "merge a mapping, or a list of mappings")
            node.update(source)

    def alias(self, event: Any, depth: int) -> Node:
        if event.anchor not in self.anchors:
            self.fail(event, "refers to an anchor (&) that is not defined above", "define it, or quote the value")
        node = self.anchors[event.anchor]
        if node is None:
            self.fail(event, "refers to an anchor (&) from inside it", "give one of them another name")
        size, height = self.measure(node)
        self.expansion += size
        if self.expansion > LARGEST_EXPANSION:
            reason = f"expands to more than {LARGEST_EXPANSION:,} values through its aliases"
            self.fail(event, reason, "write fewer aliases of aliases")
        if depth + height > DEEPEST:
            self.fail(event, f"is nested more than {DEEPEST} levels deep", "flatten it")
        return node

    def measure(self, node: Node) -> tuple[int, int]:
        """Return how many nodes a node stands for, and how many levels; each collection is measured once."""
        if isinstance(node, Leaf):
            return 1, 0
        if found := self.measures.get(id(node)):
            return found[1:]
        size, height = 1, 0
        for child in node.values() if isinstance(node, Mapping) else node:
            more, higher = self.measure(child)
            size += more
            height = max(height, higher)
        self.measures[id(node)] = (node, size, height + 1)  # holding the node keeps its id its own
        return size, height + 1

    def beneath(self, segment: str, first: int) -> None:
        """Put a segment before the paths of the duplicates that were found below it."""
        self.duplicates[first:] = [found._replace(path=(segment, *found.path)) for found in self.duplicates[first:]]

    def fail(self, event: Any, reason: str, hint: str) -> NoReturn:
        raise CollectError(reason, Location(self.path, event.start_mark.line + 1), hint)


@cache
def _key(text: str) -> str:
    return text_of(resolve(text))


def _complaint(error: Exception, text: str, path: str) -> CollectError:
    """Say what is wrong with broken YAML, or that it is no YAML yet, without quoting any of it."""
    from yaml.reader import Reader, ReaderError

    if isinstance(error, ReaderError):
        found = Reader.NON_PRINTABLE.search(text)
        line = text.count("\n", 0, found.start()) + 1 if found else 0
        hint = "remove it, or write it as \\x.. in quotes"
        return CollectError("holds a control character", Location(path, line), hint)
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return CollectError("is not valid YAML", Location(path), "correct it")
    template = _template_line(text, mark.index)
    if template:
        return unrendered(path, template)
    # The pure-Python parser names the token it met, which may be the file's.
    problem = re.sub(r"""(['"]).*\1""", "a character", str(getattr(error, "problem", "") or "cannot be parsed"))
    if text[mark.index : mark.index + 1] == "\t":
        hint = "indent with blanks, not with tabs"
    else:
        hint = "correct the line or the one above; a text with `: `, ` #` or one of {[*&!%@` in front needs quotes"
    begun = getattr(error, "context_mark", None)
    since = f" (in what begins on line {begun.line + 1})" if begun and begun.line != mark.line else ""
    line = min(mark.line, text.rstrip().count("\n")) + 1  # at the end of a text, its last line that holds anything
    return CollectError(f"is not valid YAML: {problem}{since}", Location(path, line), hint)


def _template_line(text: str, end: int) -> int:
    """Return the line of the first template mark outside comments and scalars before an error, or 0."""
    from yaml import YAMLError
    from yaml.events import ScalarEvent

    scalar_event: Any = ScalarEvent
    if not _TEMPLATE.search(text, 0, end + 2):
        return 0
    scalars: list[tuple[int, int]] = []
    events = _parser(text)
    try:
        while event := events.get_event():
            if type(event) is scalar_event:
                scalars.append((event.start_mark.index, event.end_mark.index))
    except YAMLError:
        pass
    inside = iter([*scalars, (len(text), len(text))])
    start, stop = next(inside)
    for match in _TEMPLATE.finditer(text, 0, end + 2):
        while stop <= match.start() and start < len(text):
            start, stop = next(inside)
        if start <= match.start() < stop:
            continue
        line_before = max(text.rfind("\n", 0, match.start()), 0)
        if not _COMMENT_BEFORE.search(text, line_before, match.start()):
            return text.count("\n", 0, match.start()) + 1
    return 0
