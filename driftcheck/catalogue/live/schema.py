"""The schema of a database: tables, columns, constraints and indexes that only one environment has, or has otherwise."""

from driftcheck.catalogue.rule import BY_VALUE, Match, Rule
from driftcheck.model import Severity

INFO, LOW, MEDIUM, HIGH = Severity.INFO, Severity.LOW, Severity.MEDIUM, Severity.HIGH

DATABASES = ("postgres", "mysql")

_MIGRATION = (
    "A migration that is on its way from staging to production explains it for hours, not for weeks: after that, what was "
    "tested is not what runs."
)
_MIGRATE = "Run the same migrations in both; bring what somebody changed by hand into a migration."
_DDL = "https://www.postgresql.org/docs/current/ddl-constraints.html"

RULES = (
    Rule(
        id="schema.table",
        summary="A table, view or type is in one database only",
        why="Statements that name it fail where it is not. " + _MIGRATION,
        fix=_MIGRATE,
        kind="text",
        match=BY_VALUE,
        only_in_target=HIGH,
        only_in_reference=MEDIUM,
        source="https://www.postgresql.org/docs/current/ddl-basics.html",
    ),
    Rule(
        id="schema.column",
        summary="A column is in one database only",
        why=(
            "Statements that name it fail where it is not; where it is, and has to be filled in, rows are refused that the "
            "other database takes. " + _MIGRATION
        ),
        fix=_MIGRATE,
        kind="text",
        match=BY_VALUE,
        only_in_target=HIGH,
        only_in_reference=MEDIUM,
        source="https://www.postgresql.org/docs/current/ddl-alter.html",
    ),
    Rule(
        id="schema.not-null",
        summary="A column is NOT NULL in one database only",
        why=(
            "Where production alone says NOT NULL, rows that every test stores are refused there. Where staging alone does, "
            "code has never met the nulls that production may hold, and the migration that adds the constraint may fail."
        ),
        fix="Fill the nulls, then add the constraint in both; or take it away in both.",
        kind="boolean",
        match=BY_VALUE,
        lower=((1, HIGH),),
        higher=((1, MEDIUM),),
        source="https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-NOT-NULL",
    ),
    Rule(
        id="schema.constraint",
        summary="A constraint is in one database only",
        why=(
            "Where production alone has it, rows that every test stores are refused there. Where staging alone has it, "
            "production may hold rows that break it, and code that relies on it goes wrong quietly."
        ),
        fix="Add the constraint to both, once the rows that break it are mended; or drop it from both.",
        kind="text",
        match=BY_VALUE,
        only_in_target=MEDIUM,
        only_in_reference=HIGH,
        source=_DDL,
    ),
    Rule(
        id="schema.unique-index",
        summary="A unique index is in one database only",
        why=(
            "It is a constraint: rows are refused where it is, and doubles pile up where it is not, until it can no longer be "
            "built there. `ON CONFLICT` fails without it."
        ),
        fix="Remove the doubles and build the index in both, or drop it from both.",
        kind="text",
        match=BY_VALUE,
        only_in_target=HIGH,
        only_in_reference=HIGH,
        source="https://www.postgresql.org/docs/current/indexes-unique.html",
    ),
    Rule(
        id="schema.index",
        summary="An index is in one database only",
        why=(
            "The same statement is a look-up in one environment and reads the whole table in the other; staging's tables are "
            "too small to show it."
        ),
        fix="Build the index in both (CREATE INDEX CONCURRENTLY in production), or drop it from both.",
        kind="text",
        match=BY_VALUE,
        only_in_target=HIGH,
        only_in_reference=MEDIUM,
        source="https://www.postgresql.org/docs/current/indexes-intro.html",
    ),
    Rule(
        id="schema.invalid-index",
        summary="An index is invalid",
        why="Building it failed half-way: no statement uses it, and every write pays for it. If it is unique, doubles get in.",
        fix="REINDEX INDEX CONCURRENTLY, or drop it and build it again.",
        kind="text",
        match=BY_VALUE,
        differs=MEDIUM,
        source="https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
    ),
    Rule(
        id="schema.unvalidated",
        summary="A constraint was never checked against the rows that were there before it",
        why="New rows are held to it, old ones may break it: code that trusts it meets them one day, and a dump cannot be restored.",
        fix="ALTER TABLE ... VALIDATE CONSTRAINT, once the rows that break it are mended.",
        kind="text",
        match=BY_VALUE,
        differs=MEDIUM,
        source="https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-VALIDATE-CONSTRAINT",
    ),
    Rule(
        id="schema.sequence",
        summary="A sequence is close to its end",
        why="When the last number is given out, every insert into the table fails.",
        fix="Make the column and its sequence bigint before that: on a large table it takes planning.",
        kind="text",
        match=BY_VALUE,
        differs=HIGH,
        source="https://www.postgresql.org/docs/current/sql-createsequence.html",
    ),
    Rule(
        id="schema.sequence-filling",
        summary="A sequence has used up most of its numbers",
        why="When the last number is given out, every insert into the table fails.",
        fix="Plan to make the column and its sequence bigint.",
        kind="text",
        match=BY_VALUE,
        differs=LOW,
        source="https://www.postgresql.org/docs/current/sql-createsequence.html",
    ),
    Rule(
        id="schema.type",
        summary="A column has another type",
        why=(
            "What fits into one database is refused, cut off or rounded by the other; comparisons and indexes may work "
            "otherwise."
        ),
        fix=_MIGRATE,
        kind="text",
        match=Match(exact=("type",), within=("columns",), collectors=DATABASES),
        differs=HIGH,
        example=("schema.public.orders.columns.coupon.type", "character varying(64)", "character varying(16)"),
        near_miss="columns.mime_type",
        source="https://www.postgresql.org/docs/current/datatype.html",
    ),
    Rule(
        id="schema.labels",
        summary="An enumerated type has other values",
        why=(
            "A value that production's type lacks is refused there; one that only production has was never met by a test. "
            "Their order is how they sort and compare."
        ),
        fix="ALTER TYPE ... ADD VALUE in the one that lacks it, BEFORE or AFTER the same neighbour.",
        kind="list",
        match=BY_VALUE,
        differs=MEDIUM,
        only_in_target=HIGH,
        only_in_reference=MEDIUM,
        source="https://www.postgresql.org/docs/current/datatype-enum.html",
    ),
    Rule(
        id="schema.default",
        summary="A column has another default",
        why="Rows that leave the column out get another value, or are refused, in production.",
        fix=_MIGRATE,
        kind="text",
        match=Match(exact=("default",), within=("columns",), collectors=DATABASES),
        differs=MEDIUM,
        only_in_target=MEDIUM,
        only_in_reference=MEDIUM,
        example=("schema.public.orders.columns.state.default", "'new'::text", "'open'::text"),
        near_miss="columns.default_locale",
        source="https://www.postgresql.org/docs/current/ddl-default.html",
    ),
    Rule(
        id="schema.collation",
        summary="A column or table sorts and compares its text by other rules",
        why="ORDER BY, ranges, unique indexes and, in MySQL, equality itself give other results in production.",
        fix="Give the column the same collation in both; its indexes are built anew.",
        kind="text",
        match=Match(exact=("collation", "character set"), within=("schema",), collectors=DATABASES),
        differs=HIGH,
        only_in_target=HIGH,
        only_in_reference=HIGH,
        example=("schema.public.orders.columns.name.collation", "C", "en_US.utf8"),
        near_miss="schema.collation_note",
        source="https://www.postgresql.org/docs/current/collation.html",
    ),
)  # fmt: skip
