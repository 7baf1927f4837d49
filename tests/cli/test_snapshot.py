"""`driftcheck snapshot`, and the commands that take what it wrote for an environment."""

from __future__ import annotations

import gzip
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from driftcheck import redact, snapshots, storage
from driftcheck.collectors import COLLECTORS

Driftcheck = Callable[..., Any]

KEY = "fedcba9876543210fedcba9876543210"


@pytest.fixture(autouse=True)
def _no_key_but_the_test_s_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv(redact.KEY_VARIABLE, raising=False)
    yield
    monkeypatch.delenv(redact.KEY_VARIABLE, raising=False)
    redact.use_shared_key()


@pytest.fixture
def taken(project: Path, driftcheck: Driftcheck) -> Path:
    """Return the project with a snapshot of production, and without what it was taken of."""
    assert driftcheck("snapshot", "production", "-o", "prod.snap").code == 0
    shutil.rmtree(project / "production")
    return project


def read(file: str) -> str:
    return gzip.decompress(Path(file).read_bytes()).decode()


# Written


def test_an_environment_is_written_and_said_to_be(project: Path, driftcheck: Driftcheck) -> None:
    assert driftcheck("snapshot", "production", "-o", "prod.snap") == (
        0,
        "",
        "prod.snap: production, 1 source, 2 settings\n",
    )
    assert oct((project / "prod.snap").stat().st_mode & 0o777) == "0o600"
    assert '{"entry":["DB_POOL_SIZE"],"value":"500","at":["production/orders.env",2]}\n' in read("prod.snap")
    assert str(project) not in read("prod.snap")


def test_quiet_is_silent_and_verbose_says_what_is_read(project: Path, driftcheck: Driftcheck) -> None:
    assert driftcheck("-q", "snapshot", "production", "-o", "prod.snap") == (0, "", "")
    assert (
        "driftcheck: reading orders-env in production\n"
        in driftcheck("snapshot", "production", "-o", "a.snap", "-v").err
    )


def test_a_source_that_was_not_read_is_in_the_file_as_that(project: Path, driftcheck: Driftcheck) -> None:
    (project / "production/orders.env").unlink()
    code, out, err = driftcheck("snapshot", "production", "-o", "prod.snap")
    assert (code, out) == (3, "")
    assert "orders-env in production was not read: no such file" in err
    code, out, _ = driftcheck("check", "--snapshot", "production=prod.snap", "-o", "json", "-q")
    (failure,) = json.loads(out)["failures"]
    assert (code, failure["source"], failure["environment"]) == (3, "orders-env", "production")
    assert failure["reason"] == "production/orders.env: no such file"


def test_it_may_go_to_stdout(project: Path, process: Driftcheck) -> None:
    with (project / "prod.snap").open("wb") as file:
        command = [sys.executable, "-m", "driftcheck", "snapshot", "production", "-o", "-"]
        subprocess.run(command, cwd=project, stdout=file, check=True, timeout=60)
    assert snapshots.read(str(project / "prod.snap")).environment.name == "production"


def test_it_may_go_wherever_fsspec_leads(project: Path, driftcheck: Driftcheck) -> None:
    url = "memory://cli/prod.snap"
    assert driftcheck("snapshot", "production", "-o", url).code == 0
    shutil.rmtree(project / "production")
    assert driftcheck("check", "--snapshot", f"production={url}").code == 1
    assert driftcheck("compare", "staging/orders.env", url).code == 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nowhere", "-o", "a.snap"], "unknown environment `nowhere`"),
        (["production"], "nothing says where to write it"),
        (["production", "-o", "no/such/folder/a.snap"], "cannot be written: No such file or directory"),
        (["production", "-o", "."], "cannot be written: "),
        (["production", "-o", "/dev/full"], "cannot be written: No space left on device"),
        (["production", "-o", "nosuch://a.snap"], "nosuch://a.snap: cannot be reached: "),
        (["production", "-o", "a.snap", "--only", "orders"], "unknown source `orders`"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    arguments: list[str], complaint: str, project: Path, driftcheck: Driftcheck
) -> None:
    before = sorted(project.rglob("*"))
    code, out, err = driftcheck("snapshot", *arguments)
    assert (code, out) == (2, "")
    assert complaint in err
    assert len(err.splitlines()) == 2
    assert sorted(project.rglob("*")) == before


