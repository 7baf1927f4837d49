"""What running servers differ in without meaning anything."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from driftcheck.catalogue import Catalogue
from driftcheck.model import Entry, Environment, Location, Noise, Note, Path, Value
from driftcheck.pairing import pair_up
from driftcheck.rules import Context, judge_all

STAGING, PRODUCTION = Environment("staging", "staging"), Environment("production", "production")
CATALOGUE = Catalogue(live=True)
LACKS: Value = "(lacks it)"
DEFAULT = Note(at_default=True)

Told = tuple[Value, Note]
"""What one server says of a setting, and what its probe knows of it."""


def said(settings: Mapping[str, tuple[Told, Told]]) -> dict[str, str]:
    """Return rule and severity by key, of what is said of two servers."""
    entries: list[dict[Path, Entry]] = [{}, {}]
    notes: list[dict[Path, Note]] = [{}, {}]
    for key, both in settings.items():
        path = tuple(key.split("."))
        for n, (value, note) in enumerate(both):
            if value != LACKS:
                entries[n][path] = Entry(path, value, Location("db:5432"))
                notes[n][path] = note
    context = Context(STAGING, PRODUCTION, CATALOGUE, "", notes[0], notes[1])
    pairs = pair_up("db", "postgres", (STAGING, entries[0]), (PRODUCTION, entries[1]), frozenset())
    judged = judge_all(pairs, context, absence_is_known=True)
    return {".".join(pair.path): f"{judgement.rule.id} {judgement.severity}" for pair, judgement in judged}


@pytest.mark.parametrize("noise", [Noise.IDENTITY, Noise.DERIVED, Noise.STATE])
def test_what_a_server_is_computes_or_does_just_now_is_information(noise: Noise) -> None:
    note = Note(noise)
    assert said({"settings.port": ((5432, note), (5433, note))}) == {"settings.port": f"live.{noise} info"}


def test_what_follows_another_key_is_told_there() -> None:
    note = Note(Noise.FOLLOWS, follows=("settings", "shared_preload_libraries"))
    found = said(
        {
            "settings.shared_preload_libraries": (("", Note()), ("pg_stat_statements", Note())),
            "settings.pg_stat_statements.max": ((LACKS, Note()), (5000, note)),
        }
    )
    assert found["settings.pg_stat_statements.max"] == "live.follows info"
    assert not found["settings.shared_preload_libraries"].startswith("live.")


def test_what_one_server_computed_and_somebody_set_on_the_other_is_judged() -> None:
    found = said({"settings.parallel_workers": ((8, Note(Noise.DERIVED)), (2, Note(origin="command line")))})
    assert not found["settings.parallel_workers"].startswith("live.")


def test_what_is_computed_from_another_key_is_told_there_or_as_computed() -> None:
    note = Note(Noise.DERIVED, follows=("collector",))
    other = {"flags.GCTimeRatio": ((12, note), (99, note))}
    assert said({"collector": (("G1", Note()), ("ZGC", Note())), **other})["flags.GCTimeRatio"] == "live.follows info"
    assert said({"collector": (("G1", Note()), ("G1", Note())), **other})["flags.GCTimeRatio"] == "live.derived info"


def test_what_follows_a_key_that_is_equal_is_a_difference_of_its_own() -> None:
    note = Note(Noise.FOLLOWS, follows=("settings", "character_set_server"))
    found = said(
        {
            "settings.character_set_server": (("utf8mb4", Note()), ("utf8mb4", Note())),
            "settings.character_set_database": (("latin1", note), ("utf8mb4", note)),
        }
    )
    assert not found["settings.character_set_database"].startswith("live.")


VERSIONS: tuple[Told, Told] = ("15.4", Note()), ("17.2", Note())


def test_new_settings_and_new_defaults_come_with_the_version() -> None:
    found = said(
        {
            "version": VERSIONS,
            "settings.io_method": ((LACKS, DEFAULT), ("worker", DEFAULT)),
            "settings.log_checkpoints": ((False, DEFAULT), (True, DEFAULT)),
        }
    )
    assert found["settings.io_method"] == found["settings.log_checkpoints"] == "live.version-only info"


@pytest.mark.parametrize(
    ("here", "there"),
    [(Note(), DEFAULT), (DEFAULT, Note())],
    ids=["set in staging", "set in production"],
)
def test_what_somebody_chose_does_not(here: Note, there: Note) -> None:
    found = said({"version": VERSIONS, "settings.log_checkpoints": ((False, here), (True, there))})
    assert not found["settings.log_checkpoints"].startswith("live.")


def test_two_defaults_of_one_version_differ_for_a_reason() -> None:
    same: tuple[Told, Told] = ("15.4", Note()), ("15.4", Note())
    found = said({"version": same, "settings.log_checkpoints": ((False, DEFAULT), (True, DEFAULT))})
    assert not found["settings.log_checkpoints"].startswith("live.")


def test_a_new_default_that_changes_how_applications_log_in_is_told() -> None:
    found = said({"version": VERSIONS, "settings.password_encryption": (("md5", DEFAULT), ("scram-sha-256", DEFAULT))})
    assert not found["settings.password_encryption"].startswith("live.")
