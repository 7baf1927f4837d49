"""Amounts that a server tells as bare numbers, written with their unit: `16384` pages of 8 kB are `128MiB`."""

from __future__ import annotations

_SIZES = (("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1))
_TIMES = (("d", 86_400_000_000), ("h", 3_600_000_000), ("min", 60_000_000), ("s", 1_000_000), ("ms", 1000), ("us", 1))


def size(number: int) -> str:
    """Return bytes in the largest unit that leaves no fraction: `128MiB`, `1000B`, `0B`."""
    return _written(number, _SIZES)


def duration(microseconds: int) -> str:
    """Return a time in the largest unit that leaves no fraction: `30s`, `90min`, `1500ms`, `0us`."""
    return _written(microseconds, _TIMES)


def _written(number: int, units: tuple[tuple[str, int], ...]) -> str:
    return next(f"{number // size}{unit}" for unit, size in units if number % size == 0 and (number or size == 1))
