"""The postgres collector against real servers: planted differences, privileges, locks, deadlines and secrets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from driftcheck.collectors import COLLECTORS
from driftcheck.model import Collected, Reading, key_of

SAFE = {"fsync": "on", "full_page_writes": "on"}  # the rig's own choice is one that production must not make
CANARY = "sekret-canary-orders"

ORDERS = """
CREATE TYPE order_state AS ENUM ('new', 'paid');
CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE);
CREATE TABLE orders (
    id serial PRIMARY KEY,
    customer bigint NOT NULL REFERENCES customers,
    state order_state NOT NULL DEFAULT 'new',
    coupon text,
    quantity integer NOT NULL CHECK (quantity > 0),
    created timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX orders_by_customer ON orders (customer);
CREATE TABLE visits (day date NOT NULL, path text) PARTITION BY RANGE (day);
"""


class Result(NamedTuple):
    """What one run of the command line said."""

    code: int
    report: dict[str, Any]
    text: str

    @property
    def graver_than_low(self) -> dict[str, str]:
        """Return rules and severities by key, of what is told above low."""
        told: dict[str, list[str]] = {}
        for finding in self.report["findings"]:
            if finding["severity"] not in ("info", "low"):
                told.setdefault(finding["key"], []).append(f"{finding['rule']} {finding['severity']}")
        return {key: ", ".join(sorted(rules)) for key, rules in told.items()}

    def message(self, key: str) -> str:
        return next(str(f["message"]) for f in self.report["findings"] if f["key"] == key)


def check(folder: Path, staging: str, production: str, more: str = "", env: Mapping[str, str] | None = None) -> Result:
    """Run `driftcheck check` on one database, each side given by its DSN."""
    config = folder / "driftcheck.yaml"
    config.write_text(
        "version: 1\nenvironments: [staging, production]\nsources:\n  db:\n    collector: postgres\n"
        f"    dsn: {{staging: {json.dumps(staging)}, production: {json.dumps(production)}}}\n{more}",
        encoding="utf-8",
    )
    report = folder / "report.json"
    command = [sys.executable, "-m", "driftcheck", "-v", "check", "-c", config, "-o", "text", "-o", f"json={report}"]
    run = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env={**os.environ, **(env or {})}
    )
    assert report.exists(), run.stderr
    return Result(run.returncode, json.loads(report.read_text()), run.stdout + run.stderr + report.read_text())


def collect(dsn: str = "", **options: object) -> Collected:
    given = {"dsn": dsn, **options} if dsn else options
    return COLLECTORS["postgres"].collect(Reading("db", "staging", given, "/"))


def values(collected: Collected) -> dict[str, object]:
    return {key_of(entry.path): entry.value for entry in collected.entries}


def database(server: Any, name: str, statements: str) -> str:
    """Make a database anew; return the superuser's way to it."""
    server.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    server.sql(f"CREATE DATABASE {name}")
    server.sql(statements, name)
    return str(server.dsn).replace("dbname=postgres", f"dbname={name}")


@pytest.fixture(scope="module")
def two(postgres: Any) -> tuple[Any, Any]:
    """Two servers of one major."""
    return postgres(17, settings=SAFE, name="staging"), postgres(17, settings=SAFE, name="production")


def test_two_servers_that_are_set_up_alike_differ_in_nothing_above_info(two: Any, tmp_path: Path) -> None:
    dsns = [database(server, "alike", ORDERS) for server in two]
    result = check(tmp_path, *dsns)
    assert result.code == 0
    assert {finding["severity"] for finding in result.report["findings"]} <= {"info"}


def test_planted_differences_come_out_and_nothing_else(postgres: Any, tmp_path: Path) -> None:
    common = {**SAFE, "max_connections": "200", "statement_timeout": "120s"}
    staging = postgres(17, settings=common, name="planted-staging")
    production = postgres(
        17,
        settings={**SAFE, "max_connections": "50", "statement_timeout": "30s", "TimeZone": "Europe/Berlin"},
        name="planted-production",
    )
    in_staging = database(
        staging,
        "orders",
        ORDERS
        + """
        ALTER TABLE orders ALTER coupon TYPE varchar(64);
        ALTER TABLE orders ADD CHECK (coupon <> '');
        CREATE INDEX orders_by_day ON orders (created);
        ALTER TYPE order_state ADD VALUE 'refunded';
        CREATE TABLE carts (id bigint PRIMARY KEY, note text);
        CREATE EXTENSION pg_trgm;
        """,
    )
    in_production = database(
        production,
        "orders",
        ORDERS
        + """
        ALTER TABLE orders ALTER coupon TYPE varchar(16), ALTER coupon SET NOT NULL;
        ALTER TABLE orders ADD CHECK (quantity < 100) NOT VALID;
        SELECT setval('orders_id_seq', 2000000000);
        """,
    )
    production.sql("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'orders_by_customer'::regclass", "orders")
    result = check(tmp_path, in_staging, in_production)
    table = "schema.public.orders"
    assert result.graver_than_low == {
        "settings.max_connections": "limit.connections high",
        "settings.statement_timeout": "timeout.database high",
        "settings.TimeZone": "postgres.time-zone high",
        "extensions.pg_trgm.version": "postgres.extension high",
        f"{table}.columns.coupon.type": "schema.type high",
        f"{table}.columns.coupon.nullable": "schema.not-null high",
        f"""{table}.constraints."CHECK (coupon::text <> ''::text)\"""": "schema.constraint medium",
        f'{table}.constraints."CHECK (quantity < 100)"': "schema.constraint high, schema.unvalidated medium",
        f'{table}.indexes."btree (created)"': "schema.index high",
        f'{table}.indexes."btree (customer)"': "schema.invalid-index medium",
        "schema.public.order_state.labels": "schema.labels high",
        "schema.public.carts": "schema.table high",
        "schema.public.orders_id_seq.sequence": "schema.sequence high",
    }
    assert result.message("schema.public.orders_id_seq.sequence").startswith("93% of its numbers are used: 2000000000")
    assert result.message("settings.statement_timeout") == "limit of 2 min in staging, 30 s in production (4 times)"
    assert result.code == 1
