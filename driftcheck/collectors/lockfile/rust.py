"""Rust: Cargo.lock (1 to 4) and Cargo.toml. Source: doc.rust-lang.org/cargo/reference/specifying-dependencies.html."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from driftcheck.collectors.lockfile import toml
from driftcheck.collectors.lockfile.nouns import ANY_VERSION, File, Lock, Package, from_git, without_credentials
from driftcheck.model import Expression


def read(file: File) -> Lock:
    document = toml.load(file)
    tables = toml.tables(file, document, "package")
    needed = {
        text.split()[0]
        for table, _ in tables
        for text in table.get("dependencies", ())
        if isinstance(text, str) and text
    }
    packages = []
    for table, line in tables:
        name, version, source = (toml.text_of(table, key) for key in ("name", "version", "source"))
        origin = registry = ""
        if source.startswith("git+"):
            origin = from_git(without_credentials(source), source.partition("#")[2])
        elif source:
            registry = without_credentials(source.partition("+")[2])
        elif name in needed:
            origin = "path"
        else:
            continue  # the project itself
        packages.append(Package(name, version, file.at(line), origin, registry))
    return Lock(packages, [])


def read_manifest(file: File) -> Lock:
    """Return what Cargo.toml asks for, as constraints; what a workspace decides is not known here."""
    document = toml.load(file)
    lines = toml.lines_of_words(file.text)
    packages = [
        _asked(key, spec, file, lines.get(key, 0))
        for table in _dependency_tables(document)
        for key, spec in table.items()
    ]
    return Lock(packages, runtimes(file))


def _dependency_tables(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    targets = toml.table_of(document, "target").values()
    for holder in (document, toml.table_of(document, "workspace"), *targets):
        for kind in ("dependencies", "dev-dependencies", "build-dependencies"):
            yield toml.table_of(holder, kind)


def _asked(key: str, spec: object, file: File, line: int) -> Package:
    git = toml.text_of(spec, "git")
    reference = next((text for part in ("rev", "tag", "branch") if (text := toml.text_of(spec, part))), "")
    origin = from_git(git, reference) if git else toml.text_of(spec, "path")
    version = spec if isinstance(spec, str) else toml.text_of(spec, "version")
    if isinstance(spec, dict) and spec.get("workspace") is True:
        version = Expression("workspace")
    return Package(
        toml.text_of(spec, "package") or key, version or ("" if origin else ANY_VERSION), file.at(line), origin
    )


def runtimes(file: File) -> list[Package]:
    document = toml.load(file)
    for holder in (document, toml.table_of(document, "workspace")):
        if version := toml.text_of(toml.table_of(holder, "package"), "rust-version"):
            return [Package("rust", version, file.at(toml.lines_of_words(file.text).get("rust-version", 0)))]
    return []
