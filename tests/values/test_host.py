"""Which hosts are this machine: what is asked over loopback needs no certificate, and everything else does."""

from __future__ import annotations

import pytest

from driftcheck.values.host import is_this_machine


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "127.0.0.2", "::1"])
def test_loopback_is_this_machine(name: str) -> None:
    assert is_this_machine(name)


@pytest.mark.parametrize("name", ["localhost.example.com", "127.example.com", "127.0.0.1.example.com", "db"])
def test_a_name_that_only_begins_like_it_is_not(name: str) -> None:
    assert not is_this_machine(name)
