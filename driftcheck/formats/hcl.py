"""HCL (Terraform, Terragrunt) as a small tree of our own: bodies of attributes and blocks, and what expressions say.

tree-sitter-hcl finds the pieces; this module mends where its grammar is not HashiCorp's (chained conditionals, splats,
blanks in templates, `1e3`) and leaves no node of its behind. `hcl_evaluate` says what an expression comes to.
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from driftcheck.errors import CollectError
from driftcheck.model import Location
from driftcheck.pattern import Pattern

if TYPE_CHECKING:
    from tree_sitter import Node as Syntax

Number = int | Fraction
"""Terraform's numbers are one type of 512 bits; what is integral is an int."""


class Written(NamedTuple):
    """An expression where it is written. `syntax` is for `text_of`: tree-sitter's node, a text, or what returns one."""

    node: Node
    path: str
    line: int
    syntax: Any


class Attribute(NamedTuple):
    """`name = value`, and the line of the name."""

    name: str
    value: Written
    line: int


class Block(NamedTuple):
    """`type "label" { ... }`, and the line that it begins on."""

    type: str
    labels: tuple[str, ...]
    body: Body
    line: int
    syntax: Any = None


class Body(NamedTuple):
    """The attributes and blocks of a file or a block, each in file order."""

    attributes: list[Attribute]
    blocks: list[Block]


# Expressions


class Literal(NamedTuple):
    """A number, a bool, null, or a string without interpolation."""

    value: str | bool | Number | None


class Template(NamedTuple):
    """A string or heredoc: text, interpolations and directives in order."""

    parts: tuple[str | Written | If | Repeat, ...]


class If(NamedTuple):
    """`%{ if condition }...%{ else }...%{ endif }`"""

    condition: Node
    then: Template
    otherwise: Template


class Repeat(NamedTuple):
    """`%{ for key, value in collection }...%{ endfor }`"""

    key: str
    value: str
    collection: Node
    body: Template


class Name(NamedTuple):
    """The first word of a reference: `var`, `local`, a resource type, or the variable of a `for`."""

    name: str


class Attr(NamedTuple):
    """`target.name`"""

    target: Node
    name: str


class Index(NamedTuple):
    """`target[key]`, or `target.0`"""

    target: Node
    key: Node


class Splat(NamedTuple):
    """`target[*]...` and `target.*...`: `each` says what to do with an item, which it calls `Item`."""

    target: Node
    each: Node


class Item(NamedTuple):
    """The item that a splat is at."""


class Call(NamedTuple):
    """`name(arguments...)`; `expand`: the last argument is a list to be spread."""

    name: str
    arguments: tuple[Node, ...]
    expand: bool


class Unary(NamedTuple):
    """`-operand`, `!operand`"""

    operator: str
    operand: Node


class Binary(NamedTuple):
    """`left operator right`"""

    operator: str
    left: Node
    right: Node


class Conditional(NamedTuple):
    """`condition ? then : otherwise`"""

    condition: Node
    then: Node
    otherwise: Node


class Tuple(NamedTuple):
    """`[...]`"""

    items: tuple[Written, ...]


class Object(NamedTuple):
    """`{ key = value, ... }`; a bare word for a key is a literal."""

    items: tuple[tuple[Node, Written], ...]


class For(NamedTuple):
    """`[for ...]`, or `{for ...}` where there is `result_key`; `group`: `...` after the value."""

    key: str
    value: str
    collection: Node
    result_key: Node | None
    result: Node
    condition: Node | None
    group: bool


class Unclear(NamedTuple):
    """What two readers of the grammar disagree about; nobody may rely on its value."""


Node = (
    Literal
    | Template
    | Name
    | Attr
    | Index
    | Splat
    | Item
    | Call
    | Unary
    | Binary
    | Conditional
    | Tuple
    | Object
    | For
    | Unclear
)


@functools.lru_cache(maxsize=128)
def parse(text: str, path: str) -> Body:
    """Return a file's attributes and blocks; raise CollectError with the line where it stops being HCL.

    Environments share most files of a module: one that was read for the first is not taken apart again for the next.
    """
    reader = _Reader(text, path)
    root = reader.tree.root_node
    if root.has_error:
        _refuse(root, text, path)
    for child in root.children:
        if child.type == "body":
            return reader.body(child, 0)
    return Body([], [])


