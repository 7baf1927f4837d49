"""What somebody asks by hand, where no probe may connect, becomes a snapshot that a check takes."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from driftcheck import cli

PASSWORD = "sekret-canary-R3dis-Passw0rd"


@pytest.fixture
def said(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Return a function that runs a command line in this process."""

    def run(*arguments: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = cli.run(list(arguments))
        return code, *capfd.readouterr()

    return run


@pytest.fixture
def caches(redis: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """Return two servers that evict differently, and a configuration that knows how to reach the first one alone."""
    servers = tuple(
        redis({"requirepass": PASSWORD, "maxmemory-policy": policy}, name=f"by-hand-{policy}")
        for policy in ("noeviction", "allkeys-lru")
    )
    staging = f"redis://{servers[0].host}:{servers[0].port}"
    config = {
        "version": 1,
        "environments": ["staging", "production"],
        "sources": {
            "cache": {"collector": "redis", "url": {"staging": staging}, "password": {"env": "CACHE_PASSWORD"}}
        },
    }
    (tmp_path / "driftcheck.yaml").write_text(json.dumps(config))
    monkeypatch.setenv("CACHE_PASSWORD", PASSWORD)
    monkeypatch.chdir(tmp_path)
    return servers  # type: ignore[return-value]


def answered(server: Any, questions: str) -> None:
    """Run questions as somebody does who may log in, and keep the answer."""
    done = subprocess.run(
        ["redis-cli", "-p", str(server.port)],
        input=questions,
        env={**os.environ, "REDISCLI_AUTH": PASSWORD},
        capture_output=True,
        text=True,
        check=True,
    )
    Path("answer.txt").write_text(done.stdout)


def test_a_server_is_checked_that_only_somebody_else_may_ask(
    caches: tuple[Any, Any], said: Callable[..., tuple[int, str, str]]
) -> None:
    _, questions, _ = said("probe", "print", "cache", "production")
    answered(caches[1], questions)
    code, out, err = said("probe", "read", "cache", "production", "answer.txt")
    assert (code, out) == (0, "")
    assert err.startswith("cache-production.snap: production, 1 source, ")
    code, out, err = said("check", "--snapshot", "production=cache-production.snap", "-o", "json", "-v")
    assert code == 1
    loud = {f["key"] for f in json.loads(out)["findings"] if f["severity"] in ("high", "critical")}
    assert loud == {"settings.maxmemory-policy"}
    assert PASSWORD not in out + err + gzip.decompress(Path("cache-production.snap").read_bytes()).decode()


def test_a_server_is_not_compared_with_its_own_snapshot(
    caches: tuple[Any, Any], said: Callable[..., tuple[int, str, str]]
) -> None:
    """Who somebody asked by hand is known by more than an address."""
    answered(caches[0], said("probe", "print", "cache")[1])
    assert said("probe", "read", "cache", "production", "answer.txt", "-o", "wrong.snap")[0] == 0
    code, out, _ = said("check", "--snapshot", "production=wrong.snap")
    assert code == 3
    assert "staging and production are one and the same server" in out


def test_what_a_snapshot_tells_of_a_server_is_what_it_tells_itself(
    caches: tuple[Any, Any], said: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRIFTCHECK_FINGERPRINT_KEY", "fedcba9876543210fedcba9876543210")
    config = json.loads(Path("driftcheck.yaml").read_text())
    config["sources"]["cache"]["url"]["production"] = f"redis://{caches[1].host}:{caches[1].port}"
    Path("driftcheck.yaml").write_text(json.dumps(config))
    _, direct, _ = said("check", "-o", "json", "-q")
    for environment in ("staging", "production"):
        assert said("snapshot", environment, "-o", f"{environment}.snap")[0] == 0
    given = [word for name in ("staging", "production") for word in ("--snapshot", f"{name}={name}.snap")]
    assert said("check", *given, "--offline", "-o", "json", "-q")[1] == direct
    assert "secret.shared" in direct


def test_a_database_tells_by_hand_what_it_tells_the_probe(
    postgres: Callable[..., Any],
    tool: Callable[[str, str], str],
    said: Callable[..., tuple[int, str, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The findings are the same whether driftcheck asked production or somebody ran the questions with psql."""
    psql = tool("psql", "apt-get install postgresql-client")
    servers = [postgres(17, settings={"max_connections": count}, name=f"by-hand-{count}") for count in ("200", "50")]
    for server, more in zip(servers, ("", " NOT NULL"), strict=True):
        server.sql(f"CREATE TABLE IF NOT EXISTS orders (id bigint PRIMARY KEY, coupon text{more})")
    config = {
        "version": 1,
        "environments": ["staging", "production"],
        "sources": {
            "db": {
                "collector": "postgres",
                "dsn": dict(zip(("staging", "production"), (str(server.dsn) for server in servers), strict=True)),
            }
        },
    }
    (tmp_path / "driftcheck.yaml").write_text(json.dumps(config))
    monkeypatch.chdir(tmp_path)
    _, direct, _ = said("check", "-o", "json", "-q")
    Path("ask.sql").write_text(said("probe", "print", "db", "production")[1])
    with Path("answer.txt").open("w") as file:
        subprocess.run([psql, "-X", "-d", servers[1].dsn, "-f", "ask.sql"], stdout=file, check=True, timeout=60)
    assert said("probe", "read", "db", "production", "answer.txt", "-o", "db.snap")[0] == 0
    code, out, _ = said("check", "--snapshot", "production=db.snap", "-o", "json", "-q")
    assert code == 1
    assert told(out) == told(direct)
    assert {"settings.max_connections", "schema.public.orders.columns.coupon.nullable"} <= set(told(out))


def told(report: str) -> dict[str, list[str]]:
    """Return what a report says above information, by key."""
    return {f["key"]: [f["rule"], f["message"]] for f in json.loads(report)["findings"] if f["severity"] != "info"}
