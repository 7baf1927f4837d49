"""Terragrunt units: inputs, source and remote state of a terragrunt.hcl, with what it includes and reads.

The functions are those of https://terragrunt.gruntwork.io/docs/reference/hcl/functions/. Paths that they return are
relative to the folder that reports are relative to, so that no value tells of the machine. Only files that the source
names, and those below that folder, are followed.
"""

from __future__ import annotations

import os.path
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from driftcheck.collectors.terraform.entries import Entries, Layer
from driftcheck.collectors.terraform.files import Files
from driftcheck.collectors.terraform.module import Names
from driftcheck.errors import CollectError
from driftcheck.formats import hcl
from driftcheck.formats.hcl_evaluate import Evaluator
from driftcheck.formats.hcl_values import Fields, Items, Unknown, to_text
from driftcheck.model import Expression, Failure, Location, quoted

if TYPE_CHECKING:
    from driftcheck.formats.hcl_functions import Function

_DEEPEST = 20  # files that read files that read files

_NO_SETTINGS = ("include", "locals")


def units(found: Files, gaps: list[Failure]) -> list[Unit]:
    """Return the units among the files of a source: those that no other one reads or includes.

    One that does not parse becomes a gap, as does an included file that cannot be followed.
    """
    named = [path for path in found.hcl if FilePath(path).name.startswith("terragrunt.")]
    read: list[Unit] = []
    for path in named or found.hcl:
        try:
            read.append(Unit(found, path, gaps))
        except CollectError as error:
            gaps.append(found.gap(error))
    used = {path for unit in read for path in unit.used}
    return [unit for unit in read if unit.path not in used]


class Unit:
    """One terragrunt.hcl with what it includes. `used`: the other files that it reads."""

    def __init__(self, found: Files, path: str, gaps: list[Failure]) -> None:
        self.path = path
        self.folder = str(FilePath(path).parent)
        self.used: set[str] = set()
        self._own = _Config(found, path, path, self.used)
        self._included = self._own.includes(gaps)
        for config in (*(each for each, _ in self._included), self._own):
            config.inputs()  # to know what else is read

    def put(self, entries: Entries) -> None:
        """Add the unit's effective settings; what it overrides of an included file is kept with its place."""
        own = self._own
        for name, attribute in own.locals.items():
            if not (
                isinstance(attribute.value.node, hcl.Call) and attribute.value.node.name == "read_terragrunt_config"
            ):
                place = Location(own.shown, attribute.line)
                entries.put(("local", quoted(name)), own.local_values[name], place)
        merged = [(each, strategy) for each, strategy in self._included if strategy != "no_merge"]
        self._put_inputs(merged, entries)
        configs = [*(each for each, _ in merged), own]
        states = [number for number, config in enumerate(configs) if config.has("remote_state")]
        for number, config in enumerate(configs):
            without = ("remote_state",) if states and number < states[-1] else ()
            entries.put_body((), config.settings(), config.shown, config.evaluator, ("inputs", *without))

    def _put_inputs(self, included: list[tuple[_Config, str]], entries: Entries) -> None:
        """Add the inputs, merged from the unit outwards: an include's keys count where nothing nearer has them."""
        effective = Fields({})
        layers: list[Layer] = []
        for config, strategy in [(self._own, "shallow"), *reversed(included)]:
            if (layer := config.inputs()) is None:
                continue
            if isinstance(layer.value, Fields):
                layer = layer._replace(value=_placed(layer.value, layer.place))
                effective = _merged(layer.value, effective, deep=strategy == "deep")
                layers.insert(0, layer)
            else:
                entries.put(("inputs",), layer.value, layer.place)
        if layers:
            entries.put_layers(("inputs",), effective, layers)


