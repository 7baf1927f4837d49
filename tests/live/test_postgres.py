"""The postgres collector against real servers: planted differences, privileges, locks, deadlines and secrets."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from driftcheck.collectors import COLLECTORS, DATABASES
from driftcheck.credentials import Credential
from driftcheck.errors import CollectError
from driftcheck.model import Collected, Reading, Secret, key_of

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


def test_two_majors_differ_by_their_version_and_by_defaults_that_change_plans(postgres: Any, tmp_path: Path) -> None:
    servers = [postgres(major, settings=SAFE, name=f"major-{major}") for major in (14, 17, 18)]
    dsns = [database(server, "majors", ORDERS) for server in servers]
    assert check(tmp_path, dsns[0], dsns[1]).graver_than_low == {
        "version": "postgres.version high",
        "settings.hash_mem_multiplier": "postgres.planner medium",
    }
    assert check(tmp_path, dsns[1], dsns[2]).graver_than_low == {
        "version": "postgres.version high",
        "settings.effective_io_concurrency": "postgres.planner medium",
    }


def test_nulls_that_staging_never_had_and_a_hundred_times_the_rows(two: Any, tmp_path: Path) -> None:
    fill = """
    CREATE UNLOGGED TABLE sales (id int, coupon text);
    INSERT INTO sales SELECT i, {coupon} FROM generate_series(1, {rows}) i;
    ANALYZE;
    """
    staging = database(two[0], "shapes", fill.format(rows=20_000, coupon="'c' || i % 10"))
    nulls = "CASE WHEN i % 10 >= 3 THEN 'c' || i % 7000 END"
    production = database(two[1], "shapes", fill.format(rows=2_000_000, coupon=nulls))
    result = check(tmp_path, staging, production)
    assert result.graver_than_low == {
        "shape.public.sales.columns.coupon.null_fraction": "shape.nulls high",
        "shape.public.sales.rows": "shape.rows medium",
    }
    assert result.message("shape.public.sales.columns.coupon.null_fraction") == (
        "null in 30 % of the rows in production, in none of 20,000 rows in staging"
    )
    assert result.message("shape.public.sales.rows") == (
        "about 20,000 rows in staging, about 2,000,000 rows in production (100 times): "
        "production alone meets the plans, sorts and batches of that size"
    )
    assert "shape.distinct" in {finding["rule"] for finding in result.report["findings"]}


def test_what_privileges_hide_is_neither_missing_nor_unexpected(two: Any, tmp_path: Path) -> None:
    dsns = [database(server, "privileged", ORDERS) for server in two]
    two[1].sql("DROP ROLE IF EXISTS plain; CREATE ROLE plain LOGIN")
    result = check(tmp_path, dsns[0], dsns[1].replace("user=postgres", "user=plain"))
    assert result.graver_than_low == {}
    assert {finding["key"].partition(".")[0] for finding in result.report["findings"]} <= {"roles", "settings"}
    assert "GRANT pg_read_all_settings TO plain" in json.dumps(result.report["not_visible"])
    assert result.code == 0


def test_the_role_of_the_set_up_script_sees_everything_and_reads_no_row(two: Any) -> None:
    dsn = database(two[0], "granted", ORDERS + "INSERT INTO customers (email) VALUES ('a@example.org'); ANALYZE;")
    two[0].sql("DROP ROLE IF EXISTS driftcheck")
    two[0].sql(DATABASES["postgres"].GRANTS, "granted")
    least = dsn.replace("user=postgres", "user=driftcheck")
    try:
        full, seen = values(collect(dsn)), values(collect(least))
        own = ("settings", "default_transaction_read_only")
        assert [hidden.path for hidden in collect(least).hidden] == [own]
        assert {key for key in full if not key.startswith("roles.")} == {
            k for k in seen if not k.startswith("roles.")
        } | {key_of(own)}
        assert seen["shape.public.customers.columns.email.null_fraction"] == 0
        assert not any("driftcheck" in key for key in seen if key.startswith("schema."))
        import psycopg

        with psycopg.connect(least) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT email FROM customers")
    finally:
        two[0].sql("DROP OWNED BY driftcheck", "granted")
        two[0].sql("DROP DATABASE granted WITH (FORCE)")
        two[0].sql("DROP ROLE driftcheck")


def test_a_locked_table_costs_that_table_only(two: Any, tmp_path: Path) -> None:
    dsns = [database(server, "locked", ORDERS + "CREATE TABLE carts (id bigint, CHECK (id > 0))") for server in two]
    two[0].sql("ALTER TABLE customers ADD note text", "locked")
    with two[1].connect("locked") as other:
        other.execute("BEGIN")
        other.execute("LOCK TABLE carts IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        result = check(tmp_path, *dsns)
        assert time.monotonic() - began < 10
    assert [failure["reason"] for failure in result.report["failures"]] == ["public.carts was locked by somebody else"]
    assert result.graver_than_low == {"schema.public.customers.columns.note": "schema.column high"}
    assert result.code == 3


def test_what_an_application_gets_is_told_and_its_own_settings_are_unlike_the_servers(two: Any, tmp_path: Path) -> None:
    dsns = [database(server, "effective", ORDERS) for server in two]
    for server, seconds in zip(two, (120, 30), strict=True):
        server.sql("DROP ROLE IF EXISTS orders_app; CREATE ROLE orders_app LOGIN CONNECTION LIMIT 40")
        server.sql(f"ALTER ROLE orders_app SET statement_timeout = '{seconds}s'")
        server.sql("ALTER ROLE orders_app IN DATABASE effective SET work_mem = '16MB'")
        server.sql(f"ALTER ROLE orders_app SET app.tenant_token = '{CANARY}'")
    try:
        result = check(tmp_path, *dsns, more="    app_role: orders_app\n")
        assert result.graver_than_low == {"roles.orders_app.statement_timeout": "timeout.database high"}
        assert result.message("roles.orders_app.statement_timeout") == (
            "limit of 2 min in staging, 30 s in production (4 times)"
        )
        assert CANARY not in result.text
        told = values(collect(dsns[0], app_role="orders_app"))
        assert told["roles.orders_app.work_mem"] == "16MiB"
        assert told["roles.orders_app.lock_timeout"] == 0
        assert told["roles.orders_app.custom_settings"] == ("app.tenant_token",)
    finally:
        for server in two:
            server.sql("DROP ROLE orders_app")


def test_a_restart_that_is_waited_for_is_told(postgres: Any) -> None:
    server = postgres(17, name="pending")
    server.sql("ALTER SYSTEM SET max_connections = 321")
    server.sql("SELECT pg_reload_conf()")
    deadline = time.monotonic() + 10
    while not (notices := collect(server.dsn, collect=["settings"]).notices):
        assert time.monotonic() < deadline
    assert [(notice.rule, key_of(notice.path)) for notice in notices] == [
        ("live.pending-restart", "settings.max_connections")
    ]


def test_a_server_is_not_compared_with_itself(two: Any, tmp_path: Path) -> None:
    result = check(tmp_path, two[0].dsn, two[0].dsn)
    assert result.code == 3
    assert "one and the same server" in result.text


# What goes wrong


def failing(dsn: str, **options: object) -> CollectError:
    began = time.monotonic()
    with pytest.raises(CollectError) as caught:
        collect(dsn, **{"timeout": 3.0, **options})
    assert time.monotonic() - began < 5
    return caught.value


def test_a_refused_connection_a_wrong_password_and_an_unknown_database_are_told_apart(
    two: Any, monkeypatch: Any
) -> None:
    server = two[0]
    monkeypatch.setenv("ORDERS_PASSWORD", CANARY)
    password = Credential("env", ("ORDERS_PASSWORD",))
    tcp = f"host=127.0.0.1 port={server.port} user=postgres dbname=postgres"
    assert failing(tcp.replace(str(server.port), "1")).reason == "the connection was refused"
    assert failing(tcp).reason == "the server asks for a password"
    wrong = failing(tcp, password=password)
    assert wrong.reason == "the password is wrong, or there is no such user"
    assert CANARY not in str(wrong) + wrong.hint
    assert failing(server.dsn.replace("dbname=postgres", "dbname=gone")).reason == "there is no database gone"
    assert failing("host=no-such-host.invalid dbname=orders").reason == "the host is not known"
    assert failing(f"host=/nowhere port={server.port}").reason == "no server listens at this socket"
    assert CANARY not in failing(f"nonsense {CANARY}").reason


def test_a_server_that_accepts_and_says_nothing_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert failing(f"host=127.0.0.1 port={port} user=x dbname=x").reason == "the server does not answer"


@contextlib.contextmanager
def stalling_proxy(port: int) -> Iterator[int]:
    """Pass on what a server says until it has sent 100 kB, and nothing from then on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                client, _ = listener.accept()
                server = socket.create_connection(("127.0.0.1", port))
                threading.Thread(target=copy, args=(client, server, 1 << 30), daemon=True).start()
                copy(server, client, 100_000)

        def copy(source: socket.socket, sink: socket.socket, most: int) -> None:
            with contextlib.suppress(OSError):
                while most > 0 and (data := source.recv(1 << 14)):
                    sink.sendall(data)
                    most -= len(data)
            if most > 0:
                source.close()
                sink.close()
            opened.append(sink)

        opened: list[socket.socket] = []
        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        for each in opened:
            each.close()


