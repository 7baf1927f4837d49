"""HCL written as JSON (`.tf.json`, `.tfvars.json`): the same attributes and blocks, the same values."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from driftcheck.errors import CollectError
from driftcheck.formats import Leaf, Mapping, Node, Sequence
from driftcheck.formats import json as json_format
from driftcheck.formats.hcl import Attribute, Block, Body, Literal, Object, Tuple, Written, normalised, number
from driftcheck.formats.hcl import parse_template as template
from driftcheck.formats.hcl_values import Fields, Items
from driftcheck.model import Location

_LABELS = {"resource": 2, "data": 2, "ephemeral": 2, "module": 1, "variable": 1, "provider": 1, "output": 1}
"""How many labels the blocks of a configuration have; `locals` and `terraform` have none."""


def parse(text: str, path: str) -> Body:
    """Return a `.tf.json` file as the blocks that it stands for.

    What is nested in a block comes as attributes: JSON does not tell a block from an object, and their keys are alike.
    """
    body = Body([], [])
    for type_, node in _object(text, path).items():
        if type_ != "//":
            _blocks(type_, (), _LABELS.get(type_, 0), node, path, body.blocks)
    return body


def _blocks(
    type_: str, labels: tuple[str, ...], labels_to_come: int, node: Node, path: str, found: list[Block]
) -> None:
    if isinstance(node, Sequence):
        for each in node:
            _blocks(type_, labels, labels_to_come, each, path, found)
    elif not isinstance(node, Mapping):
        raise CollectError("is not Terraform's JSON", Location(path, node.line), "put an object here")
    elif labels_to_come:
        for label, each in node.items():
            _blocks(type_, (*labels, label), labels_to_come - 1, each, path, found)
    else:
        attributes = [Attribute(k, _written(v, path), v.line) for k, v in node.items() if k != "//"]
        found.append(Block(type_, labels, Body(attributes, []), node.line))


def _written(node: Node, path: str) -> Written:
    if isinstance(node, Mapping):
        items = tuple([(template(key, path, each.line).node, _written(each, path)) for key, each in node.items()])
        return Written(Object(items), path, node.line, partial(_text, node))
    if isinstance(node, Sequence):
        return Written(Tuple(tuple([_written(each, path) for each in node])), path, node.line, partial(_text, node))
    if isinstance(node.value, str):
        return template(node.value, path, node.line)
    return Written(Literal(_scalar(node)), path, node.line, str(node.value))


def _text(node: Node) -> str:
    return json.dumps(_plain(node))


def _plain(node: Node) -> Any:
    if isinstance(node, Mapping):
        return {key: _plain(each) for key, each in node.items()}
    return [_plain(each) for each in node] if isinstance(node, Sequence) else node.value


def parse_values(text: str, path: str) -> dict[str, tuple[Any, Location]]:
    """Return the variables of a `.tfvars.json` file, values as in `hcl_values`, and their places.

    Here strings are only strings: Terraform does not look for `${}` in them.
    """
    return {name: (_value(node, path), Location(path, node.line)) for name, node in _object(text, path).items()}


def _value(node: Node, path: str) -> Any:
    if isinstance(node, Mapping):
        places = {normalised(key): Location(path, each.line) for key, each in node.items()}
        return Fields({normalised(key): _value(each, path) for key, each in node.items()}, places)
    if isinstance(node, Sequence):
        return Items([_value(each, path) for each in node])
    return _scalar(node)


def _scalar(leaf: Leaf) -> Any:
    value = leaf.value
    if isinstance(value, str):
        return normalised(value)
    return number(repr(value)) if isinstance(value, float) else value


def _object(text: str, path: str) -> Mapping:
    root = json_format.parse(text, path).root
    if not isinstance(root, Mapping):
        raise CollectError("is not a JSON object", Location(path, 1), "Terraform wants { ... } here")
    return root
