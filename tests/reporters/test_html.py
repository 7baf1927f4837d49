"""The page: one file with the whole report, which asks nobody for anything. What a browser makes of it is in live/."""

from __future__ import annotations

import json
import re

from driftcheck.model import Report, Severity
from driftcheck.reporters import html
from driftcheck.reporters import json as json_reporter

from .sample import finding, held, of_two, report_of


def render(report: Report) -> str:
    return html.render(report, show_all=False, width=120, color=False)


def embedded(page: str) -> dict[str, object]:
    """Return the report that a page holds."""
    found = re.search(r'<script id="report" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found
    report: dict[str, object] = json.loads(found[1])
    return report


def test_the_page_holds_what_the_json_report_does(two_environments: Report) -> None:
    whole = json.loads(json_reporter.render(two_environments, show_all=False, width=120, color=False))
    held_by_page = embedded(render(two_environments))
    assert {name: held_by_page[name] for name in whole} == whole


def test_the_page_is_the_same_in_every_run(two_environments: Report) -> None:
    assert render(two_environments) == render(two_environments)


def test_the_page_names_no_other_file_and_forbids_every_request(two_environments: Report) -> None:
    page = render(two_environments).replace(json.dumps(embedded(render(two_environments))), "")
    assert not re.search(r"""(?:src|href)=["'](?!data:)""", page)
    assert "default-src 'none'" in page


def test_a_value_never_ends_the_script_that_holds_it() -> None:
    nasty = "</script><script>alert(1)</script><!--\u2028"
    sides = of_two(held(nasty, "a.env", 1), held("x", "b.env", 1))
    page = render(report_of(finding(Severity.HIGH, "unclassified", "app", ("K",), nasty, sides)))
    assert page.count("<script") == 2
    [shown] = embedded(page)["findings"]  # type: ignore[misc]
    assert shown["message"] == nasty
