"""Env files as a source: layers, places, notices, gaps, and which files are recognised by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from driftcheck.collectors import dotenv
from driftcheck.errors import CollectError, ConfigError
from driftcheck.model import Collected, Entry, Expression, Failure, Location, Notice, Override, Reading


def collect(root: Path, *paths: str, **options: str) -> Collected:
    absolute = {"path": [str(root / path) for path in paths]}
    return dotenv.collect(Reading("orders-env", "staging", {**absolute, **options}, str(root)))


def test_a_file_is_its_variables_with_their_places(tmp_path: Path) -> None:
    (tmp_path / "staging").mkdir()
    (tmp_path / "staging" / "orders.env").write_text("# head\nDB_POOL_SIZE=10\nmy.key=x\n", encoding="utf-8")
    assert collect(tmp_path, "staging/orders.env").entries == [
        Entry(("DB_POOL_SIZE",), "10", Location("staging/orders.env", 2)),
        Entry(('"my.key"',), "x", Location("staging/orders.env", 3)),
    ]


def test_a_later_file_overrides_an_earlier_one_and_may_refer_to_it(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("HOST=localhost\nPORT=1\nURL=http://${HOST}:${PORT}\nKEPT=1\n", encoding="utf-8")
    (tmp_path / ".env.staging").write_text("HOST=stg\nPORT\nURL=http://${HOST}:${PORT}/${NAME}\n", encoding="utf-8")
    (tmp_path / ".env.local").write_text("HOST=own", encoding="utf-8")
    collected = collect(tmp_path, ".env", ".env.staging", ".env.local")
    assert collected.entries == [
        Entry(
            ("HOST",),
            "own",
            Location(".env.local", 1),
            (Override("stg", Location(".env.staging", 1)), Override("localhost", Location(".env", 1))),
        ),
        Entry(("PORT",), "1", Location(".env", 2)),  # a name without `=` sets nothing
        Entry(
            ("URL",),
            "http://stg:1/${NAME}",
            Location(".env.staging", 3),
            (Override("http://localhost:1", Location(".env", 3)),),
        ),
        Entry(("KEPT",), "1", Location(".env", 4)),
    ]
    assert isinstance(collected.entries[2].value, Expression)


def test_a_pattern_is_all_files_that_match_in_order_of_their_names(tmp_path: Path) -> None:
    (tmp_path / "b.env").write_text("A=b", encoding="utf-8")
    (tmp_path / "a.env").write_text("A=a", encoding="utf-8")
    (tmp_path / "[c].env").write_text("A=c", encoding="utf-8")
    assert [entry.value for entry in collect(tmp_path, "[ab].env").entries] == ["b"]
    assert [entry.value for entry in collect(tmp_path, "[c].env").entries] == ["c"]
    with pytest.raises(CollectError, match=r"^x/\*\.env: no file matches"):
        collect(tmp_path, "x/*.env")


def test_a_file_that_ends_in_sh_is_read_as_the_shell_does_unless_told_otherwise(tmp_path: Path) -> None:
    for name in ("env.sh", "plain"):
        (tmp_path / name).write_text("A=x'y'\n", encoding="utf-8")
    assert collect(tmp_path, "env.sh").entries[0].value == "xy"
    assert collect(tmp_path, "plain").entries[0].value == "x'y'"
    assert collect(tmp_path, "plain", dialect="shell").entries[0].value == "xy"
    assert collect(tmp_path, "env.sh", dialect="dotenv").entries[0].value == "x'y'"
    with pytest.raises(ConfigError) as caught:
        collect(tmp_path, "plain", dialect="shel")
    assert caught.value.hint == "did you mean `shell`?"


def test_a_key_written_twice_is_a_notice_and_never_quotes_the_values(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=secret1\nB=secret2\nA=secret3\nB=secret2\n", encoding="utf-8")
    collected = collect(tmp_path, ".env")
    assert collected.notices == [
        Notice(
            "format.duplicate-key", ("A",), "A is set twice: line 1, then another value on line 3", Location(".env", 3)
        ),
        Notice(
            "format.duplicate-key", ("B",), "B is set twice: line 2, then the same value on line 4", Location(".env", 4)
        ),
    ]
    assert [entry.value for entry in collected.entries] == ["secret3", "secret2"]


def test_a_line_that_is_not_understood_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "env.sh").write_text("A=1\n. ./common.sh\n", encoding="utf-8")
    assert collect(tmp_path, "env.sh").gaps == [
        Failure(
            "orders-env",
            "staging",
            "reads another file",
            "list that file in `path`, before this one",
            Location("env.sh", 2),
        )
    ]


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1", encoding="utf-8")
    with pytest.raises(CollectError, match=r"^sub/\.env: no such file"):
        collect(tmp_path, ".env", "sub/.env")


def test_a_yaml_file_with_nested_values_is_spread_over_keys(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A: {B: 1, C: [x, 2]}\nD: on\n", encoding="utf-8")
    assert [(entry.path, entry.value) for entry in collect(tmp_path, ".env").entries] == [
        (("A", "B"), "1"),
        (("A", "C"), ("x", "2")),
        (("D",), "true"),
    ]


@pytest.mark.parametrize(
    ("names", "sources"),
    [
        ([".env"], {".env": [".env"]}),
        ([".env.staging"], {".env": [".env.staging"]}),
        (["Dockerfile", "production.env", "values.yaml"], {"env": ["production.env"]}),
        (["a/orders.env", "b/orders.env"], {"a/orders.env": ["a/orders.env"], "b/orders.env": ["b/orders.env"]}),
        (["orders-prod.env", "x"], {"orders.env": ["orders-prod.env"]}),
        (["env.prod", "env.js", "x"], {"env": ["env.prod"]}),
        (["env.sh", "setup.sh"], {"env.sh": ["env.sh"]}),
        ([".env", ".env.production"], {".env": [".env", ".env.production"]}),
        (
            [".env", ".env.production", ".env.staging"],
            {".env": [".env"], ".env.production": [".env.production"], ".env.staging": [".env.staging"]},
        ),
        ([".env.example", "x"], {}),
        ([".env.example"], {".env.example": [".env.example"]}),
        (["env.production.sample"], {"env.sample": ["env.production.sample"]}),
        (["production.sh"], {"sh": ["production.sh"]}),
        (["values.yaml"], {}),
        ([], {}),
    ],
)
def test_files_are_recognised_by_name(names: list[str], sources: dict[str, list[str]]) -> None:
    assert dotenv.discover(names) == {source: {"path": paths} for source, paths in sources.items()}
