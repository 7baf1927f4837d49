"""What a scalar means: one module a kind, each with `parse(value, ...) -> Meaning | None`.

None says "not of this kind": the caller falls back to a more general kind. Nothing here resolves, fetches or evaluates.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import NamedTuple

NO_PARTS: Mapping[str, str] = MappingProxyType({})


class Meaning(NamedTuple):
    """What a value means, free of its spelling.

    Two values of one kind mean the same if and only if their `canonical` forms are equal. `magnitude` is the amount in
    the kind's base unit (seconds, bytes, cores, a bare count), where there is one. `shown` is for people ("30 s",
    "512 MiB"). `parts` are the pieces of a composite value by name, each to be judged as a setting of its own ("host",
    "Xmx"). `assumed` says that the unit was not written but taken from the caller's default.
    """

    kind: str
    canonical: Hashable
    shown: str
    magnitude: Fraction | None = None
    parts: Mapping[str, str] = NO_PARTS
    assumed: bool = False
