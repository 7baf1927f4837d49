"""`driftcheck explain`, `rules` and `collectors`, and what the shell completes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from driftcheck.catalogue import every_rule
from driftcheck.collectors import COLLECTORS
from driftcheck.config import load
from driftcheck.reporters import REPORTERS

Driftcheck = Callable[..., Any]
RULES = every_rule()

OWN_RULE = """\
rules:
  - id: feature.checkout
    match: {exact: [CHECKOUT_V2_ENABLED]}
    severity: critical
    rationale: Half of the customers cannot pay.
"""


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_explains_itself(driftcheck: Driftcheck, project: Path, rule: str) -> None:
    code, out, err = driftcheck("explain", rule)
    assert (code, err) == (0, "")
    assert out.startswith(f"{rule}: {RULES[rule].summary}\n")
    assert "\nWhy it matters\n" in out
    assert "\nWhat to do\n" in out


def test_an_explanation_says_what_a_rule_matches(driftcheck: Driftcheck, project: Path) -> None:
    out = driftcheck("explain", "timeout.general").out
    assert "keys that end in `timeout`, " in out
    assert "not `timeout_enabled`" in out


def test_rules_are_listed_with_their_severity(driftcheck: Driftcheck, project: Path) -> None:
    lines = driftcheck("rules").out.splitlines()
    assert [line.split()[0] for line in lines] == list(RULES)
    listed = json.loads(driftcheck("rules", "-o", "json").out)
    assert [each["id"] for each in listed] == list(RULES)
    assert all(each["severity"] in ("info", "low", "medium", "high", "critical") for each in listed)


def test_rules_of_the_configuration_are_rules_too(driftcheck: Driftcheck, project: Path) -> None:
    with (project / "driftcheck.yaml").open("a") as file:
        file.write(OWN_RULE)
    assert "Half of the customers cannot pay." in driftcheck("explain", "feature.checkout").out
    assert "feature.checkout" in driftcheck("rules").out


def test_rules_can_be_read_about_where_no_configuration_is(
    driftcheck: Driftcheck, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert driftcheck("rules").code == 0
    assert driftcheck("rules", "-c", "nothing.yaml").code == 2


def test_collectors_are_listed_with_their_options(driftcheck: Driftcheck) -> None:
    out = driftcheck("collectors").out
    for kind, collector in COLLECTORS.items():
        assert f"\n{kind}: " in f"\n{out}"
        assert all(f"\n  {option}" in out for option in collector.OPTIONS)


@pytest.mark.parametrize("kind", COLLECTORS)
def test_every_example_of_a_collector_can_be_declared(project: Path, kind: str) -> None:
    lines = "".join(f"  {line}\n" for line in COLLECTORS[kind].EXAMPLE.splitlines())
    (project / "driftcheck.yaml").write_text(f"version: 1\nenvironments: [staging, production]\nsources:\n{lines}")
    (source,) = load("driftcheck.yaml").sources
    assert source.collector == kind
    assert list(source.options) == ["staging", "production"]


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("driftcheck ch", {"check"}),
        ("driftcheck show st", {"staging"}),
        ("driftcheck check --only ", {"orders-env"}),
        ("driftcheck check -o ", set(REPORTERS)),
        ("driftcheck check --fail-on ", {"critical", "high", "medium", "low", "info", "never"}),
        ("driftcheck explain pool.", {rule for rule in RULES if rule.startswith("pool.")}),
    ],
)
def test_the_shell_completes_names(process: Driftcheck, typed: str, completed: set[str]) -> None:
    words = typed.split(" ")
    done = process(
        _DRIFTCHECK_COMPLETE="complete_bash", COMP_WORDS=typed, COMP_CWORD=str(len(words) - 1),
    )  # fmt: skip
    assert set(done.out.split()) == completed
