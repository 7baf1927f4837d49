"""driftcheck.yaml with expected differences added: inserted as text, so that every other byte stays what it was.

No YAML library that is at hand can write a file back with its comments, order and quoting. So the parser says where
the list ends, and the new entries are put there in the list's own style.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import yaml

from driftcheck.errors import CollectError, ConfigError
from driftcheck.formats import Mapping, same
from driftcheck.formats.yaml import parse, resolve
from driftcheck.model import ExpectedDifference, Value
from driftcheck.pattern import Pattern

if TYPE_CHECKING:
    from re import Pattern as Compiled

WIDEST = 100
"""Columns. Pinned values that would take more stand under each other."""

_KEY = "expected"
_INDENT = 2
_BREAK = Pattern(r"\r\n|[\n\r\x85\u2028\u2029]")
_COMMENT = Pattern(r"(?<![^\s])#[^\n\r\x85\u2028\u2029]*")
_COMMENT_LINE = Pattern(r"( *)#[^\n\r\x85\u2028\u2029]*(?:\r\n|[\n\r\x85\u2028\u2029])?")

Events = Sequence[Any]


def with_expected(text: str, entries: Sequence[ExpectedDifference]) -> str:
    """Return the text of a driftcheck.yaml (one that can be read) with entries added behind those that it has.

    Raises ConfigError where that cannot be done without changing what else the file says.
    """
    amended = _amended(text, entries)
    if not _says_as_much(text, amended, len(entries)):
        raise ConfigError(f"`{_KEY}` is written in a way that nothing can be added to", hint="add the entries by hand")
    return amended


def _amended(text: str, entries: Sequence[ExpectedDifference]) -> str:
    events: list[Any] = _first_document(text)
    root, (start, end) = events[0], _value_of(_KEY, events)
    indent = root.start_mark.column
    if not end and root.flow_style:
        return _in_flow(text, events[:-1], [f'"{_KEY}": [{", ".join(map(_flow, entries))}]'])
    if not end:
        return _at_the_end(text, events, [f"{_KEY}:", *_own_block(entries)])
    there = events[start:end]
    is_list = isinstance(there[0], yaml.SequenceStartEvent)
    if not is_list or there[0].anchor or there[0].tag:
        return text
    if not there[0].flow_style:
        return _in_block(text, there, entries)
    bracket, behind = there[0].start_mark.index, there[-1].end_mark.index
    if text[bracket:behind] == "[]" and not root.flow_style:
        head = text[:bracket].rstrip(" ")
        lines = [" " * indent + line for line in _own_block(entries)]
        return _inserted(head + text[behind:], _end_of_line(head + text[behind:], len(head)), lines)
    return _in_flow(text, there, [_flow(entry) for entry in entries])


def _says_as_much(before: str, after: str, more: int) -> bool:
    """Whether one text says what another does, and has so many more entries at the end of the list."""
    try:
        old, new = parse(before, "").root, parse(after, "").root
    except CollectError:
        return False
    assert isinstance(old, Mapping)
    assert isinstance(new, Mapping)
    had, has = old.get(_KEY, []), new.get(_KEY, [])
    return (
        [key for key in old if key != _KEY] == [key for key in new if key != _KEY]
        and all(same(old[key], new[key]) for key in old if key != _KEY)
        and len(has) == len(had) + more
        and all(map(same, had, has))
    )


# What is there


def _first_document(text: str) -> list[Any]:
    """Return the events from the start of the first document's root to the end of the document."""
    found: list[Any] = []
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        found.append(event)
        if isinstance(event, yaml.DocumentEndEvent):
            break
    return found[2:]


def _value_of(key: str, events: Events) -> tuple[int, int]:
    """Return where among the events of a mapping a key's value begins and ends; (0, 0) if there is no such key."""
    at = 1
    while not isinstance(events[at], yaml.CollectionEndEvent):
        is_it = getattr(events[at], "value", None) == key
        start = _behind(events, at)
        at = _behind(events, start)
        if is_it:
            return start, at
    return 0, 0


def _items(events: Events) -> Iterator[Any]:
    """Yield the first event of each item of a list."""
    at = 1
    while not isinstance(events[at], yaml.CollectionEndEvent):
        yield events[at]
        at = _behind(events, at)


def _behind(events: Events, at: int) -> int:
    """Return the place of the event behind a whole node."""
    depth = 0
    while True:
        depth += isinstance(events[at], yaml.CollectionStartEvent) - isinstance(events[at], yaml.CollectionEndEvent)
        at += 1
        if depth == 0:
            return at


def _last(events: Events) -> Any:
    """Return the last event that is written somewhere: the end of a block is not."""
    written = (e for e in events if isinstance(e, yaml.ScalarEvent) or e.end_mark.index > e.start_mark.index)
    return max(written, key=lambda event: event.end_mark.index)


def _start_of_line(text: str, at: int) -> int:
    return max((found.end() for found in _BREAK.finditer(text, 0, at)), default=0)


def _end_of_line(text: str, at: int) -> int:
    """Return where the next line begins, or `at` itself if a line begins there: behind a literal text one does."""
    if _BREAK.match(text, at - 1):
        return at
    found = _BREAK.search(text, at)
    return found.end() if found else len(text)


def _newline(text: str) -> str:
    found = _BREAK.search(text)
    return found[0] if found else "\n"


# Where the entries go