def test_a_file_that_may_not_grow_is_not_there_by_half(project: Path) -> None:
    """A disk that fills up while it is written: the limit of a process stands for it."""
    (project / "production/orders.env").write_text("".join(f"KEY_{n}={hash(str(n))}\n" for n in range(2000)))
    done = subprocess.run(
        [sys.executable, "-B", "-m", "driftcheck", "snapshot", "production", "-o", "prod.snap"],
        cwd=project,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "prod.snap: cannot be written: File too large" in done.stderr
    assert sorted(path.name for path in project.iterdir()) == ["driftcheck.yaml", "production", "staging"]


INTERRUPTED = """
import sys, time
from driftcheck import snapshots
write = snapshots.write
def slowly(taken):
    yield from list(write(taken))[:1]
    print("writing", file=sys.stderr, flush=True)
    time.sleep(30)
snapshots.write = slowly
from driftcheck.__main__ import main
sys.exit(main())
"""


def test_an_interrupted_run_leaves_no_file(project: Path) -> None:
    arguments = ["snapshot", "production", "-o", "prod.snap"]
    with subprocess.Popen([sys.executable, "-c", INTERRUPTED, *arguments], cwd=project, stderr=subprocess.PIPE) as done:
        assert done.stderr is not None
        assert done.stderr.readline() == b"writing\n"
        done.send_signal(signal.SIGINT)
        done.communicate(timeout=30)
    assert done.returncode == 130
    assert sorted(path.name for path in project.iterdir()) == ["driftcheck.yaml", "production", "staging"]


# Taken for an environment


def test_a_check_says_the_same_without_the_environment(project: Path, driftcheck: Driftcheck) -> None:
    direct = driftcheck("check", "-o", "json", "-q")
    driftcheck("snapshot", "production", "-o", "prod.snap")
    shutil.rmtree(project / "production")
    code, out, err = driftcheck("check", "-o", "json", "--snapshot", "production=prod.snap")
    assert (code, out) == (1, direct.out)
    assert "production is from a snapshot of 20" in err
    assert "(just now)" in err


@pytest.mark.parametrize("place", ["prod.snap", "[prod.snap]", "'{environment}.snap'", "'${SNAPSHOT}'"])
def test_the_configuration_may_name_it(
    place: str, taken: Path, driftcheck: Driftcheck, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SNAPSHOT", str(taken / "prod.snap"))
    shutil.copy("prod.snap", "production.snap")
    declare(taken, place)
    monkeypatch.chdir(taken / "staging")
    assert driftcheck("check", "-q").code == 1
    assert "DB_POOL_SIZE = 500  (production/orders.env:2)" in driftcheck("show", "production", "DB_").out


def declare(project: Path, place: str) -> None:
    text = (project / "driftcheck.yaml").read_text()
    declared = f"environments: {{staging: {{}}, production: {{snapshot: {place}}}}}"
    (project / "driftcheck.yaml").write_text(text.replace("environments: [staging, production]", declared))


def test_a_file_on_the_command_line_takes_the_place_of_a_declared_one(taken: Path, driftcheck: Driftcheck) -> None:
    declare(taken, "nothing.snap")
    assert "nothing.snap: cannot be read" in driftcheck("check").err
    assert driftcheck("check", "--snapshot", "production=prod.snap").code == 1


@pytest.mark.parametrize(
    ("place", "complaint"),
    [("''", "is empty"), ("[]", "is empty"), ("{a: b}", "must be text"), ("7", "must be text")],
)
def test_a_declared_place_is_a_text_or_a_list_of_them(
    place: str, complaint: str, project: Path, driftcheck: Driftcheck
) -> None:
    declare(project, place)
    code, _, err = driftcheck("check")
    assert code == 2
    assert err.startswith("driftcheck: error: driftcheck.yaml:2: `snapshot` of environment `production`")
    assert complaint in err


def test_showing_and_accepting_need_no_environment_either(taken: Path, driftcheck: Driftcheck) -> None:
    snapshot = ("--snapshot", "production=prod.snap")
    assert "DB_POOL_SIZE = 500" in driftcheck("show", "production", *snapshot).out
    assert driftcheck("accept", "DB_POOL_SIZE", "--reason", "smaller", *snapshot).code == 0
    assert driftcheck("check", *snapshot).code == 0
    assert driftcheck("accept", "--baseline", "--reason", "older", *snapshot).code == 0


def test_several_files_are_one_environment(project: Path, driftcheck: Driftcheck) -> None:
    with (project / "driftcheck.yaml").open("a") as file:
        file.write('  web-env:\n    collector: dotenv\n    path: "{environment}/web.env"\n')
    for environment in ("staging", "production"):
        (project / environment / "web.env").write_text("WORKERS=4\n")
    direct = driftcheck("check", "-q", "-o", "json").out
    for source in ("orders-env", "web-env"):
        assert driftcheck("snapshot", "production", "--only", source, "-o", f"{source}.snap").code == 0
    shutil.rmtree(project / "production")
    both = [word for source in ("orders-env", "web-env") for word in ("--snapshot", f"production={source}.snap")]
    assert driftcheck("check", *both, "-q", "-o", "json").out == direct
    code, out, _ = driftcheck("check", *both[:2], "-q", "-o", "json")
    assert code == 3
    assert [failure["source"] for failure in json.loads(out)["failures"]] == ["web-env"]


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("prod.snap", "`prod.snap` names no file"),
        ("prodution=prod.snap", "unknown environment `prodution`"),
        ("staging=prod.snap", "prod.snap: holds production, not staging"),
        ("production=driftcheck.yaml", "driftcheck.yaml: is no snapshot"),
        ("production=nothing.snap", "nothing.snap: cannot be read: No such file or directory"),
    ],
)
def test_a_wrong_file_is_refused(given: str, complaint: str, taken: Path, driftcheck: Driftcheck) -> None:
    for command in (["check"], ["show", "staging"], ["accept", "--all", "--reason", "x"]):
        code, out, err = driftcheck(*command, "--snapshot", given)
        assert (code, out) == (2, "")
        assert complaint in err


