"""Locales: `en_US.UTF-8`, `en_US.utf8` and `en-us.UTF8` are one, `C` and `POSIX` too."""

from __future__ import annotations

import re

from driftcheck.model import Scalar
from driftcheck.pattern import Pattern
from driftcheck.values import Meaning

_LOCALE = Pattern(
    r"(C|POSIX|[a-z]{2,3})(?:[_-]([a-z]{2}|[0-9]{3}))?(?:\.([a-z0-9_-]+))?(?:@([a-z0-9]+))?", re.IGNORECASE | re.ASCII
)


def parse(value: Scalar) -> Meaning | None:
    """Read a POSIX locale or a plain BCP 47 tag; parts: language, territory, charset, modifier."""
    found = _LOCALE.fullmatch(value.strip()) if isinstance(value, str) and len(value) <= 64 else None
    if found is None:
        return None
    language, territory, charset, modifier = (group or "" for group in found.groups())
    language = "C" if language.upper() in ("C", "POSIX") else language.lower()
    charset = charset.lower().replace("-", "").replace("_", "")
    parts = {"language": language, "territory": territory.upper(), "charset": charset, "modifier": modifier.lower()}
    parts = {name: text for name, text in parts.items() if text}
    return Meaning("locale", tuple(sorted(parts.items())), value.strip() if isinstance(value, str) else "", parts=parts)
