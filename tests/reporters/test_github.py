"""Workflow commands: what GitHub reads of them, as its runner reads them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from driftcheck.model import Report, Severity
from driftcheck.reporters import github

from .sample import NASTY, finding, held, of_two, report_of

HERE = Path(__file__).parent


class Annotation(NamedTuple):
    """What a runner makes of one line."""

    command: str
    fields: dict[str, str]
    message: str


def render(report: Report, *, show_all: bool = False) -> str:
    return github.render(report, show_all=show_all, width=80, color=False)


def read(text: str) -> list[Annotation]:
    """Read a log as the runner does (actions/runner, ActionCommand.cs)."""
    found = []
    for line in text.splitlines():
        if match := re.fullmatch(r"::(\w+) (.*?)::(.*)", line):
            fields = dict(pair.split("=", 1) for pair in match[2].split(","))
            found.append(Annotation(match[1], {n: _property(v) for n, v in fields.items()}, _data(match[3])))
    return found


def _property(text: str) -> str:
    return _data(text.replace("%3A", ":").replace("%2C", ","))


def _data(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


@pytest.mark.parametrize("sample", ["two_environments", "of_a_change"])
def test_the_report_reads_as_ever(
    sample: str, request: pytest.FixtureRequest, golden: Callable[[Path, str], None]
) -> None:
    golden(HERE / f"{sample}.github", render(request.getfixturevalue(sample)))


def test_every_line_is_a_command_that_the_runner_knows(of_a_change: Report) -> None:
    text = render(of_a_change)
    annotations = read(text)
    assert len(annotations) == len(text.splitlines()) == text.count("\n")
    assert {annotation.command for annotation in annotations} <= {"error", "warning", "notice"}
    assert all(set(annotation.fields) <= {"file", "line", "title"} for annotation in annotations)


def test_a_nasty_value_arrives_whole_and_orders_nothing(of_a_change: Report) -> None:
    (nasty,) = [annotation for annotation in read(render(of_a_change)) if annotation.command == "warning"]
    assert nasty.fields == {
        "file": "ops/orders/odd %20 name,a:b.env",
        "line": "3",
        "title": "medium: a|b.%0A::error::.<script> (pool.size)",
    }
    first = nasty.message.splitlines()[0]
    assert first == r"differs: 50% | a::b,c\r\n##[error]\x1b[31m\x00]]> " + NASTY.partition("]]> ")[2].replace(
        "\u202e\ud800", r"\u202e\ud800"
    )


def test_what_does_not_count_is_not_shown(of_a_change: Report) -> None:
    assert "DB_POOL_SIZE" not in render(of_a_change)
    assert "SLOW_TIMEOUT" not in render(of_a_change)


def test_no_more_are_given_than_github_shows() -> None:
    sides = of_two(held("1", "a.env", 1), held("2", "b.env", 1))
    found = [finding(Severity.HIGH, "pool.size", "s", (f"K{n:02}",), "differs", sides) for n in range(14)]
    text = render(report_of(*found, finding(Severity.LOW, "unclassified", "s", ("L",), "differs", sides)))
    assert [annotation.command for annotation in read(text)] == ["error"] * 10 + ["notice"]
    assert "driftcheck: 4 more errors, which GitHub does not show\n" in text


def test_a_clean_run_annotates_nothing() -> None:
    assert render(report_of()) == ""
