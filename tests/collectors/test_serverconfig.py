"""Configuration files of servers: what of them counts, in which order, and what is said of what cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from driftcheck.collectors import serverconfig
from driftcheck.errors import CollectError, ConfigError
from driftcheck.model import Collected, Reading, Secret, key_of


def read(folder: Path, *names: str, **options: Any) -> Collected:
    reading = Reading("db", "staging", {"path": [str(folder / name) for name in names], **options}, str(folder))
    return serverconfig.collect(reading)


def settings(collected: Collected) -> dict[str, object]:
    return {key_of(entry.path).removeprefix("settings."): entry.value for entry in collected.entries}


def place(collected: Collected, name: str) -> list[str]:
    """Return where a setting stands, and where what it replaced did."""
    (entry,) = (entry for entry in collected.entries if entry.path[1] == name)
    return [f"{each.location}: {each.value}" for each in (entry, *entry.overrides)]


def written(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_cnf", ".cnf").replace("_conf", ".conf")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


# my.cnf


def test_only_the_groups_of_the_server_count(tmp_path: Path) -> None:
    text = "[client]\nport=1\n[mysqld]\nmax_connections=2\n[mysqldump]\nquick\n[mariadb-10.11]\nwait_timeout=3\n"
    assert settings(read(written(tmp_path, my_cnf=text), "my.cnf")) == {"max_connections": 2, "wait_timeout": "3s"}


def test_the_group_of_another_version_is_left_out(tmp_path: Path) -> None:
    folder = written(tmp_path, my_cnf="[mysqld-5.7]\nquery_cache_size=1M\n[mysqld-8.0]\nmax_connections=2\n")
    assert set(settings(read(folder, "my.cnf", version="8.0.36"))) == {"max_connections"}
    assert set(settings(read(folder, "my.cnf"))) == {"max_connections", "query_cache_size"}


def test_names_and_values_are_the_servers_own(tmp_path: Path) -> None:
    text = """\
[mysqld]
default-time-zone = '+00:00'   # quotes, and a comment
SKIP-NAME-RESOLVE
loose-innodb_buffer_pool_size = 1G
sql_mode = "TRADITIONAL # no comment"
slave_net_timeout=60
; a comment
innodb-print-all-deadlocks
"""
    assert settings(read(written(tmp_path, my_cnf=text), "my.cnf")) == {
        "time_zone": "+00:00",
        "skip_name_resolve": True,
        "innodb_buffer_pool_size": "1GiB",
        "sql_mode": ("TRADITIONAL # NO COMMENT",),
        "replica_net_timeout": "1min",
        "innodb_print_all_deadlocks": True,
    }


def test_the_later_line_wins_and_shows_what_it_replaced(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        my_cnf="[mysqld]\nmax_connections=100\n!includedir conf.d\nmax-connections=300\n",
        conf__d__b_cnf="",
    )
    written(folder / "conf.d", a_cnf="[mysqld]\nmax_connections=200\n", b_cnf="[mysqld]\nmax_connections=250\n")
    (folder / "conf.d" / "ignored.txt").write_text("[mysqld]\nmax_connections=1\n")
    assert place(read(folder, "my.cnf"), "max_connections") == [
        "my.cnf:4: 300",
        "conf.d/b.cnf:2: 250",
        "conf.d/a.cnf:2: 200",
        "my.cnf:2: 100",
    ]


def test_an_absolute_inclusion_is_looked_for_beside_a_copy(tmp_path: Path) -> None:
    folder = written(tmp_path, my_cnf="[mysqld]\n!includedir /etc/mysql/conf.d/\n")
    written(folder / "conf.d", a_cnf="[mysqld]\nwait_timeout=60\n")
    assert settings(read(folder, "my.cnf")) == {"wait_timeout": "1min"}
    written(folder / "rootfs/etc/mysql/conf.d", a_cnf="[mysqld]\nwait_timeout=120\n")
    assert settings(read(folder, "my.cnf", root=[str(folder / "rootfs")])) == {"wait_timeout": "2min"}


def test_an_inclusion_that_is_not_here_is_a_gap(tmp_path: Path) -> None:
    folder = written(tmp_path, my_cnf="[mysqld]\nport=1\n!includedir /etc/mysql/no-such-folder-anywhere/\n")
    (gap,) = read(folder, "my.cnf").gaps
    assert (str(gap.location), gap.reason) == ("my.cnf:3", "includes what is not here")
    assert read(folder, "my.cnf", includes=False).gaps == []


def test_files_that_include_each_other_are_refused(tmp_path: Path) -> None:
    folder = written(tmp_path, my_cnf="!include b.cnf\n", b_cnf="!include my.cnf\n")
    with pytest.raises(CollectError, match="includes itself"):
        read(folder, "my.cnf")


def test_an_option_before_every_group_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CollectError) as caught:
        read(written(tmp_path, my_cnf="max_connections=1\n"), "my.cnf")
    assert str(caught.value) == "my.cnf:1: an option stands before the first group"


# postgresql.conf


def test_postgresql_reads_quotes_units_and_names_in_any_case(tmp_path: Path) -> None:
    text = """\