def test_a_connection_that_goes_dead_half_way_is_hung_up(two: Any) -> None:
    many = "SELECT 'CREATE TABLE t' || i || ' (' || string_agg('c' || j || ' text', ',') || ')' FROM "
    many += "generate_series(1, 20) i, generate_series(1, 500) j GROUP BY i"
    database(two[0], "stalling", f"DO $$ DECLARE s text; BEGIN FOR s IN {many} LOOP EXECUTE s; END LOOP; END $$")
    with stalling_proxy(two[0].port) as port:
        dsn = f"host=127.0.0.1 port={port} user=postgres dbname=stalling password={two[0].password}"
        assert failing(dsn).reason == "the time was up before the server had answered"


def test_a_killed_connection_is_told_as_such(two: Any) -> None:
    dsn = database(two[0], "killed", ORDERS)
    stop = threading.Event()

    def kill() -> None:
        kill_waiting = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'driftcheck' AND wait_event_type = 'Lock'"
        )
        with two[0].connect() as connection:
            while not stop.wait(0.05):
                connection.execute(kill_waiting)

    killer = threading.Thread(target=kill)
    with two[0].connect("killed") as other:
        other.execute("BEGIN")
        other.execute("LOCK TABLE pg_catalog.pg_enum IN ACCESS EXCLUSIVE MODE")
        killer.start()
        try:
            assert failing(dsn).reason == "the server ended the connection"
        finally:
            stop.set()
            killer.join()


