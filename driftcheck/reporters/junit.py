"""For whatever shows test results: JUnit's XML, as Jenkins, GitLab and others read it.

A source is a suite and a finding a case: failed if it fails the run, skipped if it does not count, else passed, with
its text. What was not read is an error. The first suite is the run itself, so that a clean one is not empty.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from driftcheck.model import Failure, Finding, Report, key_of
from driftcheck.reporters.base import escaped, excuse, plural, totals
from driftcheck.reporters.places import details, fails, places, to_review, unread

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MACHINE = True


def render(report: Report, *, show_all: bool, width: int, color: bool) -> str:
    """Return the report as XML 1.0. What XML has no character for, such as a control character, is spelled out."""
    from xml.etree import ElementTree

    whole = _case("driftcheck", f"{plural(report.sources, 'source')}, {plural(report.settings, 'setting')} compared")
    _add(whole, "system-out", escaped(totals(report)))
    cases: defaultdict[str, list[Element]] = defaultdict(list)
    for failure in report.failures:
        cases[failure.source].append(_unread(failure))
    for finding in to_review(report, report.findings, show_all=show_all):
        cases[finding.source].append(_judged(report, finding))
    root = ElementTree.Element("testsuites", name="driftcheck")
    for name, suite in (("driftcheck", [whole]), *sorted(cases.items())):
        counts = {
            "tests": len(suite),
            "failures": sum(case.find("failure") is not None for case in suite),
            "errors": sum(case.find("error") is not None for case in suite),
            "skipped": sum(case.find("skipped") is not None for case in suite),
        }
        attributes = {"name": escaped(name), **{field: str(count) for field, count in counts.items()}}
        ElementTree.SubElement(root, "testsuite", attributes).extend(suite)
    ElementTree.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _case(source: str, name: str) -> Element:
    from xml.etree.ElementTree import Element

    return Element("testcase", classname=escaped(source), name=escaped(name))


def _add(case: Element, tag: str, text: str = "", **attributes: str) -> None:
    from xml.etree.ElementTree import SubElement

    SubElement(case, tag, {name: escaped(value) for name, value in attributes.items()}).text = text or None


def _unread(failure: Failure) -> Element:
    case = _case(failure.source, f"read in {failure.environment}")
    _add(case, "error", type="incomplete", message=unread(failure))
    return case


def _judged(report: Report, finding: Finding) -> Element:
    case = _case(finding.source, f"{key_of(finding.path)}: {finding.rule} in {finding.target}")
    text = details(finding, places(report, finding))
    if finding.suppression:
        _add(case, "skipped", message=f"{finding.suppression.kind}: {excuse(finding.suppression)}")
    elif fails(report, finding):
        _add(case, "failure", text, type=str(finding.severity), message=finding.message)
    else:
        _add(case, "system-out", f"{finding.severity}: {text}")
    return case
