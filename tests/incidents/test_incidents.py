"""The stories that driftcheck is for: each folder here is one incident, as its two environments were configured.

`expected.yaml` beside a story's files says what the command line must report of it. Nothing else may be above low: the
harmless differences around a story are as much of a test as the story itself.

The `as-...` folders of a story tell it again, as another team would have written it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from driftcheck import cli

HERE = Path(__file__).parent
STORIES = sorted(path.parent for path in HERE.glob("*/expected.yaml"))
SPELLINGS = sorted(path.parent for path in HERE.glob("*/as-*/expected.yaml"))
QUIET = ("info", "low")


def name(case: Path) -> str:
    return case.relative_to(HERE).as_posix()


def assert_told(case: Path, code: int, output: str) -> None:
    """Assert that a report tells what was expected of a case, and is quiet about harmless differences around it.

    Without those a case would pass with a tool that cries at everything.
    """
    expected = yaml.safe_load((case / "expected.yaml").read_text())
    report: dict[str, Any] = json.loads(output)
    loud = [finding for finding in report["findings"] if finding["severity"] not in QUIET]
    fields = ("rule", "severity", "source", "key", "message")
    assert [{field: finding[field] for field in fields} for finding in loud] == expected["findings"]
    assert report["failures"] == []
    assert code == expected["exit_code"]
    assert len(report["findings"]) - len(loud) >= 2
    assert report["summary"]["settings"] > len(report["findings"])
    assert all(finding["why"] and finding["fix"] for finding in report["findings"])


@pytest.mark.parametrize("story", STORIES, ids=name)
def test_an_incident_is_told_and_nothing_else_is(story: Path) -> None:
    command = [sys.executable, "-m", "driftcheck", "check", "-c", str(story / "driftcheck.yaml"), "-o", "json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout, done.stderr
    assert_told(story, done.returncode, done.stdout)


@pytest.mark.parametrize("spelling", SPELLINGS, ids=name)
def test_an_incident_is_told_however_it_is_spelled(spelling: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = cli.run(["check", "-c", str(spelling / "driftcheck.yaml"), "-o", "json"])
    assert_told(spelling, code, capsys.readouterr().out)


@pytest.mark.parametrize("story", STORIES, ids=name)
def test_an_incident_says_what_happened_and_has_three_spellings(story: Path) -> None:
    assert yaml.safe_load((story / "expected.yaml").read_text())["incident"]
    assert len([spelling for spelling in SPELLINGS if spelling.parent == story]) >= 2


def test_every_configuration_here_is_of_a_case() -> None:
    assert {path.parent for path in HERE.rglob("driftcheck.yaml")} == {*STORIES, *SPELLINGS}
