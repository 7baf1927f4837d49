"""Amounts of memory and disk, in bytes: one letter, several meanings, so the grammar comes from the source or rule.

| grammar | `m` | `M` | `MB` | `Mi`, `MiB` | who |
| --- | --- | --- | --- | --- | --- |
| k8s | 1/1000 | 1000² | 1000² | 1024² | Kubernetes, Helm; case matters |
| jvm, binary | 1024² | 1024² | 1024² | 1024² | HotSpot, nginx, PHP, Docker; PostgreSQL, Spring |
| redis | 1000² | 1000² | 1024² | 1024² | redis.conf |
"""

from __future__ import annotations

from fractions import Fraction

from driftcheck.model import Scalar
from driftcheck.pattern import Pattern
from driftcheck.values import Meaning, quantity
from driftcheck.values.number import LONGEST, decimal, exact

GRAMMARS = frozenset({"k8s", "jvm", "binary", "redis"})
_WRITTEN = Pattern(r"(-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)) ?([A-Za-z]+)")
_POWERS = {letter: power for power, letter in enumerate("kmgtpe", 1)}


def parse(value: Scalar, grammar: str = "binary", unit: str = "B", *, assumed: bool = False) -> Meaning | None:
    """Read a size under one of GRAMMARS; the magnitude is in bytes.

    A bare number takes `unit`, which may be "B", "MB", "GiB" or a page such as PostgreSQL's "8kB"; pass `assumed` when
    that unit is a mere default of the rule. With `unit=""` it stays raw: its canonical form is `("bare", number)`.
    """
    number = exact(value)
    if number is not None:
        factor = _written(unit if unit[:1].isdigit() else f"1{unit}", grammar)
        if factor is None:
            return Meaning("size", ("bare", number) if number else number, decimal(number), number)
        return Meaning("size", number * factor, shown(number * factor), number * factor, assumed=assumed)
    if not isinstance(value, str) or len(value) > LONGEST:
        return None
    size = quantity.amount(value) if grammar == "k8s" else None
    if size is None:
        size = _written(value.strip(), grammar)
    return None if size is None else Meaning("size", size, shown(size), size)


def _written(text: str, grammar: str) -> Fraction | None:
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    suffix = found[2].lower()
    if suffix in ("b", "byte", "bytes"):
        return Fraction(found[1])
    power, rest = _POWERS.get(suffix[0]), suffix[1:]
    if power is None or rest not in ("", "b", "i", "ib") or (grammar == "k8s" and "b" not in rest):
        return None
    thousand = (grammar == "k8s" and rest == "b") or (grammar == "redis" and rest == "")
    return Fraction(found[1]) * Fraction(1000 if thousand else 1024) ** power


def shown(size: Fraction) -> str:
    """Return bytes for people: "512 MiB", "2 GB"; exactly where four digits can, else to three significant digits."""
    for base in (1024, 1000):
        number, unit = _scaled(size, base)
        text = decimal(number)
        if Fraction(text) == number and len(text.replace(".", "").lstrip("-0")) <= 4:
            return f"{text} {unit}"
    number, unit = _scaled(size, 1024)
    digits = "3g" if abs(number) >= 10000 else "0f" if abs(number) >= 100 else "1f" if abs(number) >= 10 else "2f"
    return f"{float(number):.{digits}} {unit}"


def _scaled(size: Fraction, base: int) -> tuple[Fraction, str]:
    power = 0
    while power < len(_POWERS) and abs(size) >= base ** (power + 1):
        power += 1
    unit = f"{'kMGTPE'[power - 1]}B" if base == 1000 else f"{'KMGTPE'[power - 1]}iB"
    return size / base**power, unit if power else "B"
