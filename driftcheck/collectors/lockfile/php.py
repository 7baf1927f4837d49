"""PHP: composer.lock. Source: getcomposer.org/doc/01-basic-usage.md and its `Locker.php`."""

from __future__ import annotations

import re

from driftcheck.collectors.lockfile.nouns import (
    File,
    Lock,
    Package,
    from_git,
    mapping_in,
    sequence_in,
    text_in,
    without_credentials,
)
from driftcheck.formats import Leaf, Mapping, Node


def read(file: File) -> Lock:
    from driftcheck.formats import json

    root = json.parse(file.text, file.shown).root
    if not isinstance(root, Mapping) or "packages" not in root:
        raise file.refuse("has no `packages`")
    packages = []
    for section in ("packages", "packages-dev"):
        for locked in sequence_in(root, section):
            name, version = text_in(locked, "name"), text_in(locked, "version")
            packages.append(Package(name.lower(), version, file.at(locked.line), _origin(locked, version)))
    platform = mapping_in(root, "platform")
    runtimes = [
        Package(name, str(leaf.value), file.at(leaf.line)) for name, leaf in platform.items() if isinstance(leaf, Leaf)
    ]
    return Lock(packages, runtimes)


def _origin(locked: Node, version: str) -> str:
    """Return where a package comes from if its version does not say what it is: a branch, or a folder."""
    archive, source = mapping_in(locked, "dist"), mapping_in(locked, "source")
    if text_in(archive, "type") == "path":
        return text_in(archive, "url")
    if re.match(r"dev-|.*-dev$", version) and source:
        return from_git(text_in(source, "url"), text_in(source, "reference"))
    return without_credentials(text_in(archive, "url")) if re.match(r"dev-|.*-dev$", version) else ""
