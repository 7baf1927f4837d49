"""The comment on a pull request, read as GitHub reads it: tables, details, and nothing that a value could order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from driftcheck.model import Report, Severity
from driftcheck.reporters import markdown

from .sample import NASTY, finding, held, of_two, report_of

HERE = Path(__file__).parent


def render(report: Report, *, show_all: bool = False) -> str:
    return markdown.render(report, show_all=show_all, width=80, color=False)


def tokens(text: str) -> list[Token]:
    found = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    return [token for block in found for token in (block, *(block.children or ()))]


def rows(text: str) -> list[int]:
    """Return how many cells each row of each table has."""
    counts: list[int] = []
    for token in tokens(text):
        if token.type == "tr_open":
            counts.append(0)
        elif token.type in ("th_open", "td_open"):
            counts[-1] += 1
    return counts


def many(count: int) -> Report:
    sides = of_two(held(NASTY * 9, "a.env", 1), held(NASTY * 9 + "!", "b.env", 1))
    found = [
        finding(severity, "pool.size", "s", (f"K{n:05}",), NASTY * 9, sides, why=NASTY * 9, fix=NASTY * 9)
        for n in range(count)
        for severity in (Severity.HIGH, Severity.LOW)
    ]
    return report_of(*found)


@pytest.mark.parametrize("sample", ["two_environments", "of_a_change"])
def test_the_report_reads_as_ever(
    sample: str, request: pytest.FixtureRequest, golden: Callable[[Path, str], None]
) -> None:
    golden(HERE / f"{sample}.md", render(request.getfixturevalue(sample)))


def test_all_adds_what_does_not_count(two_environments: Report, golden: Callable[[Path, str], None]) -> None:
    golden(HERE / "two_environments-all.md", render(two_environments, show_all=True))


def test_a_bot_knows_its_own_comment_by_the_first_line(of_a_change: Report) -> None:
    assert render(of_a_change).splitlines()[0] == "<!-- driftcheck report -->"
    assert tokens(render(of_a_change))[0].type == "html_block"


@pytest.mark.parametrize(
    ("sample", "columns"), [("two_environments", 4), ("three_environments", 5), ("of_a_change", 4)]
)
def test_every_row_has_a_cell_for_every_column(sample: str, columns: int, request: pytest.FixtureRequest) -> None:
    counts = rows(render(request.getfixturevalue(sample), show_all=True))
    assert len(counts) > 2
    assert set(counts) == {columns}


def test_values_are_no_markup(of_a_change: Report) -> None:
    found = tokens(render(of_a_change, show_all=True))
    assert {token.content for token in found if token.type == "html_inline"} == {
        "<code>",
        "</code>",
        "<br>",
        "<sub>",
        "</sub>",
    }
    blocks = {token.content.split(">")[0] for token in found if token.type == "html_block"}
    assert blocks == {"<!-- driftcheck report --", "<details", "</details"}
    types = {token.type for token in found}
    assert types.isdisjoint({"link_open", "image", "em_open", "s_open", "code_inline", "fence", "code_block"})


def test_nobody_is_called_and_no_issue_is_named(of_a_change: Report) -> None:
    text = render(of_a_change, show_all=True)
    assert "@team" not in text
    assert "##[" not in text
    assert "https://" not in text


def test_a_nasty_value_is_read_as_it_is(of_a_change: Report) -> None:
    told = "".join(token.content for token in tokens(render(of_a_change)) if token.type in ("text", "text_special"))
    assert r'"50% | a::b,c\r\n##[error]\x1b[31m\x00]]> <b>&amp;</b> [x](https://example.org) `@team` --> ' in told


@pytest.mark.parametrize("count", [0, 5, 40, 2_000])
def test_the_comment_is_never_too_long_for_github(count: int) -> None:
    text = render(many(count))
    assert len(text) <= 65_536
    assert set(rows(text)) <= {4}
    assert text.count("<details>") == text.count("</details>")


def test_what_did_not_fit_is_counted() -> None:
    text = render(many(2_000))
    assert "2000 high, 2000 low" in text
    assert "more |" in text


def test_what_fails_the_run_is_never_folded_away() -> None:
    sides = of_two(held("1", "a.env", 1), held("2", "b.env", 1))
    report = report_of(finding(Severity.INFO, "host", "s", ("HOST",), "differs", sides), fail_on=Severity.INFO)
    assert "<code>HOST</code>" in render(report).partition("<details>")[0]
