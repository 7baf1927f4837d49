"""Lengths of time, in seconds: Go, ISO-8601, English, systemd, nginx, Spring, PostgreSQL, .NET and bare numbers.

A month is 30 days and a year 365, as in nginx. A lone `M` is a month to nginx and systemd and a minute to Spring: it is
not read at all, so that such values are compared as they stand.
"""

from __future__ import annotations

from fractions import Fraction

from driftcheck.model import Scalar
from driftcheck.pattern import Pattern
from driftcheck.values import Meaning
from driftcheck.values.number import decimal, exact

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_UNITS = {  # u00b5 and u03bc are the two micro signs of Unicode
    name: Fraction(seconds)
    for names, seconds in (
        ("ns nanos nanosecond nanoseconds", Fraction(1, 10**9)),
        ("us \u00b5s \u03bcs usec micros microsecond microseconds", Fraction(1, 10**6)),
        ("ms msec msecs milli millis millisecond milliseconds", Fraction(1, 1000)),
        ("s sec secs second seconds", 1),
        ("m min mins minute minutes", _MINUTE),
        ("h hr hrs hour hours", _HOUR),
        ("d day days", _DAY),
        ("w week weeks", 7 * _DAY),
        ("month months", 30 * _DAY),
        ("y year years", 365 * _DAY),
    )
    for name in names.split()
}
_LONGEST = 100
_TERM = Pattern(r"([0-9]+(?:\.[0-9]+)?|\.[0-9]+) ?([A-Za-z\u00b5\u03bc]+)[ ,]*")
_ISO_NUMBER = r"([+-]?[0-9]+(?:[.,][0-9]+)?)"
_ISO = Pattern(
    "P" + "".join(f"(?:{_ISO_NUMBER}{unit})?" for unit in "YMWD") +
    "(?:T" + "".join(f"(?:{_ISO_NUMBER}{unit})?" for unit in "HMS") + ")?"
)  # fmt: skip
_ISO_UNITS = (365 * _DAY, 30 * _DAY, 7 * _DAY, _DAY, _HOUR, _MINUTE, 1)
_CLOCK = Pattern(r"(?:([0-9]+)\.)?([0-9]+):([0-5][0-9]):([0-5][0-9](?:\.[0-9]+)?)")


def parse(value: Scalar, unit: str = "", *, assumed: bool = False) -> Meaning | None:
    """Read a duration; the magnitude is in seconds.

    A bare number takes `unit` (any name of a unit: "ms", "s", "min"); pass `assumed` when that unit is a mere default
    of the rule. Without a unit it stays raw: its canonical form is `("bare", number)`, except that 0 is 0 in any unit.
    """
    number = exact(value)
    if number is None:
        seconds = _written(value.strip()) if isinstance(value, str) and len(value) <= _LONGEST else None
        return None if seconds is None else Meaning("duration", seconds, _shown(seconds), seconds)
    factor = _factor(unit)
    if factor is None:
        return Meaning("duration", ("bare", number) if number else number, decimal(number), number)
    seconds = number * factor
    return Meaning("duration", seconds, _shown(seconds), seconds, assumed=assumed)


def _factor(unit: str) -> Fraction | None:
    return None if unit == "M" else _UNITS.get(unit.lower())


def _written(text: str) -> Fraction | None:
    unsigned = text[1:].lstrip() if text[:1] in ("-", "+") else text
    if unsigned[:1] in ("P", "p"):
        seconds = _iso(unsigned)
    elif ":" in unsigned:
        seconds = _clock(unsigned)
    else:
        seconds = _terms(unsigned)
    return -seconds if seconds is not None and text[0] == "-" else seconds


def _terms(text: str) -> Fraction | None:
    total, position = Fraction(0), 0
    while position < len(text):
        term = _TERM.match(text, position)
        factor = _factor(term[2]) if term else None
        if term is None or factor is None:
            return None
        total += Fraction(term[1]) * factor
        position = term.end()
    return total if text and text[-1] != "," else None


def _iso(text: str) -> Fraction | None:
    found = _ISO.fullmatch(text.upper())
    if found is None or not any(found.groups()):
        return None
    amounts = (Fraction(number.replace(",", ".")) if number else 0 for number in found.groups())
    return Fraction(sum(amount * unit for amount, unit in zip(amounts, _ISO_UNITS, strict=True)))


def _clock(text: str) -> Fraction | None:
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    days, hours, minutes, seconds = found.groups()
    return int(days or 0) * _DAY + int(hours) * _HOUR + int(minutes) * _MINUTE + Fraction(seconds)


def _shown(seconds: Fraction) -> str:
    if seconds < 0:
        return f"-{_shown(-seconds)}"
    if 0 < seconds < 1:
        unit = next((unit for unit in ("ms", "us") if seconds >= _UNITS[unit]), "ns")
        return f"{decimal(seconds / _UNITS[unit])} {unit}"
    words = []
    for unit, size in (("d", _DAY), ("h", _HOUR), ("min", _MINUTE)):
        count, seconds = divmod(seconds, size)
        if count:
            words.append(f"{decimal(Fraction(count))} {unit}")
    if seconds or not words:
        words.append(f"{decimal(seconds)} s")
    return " ".join(words)
