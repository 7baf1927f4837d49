"""A small project with drift in it, and the command line: run in this process, or as one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from driftcheck import cli

CONFIG = """\
version: 1
environments: [staging, production]
sources:
  orders-env:
    collector: dotenv
    path: "{environment}/orders.env"
"""

COMMAND = [sys.executable, "-m", "driftcheck"]


class Run(NamedTuple):
    """How a command line ended, and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with driftcheck.yaml and a pool of 10 in staging, 500 in production; it is the current one."""
    for environment, pool in (("staging", 10), ("production", 500)):
        (tmp_path / environment).mkdir()
        (tmp_path / environment / "orders.env").write_text(f"REQUEST_TIMEOUT_MS=3000\nDB_POOL_SIZE={pool}\n")
    (tmp_path / "driftcheck.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def driftcheck(capfd: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    """Return a function that runs a command line in this process."""

    def run(*arguments: str) -> Run:
        capfd.readouterr()
        code = cli.run(list(arguments))
        return Run(code, *capfd.readouterr())

    return run


@pytest.fixture
def process(project: Path) -> Callable[..., Run]:
    """Return a function that runs a command line in a process of its own, in the project."""

    def run(*arguments: str, command: Sequence[str] = COMMAND, **environment: str) -> Run:
        done = subprocess.run(
            [*command, *arguments],
            cwd=project,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Run(done.returncode, done.stdout, done.stderr)

    return run
