"""Dart and Flutter: pubspec.lock. Source: dart.dev/tools/pub/glossary#lockfile and pub's `lock_file.dart`."""

from __future__ import annotations

from driftcheck.collectors.lockfile.nouns import (
    File,
    Lock,
    Package,
    from_git,
    line_of,
    mapping_in,
    text_in,
    without_credentials,
)
from driftcheck.formats import Leaf, Mapping


def read(file: File) -> Lock:
    from driftcheck.formats import yaml

    root = yaml.parse(file.text, file.shown).root
    if not isinstance(root, Mapping) or "packages" not in root:
        raise file.refuse("has no `packages`")
    packages = []
    lines = file.text.splitlines()
    for name, locked in mapping_in(root, "packages").items():
        version, source = text_in(locked, "version"), text_in(locked, "source")
        described = mapping_in(locked, "description")
        origin = registry = ""
        if source == "git":
            origin = from_git(text_in(described, "url"), text_in(described, "resolved-ref"))
        elif source == "hosted":
            registry = without_credentials(text_in(described, "url"))
        elif source == "sdk":
            origin = f"{text_in(locked, 'description')} SDK"
        else:
            origin = text_in(described, "path")
        packages.append(Package(name, version, file.at(line_of(name, locked, lines)), origin, registry))
    sdks = mapping_in(root, "sdks")
    runtimes = [
        Package(name, str(leaf.value), file.at(leaf.line)) for name, leaf in sdks.items() if isinstance(leaf, Leaf)
    ]
    return Lock(packages, runtimes)
