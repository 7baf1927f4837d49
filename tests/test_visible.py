"""What a probe's privileges hide is neither missing nor unexpected."""

from __future__ import annotations

from driftcheck.model import Collected, Entry, Environment, Failure, Location, Path, Value
from driftcheck.pairing import pair_up
from driftcheck.visible import to_both

SETTINGS = Failure("orders-db", "staging", "21 settings are for superusers", path=("settings",))
ENVIRONMENTS = Environment("staging", "staging"), Environment("production", "production")


def collected(values: dict[Path, Value], hidden: tuple[Failure, ...] = ()) -> Collected:
    entries = [Entry(path, value, Location("db:5432/orders")) for path, value in values.items()]
    return Collected(entries, [], [], hidden=hidden)


def compared(target: Collected, reference: Collected) -> list[Path]:
    sides = [
        (environment, {entry.path: entry for entry in side.entries})
        for environment, side in zip(ENVIRONMENTS, (target, reference), strict=True)
    ]
    pairs = pair_up("orders-db", "postgres", sides[0], sides[1], frozenset())
    return [pair.path for pair in to_both(pairs, target, reference)]


ALL = {("version",): "15.4", ("settings", "ssl"): True, ("settings", "hba_file"): "/etc/pg_hba.conf"}
PLAIN = {path: value for path, value in ALL.items() if path[-1] != "hba_file"}


def test_what_one_role_cannot_see_is_left_out() -> None:
    assert compared(collected(PLAIN, (SETTINGS,)), collected(ALL)) == [("version",), ("settings", "ssl")]
    assert compared(collected(ALL), collected(PLAIN, (SETTINGS,))) == [("version",), ("settings", "ssl")]


def test_what_both_roles_see_is_compared_whatever_else_they_do_not() -> None:
    assert len(compared(collected(ALL, (SETTINGS,)), collected(PLAIN, (SETTINGS,)))) == len(ALL)


def test_other_branches_are_compared() -> None:
    shape = SETTINGS._replace(path=("shape",))
    assert len(compared(collected(PLAIN, (shape,)), collected(ALL))) == len(ALL)