def test_a_source_of_another_kind_is_an_error(taken: Path, driftcheck: Driftcheck) -> None:
    text = (taken / "driftcheck.yaml").read_text()
    (taken / "driftcheck.yaml").write_text(text.replace("dotenv", "environment").replace("path:", "prefix:"))
    code, _, err = driftcheck("check", "--snapshot", "production=prod.snap")
    assert code == 2
    assert "source `orders-env` is declared as environment, the snapshot of production has it as dotenv" in err


def test_an_old_one_is_said_to_be_in_every_report(taken: Path, driftcheck: Driftcheck) -> None:
    at = (datetime.now(UTC) - timedelta(days=8)).isoformat(timespec="seconds")
    storage.keep("prod.snap", snapshots.write(snapshots.read("prod.snap")._replace(at=at)))
    code, out, err = driftcheck("check", "--snapshot", "production=prod.snap")
    assert code == 1
    assert f"note: production is from a snapshot that is older than 7 days, of {at}" in out
    assert "(8 days ago)" in err
    (remark,) = json.loads(driftcheck("check", "-o", "json", "--snapshot", "production=prod.snap").out)["remarks"]
    assert remark["hint"] == "take a new one with `driftcheck snapshot production`"


# Compared by themselves


def test_two_snapshots_are_compared(project: Path, driftcheck: Driftcheck) -> None:
    for environment in ("staging", "production"):
        driftcheck("snapshot", environment, "-o", f"{environment}.snap")
    direct = driftcheck("check", "-q", "-o", "json").out
    shutil.rmtree(project / "production")
    shutil.rmtree(project / "staging")
    (project / "driftcheck.yaml").unlink()
    assert driftcheck("compare", "staging.snap", "production.snap", "-q", "-o", "json").out == direct
    assert driftcheck("compare", "production.snap", "staging.snap").code == 1


@pytest.mark.parametrize("there", ["staging", "staging/orders.env", "./staging/"])
def test_a_folder_or_a_file_is_compared_with_a_snapshot(there: str, taken: Path, driftcheck: Driftcheck) -> None:
    for sides in ([there, "prod.snap"], ["prod.snap", there]):
        code, out, _ = driftcheck("compare", *sides, "-q", "-o", "json")
        report = json.loads(out)
        assert (code, report["failures"], report["reference"]) == (1, [], "production")
        (finding,) = report["findings"]
        assert (finding["source"], finding["key"]) == ("orders-env", "DB_POOL_SIZE")


