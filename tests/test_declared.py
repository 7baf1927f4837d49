"""A source that declares another: what runs otherwise than its file says is told, within each environment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from driftcheck import cli, declared
from driftcheck.catalogue import Catalogue
from driftcheck.model import Collected, Entry, Environment, Location, Snapshot, Source, Value
from driftcheck.redact import hide

RUNNING = """\
[mysqld]
max_connections = 100
wait_timeout = 600
innodb_buffer_pool_size = 1G
sql_mode = STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION
port = 3307
optimizer_switch = mrr=on
"""
DB = {"collector": "serverconfig", "path": "{environment}/running.cnf"}


@pytest.fixture
def findings(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that runs `check` on sources and files, each for both environments, and gives what it found."""
    monkeypatch.chdir(tmp_path)

    def run(sources: dict[str, Any], expected: list[Any] | None = None, **files: str) -> list[dict[str, Any]]:
        for environment in ("staging", "production"):
            (tmp_path / environment).mkdir(exist_ok=True)
            for name, text in {"running.cnf": RUNNING, **files}.items():
                (tmp_path / environment / name).write_text(text)
        config = {
            "version": 1,
            "environments": ["staging", "production"],
            "sources": {**sources, "db": DB},
            "expected": expected or [],
        }
        (tmp_path / "driftcheck.yaml").write_text(json.dumps(config))
        capfd.readouterr()
        cli.run(["check", "-o", "json"])
        found: list[dict[str, Any]] = json.loads(capfd.readouterr().out)["findings"]
        return found

    return run


def config_of(collector: str, **options: str) -> dict[str, Any]:
    return {"files": {"collector": collector, "declares": "db", **options}}


FILE = config_of("serverconfig", path="{environment}/my.cnf")


def test_what_runs_otherwise_than_its_file_says_is_told_with_both_places(findings: Any) -> None:
    found = findings(FILE, **{"my.cnf": RUNNING.replace("= 100", "= 200")})
    assert [(f["rule"], f["severity"], f["target"], f["key"], f["message"]) for f in found] == [
        (
            "live.not-as-declared",
            "high",
            environment,
            "settings.max_connections",
            f"declared 200, {environment} runs with 100",
        )
        for environment in ("production", "staging")
    ]
    assert found[0]["kind"] == "changed"
    assert found[0]["environments"] == {
        "production": {
            "state": "set",
            "value": 100,
            "location": {"path": "production/running.cnf", "line": 2},
            "overrides": [{"value": 200, "location": {"path": "production/my.cnf", "line": 2}}],
        }
    }


def test_a_file_that_is_what_runs_says_nothing(findings: Any) -> None:
    same = """\
[mysqld]
max-connections=100
wait_timeout = 10M  # the server takes no unit here, and this file is wrong
wait_timeout = 600
innodb_buffer_pool_size = 1024M
sql_mode = "NO_ENGINE_SUBSTITUTION,STRICT_TRANS_TABLES"
port = 3306  # a container's own
loose_unknown = 1
"""
    assert findings(FILE, **{"my.cnf": same}) == []


def test_the_fingerprint_does_not_move_with_lines(findings: Any) -> None:
    changed = RUNNING.replace("= 100", "= 200")
    one = findings(FILE, **{"my.cnf": changed})
    other = findings(FILE, **{"my.cnf": "# a comment\n\n" + changed.replace("200", "300")})
    assert [finding["fingerprint"] for finding in one] == [finding["fingerprint"] for finding in other]
    assert len({finding["fingerprint"] for finding in one}) == 2


def test_a_difference_can_be_expected(findings: Any) -> None:
    expected = [
        {
            "source": "files",
            "key": "settings.max_connections",
            "reason": "set by hand until the next restart",
            "values": {"staging": 100, "production": 100},
        }
    ]
    found = findings(FILE, expected, **{"my.cnf": RUNNING.replace("= 100", "= 200")})
    assert [finding["suppression"]["kind"] for finding in found] == ["expected", "expected"]


