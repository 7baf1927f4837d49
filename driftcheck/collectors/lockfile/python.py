"""Python: uv.lock, poetry.lock, pdm.lock, pylock.toml (PEP 751), Pipfile.lock, and the manifests beside them.

Names are normalised as PEP 503 says. Sources of the formats: docs.astral.sh/uv, python-poetry.org, pdm-project.org,
packaging.python.org/specifications/pylock-toml and pipenv.pypa.io.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from driftcheck.collectors.lockfile import requirements, toml
from driftcheck.collectors.lockfile.nouns import (
    ANY_VERSION,
    File,
    Lock,
    Package,
    from_git,
    mapping_in,
    numbered,
    text_in,
    texts_in,
    without_credentials,
)
from driftcheck.collectors.lockfile.requirements import constraint, normalised
from driftcheck.formats import Mapping, Sequence


def read_uv(file: File) -> Lock:
    document = toml.load(file)
    members = {normalised(name) for name in toml.table_of(document, "manifest").get("members", [])}
    packages = []
    for table, line in toml.tables(file, document, "package"):
        name, source = normalised(toml.text_of(table, "name")), toml.table_of(table, "source")
        path = next(
            (toml.text_of(source, key) for key in ("editable", "directory", "virtual", "path") if key in source), ""
        )
        if path == "." or name in members:
            continue  # the project itself
        url, _, commit = toml.text_of(source, "git").partition("#")
        origin = from_git(url, commit) if url else without_credentials(toml.text_of(source, "url") or path)
        registry = without_credentials(toml.text_of(source, "registry"))
        packages.append(Package(name, toml.text_of(table, "version"), file.at(line), origin, registry))
    return Lock(packages, _python(file, toml.text_of(document, "requires-python"), "requires-python"))


def read_poetry(file: File) -> Lock:
    document = toml.load(file)
    if "metadata" not in document:
        raise file.refuse("has no `metadata` table: it is cut short", file.text.count("\n") + 1)
    packages = []
    for table, line in toml.tables(file, document, "package"):
        source = toml.table_of(table, "source")
        kind, url = toml.text_of(source, "type"), toml.text_of(source, "url")
        commit = toml.text_of(source, "resolved_reference")
        origin = from_git(url, commit) if kind == "git" else "" if kind == "legacy" else without_credentials(url)
        registry = without_credentials(url) if kind == "legacy" else ""
        packages.append(
            Package(
                normalised(toml.text_of(table, "name")), toml.text_of(table, "version"), file.at(line), origin, registry
            )
        )
    versions = toml.text_of(document["metadata"], "python-versions")
    return Lock(packages, _python(file, versions, "python-versions"))


def read_pdm(file: File) -> Lock:
    document = toml.load(file)
    packages = []
    for table, line in toml.tables(file, document, "package"):
        git, path = toml.text_of(table, "git"), toml.text_of(table, "path")
        if path.rstrip("/") == ".":
            continue
        origin = from_git(git, toml.text_of(table, "revision")) if git else path
        origin = origin or without_credentials(toml.text_of(table, "url"))
        packages.append(
            Package(normalised(toml.text_of(table, "name")), toml.text_of(table, "version"), file.at(line), origin)
        )
    targets = toml.table_of(document, "metadata").get("targets", [])
    versions = {toml.text_of(target, "requires_python") for target in targets} - {""}
    return Lock(packages, [each for text in sorted(versions) for each in _python(file, text, "requires_python")])


def read_pylock(file: File) -> Lock:
    document = toml.load(file)
    if "packages" not in document:
        raise file.refuse("has no `packages`")
    packages = []
    for table, line in toml.tables(file, document, "packages"):
        vcs, directory, archive = (toml.table_of(table, key) for key in ("vcs", "directory", "archive"))
        path = toml.text_of(directory, "path")
        if path in (".", "./"):
            continue
        origin = path
        if vcs:
            origin = from_git(toml.text_of(vcs, "url") or toml.text_of(vcs, "path"), toml.text_of(vcs, "commit-id"))
        elif archive:
            origin = without_credentials(toml.text_of(archive, "url") or toml.text_of(archive, "path"))
        registry = without_credentials(toml.text_of(table, "index"))
        packages.append(
            Package(
                normalised(toml.text_of(table, "name")), toml.text_of(table, "version"), file.at(line), origin, registry
            )
        )
    return Lock(packages, _python(file, toml.text_of(document, "requires-python"), "requires-python"))


def read_pipfile(file: File) -> Lock:
    from driftcheck.formats import json

    root = json.parse(file.text, file.shown).root
    meta = mapping_in(root, "_meta")
    if not isinstance(root, Mapping) or not meta:
        raise file.refuse("has no `_meta` object")
    sources = meta.get("sources")
    default = text_in(sources[0], "name") if isinstance(sources, Sequence) and sources else ""
    packages = []
    for section, members in root.items():
        if section == "_meta" or not isinstance(members, Mapping):
            continue
        for name, locked in members.items():
            path = text_in(locked, "path")
            if path in (".", "./"):
                continue
            git = text_in(locked, "git")
            origin = from_git(git, text_in(locked, "ref")) if git else path
            origin = origin or without_credentials(texts_in(locked, ("file", "url")))
            index = text_in(locked, "index")
            version = text_in(locked, "version").removeprefix("==")
            registry = "" if index == default else index
            packages.append(Package(normalised(name), version, file.at(locked.line), origin, registry))
    requires = mapping_in(meta, "requires")
    wanted = [key for key in ("python_full_version", "python_version") if text_in(requires, key)]
    runtimes = [Package("python", text_in(requires, key), file.at(requires[key].line)) for key in wanted[:1]]
    return Lock(packages, runtimes)


def read_pyproject(file: File) -> Lock:
    """Return what a project asks for, as constraints, with its optional parts and groups."""
    document = toml.load(file)
    project, poetry = toml.table_of(document, "project"), toml.table_of(document, "tool", "poetry")
    if "dependencies" in project.get("dynamic", []) and "dependencies" not in poetry:
        raise file.refuse("leaves its dependencies to a build program", hint="name the lock beside it: uv.lock, ...")
    lines = toml.lines_of_words(file.text)
    packages = [
        found
        for text in _requirements_of(document, project)
        for found in requirements.parsed(text, file, lines.get(text, 0))
    ]
    for table in _poetry_tables(poetry):
        for name, spec in table.items():
            packages += _poetry_packages(file, name, spec, lines.get(name, 0)) if name != "python" else []
    runtimes = pyproject_runtimes(file)
    if not packages and not runtimes and not project and not poetry:
        raise file.refuse("declares no dependencies", hint="name the lock: uv.lock, poetry.lock, requirements.txt, ...")
    return Lock(packages, runtimes)


def pyproject_runtimes(file: File) -> list[Package]:
    document = toml.load(file)
    if versions := toml.text_of(toml.table_of(document, "project"), "requires-python"):
        return _python(file, versions, "requires-python")
    versions = toml.text_of(toml.table_of(document, "tool", "poetry", "dependencies"), "python")
    return _python(file, versions, "python")


def _requirements_of(document: dict[str, Any], project: dict[str, Any]) -> Iterator[str]:
    groups = [project.get("dependencies", [])]
    groups += toml.table_of(project, "optional-dependencies").values()
    groups += toml.table_of(document, "dependency-groups").values()
    for group in groups:
        if isinstance(group, list):
            yield from (text for text in group if isinstance(text, str))  # not {include-group = "..."}


def _poetry_tables(poetry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield toml.table_of(poetry, "dependencies")
    yield toml.table_of(poetry, "dev-dependencies")
    for group in toml.table_of(poetry, "group").values():
        yield toml.table_of(group, "dependencies")


def _poetry_packages(file: File, name: str, spec: object, line: int) -> list[Package]:
    found = []
    for one in spec if isinstance(spec, list) else [spec]:
        git = toml.text_of(one, "git")
        reference = next((toml.text_of(one, key) for key in ("rev", "tag", "branch") if toml.text_of(one, key)), "")
        origin = from_git(git, reference) if git else without_credentials(toml.text_of(one, "url"))
        origin = origin or toml.text_of(one, "path")
        version = one if isinstance(one, str) else toml.text_of(one, "version")
        version = version or ("" if origin else ANY_VERSION)
        found.append(Package(normalised(name), version, file.at(line), origin))
    return found


def read_setup(file: File) -> Lock:
    """Return what `setup.cfg` asks for, as constraints."""
    options = _setup_options(file)
    text = options.get("install_requires", "")
    if re.match(r"\s*(?:file|attr)\s*:", text):
        raise file.refuse("leaves its dependencies to another file", hint="name that file, or the lock")
    lines = {line.strip(): number for number, line in reversed(list(enumerate(file.text.splitlines(), 1)))}
    asked = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    packages = [found for one in asked for found in requirements.parsed(one, file, lines.get(one, 0))]
    return Lock(packages, setup_runtimes(file))


def setup_runtimes(file: File) -> list[Package]:
    return _python(file, _setup_options(file).get("python_requires", ""), "python_requires")


def _setup_options(file: File) -> dict[str, str]:
    import configparser

    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(file.text)
    except configparser.Error as error:
        raise file.refuse("is not an INI file", getattr(error, "lineno", 0), "correct the line") from None
    return dict(parser["options"]) if parser.has_section("options") else {}


def _python(file: File, versions: str, key: str) -> list[Package]:
    line = [0, *numbered(file.text, rf"^ *{key} *=")][-1]
    return [Package("python", constraint(versions), file.at(line))] if versions else []
