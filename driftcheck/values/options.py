"""Command lines in a string: `--max-old-space-size=4096 --trace-warnings` (NODE_OPTIONS and its like)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from driftcheck.model import Scalar
from driftcheck.pattern import Pattern
from driftcheck.values import Meaning
from driftcheck.values.masking import masked, veiled

LONGEST = 100_000
_TOKEN = Pattern(r"""(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*'|["'\\])+""", re.DOTALL)
_QUOTES = Pattern(r"""\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'""", re.DOTALL)
_FLAG = Pattern(r"--?[A-Za-z][A-Za-z0-9_.-]*(?:=.*)?", re.DOTALL)


def tokens(text: str) -> list[str]:
    """Split as a POSIX shell does, without expanding anything; an unclosed quote stands for itself."""
    return [_QUOTES.sub(lambda found: found[found.lastindex or 0], token) for token in _TOKEN.findall(text)]


def parse(value: Scalar) -> Meaning | None:
    """Read options: one part a flag, named without its dashes; the order of different flags does not matter.

    A flag takes its value after `=` or from the next word. Repeated flags keep all their values, in order.
    """
    if not isinstance(value, str) or not value.lstrip().startswith("--") or len(value) > LONGEST:
        return None
    return of_words(tokens(value))


def of_words(words: Sequence[str]) -> Meaning | None:
    """Read a command line that is split already: its first word must be a flag."""
    parts: dict[str, str] = {}
    name = ""
    for word in words:
        if _FLAG.fullmatch(word):
            name, _, text = word.lstrip("-").partition("=")
        elif name:
            text = word
        else:
            return None
        parts[name] = f"{parts[name]},{text}" if parts.get(name) and text else parts.get(name) or text
    canonical = frozenset((name, veiled(name, text)) for name, text in parts.items())
    parts = {name: masked(name, text) for name, text in parts.items()}
    shown = " ".join(f"{name}={text}" if text else name for name, text in parts.items())
    return Meaning("options", canonical, shown, parts=parts) if parts else None
