"""The types of a field in payloads, as one text: `text`, `number or text`; what is null or empty tells nothing."""

from __future__ import annotations

from collections.abc import Iterable

from driftcheck.model import Value

NULL, EMPTY = "null", "empty list"
"""What says nothing of the type that a field has, and an item of a list, once there is a value."""

_OR = " or "
_NAMES = frozenset((NULL, EMPTY, "object", "list", "text", "number", "boolean"))


def types(met: Iterable[str]) -> str:
    """Return the types that a field was met with; those that say nothing only where there is no other."""
    found = set(met)
    return _OR.join(sorted(found - {NULL, EMPTY} or found))


def parse(value: Value) -> frozenset[str] | None:
    """Return the types that say something, or None for a text that `types` does not write."""
    names = frozenset(value.split(_OR)) if isinstance(value, str) else frozenset()
    return names - {NULL, EMPTY} if names and names <= _NAMES else None
