"""The functions of HCL expressions, as Terraform defines them (https://developer.hashicorp.com/terraform/language/functions).

Each takes and returns values as `hcl_values` has them, and raises Failed where Terraform refuses the arguments, Unknown
where we are not sure to do as it does: letters beyond ASCII in what depends on their class, an unusual regular
expression. What reads files, the clock or chance is not here, and so is unknown.
"""

from __future__ import annotations

import base64
import math
import posixpath
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

from driftcheck.formats.hcl import LARGEST_NUMBER, SPACE, Number, normalised, number, rounded
from driftcheck.formats.hcl_values import (
    ANY,
    BOOL,
    LARGEST,
    NUMBER,
    STRING,
    Failed,
    Fields,
    Items,
    Sensitive,
    Type,
    Unknown,
    convert,
    equal,
    is_known,
    members,
    number_text,
    to_bool,
    to_number,
    to_text,
    type_of,
    unify,
    unique,
)
from driftcheck.model import Expression
from driftcheck.pattern import Pattern


class Function(NamedTuple):
    """A function, how many arguments it takes, and whether it can do with arguments that are not known in all parts."""

    call: Callable[..., Any]
    least: int
    most: int
    takes_unknown: bool = False


FUNCTIONS: dict[str, Function] = {}

_MANY = 10_000