def test_a_catalogue_that_stays_locked_is_a_gap_after_half_a_second(two: Any) -> None:
    dsn = database(two[0], "waiting", ORDERS)
    with two[0].connect("waiting") as other:
        other.execute("BEGIN")
        other.execute("LOCK TABLE pg_catalog.pg_enum IN ACCESS EXCLUSIVE MODE")
        found = collect(dsn, timeout=10.0)
    assert "enums: a table was locked by somebody else" in [gap.reason for gap in found.gaps]
    assert 'schema.public.orders.constraints."CHECK (quantity > 0)"' in values(found)
    assert "shape.public.orders.rows" not in values(found)  # never analysed


def test_more_than_two_hundred_thousand_columns_are_a_gap_and_the_rest_is_read(two: Any) -> None:
    many = "SELECT 'CREATE TABLE t' || i || ' (' || string_agg('c' || j || ' int', ',') || ')' AS s FROM "
    many += "generate_series(1, 140) i, generate_series(1, 1500) j GROUP BY i"
    dsn = database(two[0], "wide", ORDERS)
    two[0].sql(f"DO $$ DECLARE r record; BEGIN FOR r IN {many} LOOP EXECUTE r.s; END LOOP; END $$", "wide")
    try:
        found = collect(dsn)
        assert [gap.reason for gap in found.gaps] == ["columns: more than 200,000 rows"]
        assert 'schema.public.orders.constraints."CHECK (quantity > 0)"' in values(found)
        assert not any(".columns." in key for key in values(found))
    finally:
        two[0].sql("DROP DATABASE wide WITH (FORCE)")


# Secrets


def test_secrets_of_the_server_and_the_password_turn_up_nowhere(postgres: Any, tmp_path: Path) -> None:
    canaries = {
        "primary_conninfo": f"host=primary user=replicator password=''{CANARY} 1''",
        "archive_command": f"push --token {CANARY}2 %p",
        "ssl_passphrase_command": f"echo {CANARY}3",
    }
    staging = postgres(17, settings={**SAFE, **{k: v.replace("''", "'") for k, v in canaries.items()}}, name="secrets")
    production = postgres(17, settings=SAFE, name="production")
    in_staging = database(staging, "vault", f"CREATE TABLE keys (id int, api_key text DEFAULT '{CANARY}-4')")
    database(production, "vault", "CREATE TABLE keys (id int, api_key text DEFAULT 'other-canary-5')")
    log, processes = [], []
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.02):
            processes.append(subprocess.run(["ps", "axww", "-o", "args"], capture_output=True, text=True).stdout)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        tcp = f"host=127.0.0.1 port={production.port} user=postgres dbname=vault"
        result = check(
            tmp_path,
            in_staging,
            tcp,
            more="    password: {env: ORDERS_DB_PASSWORD}\n    timeout: 20s\n",
            env={"ORDERS_DB_PASSWORD": production.password},
        )
        log.append(result.text)
    finally:
        stop.set()
        watcher.join()
    assert result.code in (0, 1)
    for canary in (CANARY, production.password, "other-canary"):
        assert canary not in result.text
        assert not any(canary in listing for listing in processes)
    everything = collect(in_staging)
    assert not any(CANARY in str(entry.value) for entry in everything.entries)
    assert isinstance(values(everything)["schema.public.keys.columns.api_key.default"], Secret)


# Where a connection comes from


