"""Which files a source has: those named, and in directories those that Terraform or Terragrunt would read."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from driftcheck.collectors.base import shown
from driftcheck.errors import AbsentError, CollectError
from driftcheck.formats import read_text
from driftcheck.model import Failure, Location, Path, Reading, quoted

if TYPE_CHECKING:
    from driftcheck.formats import hcl

LOCK_FILE = ".terraform.lock.hcl"
_TEMPLATES = (".tftpl", ".tmpl", ".tpl", ".j2", ".gotmpl", ".erb")
_AUTO = ("terraform.tfvars", "terraform.tfvars.json")


class Kind(StrEnum):
    """What a file is, by its name."""

    MODULE = "module"
    LOCK = "lock"
    VARIABLES = "variables"
    HCL = "hcl"


def kind_of(path: str) -> Kind | None:
    """Return what a file's name says that it is; a template of it is the same, and refused when it is parsed."""
    name = FilePath(path).name
    for ending in _TEMPLATES:
        name = name.removesuffix(ending)
    if name == LOCK_FILE:
        return Kind.LOCK
    if name.endswith((".tf", ".tf.json")):
        return Kind.MODULE
    if name.endswith((".tfvars", ".tfvars.json")):
        return Kind.VARIABLES
    return Kind.HCL if name.endswith(".hcl") else None


def is_automatic(path: str) -> bool:
    """Return whether Terraform reads a file of variables without being told to."""
    name = FilePath(path).name
    return name in _AUTO or name.endswith((".auto.tfvars", ".auto.tfvars.json"))


def is_read_from_directory(path: str) -> bool:
    """Return whether a file counts when only its directory is named."""
    name = FilePath(path).name
    kind = kind_of(path)
    if (name.startswith(".") and name != LOCK_FILE) or name.endswith((*_TEMPLATES, "~")):
        return False
    return kind in (Kind.MODULE, Kind.LOCK) or name == "terragrunt.hcl" or (kind is not None and is_automatic(path))


class Files:
    """The files of one source in one environment; paths are absolute.

    `folders`: directory -> the files of a module. `hcl`: Terragrunt's. `var_files`: in order. `directory`: the only
    directory that was named, if that is all that was.
    """

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.folders: dict[str, list[str]] = {}
        self.hcl: list[str] = []
        self.var_files: list[str] = []
        self.directory = ""
        self._bodies: dict[str, hcl.Body] = {}

    def shown(self, path: str) -> str:
        return shown(path, self.reading)

    def body(self, path: str) -> hcl.Body:
        """Return a parsed file; raise CollectError if it is none."""
        if path not in self._bodies:
            if path.endswith(".json"):
                from driftcheck.formats.hcl_json import parse
            else:
                from driftcheck.formats.hcl import parse
            name = self.shown(path)
            self._bodies[path] = parse(read_text(path, name), name)
        return self._bodies[path]

    def gap(self, error: CollectError) -> Failure:
        return Failure(self.reading.source, self.reading.environment, error.reason, error.hint, error.location)

    def add(self, path: str) -> None:
        kind = kind_of(path)
        if kind is Kind.HCL:
            self.hcl.append(path)
        elif kind is Kind.VARIABLES and not is_automatic(path):
            self.var_files.append(path)
        elif kind:
            self.folders.setdefault(str(FilePath(path).parent), []).append(path)


def find(reading: Reading) -> Files:
    """Return the files of a source; raise CollectError for a path that is not there, and if nothing is left."""
    found = Files(reading)
    named = _expanded(reading, "path")
    for path in dict.fromkeys(named):
        if FilePath(path).is_dir():
            for each in _in_directory(path, shown(path, reading)):
                found.add(each)
        elif os.path.lexists(path):
            found.add(path)
        else:
            raise AbsentError("no such file", Location(shown(path, reading)), "correct the path")
    if len(named) == 1 and FilePath(named[0]).is_dir():
        found.directory = named[0]
    found.var_files += _expanded(reading, "var_files")
    if not (found.folders or found.hcl or found.var_files or reading.options.get("tf_vars")):
        names = ", ".join(shown(path, reading) for path in named[:3])
        hint = "name a directory with .tf files or a terragrunt.hcl, or var_files"
        raise CollectError(f"nothing to read: no Terraform file in {names}" if names else "nothing to read", hint=hint)
    return found


def _expanded(reading: Reading, option: str) -> list[str]:
    """Return an option's paths, patterns expanded in the order of names."""
    import glob

    value = reading.options.get(option)
    paths: list[str] = []
    for path in value if isinstance(value, (list, tuple)) else [value] if value else []:
        text = str(path)
        if glob.has_magic(text) and not os.path.lexists(text):
            matches = sorted(glob.glob(text, recursive=True))  # noqa: PTH207  # of an absolute path
            if not matches:
                raise CollectError("no file matches", Location(shown(text, reading)), "correct the pattern")
            paths += matches
        else:
            paths.append(text)
    return paths


def _in_directory(folder: str, name: str) -> list[str]:
    """Return a module's files; for a directory without any, those of all modules and units below it."""
    try:
        names = sorted(each.name for each in FilePath(folder).iterdir())
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise CollectError(reason.lower(), Location(name), "let this user read it") from None
    found = [str(FilePath(folder, each)) for each in names if is_read_from_directory(each)]
    if found:
        return [each for each in found if FilePath(each).is_file()]
    for top, folders, below in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        found += [str(FilePath(top, each)) for each in sorted(below) if is_read_from_directory(each)]
    return found


def anchor(found: Files, folders: Iterable[str]) -> str:
    """Return the directory whose keys have no prefix: the one named, the one above all others, or the fullest.

    Where several directories are equals, it is the one that holds them all.
    """
    distinct = list(dict.fromkeys(folders))
    if found.directory or not distinct:
        return found.directory
    common = os.path.commonpath(distinct)
    if common in distinct:
        return common
    counted = Counter({folder: len(found.folders.get(folder, ())) for folder in distinct}).most_common(2)
    if len(counted) == 1 or counted[0][1] > counted[1][1]:
        return counted[0][0]
    return common


def prefix(folder: str, anchor: str) -> Path:
    """Return what a directory's keys begin with: its way from the anchor, without the steps upwards."""
    if not anchor:
        return ()
    parts = FilePath(os.path.relpath(folder, anchor)).parts
    return tuple([quoted(part) for part in parts if part not in ("..", ".")])
