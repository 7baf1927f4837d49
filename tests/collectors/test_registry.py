"""The registries of collectors: who offers what, and that nobody who does is left out."""

from __future__ import annotations

import pytest

from driftcheck.collectors import COLLECTORS, DATABASES, FINDERS, PROBES


@pytest.mark.parametrize("kind", COLLECTORS)
def test_a_collector_is_registered_for_what_it_offers(kind: str) -> None:
    collector = COLLECTORS[kind]
    assert hasattr(collector, "discover") == (kind in FINDERS)
    assert hasattr(collector, "script") == (kind in PROBES)
    assert hasattr(collector, "GRANTS") == (kind in DATABASES)


def test_only_probes_take_the_answer_of_somebody_else() -> None:
    assert {kind for kind in COLLECTORS if "answer" in COLLECTORS[kind].OPTIONS} == set(PROBES)
    assert set(DATABASES) <= set(PROBES) <= set(COLLECTORS)
