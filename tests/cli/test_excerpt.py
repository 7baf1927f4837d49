"""Files around a line: what is written there as far as it may be seen, and nothing of what may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from driftcheck import pipeline
from driftcheck.cli.excerpt import ELIDED, Files
from driftcheck.config import load
from driftcheck.model import Location, key_of

CANARY = "sekret-canary-4f1d"

CONFIG = """\
version: 1
environments: [staging, production]
sources:
  orders: {{collector: {collector}, {where}}}
"""


def excerpt(folder: Path, line: int, key: str, file: str = "production.env") -> list[str]:
    """Return the lines around one of production's file, the meant one after a `>`."""
    config = load(str(folder / "driftcheck.yaml"))
    report = pipeline.run(config, fail_on=None, keep_pairs=True)
    assert not report.failures
    path = next((pair.path for pair in report.pairs if key_of(pair.path) == key), (key,))
    lines = Files(config.root, report.pairs).around(Location(file, line), path)
    return [f"{'>' if each.is_meant else ' '}{each.number} {each.text}".rstrip() for each in lines]


@pytest.fixture
def dotenv(tmp_path: Path) -> Path:
    (tmp_path / "driftcheck.yaml").write_text(CONFIG.format(collector="dotenv", where='path: "{environment}.env"'))
    (tmp_path / "staging.env").write_text("POOL=10\n")
    return tmp_path


@pytest.fixture
def helm(tmp_path: Path) -> Path:
    where = 'values: ["values-{environment}.yaml"]'
    (tmp_path / "driftcheck.yaml").write_text(CONFIG.format(collector="helm", where=where))
    (tmp_path / "values-staging.yaml").write_text("pool: 10\n")
    return tmp_path


def test_open_lines_are_shown_as_they_are_written(dotenv: Path) -> None:
    (dotenv / "production.env").write_text("HOST='db.example.org'\n\nPOOL=500\nexport MODE=fast\r\nEND=1\nFAR=1\n")
    assert excerpt(dotenv, 3, "POOL") == [" 1 HOST='db.example.org'", " 2", ">3 POOL=500", " 4 MODE = fast", " 5 END=1"]


def test_a_secret_beside_the_line_is_masked(dotenv: Path) -> None:
    secrets = f"DB_PASSWORD={CANARY}\nPOOL=500\nDATABASE_URL=postgres://app:{CANARY}@db/orders\n"
    (dotenv / "production.env").write_text(secrets)
    assert excerpt(dotenv, 2, "POOL") == [
        " 1 DB_PASSWORD = [secret]",
        ">2 POOL=500",
        " 3 DATABASE_URL = postgres://app:[secret]@db/orders",
    ]


def test_what_was_not_read_as_a_setting_is_not_shown(dotenv: Path) -> None:
    (dotenv / "production.env").write_text(f"# was {CANARY}\nPOOL=400\nPOOL=500 # {CANARY}\n#DB_PASSWORD={CANARY}\n")
    assert excerpt(dotenv, 3, "POOL") == [f" 1 {ELIDED}", f" 2 {ELIDED}", ">3 POOL = 500", f" 4 {ELIDED}"]


def test_the_value_that_a_later_line_replaced_is_not_shown_where_it_is_secret(dotenv: Path) -> None:
    (dotenv / "production.env").write_text(f"API_TOKEN={CANARY}-old\nAPI_TOKEN={CANARY}-new\nPOOL=500\n")
    lines = excerpt(dotenv, 2, "API_TOKEN")
    assert CANARY not in "".join(lines)
    assert lines[1] == ">2 API_TOKEN = [secret]"


def test_a_secret_of_several_lines_is_hidden_on_each(helm: Path) -> None:
    key = f"-----BEGIN PRIVATE KEY-----\n    {CANARY}\n    pool\n    -----END PRIVATE KEY-----"
    (helm / "values-production.yaml").write_text(f"tls:\n  key: |\n    {key}\npool: 500\n")
    assert excerpt(helm, 4, "tls.key", "values-production.yaml") == [
        "  2   key = [secret]".removeprefix(" "),
        f" 3     {ELIDED}",
        f">4     key {ELIDED}",
        f" 5     {ELIDED}",
        f" 6     {ELIDED}",
    ]


def test_lines_that_only_hold_keys_are_shown(helm: Path) -> None:
    (helm / "values-production.yaml").write_text("db:\n  options:\n    - name: pool\n      value: 500\n")
    lines = excerpt(helm, 4, "db.options[name=pool].value", "values-production.yaml")
    assert lines == [" 2   options:", " 3     - name: pool", ">4       value: 500"]


def test_a_file_on_one_line_shows_the_one_setting(helm: Path) -> None:
    others = ", ".join(f"k{n}: {n}" for n in range(200))
    (helm / "values-production.yaml").write_text(f"{{password: {CANARY}, pool: 500, {others}}}\n")
    assert excerpt(helm, 1, "pool", "values-production.yaml") == [">1 pool = 500"]


def test_where_the_file_is_not_here_its_settings_are_shown(dotenv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (dotenv / "production.env").write_text("HOST=db\nPOOL=500\n")
    config = load(str(dotenv / "driftcheck.yaml"))
    report = pipeline.run(config, fail_on=None, keep_pairs=True)
    (dotenv / "production.env").unlink()
    lines = Files(config.root, report.pairs).around(Location("production.env", 2), ("POOL",))
    assert [line.text for line in lines] == ["HOST = db", "POOL = 500"]


def test_another_file_of_that_name_is_not_taken_for_the_one_that_was_read(dotenv: Path) -> None:
    (dotenv / "production.env").write_text("HOST=db\nPOOL=500\n")
    config = load(str(dotenv / "driftcheck.yaml"))
    report = pipeline.run(config, fail_on=None, keep_pairs=True)
    (dotenv / "production.env").write_text(f"HOST={CANARY}\n{CANARY}\n")
    lines = Files(config.root, report.pairs).around(Location("production.env", 2), ("POOL",))
    assert [line.text for line in lines] == ["HOST = db", "POOL = 500"]


def test_a_server_has_no_lines(dotenv: Path) -> None:
    assert Files(str(dotenv), ()).around(Location("http://db.example.org/"), ("version",)) == []


def test_control_sequences_in_a_file_do_not_reach_the_terminal(dotenv: Path) -> None:
    (dotenv / "production.env").write_text("POOL=500\n#\x1b POOL\n")
    assert excerpt(dotenv, 1, "POOL") == [">1 POOL=500", " 2 #\\x1b POOL"]
