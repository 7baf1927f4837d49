"""A running server and an option file say the same of a variable."""

from __future__ import annotations

import pytest

from driftcheck.values import mysql


@pytest.mark.parametrize(
    ("name", "in_a_file", "running", "means"),
    [
        ("innodb_buffer_pool_size", "1G", "1073741824", "1GiB"),
        ("innodb_buffer_pool_size", "1024m", "1073741824", "1GiB"),
        ("innodb_autoextend_increment", "64", "64", "64MiB"),
        ("wait_timeout", "28800", "28800", "8h"),
        ("long_query_time", "0.5", "0.500000", "500ms"),
        ("long_query_time", "10", "10.000000", "10s"),
        ("max_execution_time", "1500", "1500", "1500ms"),
        ("binlog_commit_wait_usec", "100000", "100000", "100ms"),
        ("binlog_expire_logs_seconds", "2592000", "2592000", "30d"),
        ("query_cache_size", "0", "0", 0),
        ("max_binlog_cache_size", "16E", "18446744073709547520", "unlimited"),
        ("max_connections", "1K", "1024", 1024),
        ("innodb_max_dirty_pages_pct", "90", "90.000000", 90),
        ("slow_query_log", "1", "ON", True),
        ("innodb_file_per_table", "off", "OFF", False),
        ("innodb_flush_log_at_trx_commit", "1", "1", 1),
        ("query_cache_type", "2", "2", 2),
        ("concurrent_insert", "2", "ALWAYS", "ALWAYS"),
        ("transaction_isolation", "read-committed", "READ-COMMITTED", "READ-COMMITTED"),
        ("gtid_mode", "on", "ON", True),
        ("default_storage_engine", "InnoDB", "InnoDB", "innodb"),
        ("character_set_server", "utf8", "utf8mb3", "utf8mb3"),
        ("collation_server", "utf8_general_ci", "utf8mb3_general_ci", "utf8mb3_general_ci"),
        ("collation_server", "utf8mb4_general_ci", "utf8mb4_general_ci", "utf8mb4_general_ci"),
        (
            "sql_mode",
            "no_zero_date, STRICT_TRANS_TABLES",
            "STRICT_TRANS_TABLES,NO_ZERO_DATE",
            ("NO_ZERO_DATE", "STRICT_TRANS_TABLES"),
        ),
        ("tls_version", "TLSv1.3,TLSv1.2", "TLSv1.2,TLSv1.3", ("TLSv1.2", "TLSv1.3")),
        ("sql_mode", "", "", ()),
        (
            "sql_mode",
            "ansi",
            "REAL_AS_FLOAT,PIPES_AS_CONCAT,ANSI_QUOTES,IGNORE_SPACE,ANSI",
            ("ANSI", "ANSI_QUOTES", "IGNORE_SPACE", "PIPES_AS_CONCAT", "REAL_AS_FLOAT"),
        ),
        ("time_zone", "+02:00", "+02:00", "+02:00"),
    ],
)
def test_a_file_and_a_server_mean_one_value(name, in_a_file, running, means):
    assert mysql.value(name, in_a_file) == mysql.value(name, running) == means
    assert type(mysql.value(name, in_a_file)) is type(mysql.value(name, running)) is type(means)


@pytest.mark.parametrize(
    ("name", "is_"),
    [
        ("tx_isolation", "transaction_isolation"),
        ("Transaction-Isolation", "transaction_isolation"),
        ("log_slow_query_time", "long_query_time"),
        ("slave_net_timeout", "replica_net_timeout"),
        ("log_slave_updates", "log_replica_updates"),
        ("rpl_semi_sync_master_timeout", "rpl_semi_sync_source_timeout"),
        ("wsrep_slave_threads", "wsrep_slave_threads"),
        ("innodb_buffer_pool_size", "innodb_buffer_pool_size"),
    ],
)
def test_two_names_of_one_variable_are_one(name, is_):
    assert mysql.canonical(name) == is_


@pytest.mark.parametrize(
    ("written", "sets"),
    [
        (("default-time-zone", "UTC"), ("time_zone", "UTC")),
        (("skip-log-bin", None), ("log_bin", "OFF")),
        (("log-bin", "/var/log/mysql/binlog"), ("log_bin", "ON")),
        (("skip-name-resolve", None), ("skip_name_resolve", "ON")),
        (("skip-name-resolve", "0"), ("skip_name_resolve", "0")),
        (("skip-slow-query-log", None), ("slow_query_log", "OFF")),
        (("loose-innodb_strict_mode", None), ("innodb_strict_mode", "ON")),
        (("disable-innodb-adaptive-hash-index", None), ("innodb_adaptive_hash_index", "OFF")),
        (("max_connections", "500"), ("max_connections", "500")),
    ],
)
def test_an_option_of_a_file_sets_a_variable(written, sets):
    assert mysql.option(*written) == sets


def test_each_flag_of_the_optimizer_is_a_key():
    assert dict(mysql.settings("optimizer_switch", "mrr=on, mrr_cost_based=off,")) == {
        ("optimizer_switch", "mrr"): True,
        ("optimizer_switch", "mrr_cost_based"): False,
    }
    assert dict(mysql.settings("max_connections", "151")) == {("max_connections",): 151}


@pytest.mark.parametrize(
    ("name", "declared", "running", "origin", "runs"),
    [
        ("sql_mode", "ANSI", "ANSI,ONLY_FULL_GROUP_BY", "", True),
        ("sql_mode", "ANSI", "ANSI,NO_ZERO_DATE", "", False),
        ("sql_mode", "TRADITIONAL", "TRADITIONAL,ONLY_FULL_GROUP_BY", "", False),
        ("sql_mode", "TRADITIONAL", "NO_ENGINE_SUBSTITUTION", "", False),
        ("time_zone", "SYSTEM", "CET", "SYSTEM: the zone of the machine", True),
        ("time_zone", "SYSTEM", "+02:00", "SET, until the next start", False),
    ],
)
def test_what_a_server_makes_of_a_declared_value_is_no_other_value(name, declared, running, origin, runs):
    said, found = mysql.value(name, declared), mysql.value(name, running)
    assert mysql.runs_as_declared(name, said, found, origin) is runs
