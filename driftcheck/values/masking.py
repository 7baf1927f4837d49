"""Which named pieces of a composite value are secrets: a URL's `?token=`, a JVM's `-D...password=`, a field of JSON.

A collected value is redacted before it is read here; this keeps what slipped through out of parts and shown text, and
out of canonical forms too, which compare a hash of it (Python's, whose key is new in every process).
"""

from __future__ import annotations

from collections.abc import Hashable

from driftcheck.pattern import Pattern

MASK = "[secret]"
_ENDINGS = (
    *("password", "passwd", "pwd", "passphrase", "secret", "token", "signature", "credential", "credentials"),
    *("apikey", "accesskey", "accountkey", "privatekey", "secretkey", "sharedkey", "encryptionkey"),
)
_WHOLE = frozenset({"key", "pass", "pw", "sig", "auth", "authorization"})
_SEPARATORS = Pattern(r"[^a-z0-9]+")


def masked(name: str, text: str) -> str:
    """Return the text, or the mask where its name says that it is a secret; an empty text hides nothing."""
    return MASK if text and _is_secret(name) else text


def veiled(name: str, text: str) -> Hashable:
    """Return what stands for the text in a canonical form: itself, or a hash if its name says that it is a secret."""
    return (MASK, hash(text)) if text and _is_secret(name) else text


def _is_secret(name: str) -> bool:
    words = _SEPARATORS.sub("", name.lower())
    return words.endswith(_ENDINGS) or words in _WHOLE
