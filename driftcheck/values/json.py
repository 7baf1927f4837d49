"""JSON in a string: compared as a tree, so that blanks and the order of fields mean nothing."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from driftcheck.model import Path, Scalar, item, key_of, quoted
from driftcheck.values import Meaning
from driftcheck.values.masking import masked, veiled
from driftcheck.values.number import exact

LONGEST = 1_000_000
_DEEPEST = 64
_WORDS: dict[object, str] = {True: "true", False: "false", None: "null"}


def parse(value: Scalar) -> Meaning | None:
    """Read a JSON object or list; a part for every scalar below, by its key path (`limits.cpu`, `hosts[0]`)."""
    text = value.strip() if isinstance(value, str) and len(value) <= LONGEST else ""
    if text[:1] + text[-1:] not in ("{}", "[]"):
        return None
    import json

    try:
        # Numbers stay text: `1.10` must not lose its zero where it is a version, and no number is too large.
        tree = json.loads(text, parse_int=_Number, parse_float=_Number, parse_constant=_reject)
        canonical = _canonical(tree)
        json.dumps(tree, ensure_ascii=False).encode()  # fails on half a surrogate pair, which nobody could print
    except (ValueError, RecursionError):
        return None
    kind, members = ("object", "field") if isinstance(tree, dict) else ("list", "item")
    shown = f"JSON {kind} of {len(tree)} {members}{'' if len(tree) == 1 else 's'}"
    return Meaning("json", canonical, shown, parts=dict(_scalars(tree, ())))


class _Number(str):
    __slots__ = ()


def _reject(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _canonical(node: object, name: str = "", depth: int = 0) -> Hashable:
    if depth > _DEEPEST:
        raise ValueError("nested too deeply")
    if isinstance(node, dict):
        return ("object", frozenset((field, _canonical(child, field, depth + 1)) for field, child in node.items()))
    if isinstance(node, list):
        return ("list", tuple(_canonical(child, name, depth + 1) for child in node))
    if isinstance(node, _Number):
        amount = exact(node)
        return ("number", str(node) if amount is None else amount)
    return ("text", veiled(name, node)) if isinstance(node, str) else _WORDS[node]


def _scalars(node: object, path: Path, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for field, child in node.items():
            yield from _scalars(child, (*path, quoted(field)), field)
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from _scalars(child, (*path, item(index)), name)
    else:
        yield key_of(path), masked(name, str(node) if isinstance(node, str) else _WORDS[node])