def parse_expression(text: str, path: str, line: int) -> Written:
    """Return one expression that stands alone (the value of a `TF_VAR_`); raise CollectError if it is none."""
    reader = _Reader(f"x = {text}", path, line - 1)
    root = reader.tree.root_node
    if root.has_error:
        raise CollectError("is not an HCL expression", Location(path, line), "quote it as Terraform wants it")
    body = reader.body(root.children[0], 0)
    if len(body.attributes) != 1 or body.blocks:
        raise CollectError("is not one HCL expression", Location(path, line), "quote it as Terraform wants it")
    return body.attributes[0].value


def parse_template(text: str, path: str, line: int) -> Written:
    """Return a string of a JSON file, in which `${}` and `%{}` mean what they do between quotes in HCL."""
    if "${" not in text and "%{" not in text:
        return Written(Literal(text), path, line, text)
    marker = "EOT"
    while marker in text:
        marker += "_"
    reader = _Reader(f"x = <<{marker}\n{text}\n{marker}\n", path, line - 1)
    root = reader.tree.root_node
    if root.has_error:
        raise CollectError("has a template that is not closed", Location(path, line), "close every ${ and %{ with }")
    node = reader.body(root.children[0], 0).attributes[0].value.node
    if isinstance(node, Template) and isinstance(last := node.parts[-1], str):
        kept = (*node.parts[:-1], last[:-1]) if len(last) > 1 else node.parts[:-1]  # the line break before the marker
        node = kept[0].node if len(kept) == 1 and isinstance(kept[0], Written) else Template(kept)
    return Written(node, path, line, text)


def text_of(syntax: Any) -> str:
    """Return the source text of a `Written` or a block, without comments, blanks only one; strings as they are."""
    if isinstance(syntax, str):
        return syntax
    if callable(syntax):
        return str(syntax())
    tokens: list[str] = []
    end = syntax.start_byte
    pending = [syntax]
    while pending:
        node = pending.pop()
        if node.type == "comment":
            continue
        if node.child_count and node.type not in ("string_lit", "template_expr"):
            pending.extend(reversed(node.children))
            continue
        if token := node.text.decode():
            if node.start_byte > end and tokens[-1] not in _OPENING and token not in _CLOSING:
                tokens.append(" ")
            tokens.append(token)
            end = node.end_byte
    return "".join(tokens)


# From tree-sitter's nodes to ours

