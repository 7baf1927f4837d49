"""Regular expressions that are compiled when they are first used: one run uses a third of them.

To compile them all would take longer than everything else that a small run does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from re import compile as Pattern  # noqa: N812
else:

    class Pattern:
        """What `re.compile` would return, as far as its methods and attributes go."""

        def __init__(self, text: str, flags: int = 0) -> None:
            self._text = text
            self._flags = flags

        def __getattr__(self, name: str) -> object:
            compiled = re.compile(self._text, self._flags)
            for method in ("match", "fullmatch", "search", "sub", "split", "findall", "finditer"):
                setattr(self, method, getattr(compiled, method))  # from now on as fast as the real one
            return getattr(compiled, name)


__all__ = ["Pattern"]
