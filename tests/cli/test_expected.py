"""Expected differences as somebody sees them: counted, shown with --all, marked in JSON, and named when they end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Driftcheck = Callable[..., Any]


@pytest.fixture
def expecting(project: Path) -> Callable[..., None]:
    """Return a function that adds entries, one a line from line 8, to driftcheck.yaml."""

    def add(*entries: str) -> None:
        with (project / "driftcheck.yaml").open("a") as file:
            file.writelines(["expected:\n", *(f"  - {{{entry}}}\n" for entry in entries)])

    return add


def findings(driftcheck: Driftcheck, *arguments: str) -> list[dict[str, Any]]:
    report: dict[str, list[dict[str, Any]]] = json.loads(driftcheck("check", "-q", "-o", "json", *arguments).out)
    return report["findings"]


def test_what_is_expected_does_not_fail_the_run_and_is_not_hidden(
    driftcheck: Driftcheck, expecting: Callable[..., None]
) -> None:
    expecting(
        "key: DB_POOL_SIZE, values: {staging: 10, production: 500}, reason: smaller, owner: team, expires: 2099-01-31"
    )
    code, out, _ = driftcheck("check", "--fail-on", "info")
    assert code == 0
    assert "DB_POOL_SIZE" not in out
    assert out.endswith("1 expected\n")
    shown = driftcheck("check", "--all").out
    assert "EXPECTED (1)" in shown
    assert "reason: smaller (team, until 2099-01-31)" in shown
    (found,) = findings(driftcheck)
    assert found["suppression"] == {"kind": "expected", "reason": "smaller", "owner": "team", "expires": "2099-01-31"}


@pytest.mark.parametrize(
    ("entry", "rule", "said"),
    [
        ("key: DB_*, reason: small, expires: 2020-01-01", "expected.expired", "expired on 2020-01-01: small"),
        (
            "key: DB_POOL_SIZE, reason: small, values: {staging: 9}",
            "expected.lapsed",
            "not the value that is pinned in staging: small",
        ),
        ("key: POOL_SIZE, reason: small", "expected.unmatched", "matches no finding: small"),
    ],
)
def test_an_entry_that_no_longer_fits_is_a_finding_with_its_line_and_excuses_nothing(
    driftcheck: Driftcheck, expecting: Callable[..., None], entry: str, rule: str, said: str
) -> None:
    expecting("key: REQUEST_*, reason: any, source: orders-env, rule: none", entry)
    code, out, _ = driftcheck("check")
    assert code == 1
    assert "HIGH  orders-env: DB_POOL_SIZE  (pool.size)" in out
    found = next(each for each in findings(driftcheck) if each["rule"] == rule and each["message"] == said)
    assert found["environments"]["production"]["location"] == {"path": "driftcheck.yaml", "line": 9}
    assert "driftcheck.yaml:9" in out


def test_entries_of_what_is_not_looked_at_are_left_alone(
    driftcheck: Driftcheck, project: Path, expecting: Callable[..., None]
) -> None:
    with (project / "driftcheck.yaml").open("a") as file:
        file.write("  lost:\n    collector: dotenv\n    path: lost.env\n")
    expecting("source: lost, key: A, reason: r", "source: orders-env, key: A, reason: r", "key: A, reason: r")
    unmatched = [found["source"] for found in findings(driftcheck) if found["rule"] == "expected.unmatched"]
    assert unmatched == ["orders-env"]
    assert not [found for found in findings(driftcheck, "--only", "lost") if found["rule"] == "expected.unmatched"]


def test_what_is_excused_stays_excused_where_a_third_environment_lacks_the_source(
    driftcheck: Driftcheck, project: Path
) -> None:
    text = (project / "driftcheck.yaml").read_text()
    paths = "{staging: staging/orders.env, production: production/orders.env}"
    text = text.replace("[staging,", "[qa, staging,").replace('"{environment}/orders.env"', paths)
    (project / "driftcheck.yaml").write_text(text + "expected:\n  - {key: DB_POOL_SIZE, reason: smaller}\n")
    assert driftcheck("check").code == 0
