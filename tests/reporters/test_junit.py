"""JUnit's XML is held to the schema that Jenkins publishes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema

from driftcheck.model import Failure, Report, Severity
from driftcheck.reporters import junit

from .sample import report_of

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(HERE / "schemas" / "junit-10.xsd")


def render(report: Report) -> str:
    return junit.render(report, show_all=False, width=80, color=False)


def cases(report: Report, outcome: str) -> list[str]:
    root = ElementTree.fromstring(render(report))
    return [case.attrib["name"] for case in root.iter("testcase") if case.find(outcome) is not None]


@pytest.mark.parametrize("sample", ["two_environments", "three_environments", "of_a_change"])
def test_every_report_is_valid(sample: str, schema: xmlschema.XMLSchema, request: pytest.FixtureRequest) -> None:
    schema.validate(render(request.getfixturevalue(sample)))


@pytest.mark.parametrize("sample", ["two_environments", "of_a_change"])
def test_the_report_reads_as_ever(
    sample: str, request: pytest.FixtureRequest, golden: Callable[[Path, str], None]
) -> None:
    golden(HERE / f"{sample}.junit.xml", render(request.getfixturevalue(sample)))


def test_what_fails_the_run_fails_and_what_does_not_count_is_skipped(of_a_change: Report) -> None:
    assert cases(of_a_change, "failure") == ["REQUEST_TIMEOUT: timeout.general in staging"]
    assert cases(of_a_change, "skipped") == [
        "DB_POOL_SIZE: pool.size in staging",
        "SLOW_TIMEOUT: timeout.general in staging",
    ]
    assert cases(of_a_change, "error") == ["read in production"]


def test_the_threshold_decides_what_fails(of_a_change: Report) -> None:
    assert cases(of_a_change._replace(fail_on=None), "failure") == []
    assert len(cases(of_a_change._replace(fail_on=Severity.LOW), "failure")) == 4


def test_the_counts_are_those_of_the_cases(two_environments: Report) -> None:
    for suite in ElementTree.fromstring(render(two_environments)):
        assert int(suite.attrib["tests"]) == len(suite)
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.attrib[attribute]) == len(suite.findall(f"testcase/{tag}"))


def test_a_clean_run_has_one_case_that_passed(schema: xmlschema.XMLSchema) -> None:
    schema.validate(render(report_of()))
    (case,) = ElementTree.fromstring(render(report_of())).iter("testcase")
    assert case.attrib["name"] == "5 sources, 312 settings compared"


def test_a_run_that_read_nothing_is_in_error() -> None:
    unread = report_of(failures=(Failure("orders-db", "production", "timed out"),))
    assert cases(unread, "error") == ["read in production"]
