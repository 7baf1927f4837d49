"""Shares of a whole: `25%` is a quarter; whether a bare number counts in hundredths only its rule knows."""

from __future__ import annotations

from fractions import Fraction

from driftcheck.model import Scalar
from driftcheck.values import Meaning
from driftcheck.values.number import decimal, exact

_WHOLES = {"percent": 100, "ratio": 1}


def parse(value: Scalar, unit: str = "", *, assumed: bool = False) -> Meaning | None:
    """Read a share; the magnitude is the ratio. A bare number takes `unit`: "percent" or "ratio", else stays raw."""
    written = isinstance(value, str) and value.rstrip().endswith("%")
    amount = exact(value.rstrip()[:-1] if isinstance(value, str) and written else value)
    if amount is None:
        return None
    whole = 100 if written else _WHOLES.get(unit)
    if whole is None:
        return Meaning("percent", ("bare", amount), decimal(amount), amount)
    share = amount / Fraction(whole)
    return Meaning("percent", share, f"{decimal(share * 100)} %", share, assumed=assumed and not written)
