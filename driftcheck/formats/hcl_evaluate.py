"""What an HCL expression comes to, as far as the files say. Nothing is guessed: the rest stays an `Expression`.

Everything is bounded (depth, steps, the size of a value), so that no file can keep a run busy or fill its memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from driftcheck.formats import hcl
from driftcheck.formats.hcl import Written
from driftcheck.formats.hcl_values import (
    ANY,
    BOOL,
    NUMBER,
    STRING,
    UNKNOWN,
    Failed,
    Fields,
    Items,
    Type,
    Unknown,
    convert,
    element,
    equal,
    field,
    is_known,
    members,
    to_bool,
    to_number,
    to_text,
    type_of,
    unify,
)
from driftcheck.model import Expression, Location

if TYPE_CHECKING:
    from driftcheck.formats.hcl_functions import Function

_DEEPEST = 100
_MOST_STEPS = 200_000
_LONGEST_TEXT = 1 << 20

Scope = dict[str, Any]
"""The variables of the `for` expressions around; `*` is the item of a splat."""


class Evaluator:
    """Evaluates expressions over `names`: `local` -> {name -> value}, looked up as they are met.

    A value may be an `Expression`; a name that `names` lacks is unknown. Functions are Terraform's, and `functions`.
    """

    def __init__(self, names: Mapping[str, Mapping[str, Any]], functions: Mapping[str, Function] | None = None) -> None:
        self._names = names
        self._functions = functions or {}
        self._depth = 0
        self._steps = 0

    def evaluate(self, written: Written) -> Any:
        """Return the value of an expression, or its text as an `Expression`; a name's look-up may call it again.

        In an object or list that is written out, each part is judged by itself.
        """
        if not self._depth:
            self._steps = 0
        node = written.node
        try:
            if isinstance(node, hcl.Object):
                return self._object(node, {}, self.evaluate)
            if isinstance(node, hcl.Tuple):
                return self._tuple(node, {}, self.evaluate)
            return self._value(node, {})
        except Unknown:
            return Expression(self._text(written, {}))

    def _text(self, written: Written, scope: Scope) -> str:
        """Return the source text of an expression; in a string, what is known of it is filled in.

        `"${var.name}-${aws_eip.a.id}"` is not the same thing under two names.
        """
        parts = written.node.parts if isinstance(written.node, hcl.Template) else ()
        if not parts or any(isinstance(part, (hcl.If, hcl.Repeat)) for part in parts):
            return hcl.text_of(written.syntax)
        texts: list[str] = []
        for part in parts:
            if isinstance(part, Written):
                try:
                    texts.append(to_text(self._value(part.node, scope)))
                except Unknown:
                    texts.append("${" + hcl.text_of(part.syntax) + "}")
            else:
                texts.append(str(part))
        return '"' + "".join(texts) + '"'

    def _value(self, node: hcl.Node, scope: Scope) -> Any:
        if isinstance(node, hcl.Literal):
            return node.value
        self._steps += 1
        if self._depth >= _DEEPEST or self._steps > _MOST_STEPS:
            raise Unknown
        self._depth += 1
        try:
            return self._HANDLERS[type(node)](self, node, scope)
        finally:
            self._depth -= 1

    def _known(self, node: hcl.Node, scope: Scope) -> Any:
        value = self._value(node, scope)
        if not is_known(value):
            raise Unknown
        return value

    # References

    def _name(self, node: hcl.Name, scope: Scope) -> Any:
        if node.name in scope:
            return scope[node.name]
        raise Unknown

    def _item(self, node: hcl.Item, scope: Scope) -> Any:
        return scope["*"]

    def _attr(self, node: hcl.Attr, scope: Scope) -> Any:
        target = node.target
        if isinstance(target, hcl.Name) and target.name not in scope:
            return self._global(target.name, node.name)
        return field(self._value(target, scope), node.name)

    def _index(self, node: hcl.Index, scope: Scope) -> Any:
        target = node.target
        if isinstance(target, hcl.Name) and target.name not in scope:
            return self._global(target.name, to_text(self._value(node.key, scope)))
        return element(self._value(target, scope), self._value(node.key, scope))

    def _global(self, name: str, attribute: str) -> Any:
        try:
            return self._names[name][attribute]
        except KeyError:
            raise Unknown from None

    def _splat(self, node: hcl.Splat, scope: Scope) -> Any:
        target = self._value(node.target, scope)
        if not isinstance(target, Items):
            if not is_known(target):
                raise Unknown
            target = Items([] if target is None else [target])
        items = [self._value(node.each, {**scope, "*": item}) for _, item in members(target)]
        result = Items(items, "tuple" if target.kind == "tuple" else "list")
        if not result.known and target.known:
            raise Unknown
        return result

    # Strings

    def _template(self, node: hcl.Template, scope: Scope) -> str:
        texts: list[str] = []
        for part in node.parts:
            if isinstance(part, str):
                texts.append(part)
            elif isinstance(part, hcl.If):
                chosen = part.then if to_bool(self._value(part.condition, scope)) else part.otherwise
                texts.append(self._template(chosen, scope))
            elif isinstance(part, hcl.Repeat):
                for key, value in members(self._value(part.collection, scope)):
                    self._steps += 1
                    texts.append(self._template(part.body, _inside(scope, part, key, value)))
                    if self._steps > _MOST_STEPS:
                        raise Unknown
            else:
                texts.append(to_text(self._value(part.node, scope)))
        if sum(map(len, texts)) > _LONGEST_TEXT:
            raise Unknown
        return hcl.normalised("".join(texts))

    # Operators

    def _unary(self, node: hcl.Unary, scope: Scope) -> Any:
        operand = self._value(node.operand, scope)
        return not to_bool(operand) if node.operator == "!" else _unsigned_zero(-to_number(operand), operand)

    def _binary(self, node: hcl.Binary, scope: Scope) -> Any:
        operator = node.operator
        if operator in ("&&", "||"):
            return self._logical(node, scope)
        left, right = self._known(node.left, scope), self._known(node.right, scope)
        if operator == "==":
            return equal(left, right)
        if operator == "!=":
            return not equal(left, right)
        if operator in _COMPARISONS:
            return _COMPARISONS[operator](to_number(left), to_number(right))
        return _ARITHMETIC[operator](to_number(left), to_number(right))

    def _logical(self, node: hcl.Binary, scope: Scope) -> bool:
        """Return `a && b` or `a || b`: false, or true, on either side decides, even if the other is unknown."""
        decisive = node.operator == "||"
        missing = False
        for side in (node.left, node.right):
            try:
                if to_bool(self._value(side, scope)) is decisive:
                    return decisive
            except Failed:
                raise
            except Unknown:
                missing = True
        if missing:
            raise Unknown
        return not decisive

    def _conditional(self, node: hcl.Conditional, scope: Scope) -> Any:
        """Return the side that holds, converted to the type that both sides have in common."""
        chosen, other = node.then, node.otherwise
        if not to_bool(self._value(node.condition, scope)):
            chosen, other = other, chosen
        value = self._value(chosen, scope)
        if value is None:
            return value
        try:
            other_type = type_of(self._value(other, scope))
        except Unknown:
            other_type = UNKNOWN
        if other_type == UNKNOWN:
            other_type = _evident_type(other)
        if other_type == UNKNOWN and _is_text(value):
            return value  # whatever the other side is, this is not converted
        own_type = type_of(value)
        return value if other_type == own_type else convert(value, unify((own_type, other_type)))

    # Collections

    def _tuple(self, node: hcl.Tuple, scope: Scope, part: Callable[[Written], Any] | None = None) -> Items:
        return Items([part(item) if part else self._part(item, scope) for item in node.items])

    def _object(self, node: hcl.Object, scope: Scope, part: Callable[[Written], Any] | None = None) -> Fields:
        items: dict[str, Any] = {}
        places: dict[str, Location] = {}
        for key_node, written in node.items:
            key = to_text(self._value(key_node, scope))
            items[key] = part(written) if part else self._part(written, scope)
            places[key] = Location(written.path, written.line)
        return Fields(items, places)

    def _part(self, written: Written, scope: Scope) -> Any:
        """Return an item of what an expression goes on with; if Terraform refuses the item, it refuses the whole."""
        try:
            return self._value(written.node, scope)
        except Failed:
            raise
        except Unknown:
            return Expression(self._text(written, scope))

    def _for(self, node: hcl.For, scope: Scope) -> Any:
        found: list[tuple[str, Any]] = []
        for key, value in members(self._value(node.collection, scope)):
            inner = _inside(scope, node, key, value)
            if node.condition is not None and not to_bool(self._value(node.condition, inner)):
                continue
            name = "" if node.result_key is None else to_text(self._value(node.result_key, inner))
            found.append((name, self._known(node.result, inner)))
        if node.result_key is None:
            return Items([value for _, value in found])
        if not node.group:
            if len({name for name, _ in found}) < len(found):
                raise Failed
            return Fields(dict(found))
        groups: dict[str, list[Any]] = {}
        for name, value in found:
            groups.setdefault(name, []).append(value)
        return Fields({name: Items(values) for name, values in groups.items()})

    # Functions

    def _call(self, node: hcl.Call, scope: Scope) -> Any:
        name = node.name.removeprefix("core::")
        if name in ("try", "can"):
            return self._try(node, scope, only_whether=name == "can")
        from driftcheck.formats.hcl_functions import FUNCTIONS

        function = self._functions.get(name) or FUNCTIONS.get(name)
        if function is None:
            raise Unknown
        arguments = [self._argument(argument, scope, function) for argument in node.arguments]
        if node.expand:
            spread = arguments.pop()
            arguments += [value for _, value in members(spread)]
        if not function.least <= len(arguments) <= function.most:
            raise Failed
        if not function.takes_unknown and not all(map(is_known, arguments)):
            raise Unknown
        self._steps += sum(value.size for value in arguments if isinstance(value, (Items, Fields)))
        result = function.call(*arguments)
        if result is _NOT_KNOWN or (isinstance(result, str) and len(result) > _LONGEST_TEXT):
            raise Unknown
        return result

    def _argument(self, node: hcl.Node, scope: Scope, function: Function) -> Any:
        if not function.takes_unknown:
            return self._value(node, scope)
        try:
            return self._value(node, scope)
        except Failed:
            raise
        except Unknown:
            return _NOT_KNOWN

    def _try(self, node: hcl.Call, scope: Scope, *, only_whether: bool) -> Any:
        """Return the first argument that Terraform does not refuse. What is not known may turn out to be refused."""
        for argument in node.arguments:
            try:
                value = self._known(argument, scope)
            except Failed:
                continue
            return True if only_whether else value
        if only_whether:
            return False
        raise Failed

    def _unclear(self, node: hcl.Unclear, scope: Scope) -> Any:
        raise Unknown

    _HANDLERS: Mapping[type, Callable[[Evaluator, Any, Scope], Any]] = {
        hcl.Template: _template,
        hcl.Name: _name,
        hcl.Attr: _attr,
        hcl.Index: _index,
        hcl.Splat: _splat,
        hcl.Item: _item,
        hcl.Call: _call,
        hcl.Unary: _unary,
        hcl.Binary: _binary,
        hcl.Conditional: _conditional,
        hcl.Tuple: _tuple,
        hcl.Object: _object,
        hcl.For: _for,
        hcl.Unclear: _unclear,
    }


_NOT_KNOWN = Expression("")


def _inside(scope: Scope, loop: hcl.For | hcl.Repeat, key: Any, value: Any) -> Scope:
    inner = {**scope, loop.value: value}
    if loop.key:
        inner[loop.key] = key
    return inner


def _result(value: hcl.Number) -> hcl.Number:
    if abs(value) >= hcl.LARGEST_NUMBER:
        raise Unknown
    return hcl.rounded(value)


def _unsigned_zero(result: hcl.Number, *operands: Any) -> hcl.Number:
    """Return a result, unless it is the negative zero that Terraform has and shows, and Python's integers lack."""
    if not result and (len(operands) == 1 or any(to_number(operand) < 0 for operand in operands)):
        raise Unknown
    return _result(result)


