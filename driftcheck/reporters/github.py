"""For GitHub Actions: workflow commands on stdout, which it shows beside the lines of a pull request.

A step may have ten annotations of a kind (docs.github.com, "Workflow commands for GitHub Actions"): the gravest are
given, and the log says how many are not. The step summary is `-o markdown="$GITHUB_STEP_SUMMARY"`.
"""

from __future__ import annotations

from collections.abc import Iterator

from driftcheck.model import Report, Severity, key_of
from driftcheck.reporters.base import escaped, plural
from driftcheck.reporters.places import Place, details, places, to_review, unread, where_unread

MACHINE = True

MOST = 10
"""Annotations of one kind that GitHub shows of a step."""

COMMANDS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "notice",
    Severity.INFO: "notice",
}


def render(report: Report, *, show_all: bool, width: int, color: bool) -> str:
    """Return one annotation a line: what was not read, then what counts. Nothing, where there is neither."""
    given: dict[str, list[str]] = {"error": [], "warning": [], "notice": []}
    for command, line in _annotations(report, show_all):
        given[command].append(line)
    lines = []
    for command, all_of_it in given.items():
        lines += all_of_it[:MOST]
        if (more := len(all_of_it) - MOST) > 0:
            lines.append(f"driftcheck: {plural(more, f'more {command}')}, which GitHub does not show")
    return "".join(line + "\n" for line in lines)


def _annotations(report: Report, show_all: bool) -> Iterator[tuple[str, str]]:
    for failure in report.failures:
        yield "error", _annotation("error", where_unread(report, failure), "driftcheck: incomplete", unread(failure))
    for finding in to_review(report, report.findings, show_all=show_all):
        if not finding.suppression:
            where = places(report, finding)
            title = escaped(f"{finding.severity}: {key_of(finding.path)} ({finding.rule})")
            command = COMMANDS[finding.severity]
            yield command, _annotation(command, where, title, details(finding, where))


def _annotation(command: str, where: list[Place], title: str, message: str) -> str:
    fields = {"file": where[0].path, "line": str(where[0].line), "title": title} if where else {"title": title}
    return f"::{command} {','.join(f'{name}={_property(text)}' for name, text in fields.items())}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(escaped(text)).replace(":", "%3A").replace(",", "%2C")
