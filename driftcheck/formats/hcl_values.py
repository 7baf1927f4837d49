"""What HCL expressions come to: values, their types, and how Terraform converts one type to another.

Plain Python for scalars (`str`, `bool`, `None`, and `int` or `Fraction` for numbers), `Items` and `Fields` for lists
and objects, `model.Expression` for what cannot be known from the files. The rules are those of HashiCorp's go-cty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any, NamedTuple

from driftcheck.formats.hcl import Number, number, rounded
from driftcheck.model import Expression, Location

LARGEST = 200_000
"""Scalars (and 64 characters of a string) that one value may hold: beyond, a program was written, not a setting."""


class Unknown(Exception):  # noqa: N818  # not an error: an answer
    """The value depends on something that is not in the files, or on a detail that we are not sure of."""


class Failed(Unknown):
    """Terraform itself refuses the expression; `try` and `can` rely on that."""


class Sensitive:
    """A value that `sensitive()` marked: whoever shows it has to hide it, and nothing is derived from it."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class Items:
    """A tuple, list or set. `known`: no `Expression` anywhere in it. A set of scalars is in Terraform's order.

    `element` is the type of a list's items where that is known without looking at them: an empty list has one, too.
    """

    __slots__ = ("element", "items", "kind", "known", "size")

    def __init__(self, items: list[Any], kind: str = "tuple", element: Type | None = None) -> None:
        self.items = items
        self.kind = kind
        self.element = element
        self.size, self.known = _measure(items)


class Fields:
    """An object or (`is_map`) a map. `places`: where its keys are written, for those that are known."""

    __slots__ = ("element", "is_map", "items", "known", "places", "size")

    def __init__(
        self,
        items: dict[str, Any],
        places: dict[str, Location] | None = None,
        *,
        is_map: bool = False,
        element: Type | None = None,
    ) -> None:
        self.items = items
        self.element = element
        self.places = places or {}
        self.is_map = is_map
        self.size, self.known = _measure(items.values())


def _measure(values: Iterable[Any]) -> tuple[int, bool]:
    size, known = 1, True
    for value in values:
        if isinstance(value, (Items, Fields)):
            size += value.size
            known = known and value.known
        else:
            size += 1 + (len(value) >> 6) if isinstance(value, str) else 1
            known = known and not isinstance(value, (Expression, Sensitive))
    if size > LARGEST:
        raise Unknown
    return size, known


def is_known(value: Any) -> bool:
    """Return whether a value is known in all of its parts."""
    return value.known if isinstance(value, (Items, Fields)) else not isinstance(value, (Expression, Sensitive))


# Types


class Type(NamedTuple):
    """A type: `string`, `number`, `bool`, `any`, `list`, `set`, `map` (of `element`), `tuple`, `object` (of `parts`).

    Two more stand for values: `null`, which is of every type, and `unknown`, which may be of any.
    """

    name: str
    element: Type | None = None
    parts: tuple[tuple[str, Type], ...] = ()
    optional: tuple[tuple[str, Any], ...] = ()
    """Attributes of an object that may be absent, with their defaults."""


STRING, NUMBER, BOOL, ANY, NULL, UNKNOWN = map(Type, ("string", "number", "bool", "any", "null", "unknown"))


def type_of(value: Any) -> Type:
    """Return a value's type."""
    if isinstance(value, (Expression, Sensitive)):
        return UNKNOWN
    if isinstance(value, str):
        return STRING
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, (int, Fraction)):
        return NUMBER
    if value is None:
        return NULL
    if isinstance(value, Fields):
        if value.is_map:
            return Type("map", value.element or _element_type(value.items.values()))
        return Type("object", None, tuple([(key, type_of(value.items[key])) for key in sorted(value.items)]))
    if value.kind == "tuple":
        return Type("tuple", None, tuple([("", type_of(item)) for item in value.items]))
    return Type(value.kind, value.element or _element_type(value.items))


