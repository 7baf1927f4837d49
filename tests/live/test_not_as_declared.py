"""A file that declares a real server: silent where the server runs what it says, and told where it does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from driftcheck import cli

Check = Callable[..., dict[str, list[str]]]

SETTINGS = {"maxmemory": "64mb", "maxmemory-policy": "allkeys-lru", "timeout": "300", "maxclients": "500"}


@pytest.fixture
def check(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Check:
    """Return a function that runs `check`: a source that declares a server in each environment, and the servers."""
    monkeypatch.chdir(tmp_path)

    def run(files: dict[str, Any], server: dict[str, Any]) -> dict[str, list[str]]:
        config = {
            "version": 1,
            "environments": ["staging", "production"],
            "sources": {"files": {**files, "declares": "server"}, "server": server},
        }
        (tmp_path / "driftcheck.yaml").write_text(json.dumps(config))
        capfd.readouterr()
        cli.run(["check", "-o", "json"])
        report = json.loads(capfd.readouterr().out)
        assert report["failures"] == []
        return {
            f"{finding['target']} {finding['key']}": [finding["severity"], finding["message"]]
            for finding in report["findings"]
            if finding["rule"] == "live.not-as-declared"
        }

    return run


@pytest.fixture
def caches(redis: Callable[..., Any]) -> dict[str, Any]:
    return {name: redis(SETTINGS, name=f"declared-{name}") for name in ("staging", "production")}


def ports(servers: dict[str, Any]) -> dict[str, Any]:
    return {"collector": "redis", "port": {name: str(server.port) for name, server in servers.items()}}


def test_a_server_that_runs_its_file_says_nothing(caches: dict[str, Any], check: Check) -> None:
    files = {"collector": "serverconfig", "path": {name: str(server.conf) for name, server in caches.items()}}
    assert check(files, ports(caches)) == {}


def test_what_was_set_by_hand_is_told(caches: dict[str, Any], check: Check) -> None:
    files = {"collector": "serverconfig", "path": {name: str(server.conf) for name, server in caches.items()}}
    with caches["production"].connect() as client:
        client.config_set("maxmemory-policy", "noeviction")
        try:
            assert check(files, ports(caches)) == {
                "production settings.maxmemory-policy": [
                    "high",
                    "declared allkeys-lru, production runs with noeviction",
                ]
            }
        finally:
            client.config_set("maxmemory-policy", "allkeys-lru")


def test_what_waits_for_a_restart_is_told_as_that(postgres: Callable[..., Any], check: Check) -> None:
    servers = {
        name: postgres(17, settings={"max_connections": "40", "work_mem": "8192"}, name=f"declared-{name}")
        for name in ("staging", "production")
    }
    files = {"collector": "serverconfig", "path": {name: str(server.conf) for name, server in servers.items()}}
    databases = {"collector": "postgres", "dsn": {name: server.dsn for name, server in servers.items()}}
    assert check(files, databases) == {}
    servers["production"].sql("ALTER SYSTEM SET max_connections = 80")
    servers["production"].sql("SELECT pg_reload_conf()")
    (said,) = check(files, databases).items()
    assert said == (
        "production settings.max_connections",
        ["high", "declared 80, production runs with 40: a restart is pending"],
    )


def test_an_option_file_and_its_mariadb_agree_until_somebody_sets_a_variable(
    mariadb: Callable[..., Any], check: Check
) -> None:
    settings = {"max_connections": "60", "innodb-buffer-pool-size": "64M", "default-time-zone": "'+00:00'"}
    servers = {name: mariadb(settings, name=f"declared-{name}") for name in ("staging", "production")}
    files = {"collector": "serverconfig", "path": {name: str(server.conf) for name, server in servers.items()}}
    databases = {
        "collector": "mysql",
        "user": "root",
        "collect": ["version", "settings"],
        "socket": {name: str(server.socket) for name, server in servers.items()},
    }
    assert check(files, databases) == {}
    servers["production"].sql("SET GLOBAL max_connections = 30")
    assert check(files, databases) == {
        "production settings.max_connections": ["high", "declared 60, production runs with 30"]
    }


@pytest.mark.parametrize("product", ["8.0.31", "5.7.22", "mariadb"])
def test_a_mode_that_stands_for_several_is_what_runs_until_somebody_sets_another(
    mysql: Callable[..., Any], mariadb: Callable[..., Any], check: Check, product: str
) -> None:
    """Each product makes something else of it; and of SYSTEM the zone of its machine."""
    servers = {}
    for environment, modes in (("staging", "TRADITIONAL"), ("production", "ANSI")):
        settings, name = {"sql_mode": modes, "default_time_zone": "SYSTEM"}, f"{product}-{modes}"
        ours = product == "mariadb"
        servers[environment] = mariadb(settings, name=name) if ours else mysql(product, settings=settings, name=name)
    files = {"collector": "serverconfig", "path": {name: str(server.conf) for name, server in servers.items()}}
    databases = {
        "collector": "mysql",
        "user": "root",
        "collect": ["version", "settings"],
        "socket": {name: str(server.socket) for name, server in servers.items()},
    }
    assert check(files, databases) == {}
    for server in servers.values():
        server.sql("SET GLOBAL sql_mode = 'NO_ZERO_DATE', GLOBAL time_zone = '+03:00'")
    assert set(check(files, databases)) == {
        f"{environment} settings.{name}" for environment in servers for name in ("sql_mode", "time_zone")
    }


def test_options_of_a_jvm_declare_the_flags_that_it_runs_with(
    jvm: Callable[..., Any], check: Check, tmp_path: Path
) -> None:
    options = ["-XX:+UseSerialGC", "-Xmx111m", "-Xmn20m", "-Xss512k", "-XX:MaxMetaspaceSize=134217728"]
    processes = {name: jvm(17, options, name=f"declared-{name}") for name in ("staging", "production")}
    for name, declared in (("staging", options), ("production", [*options[1:], "-Xss1m", "-XX:+UseG1GC"])):
        (tmp_path / f"{name}.env").write_text(f'JAVA_OPTS="{" ".join(declared)}"\n')
    pids = {name: str(process.pid) for name, process in processes.items()}
    found = check({"collector": "dotenv", "path": "{environment}.env"}, {"collector": "jvm", "pid": pids})
    assert {key: message for key, (_, message) in found.items()} == {
        "production collector": "declared G1, production runs with Serial",
        "production flags.ThreadStackSize": "declared 1MiB, production runs with 512KiB",
    }


DOTENV = "MAXMEMORY_POLICY=noeviction\nMAXMEMORY=1\nTIMEOUT=1\n"
VALUES = """\
cache:
  configuration:
    maxmemory-policy: noeviction
    maxmemory: 64mb