def _function(
    name: str, least: int, most: int = -1, *, takes_unknown: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def register(call: Callable[..., Any]) -> Callable[..., Any]:
        FUNCTIONS[name] = Function(call, least, least if most < 0 else most, takes_unknown)
        return call

    return register


def _items(value: Any) -> Items:
    """Return a list, set or tuple whose length is known."""
    if isinstance(value, Items):
        return value
    raise Unknown if isinstance(value, (Expression, Sensitive)) else Failed


def _fields(value: Any) -> Fields:
    if isinstance(value, Fields):
        return value
    raise Unknown if isinstance(value, (Expression, Sensitive)) else Failed


def _list(value: Any, inner: Type = ANY) -> Items:
    """Return what becomes a list: its items all of one type, as a parameter of type `list` makes them."""
    source = _items(value)
    members(source)  # the order of a set's has to be known
    found: Items = convert(source, Type("list", inner))
    return found


def _texts(value: Any) -> list[str]:
    items = _list(value, STRING).items
    if None in items:
        raise Failed
    return items


def _integer(value: Any) -> int:
    found = to_number(value)
    if not isinstance(found, int):
        raise Failed
    return found


def _ascii(value: Any) -> str:
    text = to_text(value)
    if not text.isascii():
        raise Unknown
    return text


def _like(items: list[Any], source: Items) -> Items:
    return Items(items, "tuple" if source.kind == "tuple" else "list", source.element)


# Strings

_function("upper", 1)(lambda text: _ascii(text).upper())
_function("lower", 1)(lambda text: _ascii(text).lower())
_function("title", 1)(lambda text: re.sub(r"(?<![A-Za-z0-9_])[a-z]", lambda m: m.group().upper(), _ascii(text)))
_function("trim", 2)(lambda text, cut: to_text(text).strip(to_text(cut)))
_function("trimprefix", 2)(lambda text, prefix: to_text(text).removeprefix(to_text(prefix)))
_function("trimsuffix", 2)(lambda text, suffix: to_text(text).removesuffix(to_text(suffix)))
_function("trimspace", 1)(lambda text: to_text(text).strip(SPACE))
_function("chomp", 1)(lambda text: re.sub(r"(?:\r\n?|\n)*\Z", "", to_text(text), count=1))
_function("indent", 2)(lambda width, text: to_text(text).replace("\n", "\n" + " " * _width(width)))
_function("strrev", 1)(lambda text: _single_characters(text)[::-1])
_function("startswith", 2)(lambda text, prefix: to_text(text).startswith(to_text(prefix)))
_function("endswith", 2)(lambda text, suffix: to_text(text).endswith(to_text(suffix)))
_function("strcontains", 2)(lambda text, part: to_text(part) in to_text(text))
_function("basename", 1)(lambda path: posixpath.basename(to_text(path).rstrip("/")) or _edge_of_path(path))
_function("dirname", 1)(lambda path: posixpath.normpath(posixpath.dirname(to_text(path))) if path != "" else ".")
_function("base64encode", 1)(lambda text: base64.b64encode(to_text(text).encode()).decode())


def _hash(algorithm: str) -> Callable[[Any], str]:
    def call(text: Any) -> str:
        import hashlib  # with all of OpenSSL

        return hashlib.new(algorithm, to_text(text).encode(), usedforsecurity=False).hexdigest()

    return call


for _algorithm in ("md5", "sha1", "sha256", "sha512"):
    _function(_algorithm, 1)(_hash(_algorithm))


def _width(value: Any) -> int:
    width = _integer(value)
    if not 0 <= width <= 1000:
        raise Unknown
    return width


def _single_characters(value: Any) -> str:
    """Return a text in which every code point is what people count as a character: nothing that combines, no CR LF."""
    text = to_text(value)
    if "\r" in text or max(text, default="") >= "\u0300":
        raise Unknown
    return text


def _edge_of_path(path: Any) -> str:
    raise Unknown


@_function("base64decode", 1)
def _base64decode(value: Any) -> str:
    try:
        return normalised(base64.b64decode(_ascii(value), validate=True).decode())
    except ValueError:
        raise Failed from None


@_function("join", 1, _MANY)
def _join(separator: Any, *lists: Any) -> str:
    return to_text(separator).join(text for each in lists for text in _texts(each))


@_function("split", 2)
def _split(separator: Any, value: Any) -> Items:
    mark, text = to_text(separator), to_text(value)
    return Items(text.split(mark) if mark else list(text), "list", STRING)


@_function("replace", 3)
def _replace(value: Any, old: Any, new: Any) -> str:
    text, pattern, replacement = to_text(value), to_text(old), to_text(new)
    if len(pattern) > 1 and pattern[0] == pattern[-1] == "/":
        if "$" in replacement:
            raise Unknown
        return _regex(pattern[1:-1], text).sub(lambda match: replacement if _not_empty(match) else "", text)
    if not pattern and not text.isascii():
        raise Unknown
    return normalised(text.replace(pattern, replacement))


@_function("substr", 3)
def _substr(value: Any, offset: Any, length: Any) -> str:
    text, start, count = _single_characters(value), _integer(offset), _integer(length)
    if start < 0:
        start += len(text)
        if start < 0 or count == 0:
            raise Unknown  # Terraform then gives the whole text, or all that is left
    if count < -1:
        raise Failed
    return text[start:] if count == -1 else text[start : start + count]


@_function("format", 1, _MANY)
def _format(template: Any, *arguments: Any) -> str:
    """Return text with verbs filled in. Verbs as in go-cty, without the rarer ones."""
    used = 0
    explicit = False

    def fill(match: re.Match[str]) -> str:
        nonlocal used, explicit
        flags, width, precision, index, verb = match.groups()
        if verb == "%" and match.group() == "%%":
            return "%"
        if index:
            explicit = True
            used = int(index) - 1
        if used >= len(arguments):
            raise Failed
        value = arguments[used]
        used += 1
        return _filled(verb, flags, int(width or 0), precision, value)

    text = to_text(template)
    found = _VERB.sub(fill, text)
    if not explicit and used < len(arguments):
        raise Failed
    return normalised(found)


_VERB = Pattern(r"%([-+ 0#]*)(\d{1,4})?(\.\d{1,3})?(?:\[(\d{1,4})\])?(.|\Z)", re.DOTALL)


def _filled(verb: str, flags: str, width: int, precision: str | None, value: Any) -> str:
    if "#" in flags or width > 1000 or verb not in "sdvtqfxXob":
        raise Unknown
    if verb == "s":
        text = to_text(value)
    elif verb == "t":
        text = to_text(to_bool(value))
    elif verb == "q":
        import json

        text = json.dumps(_ascii(value))
        if re.search(r"\\[ubf]|\x7f", text):
            raise Unknown
    elif verb == "v":
        text = _as_is(value)
    elif verb == "f":
        text = _fixed(to_number(value), int(precision[1:]) if precision else 6, flags)
        precision = None
    else:
        amount = _integer(value)
        text = format(abs(amount), verb)
        text = ("-" if amount < 0 else "+" if "+" in flags else " " if " " in flags else "") + text
    if precision or (width and not text.isascii()):
        raise Unknown
    if "-" in flags:
        return text.ljust(width)
    if "0" in flags and len(text) < width:
        if verb not in "dfxXob":
            raise Unknown
        return text.zfill(width)
    return text.rjust(width)


def _as_is(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (int, Fraction)) and not isinstance(value, bool):
        if value and not Fraction(1, 1000) <= abs(Fraction(value)) < 1_000_000:
            raise Unknown  # written with an exponent
        return number_text(value)
    return str(_jsonencode(value))


def _fixed(value: Number, digits: int, flags: str) -> str:
    scaled = round(value * 10**digits)  # half to even, as Go does
    text = str(abs(scaled)).rjust(digits + 1, "0")
    text = f"{text[:-digits]}.{text[-digits:]}" if digits else text
    return ("-" if value < 0 else "+" if "+" in flags else " " if " " in flags else "") + text


@_function("formatlist", 1, _MANY)
def _formatlist(template: Any, *arguments: Any) -> Items:
    lengths = {len(argument.items) for argument in arguments if isinstance(argument, Items)}
    if len(lengths) != 1:
        raise Failed if lengths else Unknown
    columns = [
        [value for _, value in members(argument)] if isinstance(argument, Items) else None for argument in arguments
    ]
    return Items(
        [
            _format(
                template,
                *(column[row] if column else argument for column, argument in zip(columns, arguments, strict=True)),
            )
            for row in range(lengths.pop())
        ],
        "list",
    )


# Regular expressions: RE2 and Python's agree on the plain ones

_PLAIN_PATTERN = Pattern(
    r"""\^? (?: \[\^?(?:\]|\\[][\\.^$*+?(){}|/dw-]|[^][\\&~|])+\]   # a class, without nested ones
        | \\[][\\.^$*+?(){}|/dwbDW-] | \((?!\?) | \(\?: | \(\?P<[A-Za-z_]\w*> | \) | \| | [*+?]\??
        | \{\d{1,2}(?:,\d{0,2})?\}
        | [^][\\^$*+?(){}|] )* \$?""",
    re.VERBOSE | re.ASCII,
)


def _regex(pattern: str, text: str) -> re.Pattern[str]:
    """Return a compiled pattern, if it means the same in RE2 and cannot take for ever on this text."""
    if not _PLAIN_PATTERN.fullmatch(pattern) or re.search(r"[*+?}][*+]|\)[*+{]", pattern):
        raise Unknown
    if not (text.isascii() and pattern.isascii()) or len(re.findall(r"[*+}]", pattern)) > 4 or len(text) > 1000:
        raise Unknown
    if pattern.endswith("$"):
        pattern = pattern[:-1] + r"\Z"
    try:
        return re.compile(pattern, re.ASCII)
    except (re.error, OverflowError):
        raise Unknown from None


def _not_empty(match: re.Match[str]) -> bool:
    if match.start() == match.end():
        raise Unknown
    return True


def _captured(match: re.Match[str]) -> Any:
    if match.re.groupindex:
        if len(match.re.groupindex) < match.re.groups:
            raise Failed
        return Fields(match.groupdict())
    return Items(list(match.groups())) if match.re.groups else match.group()


@_function("regex", 2)
def _regex_first(pattern: Any, value: Any) -> Any:
    text = to_text(value)
    match = _regex(to_text(pattern), text).search(text)
    if match is None:
        raise Failed
    return _captured(match)


@_function("regexall", 2)
def _regexall(pattern: Any, value: Any) -> Items:
    text = to_text(value)
    compiled = _regex(to_text(pattern), text)
    found = [_captured(match) for match in compiled.finditer(text) if _not_empty(match)]
    return Items(found, "list", None if compiled.groups else STRING)


# Numbers

_function("abs", 1)(lambda value: abs(to_number(value)))
_function("ceil", 1)(lambda value: math.ceil(to_number(value)))
_function("floor", 1)(lambda value: math.floor(to_number(value)))
_function("max", 1, _MANY)(lambda *values: max(map(to_number, values)))
_function("min", 1, _MANY)(lambda *values: min(map(to_number, values)))


@_function("signum", 1)
def _signum(value: Any) -> int:
    amount = _integer(value)
    return (amount > 0) - (amount < 0)


@_function("pow", 2)
def _pow(base: Any, exponent: Any) -> int:
    one, other = to_number(base), to_number(exponent)
    if not (isinstance(one, int) and isinstance(other, int)) or not 0 <= other <= 64 or abs(one) > 1 << 53:
        raise Unknown
    result = int(one**other)
    if abs(result) >= 1 << 53:
        raise Unknown  # Terraform computes it as a float
    return result


@_function("parseint", 2)
def _parseint(value: Any, base: Any) -> int:
    text, radix = to_text(value), _integer(base)
    if not 2 <= radix <= 36 or len(text) > 100:
        raise Unknown
    if not re.fullmatch(r"[-+]?[0-9A-Za-z]+", text):
        raise Failed
    try:
        return int(text, radix)
    except ValueError:
        raise Failed from None


@_function("sum", 1)
def _sum(value: Any) -> Number:
    numbers = _list(value, NUMBER).items
    if not numbers or None in numbers:
        raise Failed
    total: Number = 0
    for each in numbers:
        total = rounded(total + each)
    if abs(total) >= LARGEST_NUMBER:
        raise Unknown
    return total


@_function("range", 1, 3)
def _range(*values: Any) -> Items:
    numbers = [to_number(value) for value in values]
    start, end = (0, numbers[0]) if len(numbers) == 1 else numbers[:2]
    step = numbers[2] if len(numbers) == 3 else 1 if start <= end else -1
    if not all(isinstance(each, int) for each in (start, end, step)):
        raise Unknown
    if not step or (step > 0) is (start > end):
        if start == end:
            return Items([], "list", NUMBER)
        raise Failed
    if abs(int(end) - int(start)) > 1024 * abs(int(step)):  # Terraform's own limit
        raise Failed
    return Items(list(range(int(start), int(end), int(step))), "list", NUMBER)


# Lists and sets


@_function("length", 1, takes_unknown=True)
def _length(value: Any) -> int:
    if isinstance(value, Items):
        if value.kind == "set" and not value.known:
            raise Unknown
        return len(value.items)
    if isinstance(value, str) and not isinstance(value, Expression):
        return len(_single_characters(value))
    return len(_fields(value).items)


@_function("concat", 1, _MANY, takes_unknown=True)
def _concat(*lists: Any) -> Items:
    sources = [_items(each) for each in lists]
    items = [item for source in sources for item in source.items]
    if any(source.kind == "set" for source in sources):
        raise Failed
    if all(source.kind == "list" for source in sources):
        try:
            inner = unify(type_of(source) for source in sources)
        except Failed:
            return Items(items)
        return _list(Items(items, "list"), inner.element or ANY)
    return Items(items)


@_function("flatten", 1)
def _flatten(value: Any) -> Items:
    found: list[Any] = []
    pending = [item for _, item in reversed(members(_items(value)))]
    while pending:
        item = pending.pop()
        if isinstance(item, Items):
            pending += [inner for _, inner in reversed(members(item))]
        else:
            found.append(item)
        if len(found) > LARGEST:
            raise Unknown
    return Items(found)


@_function("element", 2, takes_unknown=True)
def _element(value: Any, position: Any) -> Any:
    source, index = _items(value), _integer(position)
    if source.kind == "set" or not source.items:
        raise Failed
    if index < 0:
        raise Unknown
    return source.items[index % len(source.items)]


@_function("contains", 2, takes_unknown=True)
def _contains(value: Any, wanted: Any) -> bool:
    source = _items(value)
    if not is_known(wanted):
        raise Unknown
    if any(is_known(item) and equal(item, wanted) for item in source.items):
        return True
    if not source.known:
        raise Unknown
    return False


@_function("index", 2)
def _index(value: Any, wanted: Any) -> int:
    for position, item in enumerate(_items(value).items):
        if equal(item, wanted):
            return position
    raise Failed


@_function("slice", 3, takes_unknown=True)
def _slice(value: Any, start: Any, end: Any) -> Items:
    source, first, last = _items(value), _integer(start), _integer(end)
    if source.kind == "set" or not 0 <= first <= last <= len(source.items):
        raise Failed
    return _like(source.items[first:last], source)


@_function("reverse", 1, takes_unknown=True)
def _reverse(value: Any) -> Items:
    source = _items(value)
    return _like([item for _, item in members(source)][::-1], source)


@_function("distinct", 1)
def _distinct(value: Any) -> Items:
    found: list[Any] = []
    source = _list(value)
    items = source.items
    if len(items) > 1000 and any(isinstance(item, (Items, Fields)) for item in items):
        raise Unknown
    seen: set[Any] = set()
    for item in items:
        if isinstance(item, (Items, Fields)):
            if not any(equal(item, other) for other in found):
                found.append(item)
        elif (type(item), item) not in seen:
            seen.add((type(item), item))
            found.append(item)
    return Items(found, "list", source.element)


_function("compact", 1)(lambda value: Items([text for text in _list(value, STRING).items if text], "list", STRING))
_function("sort", 1)(lambda value: Items(sorted(_texts(value)), "list", STRING))
_function("toset", 1)(lambda value: convert(value, Type("set", ANY)))
_function("tolist", 1)(lambda value: _to_list(value))
_function("tomap", 1)(lambda value: convert(value, Type("map", ANY)))
_function("tostring", 1)(lambda value: convert(value, STRING))
_function("tonumber", 1)(lambda value: convert(value, NUMBER))
_function("tobool", 1)(lambda value: convert(value, BOOL))
_function("setunion", 1, _MANY)(lambda *sets: _set(sets, lambda one, other: [*one, *other]))
_function("setintersection", 1, _MANY)(lambda *sets: _set(sets, lambda one, other: [v for v in one if v in other]))
_function("setsubtract", 2)(lambda *sets: _set(sets, lambda one, other: [v for v in one if v not in other]))
_function("alltrue", 1)(lambda value: all(_list(value, BOOL).items))
_function("anytrue", 1)(lambda value: any(_list(value, BOOL).items))


def _to_list(value: Any) -> Any:
    return None if value is None else _list(value)


def _set(sets: tuple[Any, ...], combine: Callable[[Any, Any], list[Any]]) -> Items:
    """Return a combination of sets of scalars, all converted to one type first."""
    sources = [convert(_items(each), Type("set", ANY)) for each in sets]
    inner = unify(source.element for source in sources)
    if inner.name not in ("string", "number", "bool", "any"):
        raise Unknown
    converted = [dict.fromkeys(convert(item, inner) for item in source.items) for source in sources]
    if any(None in source for source in converted):
        raise Unknown
    result: Any = converted[0]
    for other in converted[1:]:
        result = dict.fromkeys(combine(result, other))
    return Items(unique(list(result)), "set", inner)


@_function("one", 1, takes_unknown=True)
def _one(value: Any) -> Any:
    source = _items(value)
    if len(source.items) > 1:
        raise Unknown if source.kind == "set" and not source.known else Failed
    return source.items[0] if source.items else None


@_function("chunklist", 2)
def _chunklist(value: Any, size: Any) -> Items:
    source, width = _list(value), _integer(size)
    if width < 0:
        raise Failed
    items = source.items
    step = width or max(len(items), 1)
    chunks = [Items(items[at : at + step], "list", source.element) for at in range(0, len(items), step)]
    return Items(chunks, "list", Type("list", source.element))


@_function("setproduct", 2, _MANY)
def _setproduct(*lists: Any) -> Items:
    sources = [_items(each) for each in lists]
    if all(source.kind == "set" for source in sources) or math.prod(len(s.items) for s in sources) > LARGEST // 10:
        raise Unknown
    rows: list[list[Any]] = [[]]
    for source in sources:
        rows = [[*row, item] for row in rows for item in _list(source).items]
    return Items([Items(row) for row in rows], "list")


@_function("coalesce", 1, _MANY)
def _coalesce(*values: Any) -> Any:
    inner = unify(map(type_of, values))
    for value in values:
        if value is not None and value != "":
            return convert(value, inner)
    raise Failed


@_function("coalescelist", 1, _MANY)
def _coalescelist(*values: Any) -> Any:
    for value in values:
        if value is not None and _items(value).items:
            return value
    raise Failed


# Maps and objects


@_function("merge", 0, _MANY, takes_unknown=True)
def _merge(*maps: Any) -> Fields | None:
    sources = [_fields(each) for each in maps if each is not None]
    items: dict[str, Any] = {}
    places = {}
    for source in sources:
        items.update(source.items)
        places.update(source.places)
    types = {type_of(source) for source in sources}
    is_map = len(types) == 1 and all(source.is_map for source in sources)
    return Fields(items, places, is_map=is_map, element=sources[0].element if is_map else None)


@_function("lookup", 2, 3, takes_unknown=True)
def _lookup(value: Any, key: Any, *default: Any) -> Any:
    source, name = _fields(value), to_text(key)
    if name in source.items:
        return source.items[name]
    if not default:
        raise Failed
    if source.is_map:
        return convert(default[0], unify([type_of(source).element or ANY]))
    return default[0]


@_function("keys", 1, takes_unknown=True)
def _keys(value: Any) -> Items:
    source = _fields(value)
    return Items(sorted(source.items), *(("list", STRING) if source.is_map else ()))


@_function("values", 1, takes_unknown=True)
def _values(value: Any) -> Items:
    source = _fields(value)
    values = [item for _, item in members(source)]
    return Items(values, *(("list", source.element) if source.is_map else ()))


@_function("zipmap", 2, takes_unknown=True)
def _zipmap(keys: Any, values: Any) -> Fields:
    names, source = _texts(_items(keys)), _items(values)
    if any(isinstance(name, Expression) for name in names) or source.kind == "set":
        raise Unknown
    if len(names) != len(source.items):
        raise Failed
    return Fields(dict(zip(names, source.items, strict=True)), is_map=source.kind == "list", element=source.element)


@_function("transpose", 1)
def _transpose(value: Any) -> Fields:
    found: dict[str, list[str]] = {}
    for key, inner in members(_fields(value)):
        for text in _texts(inner):
            found.setdefault(text, []).append(key)
    lists = {text: Items(sorted(found[text]), "list", STRING) for text in found}
    return Fields(lists, is_map=True, element=Type("list", STRING))


@_function("matchkeys", 3)
def _matchkeys(values: Any, keys: Any, wanted: Any) -> Items:
    found, names, wished = _list(values), _list(keys), _list(wanted)
    if len(found.items) != len(names.items):
        raise Failed
    texts = {to_text(wish) for wish in wished.items}
    pairs = zip(found.items, names.items, strict=True)
    return Items([value for value, name in pairs if to_text(name) in texts], "list", found.element)


# Encodings


@_function("jsonencode", 1)
def _jsonencode(value: Any) -> str:
    text = _json(value)
    for character, escape in (
        ("<", "\\u003c"),
        (">", "\\u003e"),
        ("&", "\\u0026"),
        ("\u2028", "\\u2028"),
        ("\u2029", "\\u2029"),
    ):
        text = text.replace(character, escape)
    return text


def _json(value: Any) -> str:
    if isinstance(value, str):
        import json

        return json.dumps(value, ensure_ascii=False)
    if value is None:
        return "null"
    if isinstance(value, Items):
        return "[" + ",".join([_json(item) for _, item in members(value)]) + "]"
    if isinstance(value, Fields):
        return "{" + ",".join([f"{_json(key)}:{_json(item)}" for key, item in members(value)]) + "}"
    return to_text(value)


@_function("jsondecode", 1)
def _jsondecode(value: Any) -> Any:
    def parsed(text: str) -> Number:
        found = number(text)
        if found is None:
            raise Unknown
        return found

    def refuse(text: str) -> Number:
        raise Failed

    import json

    try:
        data = json.loads(to_text(value), parse_float=parsed, parse_int=parsed, parse_constant=refuse)
    except ValueError:
        raise Failed from None
    except RecursionError:
        raise Unknown from None
    return _from_json(data, 0)


def _from_json(data: Any, depth: int) -> Any:
    if depth > 50:
        raise Unknown
    if isinstance(data, dict):
        return Fields({normalised(key): _from_json(item, depth + 1) for key, item in data.items()})
    if isinstance(data, list):
        return Items([_from_json(item, depth + 1) for item in data])
    return normalised(data) if isinstance(data, str) else data


@_function("urlencode", 1)
def _urlencode(value: Any) -> str:
    from urllib.parse import quote_plus

    return quote_plus(to_text(value))


_function("sensitive", 1, takes_unknown=True)(lambda value: value if isinstance(value, Sensitive) else Sensitive(value))
_function("nonsensitive", 1)(lambda value: value)


# Networks


@_function("cidrsubnet", 3)
def _cidrsubnet(prefix: Any, new_bits: Any, position: Any) -> str:
    network, bits, index = _network(prefix), _integer(new_bits), _integer(position)
    length = network.prefixlen + bits
    if bits < 0 or length > network.max_prefixlen or not 0 <= index < 1 << bits:
        raise Failed
    base = int(network.network_address) + (index << (network.max_prefixlen - length))
    return f"{type(network.network_address)(base)}/{length}"


@_function("cidrhost", 2)
def _cidrhost(prefix: Any, position: Any) -> str:
    network, index = _network(prefix), _integer(position)
    if index < 0:
        index += network.num_addresses
    if not 0 <= index < network.num_addresses:
        raise Failed
    return str(type(network.network_address)(int(network.network_address) + index))


@_function("cidrnetmask", 1)
def _cidrnetmask(prefix: Any) -> str:
    network = _network(prefix)
    if network.version != 4:
        raise Failed
    return str(network.netmask)


def _network(value: Any) -> Any:
    import ipaddress

    text = to_text(value)
    if not re.fullmatch(r"[0-9a-fA-F.:]+/\d{1,3}", text):
        raise Failed
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise Failed from None