def _element_type(values: Iterable[Any]) -> Type:
    """Return the type that the elements of a list or map have in common; they were converted to it before."""
    for value in values:
        if (found := type_of(value)) not in (NULL, UNKNOWN):
            return found
    return UNKNOWN


def unify(types: Iterable[Type]) -> Type:
    """Return the one type that values of several types are converted to; raise Failed if there is none.

    Raises Unknown if that depends on a value that is not known: beside a string, a number would become one.
    """
    distinct = list(dict.fromkeys(each for each in types if each not in (NULL, ANY)))
    if not distinct:
        return ANY
    if len(distinct) == 1:
        return distinct[0]
    names = {each.name for each in distinct}
    if "unknown" in names:
        if names <= {"unknown", "string"}:
            return STRING
        raise Unknown
    if names <= {"string", "number", "bool"}:
        if "string" not in names:
            raise Failed
        return STRING
    if names == {"object"}:
        attributes = {tuple([key for key, _ in each.parts]) for each in distinct}
        if len(attributes) == 1:
            columns = zip(*[each.parts for each in distinct], strict=True)
            return Type("object", None, tuple([(column[0][0], unify(t for _, t in column)) for column in columns]))
    if names == {"tuple"} and len({len(each.parts) for each in distinct}) == 1:
        columns = zip(*[each.parts for each in distinct], strict=True)
        return Type("tuple", None, tuple([("", unify(t for _, t in column)) for column in columns]))
    for structural, collection in (("object", "map"), ("tuple", "list")):
        if names <= {structural, collection}:
            return Type(collection, unify(inner for each in distinct for inner in _inner_types(each)))
    if names == {"set"}:
        return Type("set", unify(inner for each in distinct for inner in _inner_types(each)))
    if names & {"string", "number", "bool"} or names & {"map", "object"}:
        raise Failed
    raise Unknown


def _inner_types(type_: Type) -> list[Type]:
    return [type_.element] if type_.element else [inner for _, inner in type_.parts]


def convert(value: Any, wanted: Type) -> Any:
    """Return a value as a type wants it; raise Failed if Terraform would not. What is unknown stays as it is."""
    name = wanted.name
    if value is None or name == "any" or isinstance(value, (Expression, Sensitive)):
        return value
    if name in _SCALARS:
        return _SCALARS[name](value)
    if name in ("list", "set"):
        if not isinstance(value, Items):
            raise Failed
        element = wanted.element or ANY
        if element == ANY:
            element = unify(_inner_types(type_of(value)))
        items = [convert(item, element) for item in value.items]
        return Items(unique(items) if name == "set" else items, name, element)
    if name == "tuple":
        if not isinstance(value, Items) or len(value.items) != len(wanted.parts):
            raise Failed
        return Items([convert(item, inner) for item, (_, inner) in zip(value.items, wanted.parts, strict=True)])
    if not isinstance(value, Fields):
        raise Failed
    if name == "map":
        element = wanted.element or ANY
        if element == ANY:
            element = unify(_inner_types(type_of(value)))
        converted = {key: convert(item, element) for key, item in value.items.items()}
        return Fields(converted, value.places, is_map=True, element=element)
    optional = dict(wanted.optional)
    attributes = {}
    for key, inner in wanted.parts:
        item = value.items.get(key)
        if item is None and key in optional:
            item = optional[key]
        elif key not in value.items:
            raise Failed
        attributes[key] = convert(item, inner)
    return Fields(attributes, value.places)


