"""Helm and Terraform: Chart.lock and .terraform.lock.hcl.

Sources: helm.sh/docs/helm/helm_dependency_build, developer.hashicorp.com/terraform/language/files/dependency-lock.
"""

from __future__ import annotations

import re

from driftcheck.collectors.lockfile.nouns import File, Lock, Package, sequence_in, text_in
from driftcheck.formats import Mapping


def read_chart(file: File) -> Lock:
    from driftcheck.formats import yaml

    root = yaml.parse(file.text, file.shown).root
    if not isinstance(root, Mapping) or "digest" not in root:
        raise file.refuse("has no `digest`: it is cut short")
    packages = []
    for locked in sequence_in(root, "dependencies"):
        name, version = text_in(locked, "name"), text_in(locked, "version")
        repository = text_in(locked, "repository")
        origin = repository.removeprefix("file://") if repository.startswith("file:") else ""
        packages.append(Package(name, version, file.at(locked.line), origin))
    return Lock(packages, [])


def read_providers(file: File) -> Lock:
    """Return providers as `namespace/type`; the host before it is the registry."""
    packages = []
    address, begun, version = "", 0, ""
    for number, line in enumerate(file.text.splitlines(), 1):
        if provider := re.fullmatch(r'provider "([^"]+)" \{', line):
            if address:
                break
            address, begun, version = provider[1], number, ""
        elif address and line == "}":
            host, _, name = address.partition("/")
            packages.append(Package(name.lower(), version, file.at(begun), registry=host))
            address = ""
        elif address and (setting := re.fullmatch(r'\s+version\s*=\s*"([^"]+)"', line)):
            version = setting[1]
        elif not address and line.strip() and not line.startswith("#"):
            raise file.refuse("is not a line of a lock of providers", number)
    if address:
        raise file.refuse("a provider's block does not end", begun)
    return Lock(packages, [])
