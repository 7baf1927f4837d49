"""A key that breaks its siblings' spelling: said of one environment, where the other does not have the key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Compare = Callable[..., Any]

CAMEL = "  groupName: a\n  groupSize: 3\n  userName: b\n  userSize: 4\n"
SNAKE = "  group_name: a\n  group_size: 3\n  user_name: b\n  user_size: 4\n"
KEBAB = SNAKE.replace("_", "-")


@pytest.mark.parametrize(
    ("siblings", "odd", "style"),
    [
        (CAMEL, "group_mapping", "camelCase"),
        (CAMEL, "group-mapping", "camelCase"),
        (SNAKE, "groupMapping", "snake_case"),
        (KEBAB, "groupMapping", "kebab-case"),
    ],
)
def test_a_key_that_is_written_as_none_of_its_siblings(compare: Compare, siblings: str, odd: str, style: str) -> None:
    said = compare(f"auth:\n{siblings}", f"auth:\n{siblings}  {odd}: true\n")
    message = f"set in production (true), not in staging; `{odd}` among keys in {style}"
    assert said.only == ("presence.spelling", "low", message)
    assert compare(f"auth:\n{siblings}  {odd}: true\n", f"auth:\n{siblings}").only[0] == "presence.spelling"


def test_a_branch_is_a_key_too(compare: Compare) -> None:
    said = compare(f"auth:\n{CAMEL}", f"auth:\n{CAMEL}  group_mapping:\n    a: 1\n    b: 2\n    c: 3\n")
    message = "set in production (3 settings), not in staging; `group_mapping` among keys in camelCase"
    assert said.only == ("presence.spelling", "low", message)


def test_a_branch_that_is_written_in_two_ways(compare: Compare) -> None:
    said = compare(
        f"auth:\n{CAMEL}  groupMapping: {{admins: a, users: b}}\n",
        f"auth:\n{CAMEL}  group_mapping: {{guests: c}}\n",
    )
    assert said.of("presence.spelling") == [
        ("low", "`group_mapping` among keys in camelCase; staging has `groupMapping`")
    ]


def test_a_near_miss_says_it_already(compare: Compare) -> None:
    said = compare(f"auth:\n{CAMEL}  groupMapping: a\n", f"auth:\n{CAMEL}  group_mapping: a\n")
    assert said.only[0] == "presence.near-miss"


@pytest.mark.parametrize(
    ("staging", "production"),
    [
        # too few siblings, or of two styles
        ("auth: {groupName: a, userName: b}\n", "auth: {groupName: a, userName: b, a_b: 1}\n"),
        (f"auth:\n{CAMEL}  c_d: 1\n", f"auth:\n{CAMEL}  c_d: 1\n  a_b: 1\n"),
        (f"auth:\n{CAMEL}  c-d: 1\n", f"auth:\n{CAMEL}  c-d: 1\n  a_b: 1\n"),
        # both have it
        (f"auth:\n{CAMEL}  a_b: 1\n", f"auth:\n{CAMEL}  a_b: 2\n"),
        # one word is no style
        (f"auth:\n{CAMEL}", f"auth:\n{CAMEL}  mapping: 1\n"),
        (f"auth:\n{CAMEL}", f"auth:\n{CAMEL}  GROUP_MAPPING: 1\n"),
        # keys that are not the chart's own
        *(
            (f"{place}:\n{CAMEL}", f"{place}:\n{CAMEL}  a_b: 1\n")
            for place in ("labels", "podAnnotations", "env", "extraEnv", "data", "configMap", "files", "tags")
        ),
        # a chart's own name
        (CAMEL.replace("  ", ""), CAMEL.replace("  ", "") + "cert-manager: {a: 1}\n"),
    ],
)  # fmt: skip
def test_a_key_that_is_not_odd(compare: Compare, staging: str, production: str) -> None:
    assert compare(staging, production).of("presence.spelling") == []


def test_variables_and_packages_have_no_siblings(compare: Compare) -> None:
    keys = ("groupName", "groupSize", "userName", "userSize")
    for collector in ("dotenv", "lockfile"):
        said = compare(dict.fromkeys(keys, "1"), dict.fromkeys((*keys, "a_b"), "1"), collector)
        assert said.of("presence.spelling") == []
