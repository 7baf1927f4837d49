"""The JSON report is a contract: its shape is held here by hand, and by a golden."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import driftcheck
from driftcheck.model import Expression, Report, Secret, Severity, Value
from driftcheck.reporters import fields
from driftcheck.reporters import json as reporter

from .sample import finding, held, of_two, report_of


def render(report: Report) -> str:
    return reporter.render(report, show_all=False, width=80, color=False)


def read(report: Report) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(render(report), parse_constant=refuse)


def value_in_json(value: Value) -> object:
    sides = of_two(held(value, "a"), held("x", "b"))
    report = read(report_of(finding(Severity.LOW, "unclassified", "s", ("k",), "differs", sides)))
    return report["findings"][0]["environments"]["staging"]["value"]


def test_the_report_reads_as_ever(
    two_environments: Report, golden: Callable[[Path, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fields, "__version__", "0.0.0")
    golden(Path(__file__).parent / "report.json", render(two_environments))


def test_the_report_has_exactly_the_fields_of_version_1(two_environments: Report) -> None:
    report = read(two_environments)
    assert list(report) == [
        "version",
        "tool",
        "verdict",
        "exit_code",
        "fail_on",
        "reference",
        "environments",
        "summary",
        "findings",
        "failures",
    ]
    assert report["version"] == 1
    assert report["tool"] == {"name": "driftcheck", "version": driftcheck.__version__}
    assert report["summary"] == {
        "sources": 5,
        "settings": 312,
        "findings": {"critical": 2, "high": 2, "medium": 3, "low": 6, "info": 1},
        "expected": 1,
        "baseline": 1,
        "incomplete": 2,
    }
    for found in report["findings"]:
        assert list(found) == [
            "rule",
            "severity",
            "confidence",
            "kind",
            "target",
            "source",
            "key",
            "path",
            "message",
            "why",
            "fix",
            "environments",
            "fingerprint",
            "suppression",
        ]
        assert list(found["environments"]) == ["staging", "production"][found["kind"] == "same" :]
    for failure in report["failures"]:
        assert list(failure) == ["source", "environment", "reason", "hint"]


def test_findings_that_do_not_count_are_there_and_say_why(two_environments: Report) -> None:
    excuses = [f["suppression"] for f in read(two_environments)["findings"] if f["suppression"]]
    assert excuses == [
        {
            "kind": "expected",
            "reason": "staging runs on a slow line",
            "owner": "platform-team",
            "expires": "2999-03-31",
        },
        {"kind": "baseline", "reason": "recorded in driftcheck-baseline.json", "owner": "", "expires": ""},
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("10", "10"),
        (10, 10),
        (True, True),
        (None, None),
        (0.5, 0.5),
        (("a", 1, ("b",)), ["a", 1, ["b"]]),
        (Secret(b"1"), {"secret": True}),
        (Secret(b"1", "redis://:[secret]@cache/1"), "redis://:[secret]@cache/1"),
        (Expression("var.x"), {"expression": "var.x"}),
        (math.nan, {"number": "NaN"}),
        ((-math.inf, math.inf), [{"number": "-Infinity"}, {"number": "Infinity"}]),
        ("\ud800", "\ud800"),
    ],
)
def test_values_keep_their_type_and_secrets_stay_secret(value: Value, expected: object) -> None:
    assert value_in_json(value) == expected


def test_a_side_without_a_value_has_its_state_alone(three_environments: Report) -> None:
    (flags,) = [f["environments"] for f in read(three_environments)["findings"] if f["source"] == "flags"]
    assert flags["qa"] == {"state": "not-applicable"}
    assert flags["staging"] == {"state": "unreadable"}
    assert flags["production"]["value"] is True


def test_a_place_without_a_line_has_none() -> None:
    sides = of_two(held(1, "postgres: orders"), held(2, "db.yaml", 3))
    (found,) = read(report_of(finding(Severity.LOW, "unclassified", "s", ("k",), "differs", sides)))["findings"]
    assert found["environments"]["staging"]["location"] == {"path": "postgres: orders"}
    assert found["environments"]["production"]["location"] == {"path": "db.yaml", "line": 3}


def test_a_report_that_never_fails_says_never() -> None:
    assert read(report_of(fail_on=None))["fail_on"] == "never"


def test_the_order_of_findings_and_failures_changes_nothing(two_environments: Report) -> None:
    turned = two_environments._replace(
        findings=two_environments.findings[::-1], failures=two_environments.failures[::-1]
    )
    assert render(turned) == render(two_environments)


def test_every_finding_has_a_line_of_its_own(two_environments: Report) -> None:
    lines = [line for line in render(two_environments).splitlines() if '"rule"' in line]
    assert len(lines) == len(two_environments.findings)