work_mem 16384          # kB
SHARED_BUFFERS = '128MB'
statement_timeout='30s'
fsync = OFF
log_line_prefix = 'it''s \\'# '
auto_explain.log_min_duration = 250
timezone = UTC
"""
    assert settings(read(written(tmp_path, postgresql_conf=text), "postgresql.conf")) == {
        "work_mem": "16MiB",
        "shared_buffers": "128MiB",
        "statement_timeout": "30s",
        "fsync": False,
        "log_line_prefix": "it's '# ",
        '"auto_explain.log_min_duration"': "250ms",
        "TimeZone": "UTC",
    }


def test_what_alter_system_wrote_wins(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        postgresql_conf="work_mem = 4MB\ninclude_dir = 'conf.d'\ninclude_if_exists 'nothing.conf'\n",
        conf__d__x_conf="",
    )
    written(folder / "conf.d", x_conf="work_mem = 8MB\n")
    (folder / "postgresql.auto.conf").write_text("# Do not edit\nwork_mem = '16MB'\n")
    found = read(folder, "postgresql.conf")
    assert place(found, "work_mem") == [
        "postgresql.auto.conf:2: 16MiB",
        "conf.d/x.conf:1: 8MiB",
        "postgresql.conf:1: 4MiB",
    ]
    assert found.gaps == []


def test_a_line_that_postgresql_would_refuse_is_named(tmp_path: Path) -> None:
    with pytest.raises(CollectError) as caught:
        read(written(tmp_path, postgresql_conf="fsync = on\nsearch_path = sekret-canary, public\n"), "postgresql.conf")
    assert str(caught.value) == "postgresql.conf:2: is not a setting"


# redis.conf


def test_directives_of_several_words_and_lines_are_one_setting(tmp_path: Path) -> None:
    text = """\
save 900 1
save 300 10 60 10000
client-output-buffer-limit replica 256mb 64mb 60
CLIENT-OUTPUT-BUFFER-LIMIT pubsub 0 0 0
loadmodule /a.so x
loadmodule /b.so
notify-keyspace-events "KEA"
user worker on >sekret-canary ~*
"""
    found = settings(read(written(tmp_path, redis_conf=text), "redis.conf"))
    user = found.pop("user.worker")
    assert isinstance(user, Secret)
    assert found == {
        "save": ("1/900s", "10/300s", "10000/60s"),
        "client-output-buffer-limit.replica.hard": "256MiB",
        "client-output-buffer-limit.replica.soft": "64MiB",
        "client-output-buffer-limit.replica.soft-seconds": "1min",
        "client-output-buffer-limit.pubsub.hard": 0,
        "client-output-buffer-limit.pubsub.soft": 0,
        "client-output-buffer-limit.pubsub.soft-seconds": 0,
        "loadmodule": ("/a.so x", "/b.so"),
        "notify-keyspace-events": "AEK",
    }


def test_an_empty_save_takes_back_what_stood_above(tmp_path: Path) -> None:
    folder = written(tmp_path, redis_conf='save 900 1\nsave ""\n', other_conf="")
    assert settings(read(folder, "redis.conf")) == {"save": ()}
    written(folder, redis_conf='save 900 1\nsave ""\nsave 60 5\n')
    assert settings(read(folder, "redis.conf")) == {"save": ("5/60s",)}


def test_two_kinds_of_kilobyte(tmp_path: Path) -> None:
    found = settings(read(written(tmp_path, redis_conf="maxmemory 1gb\nrepl-backlog-size 1g\n"), "redis.conf"))
    assert found == {"maxmemory": "1GiB", "repl-backlog-size": "1000000000B"}


def test_a_quote_that_does_not_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CollectError, match="a quote that does not end"):
        read(written(tmp_path, redis_conf='requirepass "sekret-canary\n'), "redis.conf")


# Which file is whose


def test_a_name_that_says_nothing_needs_an_engine(tmp_path: Path) -> None:
    folder = written(tmp_path, x_conf="maxmemory 1gb\n")
    with pytest.raises(CollectError, match="does not say which server"):
        read(folder, "x.conf")
    with pytest.raises(ConfigError, match="no engine"):
        read(folder, "x.conf", engine="oracle")
    assert settings(read(folder, "x.conf", engine="redis")) == {"maxmemory": "1GiB"}


def test_files_are_recognised_by_their_names_and_folders() -> None:
    names = [
        "app/app.conf",
        "cache/redis.conf",
        "db/postgresql.auto.conf",
        "db/postgresql.conf",
        "k8s/openssl.cnf",
        "mysql/conf.d/tuning.cnf",
        "mysql/my.cnf",
        "percona/extra.cnf",
    ]
    assert serverconfig.discover(names) == {
        "cache/redis.conf": {"path": ["cache/redis.conf"]},
        "db/postgresql.conf": {"path": ["db/postgresql.conf"]},
        "mysql/my.cnf": {"path": ["mysql/my.cnf", "mysql/conf.d/tuning.cnf"]},
        "percona/extra.cnf": {"path": ["percona/extra.cnf"]},
    }
    assert serverconfig.discover(["openssl.cnf"]) == {}


def test_two_files_compare_by_what_they_mean(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from driftcheck import cli

    written(tmp_path / "staging", my_cnf="[mysqld]\ninnodb-buffer-pool-size=1G\nskip-name-resolve\nsql_mode='A,B'\n")
    production = "[mysqld]\ninnodb_buffer_pool_size=1024M\nskip_name_resolve=ON\nsql_mode=B,A\nlog-bin\n"
    written(tmp_path / "production", my_cnf=production)
    code = cli.run(["compare", str(tmp_path / "staging/my.cnf"), str(tmp_path / "production/my.cnf"), "-o", "json"])
    report = json.loads(capfd.readouterr().out)
    assert [(finding["key"], finding["kind"]) for finding in report["findings"]] == [("settings.log_bin", "missing")]
    assert code == 0
