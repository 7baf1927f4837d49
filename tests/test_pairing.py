"""Lists pair by identity, keys pair across their environments' names, and nothing pairs by chance."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from driftcheck.formats import Leaf, Mapping, Node, Sequence, flatten
from driftcheck.model import (
    Entry,
    Environment,
    Kind,
    Location,
    Pair,
    Path,
    State,
    Value,
    item,
    key_of,
    quoted,
    unquoted,
)
from driftcheck.pairing import identify, pair_up

STAGING, PRODUCTION = Environment("staging", "staging"), Environment("production", "production")


def tree(value: object) -> Node:
    if isinstance(value, dict):
        mapping = Mapping(1)
        mapping.update({key: tree(child) for key, child in value.items()})
        return mapping
    if isinstance(value, list):
        sequence = Sequence(1)
        sequence.extend(tree(child) for child in value)
        return sequence
    return Leaf(value, 1)  # type: ignore[arg-type]


def entries(value: object) -> list[Entry]:
    return flatten(tree(value), "values.yaml")


def keys(value: object, other: object | None = None) -> list[str]:
    """The keys of the first value once lists are identified over both."""
    return [key_of(entry.path) for entry in identify([entries(value), entries(value if other is None else other)])[0]]


def pairs(target: dict[str, Value], reference: dict[str, Value], shared: frozenset[str] = frozenset()) -> list[Pair]:
    def by_path(values: dict[str, Value], file: str) -> dict[Path, Entry]:
        return {(k,): Entry((k,), v, Location("base" if k.startswith("base") else file)) for k, v in values.items()}

    return pair_up("s", "dotenv", (STAGING, by_path(target, "t")), (PRODUCTION, by_path(reference, "r")), shared)


def test_items_are_known_by_name_before_key_and_id() -> None:
    assert keys({"env": [{"name": "A", "id": 1, "value": "x"}]}) == [
        "env[name=A].name",
        "env[name=A].id",
        "env[name=A].value",
    ]


def test_a_name_that_is_not_unique_identifies_nothing() -> None:
    both = [{"name": "A", "id": 1}, {"name": "A", "id": 2}]
    assert keys({"l": both}) == ["l[id=1].name", "l[id=1].id", "l[id=2].name", "l[id=2].id"]


def test_an_identity_must_be_unique_in_the_lists_of_all_environments() -> None:
    assert keys({"l": [{"name": "A"}, {"name": "B"}]}, {"l": [{"name": "A"}, {"name": "A"}]}) == [
        "l[0].name",
        "l[1].name",
    ]


def test_the_one_unique_field_identifies_where_no_usual_one_does() -> None:
    ports = [{"port": 80, "protocol": "tcp"}, {"port": 53, "protocol": "tcp"}]
    assert keys({"l": ports})[0] == "l[port=80].port"


def test_lists_without_identity_keep_their_positions() -> None:
    assert keys({"args": [{"a": 1}, [1, 2]]}) == ["args[0].a", "args[1]"]


def test_nested_lists_are_identified_within_their_items() -> None:
    pod = {
        "containers": [{"name": "web", "env": [{"name": "X", "value": "1"}]}, {"name": "job", "env": [{"name": "X"}]}]
    }
    assert "containers[name=web].env[name=X].value" in keys(pod)
    assert "containers[name=job].env[name=X].name" in keys(pod)


def test_the_order_of_identified_items_is_no_difference() -> None:
    forward = [{"name": "a", "v": 1}, {"name": "b", "v": 2}]
    one, other = identify([entries({"l": forward}), entries({"l": forward[::-1]})])
    assert sorted((e.path, e.value) for e in one) == sorted((e.path, e.value) for e in other)


def test_a_key_is_missing_changed_unexpected_or_the_same_as_seen_from_the_target() -> None:
    found = pairs({"A": 1, "B": 1, "D": 1}, {"A": 1, "B": 2, "C": 1})
    assert [(key_of(p.path), p.kind) for p in found] == [
        ("A", Kind.SAME),
        ("B", Kind.CHANGED),
        ("C", Kind.MISSING),
        ("D", Kind.UNEXPECTED),
    ]


def test_types_count() -> None:
    assert [p.kind for p in pairs({"A": True, "B": "8080"}, {"A": 1, "B": 8080})] == [Kind.CHANGED, Kind.CHANGED]


def test_keys_that_carry_their_own_environment_s_name_are_one_key() -> None:
    (pair,) = pairs({"orders-staging": 1}, {"orders-prod": 1})
    assert (key_of(pair.path), pair.kind) == ("orders-{environment}", Kind.SAME)


def test_two_candidates_for_one_key_pair_with_neither() -> None:
    assert {p.kind for p in pairs({"a-staging": 1, "a-stg": 1}, {"a-prod": 1})} == {Kind.MISSING, Kind.UNEXPECTED}


def test_a_key_that_names_the_other_environment_does_not_pair() -> None:
    assert {p.kind for p in pairs({"orders-prod-copy": 1}, {"orders-prod": 1})} == {Kind.MISSING, Kind.UNEXPECTED}


def test_what_only_a_shared_file_sets_is_inherited() -> None:
    (pair,) = pairs({"base_a": 1}, {"base_a": 1}, frozenset({"base"}))
    assert (pair.target.state, pair.reference.state) == (State.INHERITED, State.INHERITED)


names = st.text(alphabet='abAB_.-=[]" \\1', min_size=1, max_size=8)


@given(names)
def test_quoting_is_undone_by_unquoting(name: str) -> None:
    assert unquoted(quoted(name)) == name


@given(st.dictionaries(names, st.integers() | st.text(max_size=3), max_size=8))
def test_a_self_pairing_holds_only_equal_pairs(values: dict[str, Value]) -> None:
    assert all(pair.kind is Kind.SAME for pair in pairs(values, values))


@given(st.lists(st.fixed_dictionaries({"name": names, "v": st.integers()}), max_size=6))
def test_identified_paths_stay_one_to_one(items: list[dict[str, Value]]) -> None:
    (found,) = identify([entries({"l": items})])
    assert len({entry.path for entry in found}) == len(found)
    assert item("web", "name") == "[name=web]"


def test_a_block_that_only_one_environment_repeats_is_still_an_item() -> None:
    one = [{"name": "max_connections", "value": 1}]
    lone = entries({"parameter": one[0]})
    several = entries({"parameter": [*one, {"name": "work_mem", "value": 2}]})
    found = [key_of(entry.path) for entry in identify([lone, several])[0]]
    assert found == ["parameter[name=max_connections].name", "parameter[name=max_connections].value"]
