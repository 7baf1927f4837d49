"""What only one database has: told once, by what it does to the statements of the other."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from driftcheck.catalogue import Catalogue
from driftcheck.model import Entry, Environment, Location, Path, Value, quoted
from driftcheck.pairing import pair_up
from driftcheck.rules import Context, judge_all

STAGING, PRODUCTION = Environment("staging", "staging"), Environment("production", "production")
CATALOGUE = Catalogue(live=True)
CHECK = 'schema.public.orders.constraints."CHECK (quantity > 0)"'


def said(staging: Mapping[str, Value], production: Mapping[str, Value], *, whole: bool = True) -> dict[str, str]:
    """Return rule, severity and message by key."""
    context = Context(STAGING, PRODUCTION, CATALOGUE)
    sides = ((STAGING, _entries(staging)), (PRODUCTION, _entries(production)))
    pairs = pair_up("db", "postgres", *sides, frozenset())
    judged = judge_all(pairs, context, absence_is_known=whole)
    return {".".join(pair.path): f"{said.rule.id} {said.severity}: {said.message}" for pair, said in judged}


def _entries(values: Mapping[str, Value]) -> dict[Path, Entry]:
    found = {}
    for key, value in values.items():
        head, quote, definition = key.partition('"')
        path = (*head.rstrip(".").split("."), *([quoted(definition[:-1])] if quote else []))
        found[path] = Entry(path, value, Location("db:5432/orders"))
    return found


def column(name: str, kind: str = "text", *, nullable: bool = True, **more: Value) -> dict[str, Value]:
    parent = f"schema.public.orders.columns.{name}"
    return {f"{parent}.{what}": value for what, value in {"type": kind, "nullable": nullable, **more}.items()}


ORDERS = column("id", "bigint", nullable=False)


def test_not_null_in_production_only_refuses_what_staging_stores() -> None:
    assert said(ORDERS | column("coupon"), ORDERS | column("coupon", nullable=False)) == {
        "schema.public.orders.columns.coupon.nullable": (
            "schema.not-null high: NOT NULL in production, may be null in staging"
        )
    }


def test_not_null_in_staging_only_is_less() -> None:
    found = said(ORDERS | column("coupon", nullable=False), ORDERS | column("coupon"))
    assert found["schema.public.orders.columns.coupon.nullable"].startswith(
        "schema.not-null medium: NOT NULL in staging"
    )


def test_a_table_is_told_once_with_all_that_it_holds() -> None:
    everything = ORDERS | column("coupon") | {CHECK: "valid", 'schema.public.orders.indexes."btree (coupon)"': "valid"}
    customers = {"schema.public.customers.columns.id.type": "bigint"}
    assert said(customers | everything, customers) == {
        "schema.public.orders": "schema.table high: only in staging: the table, with 2 columns"
    }
    assert said(customers, customers | everything) == {
        "schema.public.orders": "schema.table medium: only in production: the table, with 2 columns"
    }


def test_so_is_a_schema() -> None:
    found = said(ORDERS | {"schema.audit.log.columns.at.type": "timestamp with time zone"}, ORDERS)
    assert found == {"schema.audit": "schema.table high: only in staging: the schema with 1 table"}


def test_a_column_that_staging_does_not_fill_in_is_graver_where_it_must_be_filled() -> None:
    may = said(ORDERS, ORDERS | column("coupon"))
    assert may == {"schema.public.orders.columns.coupon": "schema.column medium: only in production: the column, text"}
    must = said(ORDERS, ORDERS | column("coupon", nullable=False))
    assert must["schema.public.orders.columns.coupon"].startswith("schema.column high: only in production")
    filled = said(ORDERS, ORDERS | column("coupon", nullable=False, default="''::text"))
    assert filled["schema.public.orders.columns.coupon"].startswith("schema.column medium")


@pytest.mark.parametrize(
    ("key", "in_staging", "in_production"),
    [
        (CHECK, "schema.constraint medium", "schema.constraint high"),
        ('schema.public.orders.indexes."btree (coupon)"', "schema.index high", "schema.index medium"),
        (
            'schema.public.orders.indexes."UNIQUE btree (coupon)"',
            "schema.unique-index high",
            "schema.unique-index high",
        ),
        ("schema.public.orders.columns.id.default", "schema.default medium", "schema.default medium"),
        ("schema.public.orders.columns.id.collation", "schema.collation high", "schema.collation high"),
    ],
)
def test_what_one_side_lacks_is_judged_by_what_it_does(key: str, in_staging: str, in_production: str) -> None:
    assert said(ORDERS | {key: "valid"}, ORDERS)[key].startswith(f"{in_staging}: only in staging: ")
    assert said(ORDERS, ORDERS | {key: "valid"})[key].startswith(f"{in_production}: only in production: ")


def test_two_definitions_that_are_nearly_spelled_alike_are_two() -> None:
    found = said(ORDERS | {CHECK: "valid"}, ORDERS | {CHECK.replace("quantity", "quantities"): "valid"})
    assert sorted(text.partition(":")[0] for text in found.values()) == [
        "schema.constraint high",
        "schema.constraint medium",
    ]


def test_labels_that_only_one_side_has_are_named_and_their_order_counts() -> None:
    key = "schema.public.order_state.labels"
    assert said(ORDERS | {key: ("new", "paid", "refunded")}, ORDERS | {key: ("new", "paid")}) == {
        key: "schema.labels high: only in staging: refunded"
    }
    assert said(ORDERS | {key: ("new", "paid")}, ORDERS | {key: ("paid", "new")})[key].startswith(
        "schema.labels medium"
    )


def test_validity_is_told_by_notices_and_not_again() -> None:
    assert said(ORDERS | {CHECK: "not valid"}, ORDERS | {CHECK: "valid"}) == {}


def test_nothing_is_missing_where_a_part_could_not_be_read() -> None:
    assert said(ORDERS | column("coupon"), ORDERS, whole=False) == {}
