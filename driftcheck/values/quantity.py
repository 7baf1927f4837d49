"""Kubernetes quantities, and cores in particular: `1000m`, `1` and `1.0` are one CPU.

The grammar is that of k8s.io/apimachinery's resource.Quantity: case matters, `m` is a thousandth, `M` a million, `Mi`
1024 squared, `1e3` an exponent; capital `K` is not in it.
"""

from __future__ import annotations

from fractions import Fraction

from driftcheck.model import Scalar
from driftcheck.pattern import Pattern
from driftcheck.values import Meaning
from driftcheck.values.number import LONGEST, decimal, exact

_QUANTITY = Pattern(r"([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))(?:[eE]([+-]?[0-9]{1,2})|([numkMGTPE]|[KMGTPE]i)?)")
_SUFFIXES = (
    {"": Fraction(1), "n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 1000)}
    | {letter: Fraction(1000**power) for power, letter in enumerate("kMGTPE", 1)}
    | {f"{letter}i": Fraction(1024**power) for power, letter in enumerate("KMGTPE", 1)}
)  # fmt: skip


def parse(value: Scalar) -> Meaning | None:
    """Read an amount of CPU; the magnitude is in cores."""
    cores = amount(value)
    if cores is None:
        return None
    shown = f"{decimal(cores * 1000)}m CPU" if 0 < cores < 1 else f"{decimal(cores)} CPU"
    return Meaning("quantity", cores, shown, cores)


def amount(value: Scalar) -> Fraction | None:
    """Return the number that a Kubernetes quantity stands for, in whatever its field counts (cores, bytes)."""
    if not isinstance(value, str):
        return exact(value)
    found = _QUANTITY.fullmatch(value.strip()) if len(value) <= LONGEST else None
    if found is None:
        return None
    number, exponent, suffix = found.groups()
    return Fraction(number) * (Fraction(10) ** int(exponent) if exponent else _SUFFIXES[suffix or ""])
