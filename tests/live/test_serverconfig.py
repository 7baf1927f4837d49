"""What a configuration file is read as is what a real server, started with that file, says of itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from driftcheck import cli
from driftcheck.collectors import postgres as postgres_collector
from driftcheck.collectors import redis as redis_collector
from driftcheck.collectors import serverconfig
from driftcheck.model import Reading, Value
from driftcheck.values import mysql as mysql_values

CANARY = "sekret-canary-of-a-file"

MARIADB = {
    "max_connections": "200",
    "innodb-buffer-pool-size": "64M",
    "max_allowed_packet": "16m",
    "wait_timeout": "'600'",
    "character-set-server": "latin1",
    "default-time-zone": "'+02:00'",
    "transaction-isolation": "READ-COMMITTED",
    "skip-name-resolve": "1",
    "slow_query_log": "ON",
    "long_query_time": "0.5",
    "sql_mode": '"NO_ENGINE_SUBSTITUTION,STRICT_TRANS_TABLES"  # two of them',
    "optimizer_switch": "mrr=on,index_merge=off",
    "log_slow_verbosity": "query_plan,explain",
    "loose_no_such_thing": "1",
    "innodb_flush_method": "fsync",
    "binlog_format": "mixed",
    "lower_case_table_names": "1",
    "tmp_table_size": "32M",
    "sync_binlog": "0",
    "local-infile": "0",
    "innodb_print_all_deadlocks": "on",
    "query_cache_type": "0",
    "key_buffer_size": "1G",
    "expire_logs_days": "7",
    "table_open_cache": "400",
}
NO_VARIABLES = {"user", "no_such_thing"}

MYSQL = {
    "max_connections": "200",
    "innodb-buffer-pool-size": "64M",
    "max_allowed_packet": "16m",
    "default-time-zone": "+02:00",
    "transaction-isolation": "READ-COMMITTED",
    "skip-name-resolve": "1",
    "slow-query-log": "1",
    "long_query_time": "0.5",
    "sql_mode": "'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'",
    "log-bin": "binlog-of-mine",
    "character-set-server": "latin1",
    "max_execution_time": "30000",
    "slave_net_timeout": "30",
    "innodb_flush_log_at_trx_commit": "2",
    "event_scheduler": "OFF",
}

POSTGRES = {
    "max_connections": "42",
    "shared_buffers": "32768kB",
    "work_mem": "16384",
    "maintenance_work_mem": "0.25GB",
    "statement_timeout": "90s",
    "lock_timeout": "1500",
    "idle_in_transaction_session_timeout": "1h",
    "log_min_duration_statement": "-1",
    "checkpoint_timeout": "600",
    "checkpoint_completion_target": "0.7",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "wal_buffers": "4MB",
    "synchronous_commit": "false",
    "wal_compression": "off",
    "jit": "no",
    "autovacuum_naptime": "2min",
    "autovacuum_vacuum_cost_delay": "2500us",
    "log_line_prefix": "%m [%p] it's # ",
    "TIMEZONE": "Europe/Zurich",
    "DateStyle": "ISO, DMY",
    "track_activity_query_size": "4kB",
    "log_rotation_age": "1d",
    "huge_pages": "off",
    "default_transaction_isolation": "repeatable read",
    "my.setting": "7",
    "temp_file_limit": "10GB",
    "tcp_keepalives_idle": "60",
    "backend_flush_after": "256kB",
}

REDIS = {
    "maxmemory": "64mb",
    "maxmemory-policy": "allkeys-lru",
    "slave-priority": "50",
    "repl-backlog-size": "2m",
    "timeout": "300",
    "save": '3600 1\nsave "300" 100',
    "client-output-buffer-limit": "slave 512mb 128mb 120",
    "notify-keyspace-events": "Exg$lshztdA",
    "appendonly": "YES",
    "appendfsync": "no",
    "slowlog-log-slower-than": "-1",
    "lua-time-limit": "3000",
    "hash-max-ziplist-value": "1kb",
    "cluster-node-timeout": "5000",
    "maxmemory-clients": "5%",
    "proc-title-template": '"{title} \\x7blisten-addr}"',
    "latency-tracking-info-percentiles": "50 99",
    "oom-score-adj": "no",
    "list-max-listpack-size": "-2",
    "tls-session-cache-timeout": "60",
    "aof-use-rdb-preamble": "no",
}


def declared(server: Any, **options: object) -> dict[str, Value]:
    """Return what a server's own file says, by the last part of the key."""
    options = {"path": [str(server.conf)], **options}
    entries = serverconfig.collect(Reading("db", "staging", options, "/")).entries
    return {".".join(entry.path[1:]): entry.value for entry in entries}


