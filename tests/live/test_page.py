"""The page in a real browser: what a person sees, types and presses."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from driftcheck.model import (
    Confidence,
    Entry,
    Failure,
    Finding,
    Kind,
    Location,
    Report,
    Severity,
    Side,
    State,
    Suppression,
    Verdict,
)
from driftcheck.reporters import html

MANY = 10_000


@pytest.fixture(scope="module")
def browser(need):
    need("chromium", "apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def opened(browser, tmp_path):
    """Return a function that opens a report's page; at the end nothing has been requested or complained of."""
    troubles = []
    contexts = []

    def open_page(report: Report, **options):
        file = Path(tmp_path, "report.html")
        file.write_text(html.render(report, show_all=False, width=120, color=False), encoding="utf-8")
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda request: troubles.append(request.url) if request.url.startswith("http") else None)
        page.goto(file.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []


def finding(number: int, severity: Severity, *, source: str = "orders-env", suppression=None) -> Finding:
    sides = {
        name: Side(State.SET, Entry((f"KEY_{number}",), value, Location(f"{name}/orders.env", number + 1)))
        for name, value in (("staging", f"<b>{number}</b>"), ("production", "sekret" if number < 0 else "x"))
    }
    return Finding(
        rule=f"rule.{number % 7}",
        severity=severity,
        confidence=Confidence.HIGH,
        kind=Kind.CHANGED,
        target="staging",
        reference="production",
        source=source,
        path=(f"KEY_{number}",),
        message=f"message {number}",
        why="why it matters",
        fix="what to do",
        sides=sides,
        fingerprint=str(number),
        suppression=suppression,
    )


def report(findings) -> Report:
    return Report(
        environments=("staging", "production"),
        reference="production",
        fail_on=Severity.HIGH,
        verdict=Verdict.INCOMPLETE,
        exit_code=3,
        sources=2,
        settings=100,
        findings=tuple(findings),
        failures=(Failure("orders-db", "production", "refused", "let it in"),),
    )


ACCEPTED = Suppression("expected", "staging is smaller", "platform", "2027-03-31")
FEW = [
    finding(1, Severity.CRITICAL),
    finding(2, Severity.HIGH, source="orders-chart"),
    finding(3, Severity.LOW),
    finding(4, Severity.INFO),
    finding(5, Severity.HIGH, suppression=ACCEPTED),
]


def keys(page) -> list[str]:
    """Return the keys of the findings that are to be seen."""
    return [text.split(": ")[1] for text in page.locator("details:not([hidden]) summary code").all_text_contents()]


def test_it_shows_the_verdict_what_counts_and_what_was_not_read(opened):
    page = opened(report(FEW))
    assert page.title() == "driftcheck: incomplete"
    assert page.locator("#heading").inner_text() == "staging against production"
    assert page.locator("#failures").inner_text().split("\n")[-1].split("\t") == [
        "orders-db",
        "production",
        "refused",
        "let it in",
    ]
    assert keys(page) == ["KEY_1", "KEY_2", "KEY_3"]
    assert page.locator("#shown").inner_text() == "3 of 5 findings"


def test_filters_narrow_by_severity_source_rule_status_and_text(opened):
    page = opened(report(FEW))
    page.locator("[data-severity=info]").click()
    assert keys(page) == ["KEY_1", "KEY_2", "KEY_3", "KEY_4"]
    page.locator("#source").select_option("orders-chart")
    assert keys(page) == ["KEY_2"]
    page.keyboard.press("Escape")
    page.locator("#rule").select_option("rule.3")
    assert keys(page) == ["KEY_3"]
    page.locator("#rule").select_option("")
    page.locator("#status").select_option("expected")
    assert keys(page) == ["KEY_5"]
    page.locator("#status").select_option("")
    page.locator("#text").fill("message 1")
    assert keys(page) == ["KEY_1"]
    page.locator("#text").fill("no such thing")
    assert page.locator("#none").is_visible()


def test_the_keyboard_does_all_of_it(opened):
    page = opened(report(FEW))
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    assert page.locator("details[open] code").first.inner_text() == "orders-chart: KEY_2"
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.querySelector('code').textContent") == "orders-env: KEY_1"
    page.keyboard.press("1")
    assert keys(page) == ["KEY_2", "KEY_3"]
    page.keyboard.press("/")
    page.keyboard.type("message 3")
    assert keys(page) == ["KEY_3"]
    page.keyboard.press("Escape")
    assert keys(page) == ["KEY_2", "KEY_3"]


def test_an_opened_finding_has_both_values_places_why_and_fix_as_text(opened):
    page = opened(report(FEW))
    page.locator("summary").first.click()
    body = page.locator("details[open] .body")
    assert "<b>1</b>" in body.inner_text()
    assert "staging/orders.env:2" in body.inner_text()
    assert "why it matters" in body.inner_text()
    assert "what to do" in body.inner_text()
    assert page.locator("details b").count() == 0


def test_an_accepted_difference_says_who_and_until_when(opened):
    page = opened(report(FEW))
    page.locator("#status").select_option("expected")
    page.locator("details:not([hidden]) summary").click()
    assert "staging is smaller · owner: platform · until 2027-03-31" in page.locator("details[open] .body").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_light_or_dark_as_the_reader_likes(opened, scheme):
    page = opened(report(FEW), color_scheme=scheme)
    ground = "getComputedStyle(document.body).backgroundColor"
    preferred = page.evaluate(ground)
    assert preferred == {"light": "rgb(250, 250, 248)", "dark": "rgb(21, 23, 26)"}[scheme]
    page.keyboard.press("t")
    assert page.evaluate(ground) != preferred


def test_ten_thousand_findings_can_be_worked_with(opened):
    severities = list(Severity)
    page = opened(report(finding(n, severities[n % 5]) for n in range(MANY)))
    assert page.locator("#shown").inner_text() == "8,000 of 10,000 findings"
    page.locator("#text").fill("message 4321")
    assert keys(page) == ["KEY_4321"]
    page.keyboard.press("Escape")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    assert page.locator("details[open] .body").is_visible()


def test_a_telephone_shows_it_without_scrolling_sideways(opened):
    page = opened(report(FEW), viewport={"width": 380, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
