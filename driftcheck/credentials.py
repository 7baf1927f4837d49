"""Passwords and keys by reference: an environment variable, a file or a command holds them, a configuration never."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from driftcheck import redact, transport
from driftcheck.errors import CollectError

KINDS = ("env", "file", "command")

_SECONDS = 30.0
"""A password manager may have to ask its own server."""


class Credential(NamedTuple):
    """Where a secret is kept: the name of a variable, the absolute path of a file, or the words of a command."""

    kind: str
    words: tuple[str, ...]


def resolve(credential: Credential, what: str) -> str:
    """Return the secret, remembered for masking; raise CollectError, beginning with `what`, where it is not to be had.

    One line break at the end of a file or of what a command prints does not belong to the secret.
    """
    where = credential.words[0]
    if credential.kind == "env":
        secret = os.environ.get(where, "")
        if not secret:
            raise CollectError(f"{what}: the environment variable {where} is not set", hint=f"export {where}")
    elif credential.kind == "file":
        try:
            secret = Path(where).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            hint = "name a file that this user may read"
            raise CollectError(f"{what}: {where} cannot be read: {reason}", hint=hint) from None
    else:
        secret = transport.run(credential.words, what=what, seconds=_SECONDS)
    secret = secret.removesuffix("\n").removesuffix("\r")
    if not secret:
        raise CollectError(f"{what}: {where} holds nothing", hint="put the secret there")
    redact.remember(secret)
    return secret
