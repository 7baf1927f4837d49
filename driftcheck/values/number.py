"""Plain numbers: `10`, `10.0`, `1e1` and `1_000` are amounts; `010`, `0x1F` and `+49...` are identifiers."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

from driftcheck.model import Scalar
from driftcheck.pattern import Pattern
from driftcheck.values import Meaning

# Lengths and exponents are bounded because an exact `1e999999999` would not fit into memory.
LONGEST = 100
_TOO_LARGE = 10**100
_NUMBER = Pattern(
    r"-?(?:(?:0|[1-9][0-9]{0,2}(?:_[0-9]{3})+|[1-9][0-9]*)(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?"
)


def parse(value: Scalar) -> Meaning | None:
    """Read a count without unit."""
    amount = exact(value)
    if amount is None:
        return None
    return Meaning("number", amount, decimal(amount), amount)


def exact(value: Scalar) -> Fraction | None:
    """Return a number or its text exactly as written in decimal (0.1 is 1/10); None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return Fraction(value) if abs(value) < _TOO_LARGE else None
    if isinstance(value, float):
        return Fraction(repr(value)) if math.isfinite(value) and abs(value) < _TOO_LARGE else None
    text = value.strip() if len(value) <= LONGEST else ""
    return Fraction(text.replace("_", "")) if _NUMBER.fullmatch(text) else None


def decimal(amount: Fraction) -> str:
    """Return an amount in decimal, exactly where 20 digits can, else to three significant digits."""
    if amount.denominator == 1 and abs(amount.numerator) < 10**20:
        return str(amount.numerator)
    quotient = Decimal(amount.numerator) / Decimal(amount.denominator)
    text = format(quotient.normalize(), "f")
    if len(text) <= 21 and Fraction(quotient) == amount:
        return text
    return f"{float(amount):.3g}"
