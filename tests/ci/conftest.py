"""A real git repository with a change in it, for what runs in pipelines."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

CONFIG = """\
version: 1
environments: [staging, production]
sources:
  app: {collector: dotenv, path: "{environment}.env"}
"""
OLD = "DB_POOL_SIZE={}\nREQUEST_TIMEOUT={}\n"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with an old difference on main, in pools, and a new one in the tree, in timeouts."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "A")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "a@example.org")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    root = tmp_path / "shop"
    root.mkdir()
    (root / "driftcheck.yaml").write_text(CONFIG)
    (root / "staging.env").write_text(OLD.format("10", "30s"))
    (root / "production.env").write_text(OLD.format("500", "30s"))
    for words in (["init", "-q", "-b", "main"], ["add", "--all"], ["commit", "-q", "-m", "the shop"]):
        subprocess.run(["git", *words], cwd=root, check=True)
    (root / "production.env").write_text(OLD.format("500", "5s"))
    return root
