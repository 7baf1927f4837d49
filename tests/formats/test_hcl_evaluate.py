"""What is known of an HCL expression, and what stays an expression. (What is known is right: test_hcl_console.)"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from driftcheck.formats import hcl
from driftcheck.formats.hcl_evaluate import Evaluator
from driftcheck.formats.hcl_values import Fields, Items, Sensitive, Unknown
from driftcheck.model import Expression, Location

NAMES: dict[str, Any] = {"var": {"name": "orders", "size": 3}, "local": {"tags": Fields({"a": 1})}}


def evaluate(text: str) -> Any:
    return plain(Evaluator(NAMES).evaluate(hcl.parse(f"a = {text}\n", "x.tf").attributes[0].value))


def plain(value: Any) -> Any:
    if isinstance(value, Fields):
        return {key: plain(each) for key, each in value.items.items()}
    if isinstance(value, Items):
        return [plain(each) for each in value.items]
    return value


@pytest.mark.parametrize(
    "text",
    [
        "var.other",
        "data.aws_ami.a.id",
        "aws_instance.web[0].id",
        "module.vpc.ids",
        "each.key",
        "path.module",
        "terraform.workspace",
        "timestamp()",
        'file("x")',
        "provider::aws::arn_parse(var.name)",
        "var.other + 1",
        "length(data.a.b.c)",
        'jsonencode({ a = data.a.b.c, b = "x" })',
        "[for s in data.a.b.ids : s]",
        "[for n in [1, 2] : data.a.b[n].id]",
        "var.other ? 1 : 2",
        "true ? 1 : data.a.b.c",
        "try(data.a.b.c, 1)",
        "can(data.a.b.c)",
        "toset([data.a.b.c])",
        "flatten([data.a.b.c, [1]])",
        "contains([data.a.b.c], 1)",
        "{ (data.a.b.c) = 1 }",
        "-0",
        '"${1 / 3} of it"',
        'upper("é")',
        'regex("(?i)a", "A")',
        'regex("(a+)+$", "aaa")',
        'tonumber("x")',
        "[1][1]",
        "1 / 0",
        "null + 1",
    ],
)
def test_what_cannot_be_known_stays_the_source_text(text: str) -> None:
    value = evaluate(text)
    assert isinstance(value, Expression)
    assert value == text


def test_one_unknown_part_leaves_the_others_known() -> None:
    value = evaluate(
        'merge({ a = var.size * 2, b = [data.x.y.z, "c"] }, local.tags, { d = { e = aws_x.y, f = null } })'
    )
    assert value == {"a": 1, "b": ["data.x.y.z", "c"], "d": {"e": "aws_x.y", "f": None}}
    assert isinstance(value["b"][0], Expression)
    assert isinstance(value["d"]["e"], Expression)


def test_what_is_known_of_a_string_is_filled_in() -> None:
    """Otherwise `"${var.name}-${aws_eip.a.id}"` would look equal under two names."""
    assert evaluate('"${var.name}-${aws_eip.a.id}-${var.size}"') == Expression('"orders-${aws_eip.a.id}-3"')


def test_a_side_that_is_not_known_does_not_matter_where_the_other_decides() -> None:
    assert evaluate("false && data.a.b.c") is False
    assert evaluate("data.a.b.c || true") is True
    assert evaluate('true ? "known" : data.a.b.c') == "known"
    assert evaluate('contains(["a", data.a.b.c], "a")') is True
    assert evaluate("length([data.a.b.c])") == 1
    assert evaluate("true ? 1 : length(data.a.b.c)") == 1


def test_an_object_knows_where_its_keys_are_written_even_after_a_merge() -> None:
    body = hcl.parse("a = merge({\n  b = 1\n}, {\n  c = 2\n})\n", "x.tf")
    value = Evaluator({}).evaluate(body.attributes[0].value)
    assert value.places == {"b": Location("x.tf", 2), "c": Location("x.tf", 4)}


def test_sensitive_is_kept_apart_and_nothing_is_derived_from_it() -> None:
    assert isinstance(Evaluator({}).evaluate(hcl.parse('a = sensitive("x")\n', "x.tf").attributes[0].value), Sensitive)
    assert isinstance(evaluate('"${sensitive(var.name)}-x"'), Expression)


def test_numbers_have_terraforms_precision() -> None:
    assert evaluate('"${0.1 + 0.2} s"') == "0.3 s"
    assert evaluate("1e3") == 1000
    assert evaluate("5 / 2") == Fraction(5, 2)
    assert evaluate("12345678901234567890 + 1") == 12345678901234567891


@pytest.mark.parametrize(
    "text",
    [
        "range(1000000000)",
        "range(1, 1e100)",
        "1e299 * 1e299 * 1e299",
        "1e999999999",
        "pow(10, 100000)",
        'format("%99999d", 1)',
        "[for a in range(1000) : [for b in range(1000) : a * b]]",
        "setproduct(range(1000), range(1000), range(1000))",
        'join("", [for a in range(1000) : join("", [for b in range(1000) : "0123456789"])])',
        'jsondecode("' + "[" * 500 + "]" * 500 + '")',
    ],
)
def test_what_would_take_long_or_fill_the_memory_is_not_evaluated(text: str) -> None:
    assert isinstance(evaluate(text), Expression)


def locals_of(text: str) -> Any:
    written = {each.name: each.value for each in hcl.parse(text, "x.tf").attributes}
    underway: set[str] = set()

    class Locals(dict[str, Any]):
        def __missing__(self, name: str) -> Any:
            if name in underway:
                raise Unknown
            underway.add(name)
            self[name] = evaluator.evaluate(written[name])
            return self[name]

    found = Locals()
    evaluator = Evaluator({"local": found})
    return found


def test_long_chains_and_circles_of_locals_end() -> None:
    chain = "".join(f"l{n} = local.l{n + 1}\n" for n in range(2000)) + "l2000 = 1\n"
    assert isinstance(locals_of(chain)["l0"], Expression)
    assert isinstance(locals_of("a = local.b\nb = [local.a]\n")["a"].items[0], Expression)


def test_doubling_lists_and_strings_end() -> None:
    lists = locals_of("l0 = [1, 2]\n" + "".join(f"l{n + 1} = [local.l{n}, local.l{n}]\n" for n in range(60)))
    strings = locals_of('l0 = "ab"\n' + "".join(f'l{n + 1} = "${{local.l{n}}}${{local.l{n}}}"\n' for n in range(60)))
    for each in (lists, strings):
        for n in range(61):
            each[f"l{n}"]
    assert lists["l60"].known is False
    assert isinstance(strings["l60"], Expression)
    assert len(strings["l60"]) < 5_000_000
