"""BLAKE2 without OpenSSL, which `hashlib` loads in two milliseconds; the standard library's `random` does the same."""

from __future__ import annotations

try:
    from _blake2 import blake2b
except ImportError:  # no promise of Python's
    from hashlib import blake2b

__all__ = ["blake2b"]
