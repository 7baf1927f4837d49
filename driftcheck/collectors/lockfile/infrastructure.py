"""Helm and Terraform: Chart.lock and .terraform.lock.hcl.

Sources: helm.sh/docs/helm/helm_dependency_build, developer.hashicorp.com/terraform/language/files/dependency-lock.
"""

from __future__ import annotations

import re

from driftcheck.collectors.lockfile.nouns import File, Lock, Package, sequence_in, text_in
from driftcheck.formats import Mapping

_PROVIDER = re.compile(r'^provider "([^"\n]+)" \{\n((?:[ \t]+[^\n]*\n|\n)*)\}', re.MULTILINE)


def read_chart(file: File) -> Lock:
    from driftcheck.formats import yaml

    root = yaml.parse(file.text, file.shown).root
    if not isinstance(root, Mapping) or "digest" not in root:
        raise file.refuse("has no `digest`: it is cut short")
    packages = []
    for locked in sequence_in(root, "dependencies"):
        name, version = text_in(locked, "name"), text_in(locked, "version")
        if not name or not version:
            raise file.refuse("a chart has no name or no version", locked.line)
        repository = text_in(locked, "repository")
        origin = repository.removeprefix("file://") if repository.startswith("file:") else ""
        packages.append(Package(name, version, file.at(locked.line), origin))
    return Lock(packages, [])


def read_providers(file: File) -> Lock:
    """Return providers as `namespace/type`; the host before it is the registry."""
    packages = []
    line, counted = 1, 0
    for provider in _PROVIDER.finditer(file.text):
        line += file.text.count("\n", counted, provider.start())
        counted = provider.start()
        version = re.search(r'^\s*version\s*=\s*"([^"]+)"', provider[2], re.MULTILINE)
        if version is None:
            raise file.refuse("a provider has no version", line)
        host, _, name = provider[1].partition("/")
        packages.append(Package(name.lower(), version[1], file.at(line), registry=host))
    if len(packages) != len(re.findall(r"^\s*provider\b", file.text, re.MULTILINE)):
        raise file.refuse("is not a whole lock of providers", file.text.count("\n") + 1)
    return Lock(packages, [])
