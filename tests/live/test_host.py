"""Hosts asked by one script: in the shells that are met, over ssh, and by hand."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess

import pytest

from driftcheck.collectors.host import script

CANARY = "sekret-canary-host"


@pytest.fixture
def named(tmp_path):
    """Return a function that gives the words to run something on this host as if it were one of another name."""

    def words(name: str, *prefix: str) -> list[str]:
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\n"$@" | sed "s/^host.name=.*/host.name={name}/"\n', encoding="ascii")
        program.chmod(0o755)
        return [str(program), *prefix]

    return words


def test_two_hosts_that_are_alike_are_clean(check, named):
    done = check({"collector": "host", "via": {"staging": named("stg-1"), "production": named("prd-1")}})
    assert (done.code, done.findings, done.failures) == (0, {}, {})
    assert done.report["summary"]["settings"] > 30


def test_planted_differences_are_found_and_nothing_else(check, named):
    via = {
        "staging": named("stg-1", "env", "TZ=UTC", "LC_ALL=C.UTF-8", "prlimit", "--nofile=4096:4096"),
        "production": named("prd-1", "env", "TZ=Europe/Berlin", "LC_ALL=C", "prlimit", "--nofile=1024:4096"),
    }
    done = check({"collector": "host", "via": via})
    assert done.above_low == {
        "limits.nofile": ("high", "host.nofile"),
        "locale.collate": ("high", "host.locale"),
        "locale.ctype": ("high", "host.locale"),
        "time.zone": ("high", "host.time-zone"),
    }
    assert {key for key, found in done.findings.items() if found[0] == "info"} == {"locale.charmap", "time.offset"}
    assert done.code == 1


def test_utc_has_several_names(check, named):
    via = {"staging": named("stg-1", "env", "TZ=UTC"), "production": named("prd-1", "env", "TZ=Etc/UTC")}
    assert check({"collector": "host", "via": via}).findings == {}


def test_a_host_is_not_compared_with_itself(check, sshd):
    server = sshd()
    done = check({"collector": "host", "via": {"staging": server.argv, "production": ["env"]}})
    assert done.code == 3
    assert "one and the same server" in done.failures["staging"]


def test_a_slim_image_tells_less_and_lacks_nothing(check, named, need, tmp_path):
    """Busybox and nothing else: what its tools cannot tell is not visible, and never called missing."""
    need("busybox", "install busybox")
    tools = tmp_path / "tools"
    tools.mkdir()
    subprocess.run([shutil.which("busybox"), "--install", "-s", tools], check=True)
    via = {"staging": named("stg-1", "env", "-i", f"PATH={tools}", "LC_ALL=C.UTF-8"), "production": named("prd-1")}
    done = check({"collector": "host", "via": via}, {"LC_ALL": "C.UTF-8"})
    assert done.above_low == {}
    assert not {"page_size", "libc_version", "locale.charmap", "cpu.online"} & done.findings.keys()
    assert "stg-1 does not tell its page_size" in done.printed
    assert not done.failures


@pytest.mark.parametrize("shell", [["dash"], ["bash", "--posix"], ["busybox", "sh"]], ids=lambda shell: shell[0])
def test_every_shell_gives_the_same_answer(need, shell):
    need(shell[0], f"install {shell[0]}")
    answers = [
        subprocess.run([*words, "-s"], input=script({}), capture_output=True, text=True, check=True)
        for words in (["sh"], shell)
    ]
    assert answers[1].stdout == answers[0].stdout
    assert answers[1].stderr == ""


def test_an_answer_that_somebody_got_by_hand_is_read(check, named, tmp_path):
    answer = subprocess.run(named("stg-1", "sh", "-s"), input=script({}), capture_output=True, text=True, check=True)
    (tmp_path / "whole.txt").write_text(f"Welcome to stg-1!\nlibc=none\n{answer.stdout}")
    (tmp_path / "half.txt").write_text(answer.stdout[:500])
    (tmp_path / "other.txt").write_text("PATH=/bin\n")
    source = {"collector": "host", "via": {"production": named("prd-1")}}
    done = check(source | {"answer": {"staging": "whole.txt"}})
    assert (done.code, done.findings) == (0, {})
    for file, reason in (("half", "the answer is cut off"), ("other", "this is no answer of the probe")):
        done = check(source | {"answer": {"staging": f"{file}.txt"}})
        assert (done.code, done.findings) == (3, {})
        assert done.failures["staging"] == f"{file}.txt: {reason}"


@pytest.mark.parametrize(
    ("via", "reason"),
    [
        (["env", "PATH=/nowhere"], "there is no `sh` to run the probe"),
        (["sh", "-c", f"echo password={CANARY} >&2; exit 255"], "`sh` ended with 255"),
        (["no-such-program"], "`no-such-program` cannot be run"),
        (["sh", "-c", "sleep 30"], "no answer within 2 s"),
        (["true"], "this is no answer of the probe"),
    ],
)
def test_a_host_that_cannot_be_asked_is_told(check, named, via, reason):
    done = check({"collector": "host", "via": {"staging": named("stg-1"), "production": via}, "timeout": "2s"})
    assert (done.code, done.findings) == (3, {})
    assert reason in done.failures["production"]
    assert CANARY not in done.printed


def test_an_answer_has_nothing_of_the_environment_in_it(check, named):
    secrets = {"JAVA_TOOL_OPTIONS": f"-Dpassword={CANARY}", "API_TOKEN": CANARY, "NODE_OPTIONS": "--no-warnings"}
    answer = subprocess.run(
        ["sh", "-s"], input=script({}), capture_output=True, text=True, check=True, env={**os.environ, **secrets}
    )
    assert CANARY not in answer.stdout + answer.stderr
    done = check({"collector": "host", "via": {"staging": named("stg-1"), "production": named("prd-1")}}, secrets)
    assert done.code == 0
    assert CANARY not in done.printed


def test_a_probe_writes_nothing(tmp_path):
    with contextlib.chdir(tmp_path):
        subprocess.run(["sh", "-s"], input=script({}), text=True, capture_output=True, check=True)
    assert list(tmp_path.iterdir()) == []
