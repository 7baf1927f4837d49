"""The rig itself: each kind of server starts, says its version, and is gone afterwards."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("major", [14, 17, 18])
def test_postgresql_of_each_major_serves(postgres, major):
    assert postgres(major).version.startswith(f"{major}.")


def test_two_servers_of_one_major_differ_by_their_settings(postgres):
    staging = postgres(17, settings={"work_mem": "4MB"}, name="staging")
    production = postgres(17, settings={"work_mem": "16MB"}, name="production")
    assert [server.sql("SHOW work_mem") for server in (staging, production)] == [[("4MB",)], [("16MB",)]]


def test_postgresql_asks_for_a_password_over_tcp(postgres):
    import psycopg

    server = postgres()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url(password="wrong"))
    with psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("version", ["5.7.22", "8.0.15", "8.0.31"])
def test_mysql_of_each_version_serves(mysql, version):
    assert mysql(version).version == version


def test_two_mariadb_servers_differ_by_their_settings(mariadb):
    staging = mariadb({"max_connections": "100"}, name="staging")
    production = mariadb({"max_connections": "500"}, name="production")
    asked = "SELECT @@max_connections, @@version LIKE '%MariaDB%'"
    assert [server.sql(asked) for server in (staging, production)] == [[(100, 1)], [(500, 1)]]


def test_redis_serves(redis):
    assert redis().version
