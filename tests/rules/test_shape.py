"""The shape of data: an order of magnitude, nulls that staging never had; and nothing that a sample explains."""

from __future__ import annotations

import pytest

from driftcheck.catalogue import Catalogue
from driftcheck.model import Entry, Environment, Location, Value
from driftcheck.pairing import pair_up
from driftcheck.rules import Context, judge_all

STAGING, PRODUCTION = Environment("staging", "staging"), Environment("production", "production")
CATALOGUE = Catalogue(live=True)
ROWS = "rows"
COUPON_NULLS, COUPON_DISTINCT = "columns.coupon.null_fraction", "columns.coupon.distinct"


def said(**both: tuple[Value, Value]) -> dict[str, str]:
    """Return what is said of the table `orders` by key; keys of columns are written with `__` for a dot."""
    sides = []
    for n, environment in enumerate((STAGING, PRODUCTION)):
        entries = {}
        for key, values in both.items():
            path = ("schema" if key.endswith("nullable") else "shape", "public", "orders", *key.split("__"))
            if values[n] is not None:
                entries[path] = Entry(path, values[n], Location("db:5432/orders"))
        sides.append((environment, entries))
    pairs = pair_up("db", "postgres", *sides, frozenset())
    judged = judge_all(pairs, Context(STAGING, PRODUCTION, CATALOGUE), absence_is_known=True)
    return {".".join(pair.path[3:]): f"{said.rule.id} {said.severity}: {said.message}" for pair, said in judged}


def test_a_column_never_null_in_staging_and_null_in_a_third_of_productions_rows() -> None:
    assert said(rows=(100_000, 10_000_000), columns__coupon__null_fraction=(0, 0.2991)) == {
        ROWS: (
            "shape.rows medium: about 100,000 rows in staging, about 10,000,000 rows in production (100 times): "
            "production alone meets the plans, sorts and batches of that size"
        ),
        COUPON_NULLS: (
            "shape.nulls high: null in 30 % of the rows in production, in none of the sampled 30,000 rows in staging"
        ),
    }


def test_nulls_that_the_few_rows_of_staging_lack_by_chance_are_low() -> None:
    found = said(rows=(12, 1_000), columns__coupon__null_fraction=(0, 0.3))[COUPON_NULLS]
    assert found == "shape.nulls low: null in 30 % of the rows in production, in none of 12 rows in staging"


@pytest.mark.parametrize(("staging", "production"), [(0, 0.009), (0.30, 0.3033), (0.0, 0.0), (0.5, 0.508)])
def test_what_two_samples_of_the_same_data_may_differ_by_is_no_difference(staging: float, production: float) -> None:
    assert said(rows=(1_000_000, 1_000_000), columns__coupon__null_fraction=(staging, production)) == {}


def test_nulls_in_staging_alone_or_of_another_share_are_low() -> None:
    both = {"rows": (1_000_000, 1_000_000)}
    assert said(**both, columns__coupon__null_fraction=(0.3, 0))[COUPON_NULLS].startswith("shape.nulls low")
    found = said(**both, columns__coupon__null_fraction=(0.1, 0.4))[COUPON_NULLS]
    assert found == "shape.nulls low: null in 10 % in staging, 40 % in production"


def test_where_one_side_says_not_null_that_is_the_finding() -> None:
    found = said(
        rows=(1_000_000, 1_000_000),
        columns__coupon__null_fraction=(0, 0.3),
        columns__coupon__nullable=(False, True),
    )
    assert found["columns.coupon.nullable"].startswith("schema.not-null medium")
    assert found[COUPON_NULLS].startswith("shape.nulls info")


@pytest.mark.parametrize(
    ("staging", "production", "severity"),
    [
        (100, 1_000, None),
        (100_000, 900_000, None),
        (1_000, 100_000, "low"),
        (0, 12, "low"),
        (0, 5_000_000, "medium"),
        (99_800, 9_980_000, "medium"),
        (50_000_000, 1_000_000, "low"),
    ],
)
def test_rows_are_compared_by_orders_of_magnitude_where_there_are_many(
    staging: int, production: int, severity: str | None
) -> None:
    found = said(rows=(staging, production))
    assert [text.split()[1].rstrip(":") for text in found.values()] == ([severity] if severity else [])


def test_what_was_never_analysed_is_neither_missing_nor_equal() -> None:
    assert said(rows=(None, 10_000_000), columns__coupon__null_fraction=(None, 0.3)) == {}


def test_more_categories_are_low_and_keys_grow_with_the_table() -> None:
    both = {"rows": (100_000, 10_000_000)}
    assert said(**both, columns__coupon__distinct=(10, 1_400))[COUPON_DISTINCT] == (
        "shape.distinct low: about 10 different values in staging, 1,400 in production (140 times)"
    )
    assert COUPON_DISTINCT not in said(**both, columns__coupon__distinct=(99_000, 9_900_000))


def test_room_that_rows_explain_is_nothing_and_other_room_is_bloat() -> None:
    assert "bytes" not in said(rows=(100_000, 10_000_000), bytes=("1GiB", "100GiB"))
    assert said(rows=(9_000_000, 10_000_000), bytes=("1GiB", "20GiB"))["bytes"] == (
        "shape.bytes low: 1 GiB in staging, 20 GiB in production (20 times) for as many rows"
    )
