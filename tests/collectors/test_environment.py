"""The process's own environment as a source."""

from __future__ import annotations

import os

import pytest

from driftcheck.collectors import environment
from driftcheck.errors import ConfigError
from driftcheck.model import Entry, Location, Reading


def collect(**options: object) -> list[Entry]:
    return environment.collect(Reading("pod", "staging", options, "/")).entries


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        monkeypatch.delenv(name)
    for name, value in {"STG_PORT": "1", "STG_": "x", "STG_HOST": "h", "PRD_PORT": "2", "DEBUG": ""}.items():
        monkeypatch.setenv(name, value)


def entry(name: str, value: str) -> Entry:
    return Entry((name,), value, Location("environment"))


def test_named_variables_are_read_and_one_that_is_not_set_has_no_entry() -> None:
    assert collect(names=["DEBUG", "UNSET", "PRD_PORT"]) == [entry("DEBUG", ""), entry("PRD_PORT", "2")]


def test_one_prefix_is_taken_off_so_that_the_keys_of_environments_pair() -> None:
    assert collect(prefix=["STG_"]) == [entry("HOST", "h"), entry("PORT", "1")]
    assert collect(prefix="PRD_") == [entry("PORT", "2")]


def test_with_several_prefixes_names_stay_whole() -> None:
    assert collect(prefix=["STG_", "PRD_"]) == [
        entry("STG_HOST", "h"),
        entry("STG_PORT", "1"),
        entry("PRD_PORT", "2"),
    ]


def test_names_and_a_prefix_go_together() -> None:
    assert collect(names=["DEBUG"], prefix=["PRD_"]) == [entry("DEBUG", ""), entry("PORT", "2")]


@pytest.mark.parametrize("options", [{}, {"prefix": [""]}, {"names": []}])
def test_everything_is_never_read(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError) as caught:
        collect(**options)
    assert "prefix: ORDERS_" in caught.value.hint


def test_bytes_that_are_no_utf_8_do_not_break_a_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME", os.fsdecode(b"caf\xe9"))
    assert collect(names=["NAME"]) == [entry("NAME", "caf\ufffd")]
