"""`driftcheck show ENV [KEY]`: effective values, where each comes from, and what it overrode."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Driftcheck = Callable[..., Any]


@pytest.fixture(autouse=True)
def _layers(project: Path) -> None:
    (project / "base.env").write_text("DB_POOL_SIZE=5\nDB_HOST=db.example.org\nAPI_TOKEN=canary-4711\n")
    text = (project / "driftcheck.yaml").read_text()
    (project / "driftcheck.yaml").write_text(
        text.replace('path: "{environment}/orders.env"', 'path: [base.env, "{environment}/orders.env"]')
    )


def test_values_come_with_their_place_and_what_they_overrode(driftcheck: Driftcheck) -> None:
    assert driftcheck("show", "production") == (
        0,
        """\
orders-env:
  DB_POOL_SIZE = 500  (production/orders.env:2)
      overrides 5  (base.env:1)
  DB_HOST = db.example.org  (base.env:2)
  API_TOKEN = [secret]  (base.env:3)
  REQUEST_TIMEOUT_MS = 3000  (production/orders.env:1)
""",
        "",
    )


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("DB_HOST", ["DB_HOST"]),
        ("DB_", ["DB_POOL_SIZE", "DB_HOST"]),
        ("*_MS", ["REQUEST_TIMEOUT_MS"]),
        ("D*S*", ["DB_POOL_SIZE", "DB_HOST"]),
    ],
)
def test_a_key_a_beginning_or_a_pattern_narrows_it(driftcheck: Driftcheck, key: str, shown: list[str]) -> None:
    entries = json.loads(driftcheck("show", "staging", key, "-o", "json").out)
    assert [entry["key"] for entry in entries] == shown


def test_json_has_the_entries_of_a_snapshot(driftcheck: Driftcheck) -> None:
    code, out, err = driftcheck("show", "staging", "DB_POOL_SIZE", "-o", "json")
    assert (code, err) == (0, "")
    assert json.loads(out) == [
        {
            "source": "orders-env",
            "key": "DB_POOL_SIZE",
            "path": ["DB_POOL_SIZE"],
            "value": "10",
            "location": {"path": "staging/orders.env", "line": 2},
            "overrides": [{"value": "5", "location": {"path": "base.env", "line": 1}}],
        }
    ]


def test_a_secret_is_never_shown(driftcheck: Driftcheck) -> None:
    assert "canary" not in "".join(map(str, driftcheck("show", "staging", "-v")))
    (entry,) = json.loads(driftcheck("show", "staging", "API_TOKEN", "-o", "json").out)
    assert entry["value"] == {"secret": True}


def test_a_key_that_is_not_there_ends_with_2(driftcheck: Driftcheck) -> None:
    assert driftcheck("show", "staging", "DB_POOLSIZE") == (
        2,
        "",
        "driftcheck: error: no key `DB_POOLSIZE` in staging\n  did you mean `DB_POOL_SIZE`?\n",
    )


def test_a_source_that_was_not_read_ends_with_3(driftcheck: Driftcheck, project: Path) -> None:
    (project / "staging/orders.env").unlink()
    code, out, err = driftcheck("show", "staging", "DB_HOST")
    assert (code, out) == (3, "")
    assert err == (
        "driftcheck: error: staging/orders.env: orders-env in staging was not read: no such file\n"
        "  correct the path, or mark the source `optional: true`\n"
    )