def variables(server: Any) -> dict[str, Value]:
    """Return what MySQL says of itself, spelled like a file."""
    return {
        ".".join(path): value
        for name, raw in server.sql("SHOW GLOBAL VARIABLES")
        for path, value in mysql_values.settings(mysql_values.canonical(name), raw)
    }


def test_mariadb_reads_its_file_alike(mariadb: Callable[..., Any]) -> None:
    server = mariadb(MARIADB, name="serverconfig")
    said, running = declared(server), variables(server)
    running["datadir"] = str(running["datadir"]).rstrip("/")
    assert len(said) > len(MARIADB)
    assert said.keys() - running.keys() == NO_VARIABLES
    assert {name: value for name, value in said.items() if name not in NO_VARIABLES} == {
        name: running[name] for name in said.keys() - NO_VARIABLES
    }


def test_mysql_reads_its_file_alike(mysql: Callable[..., Any]) -> None:
    server = mysql("8.0.31", settings=MYSQL, name="serverconfig")
    said, running = declared(server), variables(server)
    odd = {"user", "mysqlx", "basedir", "lc_messages_dir", "datadir"}  # no variables, or told with a slash at the end
    assert {name: value for name, value in said.items() if name not in odd} == {
        name: running.get(name) for name in said.keys() - odd
    }


@pytest.mark.parametrize("major", [14, 18])
def test_postgresql_reads_its_file_alike(postgres: Callable[..., Any], major: int, tmp_path: Path) -> None:
    server = postgres(major, settings=POSTGRES, name="serverconfig")
    server.sql("ALTER SYSTEM SET work_mem = '32MB'")
    server.sql("SELECT pg_reload_conf()")
    try:
        said = declared(server)
        assert said["work_mem"] == "32MiB"
        reading = Reading("db", "staging", {"dsn": server.dsn, "collect": ["settings"]}, "/")
        running = {".".join(entry.path[1:]): entry.value for entry in postgres_collector.collect(reading).entries}
        running['"my.setting"'] = 7  # the probe's connection knows it as text
        odd = {"tcp_keepalives_idle", "wal_compression"}  # the probe's own socket has none; a switch until 14
        assert {name: value for name, value in said.items() if name not in odd} == {
            name: running.get(name) for name in said.keys() - odd
        }
    finally:
        server.sql("ALTER SYSTEM RESET work_mem")


def test_redis_reads_its_file_alike(redis: Callable[..., Any], tmp_path: Path) -> None:
    included = tmp_path / "more.conf"
    included.write_text("maxclients 77\nmaxmemory 1k\n")
    server = redis({**REDIS, "include": str(included)}, name="serverconfig")
    said = declared(server, root=["/"])
    options = {"host": server.host, "port": str(server.port)}
    running = {
        ".".join(entry.path[1:]): entry.value
        for entry in redis_collector.collect(Reading("db", "staging", options, "/")).entries
    }
    assert said["maxmemory"] == "1000B"
    assert said["maxclients"] == 77
    assert said == {name: running.get(name) for name in said}


# Through the command line


@pytest.fixture
def check(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.chdir(tmp_path)

    def run(sources: dict[str, Any], *arguments: str) -> tuple[dict[str, Any], str]:
        config = {"version": 1, "environments": ["staging", "production"], "sources": sources}
        (tmp_path / "driftcheck.yaml").write_text(json.dumps(config))
        capfd.readouterr()
        cli.run(["check", "-v", "--all", "-o", "json", *arguments])
        out, err = capfd.readouterr()
        return json.loads(out), out + err

    return run


def test_secrets_in_files_are_never_shown(tmp_path: Path, check: Callable[..., Any]) -> None:
    for environment in ("staging", "production"):
        folder = tmp_path / environment
        folder.mkdir()
        (folder / "redis.conf").write_text(
            f"requirepass {CANARY}-R1{environment}\nmasterauth {CANARY}2{environment}\n"
            f"user worker on >{CANARY}{environment} ~* +@all\nrename-command CONFIG {CANARY}{environment}\n"
            f"sentinel auth-pass orders {CANARY}{environment}\ntls-key-file-pass {CANARY}{environment}\n"
        )
        (folder / "my.cnf").write_text(
            f"[client]\npassword={CANARY}{environment}\n[mysqld]\nwsrep_sst_auth=sst:{CANARY}{environment}\n"
            f"report-password={CANARY}{environment}\n"
        )
        (folder / "postgresql.conf").write_text(
            f"primary_conninfo = 'host=primary password={CANARY}{environment}'\n"
            f"app.jwt_secret = '{CANARY}{environment}'\nssl_passphrase_command = 'echo --token={CANARY}{environment}'\n"
        )
    sources = {
        name: {"collector": "serverconfig", "path": f"{{environment}}/{name}"}
        for name in ("redis.conf", "my.cnf", "postgresql.conf")
    }
    report, printed = check(sources)
    assert report["summary"]["settings"] == 11
    assert CANARY not in printed
