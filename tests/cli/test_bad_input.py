"""Bad input of every kind, to the command line: each says which file, which line, what to do, and how the run ends.

A bad source makes the run incomplete (3); a bad driftcheck.yaml ends it (2). Neither ever shows a traceback, or what a
file holds.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Driftcheck = Callable[..., Any]

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)


def no_file(path: Path) -> None:
    path.unlink(missing_ok=True)


def folder(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()


def circle(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(path.name)


def pipe(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024)  # sparse: takes no room on the disk


def holding(content: str | bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    return write


ANYWHERE = [
    pytest.param(no_file, "", "no such file", id="missing"),
    pytest.param(folder, "", "is a directory, not a file", id="folder"),
    pytest.param(circle, "", "is a symbolic link that leads back to itself", id="circle"),
    pytest.param(pipe, "", "is not a regular file", id="pipe"),
    pytest.param(huge, "", "is 100 MiB, more than the 64 MiB that are read", id="100-MB"),
    pytest.param(holding(b"\x7fELF\0\0canary"), "", "is a binary file", id="binary"),
    pytest.param(holding(b"a: 1\nb: \xff\n"), ":2", "is not UTF-8", id="latin-1"),
]
"""How to spoil a file of any format, the line that is named, and the reason."""

YAML = [
    pytest.param(holding("a: 1\nb: [canary}\n"), ":2", "", id="broken"),
    pytest.param(holding("a: 1\n\tb: canary\n"), ":2", "", id="tab"),
    pytest.param(holding(BOMB), "", "through its aliases", id="alias-bomb"),
    pytest.param(holding("a: " + "[" * 100_000), ":1", "levels deep", id="deep"),
    pytest.param(holding("a: *b\n"), ":1", "refers to an anchor", id="no-anchor"),
]


def read_failure(out: str) -> dict[str, str]:
    """Return the one failure of a JSON report."""
    report = json.loads(out)
    assert (report["verdict"], report["exit_code"]) == ("incomplete", 3)
    (failure,) = report["failures"]
    return failure  # type: ignore[no-any-return]


# Sources


@pytest.mark.parametrize(("spoil", "line", "reason"), ANYWHERE)
def test_a_bad_env_file_is_incomplete(
    driftcheck: Driftcheck, project: Path, spoil: Callable[[Path], None], line: str, reason: str
) -> None:
    spoil(project / "production/orders.env")
    code, out, err = driftcheck("check", "-q", "-o", "json")
    failure = read_failure(out)
    assert (code, err) == (3, "")
    assert (failure["source"], failure["environment"]) == ("orders-env", "production")
    assert failure["reason"] == f"production/orders.env{line}: {reason}"
    assert failure["hint"]
    assert "canary" not in out
    assert failure["hint"] in driftcheck("check").out


@pytest.mark.parametrize(("spoil", "line", "reason"), YAML)
def test_bad_yaml_is_incomplete(
    driftcheck: Driftcheck, project: Path, spoil: Callable[[Path], None], line: str, reason: str
) -> None:
    for environment in ("staging", "production"):
        (project / environment / "values.yaml").write_text("replicas: 3\n")
    text = (project / "driftcheck.yaml").read_text()
    (project / "driftcheck.yaml").write_text(
        text.replace("dotenv", "helm").replace("path: ", "values: ").replace("orders.env", "values.yaml")
    )
    spoil(project / "staging/values.yaml")
    code, out, _ = driftcheck("check", "-q", "-o", "json")
    failure = read_failure(out)
    assert code == 3
    assert failure["reason"].startswith(f"staging/values.yaml{line}")
    assert reason in failure["reason"]
    assert failure["hint"]
    assert "canary" not in out


TERRAFORM = """\
version: 1
environments: [staging, production]
sources:
  infra:
    collector: terraform
    path: {staging: [infra/main.tf], production: [infra/good.tf]}
    var_files: {staging: [infra/x.tfvars, infra/x.tfvars.json], production: []}