def test_nothing_of_libpqs_environment_leaks_in_but_service_and_password_files(
    two: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    server, other = two
    database(server, "orders_env", ORDERS)
    service, passwords = tmp_path / "services.conf", tmp_path / "pgpass"
    service.write_text(f"[orders]\nhost=127.0.0.1\nport={server.port}\ndbname=orders_env\nuser=postgres\n")
    passwords.write_text(f"127.0.0.1:{server.port}:*:postgres:{server.password}\n")
    passwords.chmod(0o600)
    for name, value in {
        "PGHOST": str(other.socket), "PGPORT": str(other.port), "PGDATABASE": "elsewhere", "PGUSER": "nobody",
        "PGPASSWORD": CANARY, "PGOPTIONS": "-c statement_timeout=5000", "PGTZ": "Asia/Tokyo", "PGAPPNAME": "leaked",
        "PGSERVICEFILE": str(service), "PGPASSFILE": str(passwords),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    found = collect("service=orders")
    told = values(found)
    assert found.entries[0].location.path == f"127.0.0.1:{server.port}/orders_env"
    assert told["settings.statement_timeout"] == 0
    assert told["settings.TimeZone"] == "Etc/UTC"
    assert failing("service=unknown").reason == "there is no service unknown"


def test_tls_is_verified_where_the_server_is_another_machine(tmp_path: Path, monkeypatch: Any) -> None:
    from driftcheck.collectors.postgres.connection import parameters

    monkeypatch.setenv("HOME", str(tmp_path))
    far = parameters("postgresql://driftcheck@db.prod/orders", "")
    assert (far["sslmode"], far["sslrootcert"]) == ("verify-full", "system")
    assert parameters("postgresql://driftcheck@db.prod/orders?sslmode=require", "")["sslmode"] == "require"
    for near in ("host=/run/postgresql", "host=localhost", "host=127.0.0.1", "host=::1", "dbname=orders"):
        assert "sslmode" not in parameters(near, "")
    (tmp_path / ".pg_service.conf").write_text("[far]\nhost=db.prod\nsslmode=verify-ca\n")
    assert parameters("service=far", "")["sslmode"] == "verify-ca"
    assert parameters("service=far host=localhost", "")["host"] == "localhost"


# The same as text


def without_place(collected: Collected) -> list[tuple[object, object]]:
    return sorted((entry.path, str(entry.value)) for entry in collected.entries)


def test_an_answer_that_somebody_brings_says_what_the_driver_says(two: Any, tmp_path: Path) -> None:
    odd = """
    CREATE TABLE "odd.name" ("a ""b" text DEFAULT E'tab\\t line\\n back\\\\', "tab\tcolumn" int);
    ALTER TABLE orders ADD CHECK (coupon <> E'a\\tb') NOT VALID;
    """
    dsn = database(two[0], "answered", ORDERS + odd)
    options = {"app_role": "postgres", "schemas": ["public"]}
    script, answer = tmp_path / "probe.sql", tmp_path / "answer.txt"
    script.write_text(DATABASES["postgres"].script(options))
    said = subprocess.run(["psql", "-X", "-d", dsn, "-f", script], capture_output=True, text=True, check=True)
    assert said.stderr == ""
    answer.write_text(said.stdout)
    read, direct = collect(answer=[str(answer)], **options), collect(dsn, **options)
    assert without_place(read) == without_place(direct)
    assert [n[:3] for n in read.notices] == [n[:3] for n in direct.notices]
    assert (read.notes, read.hidden, read.gaps, read.server) == (
        direct.notes,
        direct.hidden,
        direct.gaps,
        direct.server,
    )
    answer.write_text(said.stdout[: len(said.stdout) // 2])
    with pytest.raises(CollectError, match="the answer is cut off"):
        collect(answer=[str(answer)], **options)
    answer.write_text("id\n1\n")
    with pytest.raises(CollectError, match="holds no answer of a PostgreSQL probe"):
        collect(answer=[str(answer)], **options)


def test_psql_beside_the_server_says_it_too_by_ssh_and_by_a_shell(two: Any, sshd: Any, monkeypatch: Any) -> None:
    database(two[0], "remote", ORDERS)
    monkeypatch.setenv("ORDERS_PASSWORD", two[0].password)
    tcp = f"host=127.0.0.1 port={two[0].port} user=postgres dbname=remote"
    given: dict[str, object] = {"password": Credential("env", ("ORDERS_PASSWORD",))}
    direct = collect(tcp, **given)
    for via in (sshd().argv, ["env"]):
        assert without_place(collect(tcp, **given, via=via)) == without_place(direct)
    monkeypatch.setenv("ORDERS_PASSWORD", CANARY)
    wrong = failing(tcp, **given, via=["env"])
    assert wrong.reason == "the password is wrong, or there is no such user"