def to_text(value: Any) -> str:
    """Return a known scalar as a string."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and not isinstance(value, Expression):
        return value
    if isinstance(value, (int, Fraction)):
        return number_text(value)
    raise _no_scalar(value)


def to_number(value: Any) -> Number:
    """Return a known scalar as a number."""
    if isinstance(value, (int, Fraction)) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and not isinstance(value, Expression):
        found = number(value)
        if found is None:
            if any(character.isdigit() for character in value):
                raise Unknown  # 0x10, 1_000, +5, 1e99999: not worth a guess
            raise Failed
        return found
    raise _no_scalar(value)


def to_bool(value: Any) -> bool:
    """Return a known scalar as a bool."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and not isinstance(value, Expression):
        if value in ("true", "1"):
            return True
        if value in ("false", "0"):
            return False
        raise Failed
    raise _no_scalar(value)


def _no_scalar(value: Any) -> Unknown:
    return Unknown() if isinstance(value, (Expression, Sensitive)) else Failed()


_SCALARS: dict[str, Callable[[Any], Any]] = {"string": to_text, "number": to_number, "bool": to_bool}


def number_text(value: Number) -> str:
    """Return a number in decimal, as short as 512 bits allow; raise Unknown if that is longer than anybody writes."""
    if isinstance(value, int):
        return str(value)
    for digits in range(1, 31):
        scaled = round(value * 10**digits)
        if rounded(Fraction(scaled, 10**digits)) == value:
            text = str(abs(scaled)).rjust(digits + 1, "0")
            return ("-" if value < 0 else "") + text[:-digits] + "." + text[-digits:]
    raise Unknown


def equal(one: Any, other: Any) -> bool:
    """Return whether two known values are equal as Terraform's `==` has it: of one type, and the same."""
    if isinstance(one, Items) and isinstance(other, Items):
        if one.kind != other.kind:
            return False
        if one.kind == "set" and not _ordered(one.items):
            raise Unknown
        return len(one.items) == len(other.items) and all(map(equal, one.items, other.items))
    if isinstance(one, Fields) and isinstance(other, Fields):
        if one.items.keys() != other.items.keys() or one.is_map != other.is_map:
            return False
        return all(equal(item, other.items[key]) for key, item in one.items.items())
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return type_of(one) == type_of(other) and bool(one == other)


def unique(items: list[Any]) -> list[Any]:
    """Return the items of a set: each once, scalars in the order that Terraform has them in."""
    seen: dict[Any, Any] = {}
    for item in items:
        seen.setdefault(_identity(item), item)
    found = list(seen.values())
    return sorted(found) if _ordered(found) else found


def _ordered(items: list[Any]) -> bool:
    """Return whether the order of a set's items is known: that of strings and numbers is, that of objects is not."""
    names = {type_of(item).name for item in items}
    return len(names) <= 1 and names <= {"string", "number", "bool"}


def _identity(value: Any) -> Any:
    if isinstance(value, Items):
        return (value.kind, tuple([_identity(item) for item in value.items]))
    if isinstance(value, Fields):
        return ("{}", tuple([(key, _identity(value.items[key])) for key in sorted(value.items)]))
    return (type_of(value).name, value)


def members(value: Any) -> list[tuple[Any, Any]]:
    """Return (key, value) of each element, in the order that `for` meets them."""
    if isinstance(value, Fields):
        return [(key, value.items[key]) for key in sorted(value.items)]
    if isinstance(value, Items):
        if value.kind == "set":
            if not _ordered(value.items):
                raise Unknown
            return [(item, item) for item in value.items]
        return list(enumerate(value.items))
    raise _no_scalar(value)


def field(value: Any, name: str) -> Any:
    """Return an attribute of an object, or an element of a map."""
    if isinstance(value, Fields):
        if name in value.items:
            return value.items[name]
        raise Failed
    raise _no_scalar(value)


def element(value: Any, key: Any) -> Any:
    """Return `value[key]`."""
    if isinstance(value, Fields):
        return field(value, to_text(key))
    if isinstance(value, Items):
        if value.kind == "set":
            raise Failed
        position = to_number(key)
        if not isinstance(position, int) or not 0 <= position < len(value.items):
            raise Failed
        return value.items[position]
    raise _no_scalar(value)