def test_a_name_of_one_word_counts_only_among_parameters() -> None:
    assert declared._name(("livenessProbe", "timeout")) == ""
    assert declared._name(("redis", "config", "timeout")) == "timeout"
    assert declared._name(("TIMEOUT",)) == ""
    assert declared._name(("MAX_CONNECTIONS",)) == "maxconnections"


def told(said: list[tuple[tuple[str, ...], Value]], runs: list[tuple[tuple[str, ...], Value]], kind: str) -> list[str]:
    """Return the messages about a declared source and a running one of a kind that is read over a network."""

    def collected(name: str, settings: list[tuple[tuple[str, ...], Value]]) -> Collected:
        return Collected([Entry(path, value, Location(name)) for path, value in settings], [], [])

    snapshot = Snapshot(
        Environment("staging", "staging"), {"files": collected("file", said), "running": collected("server", runs)}
    )
    sources = [Source("files", "dotenv", {}, declares="running"), Source("running", kind, {})]
    return [found.message for found in declared.differences([snapshot], sources, Catalogue(live=True))]


def test_declared_values_are_read_as_the_server_would() -> None:
    runs = [(("settings", "work_mem"), "16MiB"), (("settings", "statement_timeout"), "30s")]
    assert told([(("WORK_MEM",), "16384"), (("STATEMENT_TIMEOUT",), "30000")], runs, "postgres") == []
    assert told([(("WORK_MEM",), "4MB")], runs, "postgres") == ["declared 4MiB, staging runs with 16MiB"]
    runs = [(("settings", "maxmemory-policy"), "noeviction"), (("settings", "timeout"), "5min")]
    said = [(("redis", "config", "maxmemory-policy"), "allkeys-lru"), (("redis", "config", "timeout"), "300")]
    assert told(said, runs, "redis") == ["declared allkeys-lru, staging runs with noeviction"]


def test_options_of_a_jvm_declare_its_flags() -> None:
    runs: list[tuple[tuple[str, ...], Value]] = [
        (("collector",), "G1"),
        (("flags", "MaxHeapSize"), "512MiB"),
        (("flags", "HeapDumpOnOutOfMemoryError"), False),
        (("flags", "ThreadStackSize"), "512KiB"),
        (("flags", "MaxMetaspaceSize"), "128MiB"),
    ]
    stacks = ("-Xss512k", "-Xss524288", "-XX:ThreadStackSize=512")
    assert [told([(("JAVA_OPTS",), f"-Xint {stack}")], runs, "jvm") for stack in stacks] == [[], [], []]
    assert told([(("JAVA_OPTS",), "-Xmx536870912 -XX:MaxMetaspaceSize=134217728")], runs, "jvm") == []
    assert told([(("JAVA_OPTS",), "-Xmx511m -XX:+UseG1GC -XX:-HeapDumpOnOutOfMemoryError")], runs, "jvm") == []
    said = told([(("JAVA_OPTS",), "-Xmx1g -XX:+UseZGC -XX:+HeapDumpOnOutOfMemoryError")], runs, "jvm")
    assert sorted(said) == [
        "declared 1GiB, staging runs with 512MiB",
        "declared ZGC, staging runs with G1",
        "declared true, staging runs with false",
    ]


def test_of_several_places_one_that_is_right_is_enough() -> None:
    runs: list[tuple[tuple[str, ...], Value]] = [(("settings", "max_connections"), 100)]
    said: list[tuple[tuple[str, ...], Value]] = [
        (("pgbouncer", "max_connections"), "900"),
        (("postgresql", "max_connections"), "100"),
    ]
    assert told(said, runs, "postgres") == []


def test_another_password_than_declared_is_told_without_either() -> None:
    at = ("settings", "requirepass")
    assert told([(at, hide("sekret-canary-1"))], [(at, hide("sekret-canary-1"))], "redis") == []
    assert told([(at, hide("sekret-canary-1"))], [(at, hide("sekret-canary-2"))], "redis") == [
        "staging runs with another value than declared"
    ]