def _divided(one: hcl.Number, other: hcl.Number) -> hcl.Number:
    if not other:
        raise Failed
    return _unsigned_zero(Fraction(one) / Fraction(other), one, other)


def _remainder(one: hcl.Number, other: hcl.Number) -> hcl.Number:
    if not other:
        raise Failed
    if max(map(_bits, (one, other))) > 60:
        raise Unknown  # Terraform goes on with 64 bits
    left = abs(Fraction(one)) % abs(Fraction(other))
    return _unsigned_zero(-left if one < 0 else left, one, other)


def _bits(value: hcl.Number) -> int:
    """Return how many binary digits a number has, before and after the point."""
    return value.numerator.bit_length() + value.denominator.bit_length()


_ARITHMETIC: dict[str, Callable[[hcl.Number, hcl.Number], hcl.Number]] = {
    "+": lambda one, other: _result(one + other),
    "-": lambda one, other: _result(one - other),
    "*": lambda one, other: _unsigned_zero(one * other, one, other),
    "/": _divided,
    "%": _remainder,
}
_COMPARISONS: dict[str, Callable[[hcl.Number, hcl.Number], bool]] = {
    "<": lambda one, other: one < other,
    ">": lambda one, other: one > other,
    "<=": lambda one, other: one <= other,
    ">=": lambda one, other: one >= other,
}
_NUMERIC_FUNCTIONS = frozenset(("abs", "ceil", "floor", "length", "max", "min", "parseint", "pow", "sum", "tonumber"))


