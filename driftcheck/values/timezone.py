"""Time zones: `UTC`, `Etc/UTC`, `Z` and `+00:00` are one; `EST` and `America/New_York` are two."""

from __future__ import annotations

from driftcheck.model import Scalar
from driftcheck.pattern import Pattern
from driftcheck.values import Meaning

_UTC = frozenset({"utc", "etc/utc", "uct", "etc/uct", "zulu", "etc/zulu", "z", "universal", "etc/universal"})
_OFFSET = Pattern(r"([+-])([01][0-9]):?([0-5][0-9])?")
_NAME = Pattern(r"[A-Za-z]{3,}[0-9A-Za-z_+-]*(?:/[A-Za-z0-9_+-]+){0,2}")


def parse(value: Scalar) -> Meaning | None:
    """Read a time zone: an offset, or a name as it stands; call it where the rule says that it is one.

    `UTC+1` stays a name: east of Greenwich to Java, west of it to POSIX.
    """
    text = value.strip() if isinstance(value, str) and len(value) <= 64 else ""
    if text.lower() in _UTC:
        return Meaning("timezone", 0, "UTC")
    offset = _OFFSET.fullmatch(text)
    if offset:
        minutes = int(offset[1] + "1") * (int(offset[2]) * 60 + int(offset[3] or 0))
        return Meaning("timezone", minutes, f"{offset[1]}{offset[2]}:{offset[3] or '00'}" if minutes else "UTC")
    return Meaning("timezone", text, text) if _NAME.fullmatch(text) else None
