"""The shape of the data, from statistics alone: how many rows, how many nulls, how many distinct values."""

from driftcheck.catalogue.rule import BY_VALUE, Rule
from driftcheck.model import Severity

LOW, MEDIUM, HIGH = Severity.LOW, Severity.MEDIUM, Severity.HIGH

_STATISTICS = "https://www.postgresql.org/docs/current/planner-stats.html"

RULES = (
    Rule(
        id="shape.nulls",
        summary="A column that holds nulls in one database holds none, or hardly any, in the other",
        why=(
            "Code that has never met a null in staging meets them in production: a missing value is dereferenced, left out of "
            "a NOT IN, or not counted."
        ),
        fix="Give staging's data nulls in the same places, and test what reads the column; or fill them in and say NOT NULL.",
        kind="percent",
        match=BY_VALUE,
        differs=LOW,
        higher=((1, LOW), (2, HIGH)),
        source=_STATISTICS,
    ),
    Rule(
        id="shape.rows",
        summary="A table is of another order of magnitude",
        why=(
            "Other plans are chosen, sorts go to disk, batches and migrations run for hours: production meets all of it first, "
            "as staging's table is too small to show it."
        ),
        fix="Test what reads the whole table, and each migration, on as many rows as production has.",
        kind="count",
        match=BY_VALUE,
        lower=((10, LOW),),
        higher=((10, MEDIUM),),
        source=_STATISTICS,
    ),
    Rule(
        id="shape.bytes",
        summary="A table takes far more room for as many rows",
        why="It is bloated, or its rows are much longer: reading it takes as much longer.",
        fix="See when autovacuum last ran on it, and how long its rows are.",
        kind="size",
        match=BY_VALUE,
        lower=((10, LOW),),
        higher=((10, LOW),),
        source="https://www.postgresql.org/docs/current/routine-vacuuming.html",
    ),
    Rule(
        id="shape.distinct",
        summary="A column has many times more different values",
        why="What is kept or looped over by value (caches, menus, partitions, metrics) is of another size in production.",
        fix="Give staging's data as many different values.",
        kind="count",
        match=BY_VALUE,
        lower=((10, LOW),),
        higher=((10, LOW),),
        source=_STATISTICS,
    ),
)  # fmt: skip
