"""What a shared file derives from an input is a note beside it, not a second difference."""

from __future__ import annotations

from driftcheck.catalogue import Catalogue
from driftcheck.model import Entry, Environment, Kind, Location, Pair, Path, Side, State, Value, key_of
from driftcheck.rules import Context, judge_all

CONTEXT = Context(Environment("staging", "staging"), Environment("production", "production"), Catalogue())


def changed(path: Path, staging: Value, production: Value, *places: Location) -> Pair:
    sides = [
        Side(State.SET, Entry(path, value, place)) for value, place in zip((staging, production), places, strict=True)
    ]
    return Pair("infra", "terraform", path, Kind.CHANGED, *sides)


def told(*pairs: Pair) -> list[tuple[str, str, str, str]]:
    judged = judge_all(list(pairs), CONTEXT, absence_is_known=True)
    return [(key_of(p.path), j.rule.id, str(j.severity), j.message) for p, j in judged]


INPUT = changed(("var", "mysql_release"), "8.0.28", "8.0.36", Location("stg.tfvars", 1), Location("prod.tfvars", 1))
DERIVED = changed(
    ("resource", "aws_db_instance", "main", "engine_version"),
    "8.0.28",
    "8.0.36",
    Location("main.tf", 9),
    Location("main.tf", 9),
)


def test_what_follows_from_an_input_is_a_note_and_its_rule_is_the_inputs() -> None:
    message = "8.0.28 in staging, 8.0.36 in production (a patch release apart)"
    assert told(INPUT, DERIVED) == [
        ("var.mysql_release", "version.engine", "high", message),
        ("resource.aws_db_instance.main.engine_version", "version.engine", "info", "follows from var.mysql_release"),
    ]


def test_two_values_that_are_written_twice_are_two_differences() -> None:
    other = changed(
        ("var", "engine_version"), "8.0.28", "8.0.36", Location("stg.tfvars", 2), Location("prod.tfvars", 2)
    )
    assert [severity for _, _, severity, _ in told(INPUT, other)] == ["low", "high"]


def test_a_derived_value_whose_input_is_not_there_is_judged_itself() -> None:
    assert [(rule, severity) for _, rule, severity, _ in told(DERIVED)] == [("version.engine", "high")]
