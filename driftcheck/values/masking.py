"""Which named pieces of a composite value are secrets: a URL's `?token=`, a JVM's `-D...password=`, a field of JSON.

A collected value is redacted before it is read here; this keeps what slipped through out of parts and shown text. A
masked piece takes no part in comparing either: whether two secrets are equal is what `model.Secret` knows.
"""

from __future__ import annotations

import re

MASK = "[secret]"
_ENDINGS = (
    *("password", "passwd", "pwd", "passphrase", "secret", "token", "signature", "credential", "credentials"),
    *("apikey", "accesskey", "accountkey", "privatekey", "secretkey", "sharedkey", "encryptionkey"),
)
_WHOLE = frozenset({"key", "pass", "pw", "sig", "auth", "authorization"})
_SEPARATORS = re.compile(r"[^a-z0-9]+")


def masked(name: str, text: str) -> str:
    """Return the text, or the mask where its name says that it is a secret; an empty text hides nothing."""
    words = _SEPARATORS.sub("", name.lower())
    return MASK if text and (words.endswith(_ENDINGS) or words in _WHOLE) else text