def _is_text(value: Any) -> bool:
    """Return whether a value is a string, or holds nothing else. (A set would become a list, which is not alike.)"""
    if isinstance(value, Items):
        return value.kind != "set" and all(map(_is_text, value.items))
    if isinstance(value, Fields):
        return all(map(_is_text, value.items.values()))
    return isinstance(value, str)


def _evident_type(node: hcl.Node) -> Type:
    """Return the type of an expression whose value is unknown, where the expression alone tells it."""
    if isinstance(node, hcl.Template):
        return STRING
    if isinstance(node, hcl.Unary):
        return BOOL if node.operator == "!" else NUMBER
    if isinstance(node, hcl.Binary):
        return NUMBER if node.operator in _ARITHMETIC else BOOL
    if isinstance(node, hcl.Call) and node.name in _NUMERIC_FUNCTIONS:
        return NUMBER
    return UNKNOWN


# Type constraints


def type_constraint(node: hcl.Node) -> Type:
    """Return the type that `type = ...` of a variable names; what cannot be read is `any`."""
    if isinstance(node, hcl.Name):
        if node.name in ("list", "map", "set"):
            return Type(node.name, ANY)
        return {"string": STRING, "number": NUMBER, "bool": BOOL}.get(node.name, ANY)
    if not isinstance(node, hcl.Call) or not node.arguments:
        return ANY
    inner = node.arguments[0]
    if node.name in ("list", "set", "map"):
        return Type(node.name, type_constraint(inner))
    if node.name == "tuple" and isinstance(inner, hcl.Tuple):
        return Type("tuple", None, tuple([("", type_constraint(item.node)) for item in inner.items]))
    if node.name == "object" and isinstance(inner, hcl.Object):
        return _object_constraint(inner)
    return ANY


def _object_constraint(node: hcl.Object) -> Type:
    parts: list[tuple[str, Type]] = []
    optional: list[tuple[str, Any]] = []
    for key, written in node.items:
        name = key.value if isinstance(key, hcl.Literal) else None
        inner = written.node
        if not isinstance(name, str):
            return ANY
        if isinstance(inner, hcl.Call) and inner.name == "optional" and inner.arguments:
            default = None
            if len(inner.arguments) > 1:
                default = Evaluator({}).evaluate(written._replace(node=inner.arguments[1]))
            optional.append((name, default))
            inner = inner.arguments[0]
        parts.append((name, type_constraint(inner)))
    return Type("object", None, tuple(parts), tuple(optional))
