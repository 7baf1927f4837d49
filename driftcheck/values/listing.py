"""Lists, written as one string or collected as a list: what was added, removed, repeated or put in another order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from driftcheck.model import Value
from driftcheck.pattern import Pattern
from driftcheck.values import Meaning

_SHOWN = 12
# Neither a word of a sentence, nor a number or star as in a schedule, nor a key before its value.
_TOKEN = Pattern(r"(?![A-Za-z]+[.!?]?$)[0-9*+_-]*[A-Za-z.:/@][\w.:/@=+*-]*(?<!:)")


class ListDifference(NamedTuple):
    """How two lists differ: members and how many times more often one side has them; `reordered` only if no others."""

    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    duplicated_a: tuple[str, ...]
    duplicated_b: tuple[str, ...]
    reordered: bool


def parse(value: Value, *, ordered: bool = False) -> Meaning | None:
    """Read a list; its order counts only if `ordered`, and a repeated member always counts."""
    found = members(value)
    if found is None:
        return None
    canonical = found if ordered else tuple(sorted(found))
    more = len(found) - _SHOWN
    shown = ", ".join(found[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
    return Meaning("list", (ordered, canonical), shown)


def members(value: Value) -> tuple[str, ...] | None:
    """Return the members of a list, in order; None for what is no list.

    A text is one if commas, semicolons or line breaks part it into members without blanks or lone brackets, if it is a
    JSON list of scalars, or if blanks part it into addresses, names with digits and the like (`10.0.0.1 10.0.0.2`): not
    into the words of a sentence or the numbers of a schedule.
    """
    if isinstance(value, tuple):
        return tuple(_text(member) for member in value)
    if not isinstance(value, str):
        return None
    text = value.strip()
    if text.startswith("["):
        return _json_members(text)
    if text.startswith(("{", "(", "<")):
        return None
    separator = next((separator for separator in (",", ";", "\n") if separator in text), None)
    if separator:
        parts = [stripped for part in text.split(separator) if (stripped := part.strip())]
        return tuple(parts) if parts and all(map(_is_member, parts)) else None
    words = text.split()
    return tuple(words) if len(words) > 1 and all(map(_TOKEN.fullmatch, words)) else None


def compare(a: Sequence[str], b: Sequence[str]) -> ListDifference:
    """Return how two lists of members differ, each kind of difference in the order of its list."""
    count_a, count_b = Counter(a), Counter(b)
    return ListDifference(
        only_a=tuple(member for member in count_a if member not in count_b),
        only_b=tuple(member for member in count_b if member not in count_a),
        duplicated_a=tuple(member for member, n in count_a.items() if n > count_b[member] > 0),
        duplicated_b=tuple(member for member, n in count_b.items() if n > count_a[member] > 0),
        reordered=count_a == count_b and list(a) != list(b),
    )


def _text(member: Value) -> str:
    if isinstance(member, bool) or member is None:
        return {True: "true", False: "false", None: "null"}[member]
    return str(member)


def _is_member(part: str) -> bool:
    return len(part.split(None, 1)) == 1 and all(part.count(a) == part.count(b) for a, b in ("()", "[]", "{}"))


def _json_members(text: str) -> tuple[str, ...] | None:
    import json

    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list) or any(isinstance(member, list | dict) for member in found):
        return None
    return tuple(map(_text, found))
