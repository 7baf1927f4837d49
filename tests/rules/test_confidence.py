"""Severity and confidence are two things: what we are not sure of never fails a build by itself."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from driftcheck import rules
from driftcheck.catalogue import RULES, Catalogue
from driftcheck.model import Confidence, Entry, Environment, Kind, Location, Pair, Severity, Side, State
from driftcheck.rules import Context, Judgement

ENVIRONMENTS = Environment("staging", "staging"), Environment("production", "production")
PAIR = Pair(
    "app",
    "dotenv",
    ("DB_POOL_SIZE",),
    Kind.CHANGED,
    Side(State.SET, Entry(("DB_POOL_SIZE",), "10", Location("staging.env", 1))),
    Side(State.SET, Entry(("DB_POOL_SIZE",), "500", Location("production.env", 1))),
)


@pytest.mark.parametrize("confidence", Confidence)
@pytest.mark.parametrize("severity", Severity)
def test_low_confidence_never_exceeds_medium(
    monkeypatch: pytest.MonkeyPatch, severity: Severity, confidence: Confidence
) -> None:
    said = Judgement(RULES["pool.size"], severity, "a guess", confidence)
    monkeypatch.setitem(rules.KINDS, "count", SimpleNamespace(judge=lambda *_: said))  # type: ignore[arg-type]
    judged = rules.judge(PAIR, Context(*ENVIRONMENTS, Catalogue()))
    assert judged is not None
    assert judged.severity == (min(severity, Severity.MEDIUM) if confidence is Confidence.LOW else severity)


def test_a_difference_that_no_rule_knows_is_of_low_confidence_unless_a_team_says_how_bad_it_is() -> None:
    pair = PAIR._replace(path=("COLOUR",))
    ours = Context(*ENVIRONMENTS, Catalogue())
    ((_, judged),) = rules.judge_all([pair], ours, absence_is_known=True)
    assert (judged.rule.id, judged.severity, judged.confidence) == ("unclassified", Severity.LOW, Confidence.LOW)
    theirs = Context(*ENVIRONMENTS, Catalogue([RULES["unclassified"]._replace(always=Severity.CRITICAL)]))
    ((_, judged),) = rules.judge_all([pair], theirs, absence_is_known=True)
    assert (judged.severity, judged.confidence) == (Severity.CRITICAL, Confidence.MEDIUM)