def test_snapshots_may_come_through_pipes(project: Path, process: Driftcheck) -> None:
    """As in `driftcheck compare <(ssh ... driftcheck snapshot ... -o -) <(...)`."""
    both = " ".join(f"<({sys.executable} -m driftcheck snapshot {name} -o -)" for name in ("staging", "production"))
    done = process(command=["bash", "-c", f"{sys.executable} -m driftcheck compare -q {both}"])
    assert done.code == 1
    assert "pool of 10 connections in staging, 500 in production" in done.out


def test_what_only_a_snapshot_has_is_incomplete(taken: Path, driftcheck: Driftcheck) -> None:
    (taken / "staging/orders.env").unlink()
    (taken / "staging/uv.lock").write_text("version = 1\n")
    code, out, _ = driftcheck("compare", "staging", "prod.snap", "-q", "-o", "json")
    assert code == 3
    reasons = [failure["reason"] for failure in json.loads(out)["failures"]]
    assert reasons == ["is in production only", "staging/uv.lock: is in staging only"]


def test_an_environment_is_compared_with_what_it_was(project: Path, driftcheck: Driftcheck) -> None:
    driftcheck("snapshot", "production", "-o", "prod-monday.snap")
    (project / "production/orders.env").write_text("REQUEST_TIMEOUT_MS=3000\nDB_POOL_SIZE=50\n")
    driftcheck("snapshot", "production", "-o", "prod-tuesday.snap")
    code, out, _ = driftcheck("compare", "prod-monday.snap", "prod-tuesday.snap")
    assert code == 1
    assert "pool of 500 connections in prod-monday, 50 in prod-tuesday" in out


def test_a_source_that_no_collector_reads_is_refused(taken: Path, driftcheck: Driftcheck) -> None:
    later = snapshots.read("prod.snap")
    sources = {"orders": later.sources["orders-env"]._replace(collector="crystal-ball")}
    storage.keep("prod.snap", snapshots.write(later._replace(sources=sources)))
    code, _, err = driftcheck("compare", "staging", "prod.snap")
    assert code == 2
    assert "a kind that this driftcheck does not know, crystal-ball" in err


# Secrets


PASSWORDS = {"staging": "sekret-canary-1", "production": "sekret-canary-2"}


def with_secrets(project: Path, **passwords: str) -> None:
    for environment, password in passwords.items():
        text = (
            f"DB_PASSWORD={password}\nURL=redis://:{password}@cache.example.org/1\nARGS=--token {password} -v\nPIN=7\n"
        )
        (project / environment / "orders.env").write_text(text)


