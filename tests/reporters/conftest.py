"""The sample reports as fixtures."""

from __future__ import annotations

import pytest

from driftcheck.model import Report

from . import sample


@pytest.fixture
def two_environments() -> Report:
    return sample.two_environments()


@pytest.fixture
def three_environments() -> Report:
    return sample.three_environments()


@pytest.fixture
def of_a_change() -> Report:
    return sample.of_a_change()
