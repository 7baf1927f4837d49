""".NET: NuGet's packages.lock.json. Source: NuGet's wiki, "Repeatable build using lock file"."""

from __future__ import annotations

from driftcheck.collectors.lockfile.nouns import File, Lock, Package, mapping_in, text_in
from driftcheck.formats import Mapping


def read(file: File) -> Lock:
    from driftcheck.formats import json

    root = json.parse(file.text, file.shown).root
    if not isinstance(root, Mapping) or not isinstance(root.get("dependencies"), Mapping):
        raise file.refuse("has no `dependencies`")
    packages = []
    for framework in root["dependencies"]:
        for name, locked in mapping_in(root["dependencies"], framework).items():
            if text_in(locked, "type") == "Project":
                continue  # a project of the same solution
            packages.append(Package(name.lower(), text_in(locked, "resolved"), file.at(locked.line)))
    return Lock(packages, [])
