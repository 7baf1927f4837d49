"""Code Quality: the fields that GitLab requires, and what it compares."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from driftcheck.model import Failure, Report
from driftcheck.reporters import gitlab

from .sample import report_of

HERE = Path(__file__).parent
SEVERITIES = {"info", "minor", "major", "critical", "blocker"}


def render(report: Report) -> str:
    return gitlab.render(report, show_all=False, width=80, color=False)


def read(report: Report) -> Any:
    return json.loads(render(report))


@pytest.mark.parametrize("sample", ["two_environments", "of_a_change"])
def test_the_report_reads_as_ever(
    sample: str, request: pytest.FixtureRequest, golden: Callable[[Path, str], None]
) -> None:
    golden(HERE / f"{sample}.gitlab.json", render(request.getfixturevalue(sample)))


@pytest.mark.parametrize("sample", ["two_environments", "three_environments", "of_a_change"])
def test_every_issue_has_what_gitlab_requires(sample: str, request: pytest.FixtureRequest) -> None:
    issues = read(request.getfixturevalue(sample))
    assert issues
    for issue in issues:
        assert list(issue) == ["description", "check_name", "fingerprint", "severity", "location"]
        assert issue["description"]
        assert issue["severity"] in SEVERITIES
        assert not issue["location"]["path"].startswith(("/", "./"))
        assert issue["location"]["lines"]["begin"] >= 1
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


def test_what_was_there_before_is_listed_lest_it_looks_mended(of_a_change: Report) -> None:
    descriptions = " ".join(issue["description"] for issue in read(of_a_change))
    assert "DB_POOL_SIZE" in descriptions
    assert "SLOW_TIMEOUT" not in descriptions  # expected: accepted for good reason


def test_what_was_not_read_is_an_issue() -> None:
    (issue,) = read(report_of(failures=(Failure("orders-db", "production", "timed out"),)))
    assert (issue["check_name"], issue["severity"]) == ("incomplete", "critical")
    assert issue["description"] == "orders-db in production was not read: timed out"


def test_a_clean_run_is_an_empty_list() -> None:
    assert read(report_of()) == []