def test_no_secret_is_in_a_file_nor_in_what_is_said(
    project: Path, driftcheck: Driftcheck, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_secrets(project, **PASSWORDS)
    for key in ("", KEY):
        monkeypatch.setenv(redact.KEY_VARIABLE, key)
        said = [driftcheck("snapshot", name, "-o", f"{name}.snap", "-v") for name in PASSWORDS]
        given = [word for name in PASSWORDS for word in ("--snapshot", f"{name}={name}.snap")]
        said += [driftcheck("check", *given, "--all", "-v"), driftcheck("check", *given, "-o", "json")]
        said += [driftcheck("show", "production", *given), driftcheck("compare", "staging.snap", "production.snap")]
        everything = f"{said} {read('staging.snap')} {read('production.snap')}"
        assert "canary" not in everything
        assert KEY not in everything
        assert "[secret]" in everything


@pytest.mark.parametrize("production", ["sekret-canary-1", "sekret-canary-2"])
def test_with_a_key_the_same_secrets_are_known_as_such(
    production: str, project: Path, driftcheck: Driftcheck, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_secrets(project, staging="sekret-canary-1", production=production)
    direct = driftcheck("check", "-q", "-o", "json").out
    monkeypatch.setenv(redact.KEY_VARIABLE, KEY)
    driftcheck("snapshot", "production", "-o", "prod.snap")
    driftcheck("snapshot", "staging", "-o", "stg.snap")
    one = ("--snapshot", "production=prod.snap")
    assert driftcheck("check", *one, "-q", "-o", "json").out == direct
    assert ("secret.shared" in direct) == (production == "sekret-canary-1")
    monkeypatch.delenv(redact.KEY_VARIABLE)
    both = driftcheck("check", *one, "--snapshot", "staging=stg.snap", "-q", "-o", "json")
    assert both.out == direct  # who has no key can still tell two digests apart that have one


@pytest.mark.parametrize("keys", [("", ""), (KEY, ""), ("", KEY), (KEY, KEY[::-1])])
def test_without_one_key_secrets_are_not_compared_and_that_is_said_once(
    keys: tuple[str, str], project: Path, driftcheck: Driftcheck, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_secrets(project, staging="sekret-canary-1", production="sekret-canary-1")
    for environment, key in zip(PASSWORDS, keys, strict=True):
        monkeypatch.setenv(redact.KEY_VARIABLE, key)
        said = driftcheck("snapshot", environment, "-o", f"{environment}.snap").err
        assert ("nobody can compare the secrets" in said) == (not key)
    code, out, _ = driftcheck("compare", "staging.snap", "production.snap")
    assert code == 0
    assert out.count("note: 3 secrets were not compared") == 1
    assert "set one DRIFTCHECK_FINGERPRINT_KEY" in out
    code, out, _ = driftcheck("compare", "staging.snap", "production.snap", "-q", "-o", "json")
    report = json.loads(out)
    assert (report["verdict"], report["findings"], report["failures"]) == ("clean", [], [])
    assert [remark["text"].partition(" were")[0] for remark in report["remarks"]] == ["3 secrets"]
    shown = driftcheck("compare", "staging.snap", "production.snap", "--all").out
    assert "NOT COMPARED (3)" in shown
    assert "EQUAL (1)" in shown


def test_without_a_key_it_is_still_known_what_is_set_empty_missing_or_a_placeholder(
    project: Path, driftcheck: Driftcheck
) -> None:
    (project / "staging/orders.env").write_text("A_PASSWORD=sekret-canary-1\nB_PASSWORD=\nC_PASSWORD=changeme\n")
    (project / "production/orders.env").write_text(
        "A_PASSWORD=changeme\nB_PASSWORD=sekret-canary-1\nD_PASSWORD=sekret-canary-1\n"
    )
    direct = driftcheck("check", "-q", "-o", "json").out
    driftcheck("snapshot", "production", "-o", "prod.snap")
    out = driftcheck("check", "--snapshot", "production=prod.snap", "-q", "-o", "json").out
    assert out == direct
    assert {finding["key"] for finding in json.loads(out)["findings"]} == {f"{name}_PASSWORD" for name in "ABCD"}


def test_a_key_that_is_too_short_is_refused(
    project: Path, driftcheck: Driftcheck, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(redact.KEY_VARIABLE, "canary")
    for command in (["check"], ["snapshot", "production", "-o", "prod.snap"]):
        code, out, err = driftcheck(*command)
        assert (code, out) == (2, "")
        assert "DRIFTCHECK_FINGERPRINT_KEY has fewer than 16 characters" in err
        assert "canary" not in err


# Without a network


def test_offline_leaves_out_no_source_that_a_snapshot_has(
    project: Path, driftcheck: Driftcheck, monkeypatch: pytest.MonkeyPatch
) -> None:
    for environment in ("staging", "production"):
        driftcheck("snapshot", environment, "-o", f"{environment}.snap")
    monkeypatch.setattr(COLLECTORS["dotenv"], "NEEDS_NETWORK", True)
    given = [word for name in ("staging", "production") for word in ("--snapshot", f"{name}={name}.snap")]
    assert driftcheck("check", "--offline", *given).code == 1
    assert "0 sources, 0 settings" in driftcheck("check", "--offline", *given[:2]).out


def test_a_check_of_files_loads_nothing_for_snapshots(project: Path) -> None:
    code = (
        "import sys; from driftcheck.cli import run; run(['check', '-q'])\n"
        "print([m for m in ('driftcheck.snapshots', 'fsspec', 'json', 'tempfile') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{code}"],
        cwd=project,
        env={**os.environ, "COLUMNS": "80"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.splitlines()[-1] == "[]"
