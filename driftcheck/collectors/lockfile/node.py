"""Node: package-lock.json and npm-shrinkwrap.json (1 to 3), yarn.lock (1 and berry), pnpm-lock.yaml, bun.lock.

An alias (`left: npm:left-pad@1.3.0`) counts as what it stands for. Members of the project's own workspace are left out.
Sources: the documentation of npm ("package-lock.json"), yarn and bun ("Lockfile"), and pnpm's @pnpm/lockfile-types.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from urllib.parse import unquote

from driftcheck.collectors.lockfile.nouns import (
    ANY_VERSION,
    File,
    Lock,
    Package,
    from_git,
    host_of,
    line_of,
    mapping_in,
    text_in,
    without_credentials,
)
from driftcheck.formats import Leaf, Mapping, Node
from driftcheck.model import Location
from driftcheck.pattern import Pattern

_GIT = Pattern(r"git[+:@]|github:|gitlab:|bitbucket:|ssh:|[^#]+\.git(?:#|$)")
_PATH = Pattern(r"(?:file|link|portal):")


def read_npm(file: File) -> Lock:
    root = _json(file)
    if isinstance(root.get("packages"), Mapping):
        return _npm_by_folder(file, mapping_in(root, "packages"))
    if "lockfileVersion" not in root and "dependencies" not in root:
        raise file.refuse("has no `packages`")
    packages = []
    waiting = [mapping_in(root, "dependencies")]
    while waiting:
        for name, locked in waiting.pop().items():
            packages.append(_of_npm(name, locked, file))
            waiting.append(mapping_in(locked, "dependencies"))
    return Lock(packages, [])


def _npm_by_folder(file: File, folders: Mapping) -> Lock:
    """Read versions 2 and 3: `node_modules/a/node_modules/b` to what is in it, `""` for the project itself."""
    project = mapping_in(folders, "")
    workspaces = project.get("workspaces")
    patterns = workspaces if not isinstance(workspaces, Mapping) else workspaces.get("packages")
    members = [str(leaf.value).removeprefix("./") for leaf in patterns or () if isinstance(leaf, Leaf)]
    packages = []
    for folder, locked in folders.items():
        _, within, alias = folder.rpartition("node_modules/")
        if not within:
            continue  # the project, or the target of a link
        link, target = locked.get("link"), text_in(locked, "resolved")
        if not isinstance(link, Leaf) or link.value is not True:
            packages.append(_of_npm(text_in(locked, "name") or alias, locked, file))
        elif not any(fnmatchcase(target, pattern) for pattern in members):
            linked = mapping_in(folders, target)
            name, place = text_in(linked, "name") or alias, file.at(locked.line)
            packages.append(Package(name, text_in(linked, "version"), place, target))
    return Lock(packages, _engines(file, project))


def _of_npm(name: str, locked: Node, file: File) -> Package:
    version, resolved = text_in(locked, "version"), text_in(locked, "resolved")
    place = file.at(locked.line)
    if version.startswith("npm:"):
        name, version = _alias(version)
    if _GIT.match(version) or _PATH.match(version) or "://" in version:
        return _by_url(name, "", version, place)
    if _GIT.match(resolved) or _PATH.match(resolved):
        return _by_url(name, version, resolved, place)
    return Package(name, version, place, registry=_registry(resolved))


def read_yarn(file: File) -> Lock:
    return _read_berry(file) if re.search(r"^__metadata:", file.text, re.MULTILINE) else _read_classic(file)


def _read_classic(file: File) -> Lock:
    packages: list[Package] = []
    heading, begun, fields = "", 0, dict[str, str]()
    for number, line in enumerate([*file.text.splitlines(), "end:"], 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line[0] != " ":
            if heading:
                packages.append(_of_classic(heading, fields, begun, file))
            heading, begun, fields = line.removesuffix(":"), number, {}
            if not line.endswith(":"):
                raise file.refuse("is not a yarn lock: expected names and a colon", number)
        elif field := re.fullmatch(r' {2}(\w+) "?([^"\s]+)"?', line):
            fields[field[1]] = field[2]
        elif not re.fullmatch(r" {2}\w+:| {4}\S+ .+", line):
            raise file.refuse("is not a yarn lock: expected a field", number)
    return Lock(packages, [])


def _of_classic(heading: str, fields: dict[str, str], line: int, file: File) -> Package:
    name, wanted = _split(heading.split(",")[0].strip().strip('"'))
    version, resolved = fields.get("version", ""), fields.get("resolved", "")
    if wanted.startswith("npm:"):
        name, _ = _alias(wanted)
    if _PATH.match(wanted) and not resolved:
        return _by_url(name, version, wanted, file.at(line))
    if _GIT.match(resolved):
        return _by_url(name, version, resolved, file.at(line))
    return Package(name, version, file.at(line), registry=_registry(resolved))


def _read_berry(file: File) -> Lock:
    from driftcheck.formats import yaml

    packages = []
    lines = file.text.splitlines()
    root = yaml.parse(file.text, file.shown).root
    for heading, locked in root.items() if isinstance(root, Mapping) else ():
        if heading == "__metadata":
            continue
        name, reference = _split(text_in(locked, "resolution"))
        version, place = text_in(locked, "version"), file.at(line_of(heading, locked, lines))
        if reference.startswith("workspace:"):
            continue
        origin = registry = ""
        if reference.startswith("npm:"):
            archive = re.search(r"::(?:.*&)?__archiveUrl=([^&]+)", reference)
            registry = _registry(unquote(archive[1])) if archive else ""
        elif reference.startswith("patch:"):
            patch = re.sub(r"::.*", "", reference.partition("#")[2])
            origin = "" if "builtin<" in patch else re.sub(r"^(?:~/|\./|optional!)+", "", patch)
        else:
            reference = re.sub(r"::.*", "", reference).replace("#commit=", "#")
            packages.append(_by_url(name, version, reference, place))
            continue
        packages.append(Package(name, version, place, origin, registry))
    return Lock(packages, [])


def read_pnpm(file: File) -> Lock:
    from driftcheck.formats import yaml

    packages = []
    lines = file.text.splitlines()
    for document in yaml.parse_all(file.text, file.shown):
        if not isinstance(document.root, Mapping) or "lockfileVersion" not in document.root:
            raise file.refuse("has no `lockfileVersion`")
        number = document.root["lockfileVersion"].value
        by_slash = float(re.match(r"[\d.]*", str(number))[0] or 0) < 6  # type: ignore[index]  # it always matches
        for key, locked in mapping_in(document.root, "packages").items():
            packages.append(_of_pnpm(key, locked, by_slash, file, line_of(key, locked, lines)))
    return Lock(packages, [])


def _of_pnpm(key: str, locked: Node, by_slash: bool, file: File, line: int) -> Package:
    """Read `/@scope/name/1.2.3_peers` (to 5), `/name@1.2.3(peers)` (6) or `name@1.2.3` (9); a host may come first."""
    resolution, place = mapping_in(locked, "resolution"), file.at(line)
    plain = re.sub(r"\(.*", "", key)
    host, _, rest = plain.partition("/") if not plain.startswith("@") else ("", "", plain)
    if by_slash:
        name, _, version = rest.rpartition("/")
        version = version.partition("_")[0]
    else:
        name, version = _split(plain.removeprefix("/") if not host or "@" in host else rest)
    named, versioned = text_in(locked, "name"), text_in(locked, "version")
    if repository := text_in(resolution, "repo"):
        return Package(named or name, versioned, place, from_git(repository, text_in(resolution, "commit")))
    archive = text_in(resolution, "tarball")
    if (directory := text_in(resolution, "directory")) or named or "://" in version or _PATH.match(version):
        return Package(named or name, versioned, place, directory or without_credentials(archive or version))
    return Package(
        name, version, place, registry=_registry(archive) or (host if "." in host and "@" not in host else "")
    )


def read_bun(file: File) -> Lock:
    root = _json(file, comments=True)
    if "packages" not in root and "workspaces" not in root:
        raise file.refuse("has no `packages`")
    packages = []
    for locked in mapping_in(root, "packages").values():
        parts = [leaf.value if isinstance(leaf, Leaf) else None for leaf in locked]
        name, version = _split(str(parts[0]) if parts else "")
        place = file.at(locked.line)
        if version.startswith(("workspace:", "root:")):
            continue
        if re.match(r"\d", version):
            registry = parts[1] if len(parts) > 1 and isinstance(parts[1], str) else ""
            packages.append(Package(name, version, place, registry=_registry(registry)))
        else:
            packages.append(_by_url(name, "", version, place))
    return Lock(packages, [])


def read_manifest(file: File) -> Lock:
    """Return what package.json asks for, as constraints; peers are for whoever uses the package."""
    root = _json(file)
    packages = []
    for section in ("dependencies", "devDependencies", "optionalDependencies"):
        for name, spec in mapping_in(root, section).items():
            text = str(spec.value) if isinstance(spec, Leaf) and spec.value else ANY_VERSION
            place = file.at(spec.line)
            if text.startswith("npm:"):
                name, text = _alias(text)
            if text.startswith(("workspace:", "catalog:")) or not (
                _GIT.match(text) or "/" in text or _PATH.match(text)
            ):
                packages.append(Package(name, text, place))
            else:
                packages.append(_by_url(name, "", text, place))
    return Lock(packages, runtimes(file))


def runtimes(file: File) -> list[Package]:
    return _engines(file, _json(file))


def _engines(file: File, project: Mapping) -> list[Package]:
    """Return what a project says of its runtime; a package manager named with its version is one."""
    found = {
        name: Package(name, str(leaf.value), file.at(leaf.line))
        for name, leaf in mapping_in(project, "engines").items()
        if isinstance(leaf, Leaf) and name and leaf.value
    }
    if manager := re.fullmatch(r"(\w+)@([^+]+)(?:\+.*)?", text_in(project, "packageManager")):
        found[manager[1]] = Package(manager[1], manager[2], file.at(project["packageManager"].line))
    return list(found.values())


def _json(file: File, *, comments: bool = False) -> Mapping:
    from driftcheck.formats import json

    root = json.parse(file.text, file.shown, comments=comments).root
    if not isinstance(root, Mapping):
        raise file.refuse("is not a JSON object", root.line)
    return root


def _split(text: str) -> tuple[str, str]:
    """Return name and rest of `@scope/name@rest`."""
    at = text.find("@", 1)
    return (text[:at], text[at + 1 :]) if at > 0 else (text, "")


def _alias(text: str) -> tuple[str, str]:
    name, version = _split(text.removeprefix("npm:"))
    return name, version or ANY_VERSION


def _by_url(name: str, version: str, url: str, place: Location) -> Package:
    if _PATH.match(url):
        path = url.partition(":")[2].partition("#")[0]
        return Package(name, version, place, path.removeprefix("./") or ".")
    repository, _, commit = url.partition("#")
    is_git = _GIT.match(url) or "://" not in url  # `owner/name` is short for a repository
    return Package(name, version, place, from_git(repository, commit) if is_git else without_credentials(url))


def _registry(resolved: str) -> str:
    """Return the registry of an archive: its host where the path is that of a registry, else the archive itself."""
    if "://" not in resolved:
        return ""
    return host_of(resolved) if "/-/" in resolved or resolved.endswith("/") else without_credentials(resolved)