_DEEPEST = 100  # a level of nesting takes five of Python's thousand calls
_EXPONENT = Pattern(rb"(?<![\w.-])\d+[eE][+-]?\d+(?![\w.])")
_OPENING = ("(", "[")
_CLOSING = (")", "]", ",")
_QUOTE = ord('"')
_REFERENCE = Pattern(rb"[a-z_][a-z0-9_-]*(?:\.[a-z_][a-z0-9_-]*)*")
_WORDS = {"true": True, "false": False, "null": None}
_ESCAPE = Pattern(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)|(\$\$|%%)(?=\{)", re.DOTALL)
_HEREDOC_ESCAPE = Pattern(r"(\$\$|%%)(?=\{)")
_SIMPLE_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
SPACE = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
_MOST_DIGITS = 300  # what a double can hold, too
LARGEST_NUMBER = 10**_MOST_DIGITS
_MARKS = frozenset(
    (
        "template_interpolation",
        "template_if_intro",
        "template_else_intro",
        "template_if_end",
        "template_for_start",
        "template_for_end",
    )
)


def normalised(text: str) -> str:
    """Return a string as Terraform holds it: in Unicode's normal form C."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def number(text: str) -> Number | None:
    """Return a decimal number, or None where it is none or too large for any setting."""
    if text.isdigit() and text.isascii() and len(text) <= _MOST_DIGITS:
        return int(text)
    if not re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d{1,4})?", text, re.ASCII) or len(text) > _MOST_DIGITS:
        return None
    exponent = re.split("[eE]", text)[1:]
    if exponent and abs(int(exponent[0])) > _MOST_DIGITS:
        return None
    value = rounded(Fraction(text))
    if abs(value) >= LARGEST_NUMBER or (not value and text[0] == "-"):  # Terraform has a negative zero, and shows it
        return None
    return value


def rounded(value: Number) -> Number:
    """Return a number to the 512 bits that Terraform keeps, half to even."""
    if isinstance(value, int) or value.denominator == 1:
        numerator, denominator = int(value), 1
        if numerator.bit_length() <= 512:
            return numerator
    else:
        numerator, denominator = value.numerator, value.denominator
    shift = 512 - (numerator.bit_length() - denominator.bit_length())
    scaled = Fraction(numerator, denominator) * (Fraction(2) ** shift)
    if abs(scaled) >= 1 << 512:
        shift -= 1
        scaled /= 2
    result = round(scaled) / (Fraction(2) ** shift)
    return int(result) if result.denominator == 1 else result


class _Mark(NamedTuple):
    """An interpolation or directive of a template, before the directives find their ends."""

    kind: str
    syntax: Syntax
    trims_before: bool
    trims_after: bool


class _Reader:
    """One text on its way from tree-sitter's nodes to ours."""

    def __init__(self, text: str, path: str, line_offset: int = 0) -> None:
        self.path = path
        self.line_offset = line_offset + 1
        self.data = text.encode() + b"\n"  # the end of a heredoc needs one
        masked = self.data
        if _EXPONENT.search(masked):  # not in the grammar; a name of the same length is, and no name begins so
            masked = _EXPONENT.sub(lambda match: b"x" * len(match.group()), masked)
        self.tree = _syntax_tree(masked)
        self.depth = 0

    def text(self, node: Syntax) -> str:
        return self.data[node.start_byte : node.end_byte].decode()

    def line(self, node: Syntax) -> int:
        return node.start_point[0] + self.line_offset

    # Structure

    def body(self, node: Syntax, depth: int) -> Body:
        attributes: list[Attribute] = []
        blocks: list[Block] = []
        for child in node.children:
            if child.type == "attribute":
                parts = _significant(child)
                attributes.append(Attribute(self.text(parts[0]), self.written(parts[2]), self.line(child)))
            elif child.type == "block":
                blocks.append(self.block(child, depth))
        return Body(attributes, blocks)

    def block(self, node: Syntax, depth: int) -> Block:
        if depth > _DEEPEST:
            raise self.too_deep(node)
        head, *rest = _significant(node)
        labels: list[str] = []
        body = Body([], [])
        for child in rest:
            if child.type == "identifier":
                labels.append(self.text(child))
            elif child.type == "string_lit":
                labels.append(self.quoted(child))
            elif child.type == "body":
                body = self.body(child, depth + 1)
        return Block(self.text(head), tuple(labels), body, self.line(node), node)

    def too_deep(self, node: Syntax) -> CollectError:
        return CollectError(
            f"is nested more than {_DEEPEST} levels deep", Location(self.path, self.line(node)), "flatten it"
        )

    # Expressions

    def written(self, node: Syntax) -> Written:
        return Written(self.plain(node) or self.expression(node), self.path, self.line(node), node)

    def plain(self, node: Syntax) -> Node | None:
        """Return a plain string or a plain reference, three of four expressions, without a look at the nodes below."""
        raw = self.data[node.start_byte : node.end_byte]
        if raw[0] == _QUOTE:
            if raw.find(b'"', 1) == len(raw) - 1 and b"{" not in raw and b"\\" not in raw:
                return Literal(normalised(raw[1:-1].decode()))
        elif _REFERENCE.fullmatch(raw):
            first, *names = raw.decode().split(".")
            if first in _WORDS:
                return None if names else Literal(_WORDS[first])
            result: Node = Name(first)
            for name in names:
                result = Attr(result, name)
            return result
        return None

    def expression(self, node: Syntax) -> Node:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.too_deep(node)
        result = self.operand(_significant(node))
        self.depth -= 1
        return result

    def operand(self, nodes: list[Syntax]) -> Node:
        """Return a term and the accesses after it, which the grammar leaves side by side."""
        first = nodes[0]
        if first.type == "(":
            result, rest = self.expression(nodes[1]), nodes[3:]
        else:
            result, rest = _TERMS[first.type](self, first), nodes[1:]
        return self.accesses(result, rest) if rest else result

    def accesses(self, result: Node, steps: list[Syntax]) -> Node:
        for position, step in enumerate(steps):
            if step.type == "get_attr":
                result = Attr(result, self.text(_significant(step)[1]))
            elif step.type == "index":
                result = Index(result, self.index(step.children[0]))
            else:
                return self.splat(result, step.children[0], steps[position + 1 :])
        return result

    def index(self, node: Syntax) -> Node:
        if node.type == "legacy_index":  # its number has no node of its own
            value = number(self.text(node).lstrip(". "))
            return Unclear() if value is None else Literal(value)
        return self.expression(_significant(node)[1])

    def splat(self, target: Node, node: Syntax, after: list[Syntax]) -> Node:
        """Return a splat. After `[*]` everything is done item by item, after `.*` only the attributes that follow."""
        steps = [*_significant(node)[1:], *after]
        if node.type == "full_splat":
            return Splat(target, self.accesses(Item(), steps))
        count = next((n for n, step in enumerate(steps) if step.type != "get_attr"), len(steps))
        return self.accesses(Splat(target, self.accesses(Item(), steps[:count])), steps[count:])

    def literal(self, node: Syntax) -> Node:
        child = node.children[0]
        if child.type == "string_lit":
            return Literal(self.quoted(child))
        if child.type == "numeric_lit":
            return self.numeral(child)
        return Literal(_WORDS[self.text(child)])

    def numeral(self, node: Syntax) -> Node:
        value = number(self.text(node))
        return Unclear() if value is None else Literal(value)

    def name(self, node: Syntax) -> Node:
        text = self.text(node)
        return self.numeral(node) if text[0].isdigit() else Name(text)

    def call(self, node: Syntax) -> Node:
        parts = _significant(node)
        inner = _significant(parts[2]) if parts[2].type == "function_arguments" else []
        arguments = tuple([self.expression(child) for child in inner if child.type == "expression"])
        return Call(self.text(parts[0]), arguments, bool(inner) and inner[-1].type == "ellipsis")

    def operation(self, node: Syntax) -> Node:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.too_deep(node)
        nodes = _significant(node.children[0])
        result: Node
        if node.children[0].type == "unary_operation":
            result = Unary(self.text(nodes[0]), self.operand(nodes[1:]))
        else:
            at = next(n for n, child in enumerate(nodes) if not child.is_named and child.type not in "()")
            result = Binary(nodes[at].type, self.operand(nodes[:at]), self.operand(nodes[at + 1 :]))
        self.depth -= 1
        return result

    def conditional(self, node: Syntax) -> Node:
        """Return a conditional. The grammar reads `a ? b : c ? d : e` as `(a ? b : c) ? d : e`; it is the other way."""
        outermost_first: list[tuple[Syntax, Syntax]] = []
        while True:
            condition, _, then, _, otherwise = _significant(node)
            outermost_first.append((then, otherwise))
            inner = _significant(condition)[0]
            if inner.type != "conditional":
                break
            node = inner
        result = self.expression(outermost_first[0][1])
        for (then, _), (_, its_condition) in itertools.pairwise(outermost_first):
            result = Conditional(self.expression(its_condition), self.expression(then), result)
        return Conditional(self.expression(condition), self.expression(outermost_first[-1][0]), result)

    def collection(self, node: Syntax) -> Node:
        inner = node.children[0]
        if inner.type == "tuple":
            return Tuple(tuple([self.written(child) for child in inner.children if child.type == "expression"]))
        items: list[tuple[Node, Written]] = []
        for child in inner.children:
            if child.type == "object_elem":
                key, _, value = _significant(child)
                items.append((self.key(key), self.written(value)))
        return Object(tuple(items))

    def key(self, node: Syntax) -> Node:
        nodes = _significant(node)
        first = nodes[0]
        if len(nodes) == 1 and first.type == "variable_expr":
            return Literal(self.text(first))
        if len(nodes) == 1 and first.type == "literal_value" and first.children[0].type != "string_lit":
            return Literal(self.text(first))
        return self.expression(node)

    def loop(self, node: Syntax) -> Node:
        _, intro, *rest, _ = _significant(node.children[0])
        key, value, collection = self.intro(intro)
        results = [self.expression(child) for child in rest if child.type == "expression"]
        condition = [self.expression(_significant(child)[1]) for child in rest if child.type == "for_cond"]
        return For(
            key,
            value,
            collection,
            results[0] if len(results) == 2 else None,
            results[-1],
            condition[0] if condition else None,
            any(child.type == "ellipsis" for child in rest),
        )

    def intro(self, node: Syntax) -> tuple[str, str, Node]:
        """Return the key's name (or ""), the value's name, and the collection of a `for`."""
        names = [self.text(child) for child in node.children if child.type == "identifier"]
        collection = next(child for child in node.children if child.type == "expression")
        return names[0] if len(names) == 2 else "", names[-1], self.expression(collection)

    # Strings

    def quoted(self, node: Syntax) -> str:
        return self.unescaped(self.data[node.start_byte + 1 : node.end_byte - 1].decode(), node, _ESCAPE)

    def unescaped(self, text: str, node: Syntax, escape: re.Pattern[str]) -> str:
        if "\\" not in text and "{" not in text:
            return normalised(text)

        def replace(match: re.Match[str]) -> str:
            written = match.group(1)
            if match.lastindex == 2 or written in ("$$", "%%"):
                return match.group()[0]
            if written in _SIMPLE_ESCAPES:
                return _SIMPLE_ESCAPES[written]
            code = int(written[1:], 16) if len(written) > 1 else -1
            if code < 0 or code > 0x10FFFF or 0xD800 <= code < 0xE000:
                raise CollectError(
                    "has a backslash before a letter that is no escape",
                    Location(self.path, self.line(node)),
                    "write the backslash twice",
                )
            return chr(code)

        return normalised(escape.sub(replace, text))

    def template(self, node: Syntax) -> Node:
        inner = node.children[0]
        marks: list[_Mark] = []
        self.find_marks(inner, marks)
        pieces: list[str | _Mark] = []
        if inner.type == "quoted_template":
            start, end = inner.start_byte + 1, inner.end_byte - 1
            self.lay_out(start, end, marks, pieces, lines=False)
        else:
            names = [child for child in inner.children if child.type == "heredoc_identifier"]
            start = self.data.index(b"\n", names[0].end_byte) + 1
            end = self.data.rfind(b"\n", 0, names[-1].start_byte) + 1
            self.lay_out(start, end, marks, pieces, lines=True)
            if self.text(inner.children[0]) == "<<-":
                _take_off_indentation(pieces)
        if any(self.is_unclear(mark) for mark in marks):
            return Unclear()
        escape = _ESCAPE if inner.type == "quoted_template" else _HEREDOC_ESCAPE
        parts = self.assemble(iter(pieces), inner, escape).parts
        if inner.type == "quoted_template" and len(parts) == 1 and isinstance(parts[0], Written):
            return parts[0].node  # "${x}" is x itself, of whatever type
        return Template(parts)

    def find_marks(self, node: Syntax, marks: list[_Mark]) -> None:
        pending = [node]
        while pending:
            each = pending.pop()
            if each.type in _MARKS:
                text = self.text(each)
                marks.append(_Mark(each.type, each, text[2:3] == "~", text[-2:-1] == "~"))
            elif each is node or each.type in ("template_directive", "template_if", "template_for"):
                pending.extend(reversed(each.children))

    def is_unclear(self, mark: _Mark) -> bool:
        """Return whether a `$` stands before `${`: HashiCorp's scanner then takes the two last for an escape."""
        start = mark.syntax.start_byte
        return self.data[start - 1 : start] == self.data[start : start + 1]

    def lay_out(self, start: int, end: int, marks: list[_Mark], pieces: list[str | _Mark], *, lines: bool) -> None:
        """Put text and marks in order. A `~` takes the blanks off the piece of text beside it: in a heredoc, a line."""
        trim = False
        for mark in [*marks, None]:
            upto = mark.syntax.start_byte if mark else end
            text = self.data[start:upto].decode()
            texts: list[str] = text.splitlines(keepends=True) if lines and "\n" in text else [text] if text else []
            if len(texts) > 1:
                texts = re.findall(r"[^\n]*\n|[^\n]+", text)  # splitlines knows more line ends than HCL
            if trim and texts:
                texts[0] = texts[0].lstrip(SPACE)
            if mark:
                if mark.trims_before and texts:
                    texts[-1] = texts[-1].rstrip(SPACE)
                pieces += [*texts, mark]
                start, trim = mark.syntax.end_byte, mark.trims_after
            else:
                pieces += texts

    def assemble(self, pieces: Any, node: Syntax, escape: re.Pattern[str], ends: tuple[str, ...] = ()) -> Template:
        """Return the pieces up to one of `ends` as a template; directives take theirs from the same iterator."""
        parts, _ = self.until(pieces, node, escape, ends)
        return parts

    def until(self, pieces: Any, node: Syntax, escape: re.Pattern[str], ends: tuple[str, ...]) -> tuple[Template, str]:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.too_deep(node)
        parts: list[Any] = []
        found = ""
        for piece in pieces:
            if isinstance(piece, str):
                if parts and isinstance(parts[-1], str):
                    parts[-1] += piece
                elif piece:
                    parts.append(piece)
                continue
            if piece.kind in ends:
                found = piece.kind
                break
            if piece.kind == "template_interpolation":
                inside = [child for child in piece.syntax.children if child.type == "expression"]
                parts.append(self.written(inside[0]) if inside else Written(Unclear(), self.path, 0, "${}"))
            elif piece.kind == "template_if_intro":
                inside = [child for child in piece.syntax.children if child.type == "expression"]
                then, end = self.until(pieces, node, escape, ("template_else_intro", "template_if_end"))
                otherwise = Template(())
                if end == "template_else_intro":
                    otherwise, _ = self.until(pieces, node, escape, ("template_if_end",))
                parts.append(If(self.expression(inside[0]), then, otherwise))
            elif piece.kind == "template_for_start":
                key, value, collection = self.intro(piece.syntax)
                body, _ = self.until(pieces, node, escape, ("template_for_end",))
                parts.append(Repeat(key, value, collection, body))
        self.depth -= 1
        return Template(tuple([self.unescaped(p, node, escape) if isinstance(p, str) else p for p in parts])), found


def _significant(node: Syntax) -> list[Syntax]:
    children = node.children
    for child in children:
        if child.type == "comment":
            return [each for each in children if each.type != "comment"]
    return children


def _take_off_indentation(pieces: list[str | _Mark]) -> None:
    """Take off the indentation that all lines share, as `<<-` does (hashicorp/hcl: flushHeredocTemplateParts)."""
    least: int | None = None
    lines: list[int] = []
    at_line_start = True
    for position, piece in enumerate(pieces):
        if at_line_start:
            at_line_start = False
            blanks = 0
            counts = True
            if isinstance(piece, str):
                rest = piece.lstrip(SPACE)
                if not rest and piece.endswith("\n"):
                    counts = False
                else:
                    blanks = len(piece) - len(rest)
                    lines.append(position)
            if counts and (least is None or blanks < least):
                least = blanks
        if isinstance(piece, str) and piece.endswith("\n"):
            at_line_start = True
    for position in lines:
        line = pieces[position]
        assert isinstance(line, str)
        pieces[position] = line[least:]


_TERMS: dict[str, Callable[[_Reader, Syntax], Node]] = {
    "literal_value": _Reader.literal,
    "template_expr": _Reader.template,
    "variable_expr": _Reader.name,
    "function_call": _Reader.call,
    "operation": _Reader.operation,
    "conditional": _Reader.conditional,
    "collection_value": _Reader.collection,
    "for_expr": _Reader.loop,
}


@functools.cache
def _language() -> Any:
    """Return tree-sitter's grammar of HCL, made at first use: neither library is imported before there is HCL."""
    import tree_sitter
    import tree_sitter_hcl

    return tree_sitter.Language(tree_sitter_hcl.language())


def _syntax_tree(data: bytes) -> Any:
    import tree_sitter

    return tree_sitter.Parser(_language()).parse(data)  # a parser of its own: sources are read in several threads


# What is wrong with a file

_STRINGS = Pattern(r'<<-?([\w-]+)\n.*?^[ \t]*\1$|"(?:[^"\\\n]|\\.)*"|(?:#|//)[^\n]*', re.DOTALL | re.MULTILINE)
_TEMPLATE = Pattern(r"\{\{|\{%|<%|\$\{|%\{")


def _refuse(root: Syntax, text: str, path: str) -> NoReturn:
    place = Location(path, _first_error(root, text.encode()))
    if _TEMPLATE.search(_STRINGS.sub("", text)):
        raise CollectError("is an unrendered template", place, "render it first, and name what it renders to")
    hint = "correct the line; `terraform fmt -check -diff` shows what is wrong"
    raise CollectError("is not HCL from here on", place, hint)


def _first_error(root: Syntax, data: bytes) -> int:
    """Return the line of the first node that is wrong: an error's innermost, since the outermost begins too early.

    What is missing is so at the end of what is there before it.
    """
    node, found = root, root
    while wrong := [child for child in node.children if child.is_missing or child.is_error or child.has_error]:
        node = wrong[0]
        if node.is_missing or node.is_error:
            found = node
    at = found.start_byte
    if found.is_missing or not data[at:].strip():
        at = len(data[:at].rstrip())
    return data.count(b"\n", 0, at) + 1
