"""Switches: the union of what YAML, Go, Spring, PostgreSQL, PHP and .NET read as on and off.

No single consumer accepts all of these words (Go refuses `yes`, .NET refuses `1`), so two spellings of one meaning are
still worth a note to the user.
"""

from __future__ import annotations

from driftcheck.model import Scalar
from driftcheck.values import Meaning

_WORDS = dict.fromkeys(("true", "t", "yes", "y", "on", "enabled"), True) | dict.fromkeys(
    ("false", "f", "no", "n", "off", "disabled"), False
)


def parse(value: Scalar, *, numbers: bool = False) -> Meaning | None:
    """Read a switch; 1 and 0 are one only with `numbers`, where the rule says that this key is a switch."""
    state: bool | None
    if isinstance(value, bool):
        state = value
    elif isinstance(value, str) and len(value) <= 20:
        word = value.strip().lower()
        state = _WORDS.get(word, {"1": True, "0": False}.get(word) if numbers else None)
    else:
        state = bool(value) if numbers and value in (0, 1) else None
    return None if state is None else Meaning("boolean", state, "true" if state else "false")