"""


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("main.tf", 'variable "a" {\n  default = "canary\n', r"\d+"),
        ("main.tf", "locals {\n  a = " + "[" * 100_000 + "\n}\n", r"\d+"),
        ("x.tfvars", "pool = 10\nsize = = canary\n", "2"),
        ("x.tfvars.json", '{"pool": 10,\n "size": canary}', "2"),
        ("x.tfvars.json", '{"pool": ' + "[" * 100_000, "1"),
    ],
)
def test_bad_hcl_and_json_are_incomplete(
    driftcheck: Driftcheck, project: Path, name: str, text: str, line: str
) -> None:
    (project / "infra").mkdir()
    for good, content in (("good.tf", ""), ("main.tf", ""), ("x.tfvars", ""), ("x.tfvars.json", "{}")):
        (project / "infra" / good).write_text(content)
    (project / "infra" / name).write_text(text)
    (project / "driftcheck.yaml").write_text(TERRAFORM)
    code, out, _ = driftcheck("check", "-q", "-o", "json")
    failure = read_failure(out)
    assert code == 3
    assert failure["environment"] == "staging"
    assert re.match(rf"infra/{name}:{line}: .", failure["reason"])
    assert failure["hint"]
    assert "canary" not in out


@pytest.fixture
def readable_by_others() -> Iterator[Path]:
    """Return a folder that a user without rights can enter: the usual ones are closed to all but their owner."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.mark.parametrize(("closed", "expected"), [("a.env", 3), ("driftcheck.yaml", 2)])
def test_a_file_that_this_user_may_not_read(
    process: Driftcheck, readable_by_others: Path, closed: str, expected: int
) -> None:
    """Root may read everything, so the command line gives up its rights once it is loaded."""
    (readable_by_others / "a.env").write_text("A=1\n")
    (readable_by_others / "driftcheck.yaml").write_text(
        "version: 1\nenvironments: [staging, production]\nsources:\n  app:\n    collector: dotenv\n    path: a.env\n"
    )
    (readable_by_others / closed).chmod(0)
    code = (
        "import contextlib, io, os, sys\n"
        "from driftcheck.cli import run\n"
        f"os.chdir({str(readable_by_others)!r})\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        "    run(['check'])\n"  # loads what is loaded on demand
        "if os.getuid() == 0:\n"
        "    os.setuid(65534)\n"
        "sys.exit(run(['check']))\n"
    )
    done = process(command=[sys.executable, "-c", code])
    assert done.code == expected
    said = " ".join((done.out + done.err).split())
    assert f"{closed}: permission denied" in said
    assert "let this user read it" in said


# driftcheck.yaml


@pytest.mark.parametrize(("spoil", "line", "reason"), ANYWHERE + YAML)
def test_a_bad_configuration_ends_with_2(
    driftcheck: Driftcheck, project: Path, spoil: Callable[[Path], None], line: str, reason: str
) -> None:
    spoil(project / "driftcheck.yaml")
    code, out, err = driftcheck("check", "-c", "driftcheck.yaml")
    assert (code, out) == (2, "")
    first, second = err.splitlines()
    assert first.startswith(f"driftcheck: error: driftcheck.yaml{line}")
    assert reason in first
    assert second.startswith("  ")
    assert "optional: true" not in second
    assert "canary" not in err


@pytest.mark.parametrize(
    ("old", "new", "reason", "hint"),
    [
        ("collector: dotenv", "colector: dotenv", ":4: source `orders-env` has no `collector`", "add one of command, "),
        ("path:", "paht:", ":6: unknown key `paht` of source `orders-env` (dotenv)", "did you mean `path`?"),
        ("collector: dotenv", "collector: dotnev", ":5: unknown collector `dotnev`", "did you mean `dotenv`?"),
        ("[staging, production]", "[staging, staging]", ":2: environment `staging` is named twice", "name each"),
        ("{environment}/", "${NO_SUCH_FOLDER}/", ":6: the environment variable NO_SUCH_FOLDER is not set", "export "),
        ("version: 1\n", "", ":1: `version` is missing", "add `version: 1`"),
    ],
)
def test_a_mistake_in_the_configuration_is_named_with_its_line_and_a_way_out(
    driftcheck: Driftcheck, project: Path, old: str, new: str, reason: str, hint: str
) -> None:
    text = (project / "driftcheck.yaml").read_text()
    assert old in text
    (project / "driftcheck.yaml").write_text(text.replace(old, new))
    code, out, err = driftcheck("check")
    assert (code, out) == (2, "")
    first, second = err.splitlines()
    assert first == f"driftcheck: error: driftcheck.yaml{reason}"
    assert second.startswith(f"  {hint}")


# compare


@pytest.mark.parametrize(("spoil", "line", "reason"), ANYWHERE[2:])
def test_a_bad_file_in_a_folder_is_incomplete_for_compare(
    driftcheck: Driftcheck, project: Path, spoil: Callable[[Path], None], line: str, reason: str
) -> None:
    spoil(project / "production/orders.env")
    code, out, _ = driftcheck("compare", "staging", "production", "-q", "-o", "json")
    assert code == 3
    assert read_failure(out)["reason"] == f"production/orders.env{line}: {reason}"
