"""What a value says of itself where no rule knows its key: enough to see that two spellings mean the same, no more.

Only what can hardly mean anything else is read. A unit must be written and have one reading everywhere (`30s`, `512Mi`;
not `2g` or `10MB`; `5m` is minutes beside `300s`), and a decimal that may be a version (`1.10`) is not a number.
"""

from __future__ import annotations

from functools import lru_cache

from driftcheck.model import Expression, Scalar
from driftcheck.pattern import Pattern
from driftcheck.values import Meaning, boolean, duration, image, json, jvm, listing, number, options, size
from driftcheck.values import url as urls
from driftcheck.values import version as versions

_NUMBER = Pattern(r"-?(?:0|[1-9][0-9]*)(?:\.(?:0+|[0-9]*[1-9]))?(?:[eE][+-]?[0-9]{1,2})?")
_HEX = Pattern(r"[0-9a-fA-F]{7,}")
_MEMORY = Pattern(r"[0-9.]+ ?[KMGTPE]iB?")
_VERSION = Pattern(r"(?:(?:0|[1-9][0-9]*)\.){2}(?:0|[1-9][0-9]*)(?:[-+][0-9A-Za-z.+-]*)?")


@lru_cache(maxsize=1 << 12, typed=True)
def guess(value: Scalar) -> Meaning | None:
    """Return the most specific meaning of a value, or None."""
    if not isinstance(value, str):
        return boolean.parse(value) or number.parse(value)
    text = "" if isinstance(value, Expression) else value.strip()
    first = text[:1]
    if first in ("{", "["):
        return json.parse(text)
    if first == "-" and (text[1:2].isalpha() or text[1:2] == "-"):
        return jvm.parse(text) or options.parse(text)
    if "://" in text or "=" in text or text.startswith("jdbc:"):
        return urls.parse(text) or _listed(text)
    if first.isdigit() or first in ("-", "."):
        return _amount(text) or _listed(text)
    if first in ("P", "p") and text[1:2] in ("T", "t", *"0123456789"):
        return duration.parse(text)
    if len(text) > 1 and (switch := boolean.parse(text)):
        return switch
    return image.parse(text) if image.is_explicit(text) else _listed(text)


def _amount(text: str) -> Meaning | None:
    """A number, a duration or memory with its unit, or a version of three numbers."""
    if _NUMBER.fullmatch(text):
        # Seven hexadecimal digits may be a commit, even with an e in them.
        return None if not text.isdigit() and _HEX.fullmatch(text) else number.parse(text)
    if _MEMORY.fullmatch(text):
        return size.parse(text, "k8s")
    if _VERSION.fullmatch(text):
        return versions.parse(text, "semver")
    return duration.parse(text) if text[-1:].isalpha() else None


def _listed(text: str) -> Meaning | None:
    return listing.parse(text, ordered=True)