livenessProbe: {timeout: 1}
"""
EMBEDDED = """\
cache:
  redisConf: |
    maxmemory-policy noeviction
    timeout 300
    maxclients 500
    save 60 1
    save 3600 1 300 100 60 10000
"""
PARAMETERS = """\
resource "aws_elasticache_parameter_group" "orders" {
  parameter {
    name  = "maxmemory-policy"
    value = "noeviction"
  }
  parameter {
    name  = "timeout"
    value = "300"
  }
  parameter {
    name  = "maxclients"
    value = "{MaxClients/2}"
  }
}
"""


@pytest.mark.parametrize(
    ("files", "name", "text"),
    [
        ({"collector": "dotenv", "path": "{environment}/cache.env"}, "cache.env", DOTENV),
        ({"collector": "helm", "values": ["{environment}/values.yaml"]}, "values.yaml", VALUES),
        ({"collector": "helm", "values": ["{environment}/values.yaml"]}, "values.yaml", EMBEDDED),
        ({"collector": "terraform", "path": "{environment}"}, "main.tf", PARAMETERS),
    ],
    ids=["dotenv", "values", "embedded", "terraform"],
)
def test_other_files_declare_by_the_names_of_settings(
    caches: dict[str, Any], check: Check, tmp_path: Path, files: dict[str, Any], name: str, text: str
) -> None:
    for environment in caches:
        (tmp_path / environment).mkdir()
        (tmp_path / environment / name).write_text(text)
    said = check(files, ports(caches))
    assert said == {
        f"{environment} settings.maxmemory-policy": [
            "high",
            f"declared noeviction, {environment} runs with allkeys-lru",
        ]
        for environment in caches
    }
