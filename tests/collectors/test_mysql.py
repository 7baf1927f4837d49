"""MySQL as a source: a recorded answer, spellings of two products, addresses and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from driftcheck.collectors import mysql
from driftcheck.collectors.mysql import connection
from driftcheck.errors import CollectError, ConfigError
from driftcheck.model import Collected, Reading, key_of

RECORDED = Path(__file__).parent / "mysql" / "8.0.31.txt"


def read(answer: Path, **options: object) -> Collected:
    return mysql.collect(Reading("orders-db", "staging", {"answer": [str(answer)], **options}, str(answer.parent)))


def test_an_answer_is_its_settings_accounts_tables_and_shape(golden: Callable[[Path, str], None]) -> None:
    collected = read(RECORDED)
    lines = []
    for path, value, *_ in collected.entries:
        note = collected.notes.get(path)
        known = (
            [] if note is None else [str(note.noise or ""), key_of(note.follows) if note.follows else "", note.origin]
        )
        lines.append(f"{key_of(path)} = {value!r}" + "".join(f"  [{word}]" for word in known if word))
    lines += [f"hidden {key_of(part.path)}: {part.reason}; {part.hint}" for part in collected.hidden]
    golden(RECORDED.with_suffix(".golden"), "\n".join([*lines, f"server {collected.server}", ""]))
    assert collected.gaps == []


def answered(tmp_path: Path, *rows: str) -> Collected:
    """Collect an answer to all questions that has these rows, tabs written as `|`."""
    path = tmp_path / "answer.txt"
    server = "server|10.11.6-MariaDB-log|Debian 12|db-1"
    done = [f"done|{tag}" for tag in ("schema", "table", "column", "index", "constraint", "check", "statistic")]
    lines = ["driftcheck-mysql-1", server, "schema|shop", *rows, *done, "end", ""]
    path.write_text("\n".join(lines).replace("|", "\t"), encoding="utf-8")
    return read(path)


@pytest.mark.parametrize(
    ("mariadb", "mysql_8"),
    [
        ("int(11)|NO|||||", "int|NO|||||"),
        ("bigint(20) unsigned|YES|=NULL||||", "bigint unsigned|YES|||||"),
        ("tinyint(1)|YES|=1||||", "tinyint(1)|YES|=1||||"),
        ("varchar(9)|NO|='it''s'||utf8mb3_bin||", "varchar(9)|NO|=it's||utf8_bin||"),
        (
            "timestamp|NO|=current_timestamp()|on update current_timestamp()|||",
            "timestamp|NO|=CURRENT_TIMESTAMP|DEFAULT_GENERATED on update CURRENT_TIMESTAMP|||",
        ),
        ("datetime(3)|YES|=current_timestamp(3)||||", "datetime(3)|YES|=CURRENT_TIMESTAMP(3)|DEFAULT_GENERATED|||"),
        ("int(11)|YES|=NULL|VIRTUAL GENERATED||`a` + 1|", "int|YES||VIRTUAL GENERATED||(`a` + 1)|"),
        ("int(11)|NO||auto_increment|||", "int|NO||auto_increment|||"),
    ],
)
def test_both_products_spell_one_column_alike(mariadb: str, mysql_8: str, tmp_path: Path) -> None:
    table = "table|shop|t|BASE TABLE|InnoDB|utf8mb4_bin|1|1|"
    both = [answered(tmp_path, table, f"column|shop|t|c|{column[:-1]}").entries for column in (mariadb, mysql_8)]
    assert [(entry.path, entry.value) for entry in both[0]] == [(entry.path, entry.value) for entry in both[1]]


def test_a_table_that_uses_up_its_numbers_is_told(tmp_path: Path) -> None:
    table = "table|shop|t|BASE TABLE|InnoDB|utf8mb4_bin|1|1|2000000000"
    [notice] = answered(tmp_path, table, "column|shop|t|id|int(11)|NO||auto_increment||").notices
    assert (notice.rule, notice.message) == (
        "schema.sequence",
        "AUTO_INCREMENT of shop.t has used 93.1% of what id holds",
    )
    assert answered(tmp_path, table, "column|shop|t|id|bigint(20)|NO||auto_increment||").notices == []


def test_a_cut_or_foreign_answer_is_refused(tmp_path: Path) -> None:
    text = RECORDED.read_text(encoding="utf-8")
    cut = tmp_path / "cut.txt"
    cut.write_text(text[: len(text) // 2], encoding="utf-8")
    with pytest.raises(CollectError, match="cut off"):
        read(cut)
    cut.write_text("driftcheck-mysql-1\nserver\t8.0\nend\n", encoding="utf-8")
    with pytest.raises(CollectError, match="not understood"):
        read(cut)
    cut.write_text("Welcome to the MySQL monitor.", encoding="utf-8")
    with pytest.raises(CollectError, match="no answer of a MySQL probe"):
        read(cut)


def test_a_script_asks_for_the_named_databases_and_nothing_else() -> None:
    script = mysql.script({"dsn": "mysql://u@db/it's", "collect": ["version", "schema"]})
    assert "IN ('it''s')" in script
    assert "global_variables" not in script
    assert not [line for line in script.splitlines() if line.split(" ")[0] not in ("--", "SET", "SELECT", "SHOW", "")]


def test_an_address_is_taken_from_a_dsn_and_corrected_by_options() -> None:
    found = connection.target(
        {"dsn": "mysql://app%40x@db.prod:3307/orders?ssl_mode=VERIFY_CA&ssl-ca=/etc/ca.pem", "database": "other"}
    )
    assert found == connection.Target(
        "db.prod", 3307, user="app@x", database="other", mode="verify_ca", ssl_ca="/etc/ca.pem"
    )


@pytest.mark.parametrize(
    ("options", "mode"),
    [
        ({"host": "db.prod"}, "verify_identity"),
        ({"host": "127.0.0.1"}, "preferred"),
        ({"socket": "/run/mysqld/mysqld.sock"}, "preferred"),
        ({}, "preferred"),
    ],
)
def test_whoever_is_not_this_machine_has_to_prove_who_it_is(options: dict[str, object], mode: str) -> None:
    assert connection.target(options).mode == mode


def test_an_option_file_says_what_is_not_said_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "my.cnf"
    path.write_text('[mysql]\nuser=x\n[client]\nuser = app\npassword="sekret # canary"\nhost=db\n', encoding="utf-8")
    found = connection.target({"option_file": [str(path)], "host": "db.prod"})
    assert (found.user, found.password, found.host) == ("app", "sekret # canary", "db.prod")


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"dsn": "postgresql://db/orders"}, "no address of a MySQL server"),
        ({"dsn": "mysql://db/orders?sslmod=x"}, "unknown parameter `sslmod`"),
        ({"ssl_mode": "verify"}, "unknown ssl_mode `verify`"),
        ({"port": "mysql"}, "no number"),
        ({"collect": ["shapes"]}, "unknown part `shapes`"),
        ({"host": "db"}, "neither which `database` nor which `schemas`"),
    ],
)
def test_a_mistake_is_told(options: dict[str, object], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        mysql.collect(Reading("orders-db", "staging", options, "/"))