class _Config:
    """One configuration as a unit sees it: paths are looked up from the unit, relative ones from the file itself."""

    def __init__(self, found: Files, path: str, unit: str, used: set[str], depth: int = 0) -> None:
        if depth > _DEEPEST:
            raise Unknown
        self._found, self._path, self._unit, self._used, self._depth = found, path, unit, used, depth
        self.shown = found.shown(path)
        self.body = found.body(path)
        if path != unit:
            used.add(path)
        attributes = [each for block in self.body.blocks if block.type == "locals" for each in block.body.attributes]
        self.locals = {attribute.name: attribute for attribute in attributes}
        self.local_values = Names(self.locals, lambda name: self.evaluator.evaluate(self.locals[name].value))
        self._names: dict[str, Mapping[str, Any]] = {"local": self.local_values}
        self.evaluator = Evaluator(self._names, self._functions())

    def has(self, type_: str) -> bool:
        """Return whether there is a block of a type."""
        return any(block.type == type_ for block in self.body.blocks)

    def settings(self) -> hcl.Body:
        """Return what is neither for reading other files nor for the time before there are any outputs."""
        blocks = []
        for block in self.body.blocks:
            real = [each for each in block.body.attributes if not each.name.startswith("mock_outputs")]
            if block.type not in _NO_SETTINGS:
                blocks.append(block._replace(body=hcl.Body(real, block.body.blocks)))
        return hcl.Body(self.body.attributes, blocks)

    def inputs(self) -> Layer | None:
        """Return `inputs = ...`, if there is any."""
        for attribute in self.body.attributes:
            if attribute.name == "inputs":
                return Layer(self.evaluator.evaluate(attribute.value), Location(self.shown, attribute.line))
        return None

    def includes(self, gaps: list[Failure]) -> list[tuple[_Config, str]]:
        """Return the included configurations and how each is merged, and make those that are exposed known."""
        found: list[tuple[_Config, str]] = []
        exposed: dict[str, Any] = {}
        for block in self.body.blocks:
            if block.type != "include":
                continue
            options = {each.name: self.evaluator.evaluate(each.value) for each in block.body.attributes}
            path = options.get("path")
            try:
                if not isinstance(path, str) or isinstance(path, Expression):
                    raise Unknown
                config = _Config(self._found, self._followed(path), self._unit, self._used, self._depth + 1)
            except Unknown:
                hint = "name the included file, too, in the source's `path`"
                error = CollectError(
                    "includes a file that is not among those read", Location(self.shown, block.line), hint
                )
                gaps.append(self._found.gap(error))
                continue
            except CollectError as error:
                gaps.append(self._found.gap(error))
                continue
            found.append((config, str(options.get("merge_strategy", "shallow"))))
            if block.labels:
                exposed[block.labels[0]] = config.as_value()
            else:
                exposed.update(config.as_value().items)
        self._names["include"] = exposed
        return found

    def as_value(self) -> Fields:
        """Return the configuration as `read_terragrunt_config` and an exposed include give it."""
        places = {name: Location(self.shown, attribute.line) for name, attribute in self.locals.items()}
        values: dict[str, Any] = {"locals": Fields({name: self.local_values[name] for name in self.locals}, places)}
        for attribute in self.body.attributes:
            values[attribute.name] = self.evaluator.evaluate(attribute.value)
        return Fields(values)

    # Functions

    def _functions(self) -> dict[str, Function]:
        from driftcheck.formats.hcl_functions import Function

        return {
            "find_in_parent_folders": Function(self._find_in_parent_folders, 0, 2),
            "read_terragrunt_config": Function(self._read_terragrunt_config, 1, 2),
            "path_relative_to_include": Function(lambda *_: self._way(self._path, self._unit), 0, 1),
            "path_relative_from_include": Function(lambda *_: self._way(self._unit, self._path), 0, 1),
            "get_terragrunt_dir": Function(lambda: self._shown_folder(self._unit), 0, 0),
            "get_original_terragrunt_dir": Function(lambda: self._shown_folder(self._unit), 0, 0),
            "get_parent_terragrunt_dir": Function(lambda *_: self._shown_folder(self._path), 0, 1),
        }

    def _find_in_parent_folders(self, name: Any = "terragrunt.hcl", *fallback: Any) -> Any:
        for folder in FilePath(self._unit).parent.parents:
            path = str(folder / to_text(name))
            if self._may_follow(path):
                return self._found.shown(path)
        if fallback:
            return fallback[0]
        raise Unknown  # it may be above what we were given

    def _read_terragrunt_config(self, path: Any, *fallback: Any) -> Any:
        try:
            followed = self._followed(to_text(path))
        except Unknown:
            if fallback:
                return fallback[0]
            raise
        self._used.add(followed)
        try:
            config = _Config(self._found, followed, followed, self._used, self._depth + 1)
            config.includes([])
        except CollectError:
            raise Unknown from None
        return config.as_value()

    def _followed(self, path: str) -> str:
        """Return the file that a path means, from this file or from where our own functions have theirs."""
        for start in (FilePath(self._path).parent, FilePath(self._unit).parent, self._found.reading.root):
            candidate = os.path.normpath(FilePath(start, path))
            if self._may_follow(candidate):
                return candidate
        raise Unknown

    def _may_follow(self, path: str) -> bool:
        return path in self._found.hcl or (
            FilePath(path).is_relative_to(self._found.reading.root) and FilePath(path).is_file()
        )

    def _way(self, start: str, end: str) -> str:
        return os.path.relpath(FilePath(end).parent, FilePath(start).parent).replace(os.sep, "/")

    def _shown_folder(self, path: str) -> str:
        return self._found.shown(str(FilePath(path).parent))


def _placed(value: Fields, place: Location) -> Fields:
    """Return an object in which every key has a place, if only that of the whole."""
    return Fields(value.items, {**dict.fromkeys(value.items, place), **value.places})


def _merged(lower: Fields, upper: Fields, *, deep: bool) -> Fields:
    """Return two objects as one in which `upper` counts; deeply: objects key by key, lists one after the other."""
    items = dict(lower.items)
    for key, value in upper.items.items():
        below = items.get(key)
        if deep and isinstance(below, Fields) and isinstance(value, Fields):
            items[key] = _merged(below, value, deep=True)
        elif deep and isinstance(below, Items) and isinstance(value, Items):
            items[key] = Items([*below.items, *value.items])
        else:
            items[key] = value
    return Fields(items, {**lower.places, **upper.places})