def _in_block(text: str, events: Events, entries: Sequence[ExpectedDifference]) -> str:
    """Put entries behind the last one of a block, and behind the comments that are indented as a part of it."""
    dash = events[0].start_mark.column
    *_, last = _items(events)
    is_block = isinstance(last, yaml.MappingStartEvent) and not last.flow_style
    lines = _block(entries, max(last.start_mark.column - dash, _INDENT) if is_block else _INDENT)
    at = _end_of_line(text, _last(events).end_mark.index)
    while (comment := _COMMENT_LINE.match(text, at)) and len(comment[1]) > dash:
        at = comment.end()
    return _inserted(text, at, [" " * dash + line for line in lines])


def _in_flow(text: str, events: Events, items: Sequence[str]) -> str:
    """Put items before the bracket that closes a list or mapping, on lines of their own where the bracket has one."""
    closing = events[-1].start_mark.index
    if len(events) == 2:
        return text[:closing] + ", ".join(items) + text[closing:]
    end = _last(events[1:-1]).end_mark.index
    comma = "" if "," in _COMMENT.sub("", text[end:closing]) else ","
    line = _start_of_line(text, closing)
    if line > end:
        indent = " " * _column_of_content(text, _start_of_line(text, end))
        added = ("," + _newline(text)).join(indent + item for item in items)
        return text[:end] + comma + text[end:line] + added + _newline(text) + text[line:]
    blank = " " if text[closing - 1] == " " else ""
    return text[:end] + comma + text[end:closing].rstrip(" ") + " " + ", ".join(items) + blank + text[closing:]


def _column_of_content(text: str, line: int) -> int:
    return len(text[line:]) - len(text[line:].lstrip(" "))


def _at_the_end(text: str, events: Events, lines: Sequence[str]) -> str:
    """Put lines at the end of the document, behind an empty one unless that would belong to a literal text."""
    at = events[-1].start_mark.index
    is_literal = getattr(_last(events[:-1]), "style", None) in ("|", ">")
    gap = [] if is_literal or text[:at].endswith(("\n\n", "\r\n\r\n")) else [""]
    indent = " " * events[0].start_mark.column
    return _inserted(text, at, [*gap, *(indent + line for line in lines)])


def _inserted(text: str, at: int, lines: Sequence[str]) -> str:
    """Insert lines where a line begins, or at the end of a text that does not end with a newline: nor will it then."""
    newline = _newline(text)
    if _BREAK.match(text, at - 1):
        return text[:at] + "".join(line + newline for line in lines) + text[at:]
    return text[:at] + "".join(newline + line for line in lines) + text[at:]


# How they are written


_PLAIN = Pattern(r"[A-Za-z0-9_/][\w./@%+'()-]*(?: [\w./@%+'()-]+)*")
_PLAIN_IN_BLOCK = Pattern(r"[A-Za-z0-9_/][\w./@%+'()\[\]=\"\\,;*-]*(?: [\w./@%+'()\[\]=\"\\,;*-]+)*")
_UNSEEN = Pattern(r"[\x00-\x1f\x7f-\xa0\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff]")


def _block(entries: Sequence[ExpectedDifference], offset: int) -> list[str]:
    """Return the lines of a block list; `offset` is how far behind the dash a field begins."""
    lines = []
    for entry in entries:
        fields = list(_fields(entry))
        lines.append("-" + " " * (offset - 1) + fields[0])
        lines += [" " * offset + field for field in fields[1:]]
    return lines


def _own_block(entries: Sequence[ExpectedDifference]) -> list[str]:
    """Return the lines of a block list where there was none whose style could be kept."""
    return [" " * _INDENT + line for line in _block(entries, _INDENT)]


def _fields(entry: ExpectedDifference) -> Iterator[str]:
    for name, value in _entry(entry):
        if not isinstance(value, dict):
            yield f"{name}: {_scalar(value, _PLAIN_IN_BLOCK)}"
            continue
        pairs = [f"{_scalar(environment, _PLAIN)}: {_scalar(pinned, _PLAIN)}" for environment, pinned in value.items()]
        whole = f"{name}: {{{', '.join(pairs)}}}"
        if len(whole) <= WIDEST:
            yield whole
        else:
            yield f"{name}:"
            yield from (" " * _INDENT + pair for pair in pairs)


def _flow(entry: ExpectedDifference) -> str:
    """Return an entry as JSON has it: perhaps the whole file is JSON."""
    parts = []
    for name, value in _entry(entry):
        if isinstance(value, dict):
            pairs = [f"{_quoted(environment)}: {_scalar(pinned)}" for environment, pinned in value.items()]
            parts.append(f'"{name}": {{{", ".join(pairs)}}}')
        else:
            parts.append(f'"{name}": {_quoted(value)}')
    return "{" + ", ".join(parts) + "}"


def _entry(entry: ExpectedDifference) -> Iterator[tuple[str, str | dict[str, Value]]]:
    fields: tuple[tuple[str, str | dict[str, Value]], ...] = (
        ("source", entry.source),
        ("key", entry.key),
        ("rule", entry.rule),
        ("values", dict(entry.values)),
        ("reason", entry.reason),
        ("owner", entry.owner),
        ("expires", str(entry.expires or "")),
    )
    return ((name, value) for name, value in fields if value)


def _scalar(value: Value, plain: Compiled[str] | None = None) -> str:
    """Return a value as YAML that is read as the same value; text that is `plain` and stays text has no quotes."""
    if isinstance(value, tuple):
        return "[" + ", ".join(_scalar(part, plain) for part in value) + "]"
    if value is None or isinstance(value, bool):
        return "null" if value is None else "true" if value else "false"
    text = str(value)
    if isinstance(value, str):
        is_plain = plain is not None and plain.fullmatch(text) and isinstance(resolve(text), str)
        return text if is_plain else _quoted(text)
    return text if type(resolve(text)) is type(value) and resolve(text) == value else _quoted(text)


def _quoted(text: str) -> str:
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + '"'
