"""The stories that driftcheck is for: each folder here is one incident, as its two environments were configured.

`expected.yaml` beside a story's files says what the command line must report of it. Nothing else may be above low: the
harmless differences around a story are as much of a test as the story itself.
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

STORIES = sorted(path.parent for path in Path(__file__).parent.glob("*/expected.yaml"))
QUIET = ("info", "low")


@cache
def check(story: Path) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", "driftcheck", "check", "-c", str(story / "driftcheck.yaml"), "-o", "json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_an_incident_is_told_and_nothing_else_is(story: Path) -> None:
    expected = yaml.safe_load((story / "expected.yaml").read_text())
    code, report = check(story)
    told = [
        {name: finding[name] for name in ("rule", "severity", "source", "key", "message")}
        for finding in report["findings"]
        if finding["severity"] not in QUIET
    ]
    assert told == expected["findings"]
    assert report["failures"] == []
    assert code == expected["exit_code"]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_an_incident_is_surrounded_by_harmless_differences(story: Path) -> None:
    """A story without them would pass with a tool that cries at everything."""
    expected = yaml.safe_load((story / "expected.yaml").read_text())
    _, report = check(story)
    harmless = [finding for finding in report["findings"] if finding["severity"] in QUIET]
    settings = report["summary"]["settings"]
    assert len(harmless) >= 2
    assert settings > len(report["findings"])
    assert all(finding["why"] and finding["fix"] for finding in report["findings"])
    assert expected["incident"]


def test_every_folder_here_is_a_story() -> None:
    folders = {path.parent for path in Path(__file__).parent.glob("*/driftcheck.yaml")}
    assert folders == set(STORIES)
