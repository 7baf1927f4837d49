"""What commands print, run here and through a real SSH server."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time

import pytest

CANARY = "sekret-canary-command"

POOLS = {
    "json": ('{"db": {"pool_size": 10}}', '{"db": {"pool_size": 500}}'),
    "yaml": ("db:\n  pool_size: 10\n", "db: {pool_size: 500}\n"),
    "dotenv": ("A=1\nDB_POOL_SIZE=10\n", "A=1\nDB_POOL_SIZE='500'\n"),
    "properties": ("db.pool_size=10\n", "# raised in May\ndb.pool_size: 500\n"),
}


def printing(*texts: str) -> dict[str, list[str]]:
    return {name: ["printf", "%s", text] for name, text in zip(("staging", "production"), texts, strict=True)}


@pytest.mark.parametrize("output", POOLS)
def test_what_is_printed_is_read_in_its_format(check, output):
    done = check({"collector": "command", "run": printing(*POOLS[output]), "output": output})
    assert list(done.findings.values()) == [("high", "pool.size")]


def test_patterns_read_text(check):
    texts = "threads=8\nname: a\nname: b\n", "threads=80\nname: a\nname: b\n"
    extract = {"num.io.threads": r"^threads=(\d+)$", "names": "^name: (.*)$"}
    done = check({"collector": "command", "run": printing(*texts), "extract": extract})
    assert list(done.findings) == ['"num.io.threads"']
    place = done.report["findings"][0]["environments"]["staging"]["location"]
    assert place == {"path": "printf"}


def test_a_pattern_that_finds_nothing_is_neither_equal_nor_missing(check):
    done = check({"collector": "command", "run": printing("port=1", "none"), "extract": {"port": r"port=(\d+)"}})
    assert (done.code, done.findings) == (3, {})
    assert done.failures == {"production": "`printf` printed nothing that `port` matches"}


def test_a_list_is_compared_under_a_name(check):
    done = check({"collector": "command", "run": printing("[1, 2]", "[1, 2, 3]"), "output": "json"})
    assert list(done.findings) == ["answer"]


def test_a_command_runs_beside_the_server(check, sshd):
    server = sshd()
    run = {name: ["printf", "'port=%s\\n'", port] for name, port in (("staging", "8080"), ("production", "9090"))}
    done = check({"collector": "command", "run": run, "via": server.argv, "output": "dotenv"})
    assert list(done.findings) == ["port"]
    assert done.code == 0


@pytest.mark.parametrize(
    ("run", "reason"),
    [
        (["sh", "-c", f"echo password={CANARY} >&2; exit 3"], "`sh` ended with 3"),
        (["sh", "-c", f"echo Bearer {CANARY}1234 >&2; exit 1"], "`sh` ended with 1"),
        (["no-such-program", f"--password={CANARY}"], "`no-such-program` cannot be run"),
        (["sleep", "30"], "no answer within 1 s"),
        (["printf", "%s", f"<{CANARY}>"], "is not JSON"),
        (["true"], "is empty"),
    ],
)
def test_a_command_that_fails_is_told_without_what_is_secret(check, run, reason):
    runs = {"staging": ["echo", '{"a": 1}'], "production": run}
    began = time.monotonic()
    done = check({"collector": "command", "run": runs, "output": "json", "timeout": "1s"})
    assert (done.code, done.findings) == (3, {})
    assert reason in done.failures["production"]
    assert CANARY not in done.printed
    assert time.monotonic() - began < 10


def test_secrets_that_are_printed_leak_nowhere(check):
    texts = [f'{{"db": {{"password": "{CANARY}{n}", "url": "pg://u:{CANARY}{n}@db/o"}}}}' for n in range(2)]
    done = check({"collector": "command", "run": printing(*texts), "output": "json"})
    assert done.code == 0
    assert CANARY not in done.printed


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({}, "does not say what its command prints"),
        ({"output": "jsn"}, "did you mean `json`?"),
        ({"output": "json", "extract": {"a": "(a)"}}, "`extract` goes with `output: text`"),
        ({"output": "text"}, "`extract` goes with `output: text`"),
        ({"extract": {"a": "a("}}, "is no regular expression"),
        ({"extract": {"a": "a"}}, "has 0 groups"),
        ({"output": "json", "run": []}, "`run` is empty"),
    ],
)
def test_options_that_make_no_sense_are_told(check, options, complaint):
    done = check({"collector": "command", "run": ["true"]} | options)
    assert done.code == 2
    assert complaint in done.printed


def test_nothing_keeps_running_when_its_time_is_over(check, tmp_path):
    script = tmp_path / "forks.py"
    script.write_text(
        textwrap.dedent("""
        import subprocess, sys, time
        subprocess.Popen(["sleep", "31.4159"])
        time.sleep(31)
    """)
    )
    done = check({"collector": "command", "run": [sys.executable, str(script)], "output": "json", "timeout": "1s"})
    assert done.code == 3
    assert "31.4159" not in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
