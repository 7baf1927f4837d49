"""Where passwords are kept, and that they are masked from the moment they are known."""

from __future__ import annotations

from pathlib import Path

import pytest

from driftcheck.credentials import Credential, headers, resolve
from driftcheck.errors import CollectError
from driftcheck.redact import scrub

CANARY = "sekret-canary-credentials"


def test_a_variable_holds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERS_DB_PASSWORD", CANARY)
    assert resolve(Credential("env", ("ORDERS_DB_PASSWORD",)), "orders-db") == CANARY


def test_a_file_holds_it_without_its_line_break(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(f"{CANARY}\n")
    assert resolve(Credential("file", (str(tmp_path / "password"),)), "orders-db") == CANARY


def test_a_command_prints_it() -> None:
    assert resolve(Credential("command", ("printf", f"{CANARY}\\r\\n")), "orders-db") == CANARY


def test_it_is_masked_in_whatever_others_say_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERS_DB_PASSWORD", CANARY)
    resolve(Credential("env", ("ORDERS_DB_PASSWORD",)), "orders-db")
    assert scrub(f"cannot parse port in app:{CANARY}@db") == "cannot parse port in app:[secret]@db"


@pytest.mark.parametrize(
    ("credential", "says", "hint"),
    [
        (Credential("env", ("NOT_SET",)), "orders-db: the environment variable NOT_SET is not set", "export NOT_SET"),
        (
            Credential("file", ("/no/such/file",)),
            "orders-db: /no/such/file cannot be read: No such file",
            "name a file",
        ),
        (Credential("command", ("true",)), "orders-db: true holds nothing", "put the secret there"),
        (Credential("command", ("false",)), "orders-db: `false` ended with 1", "by hand"),
    ],
    ids=["variable", "file", "empty", "command"],
)
def test_where_it_is_not_to_be_had_the_error_says_why(credential: Credential, says: str, hint: str) -> None:
    with pytest.raises(CollectError) as error:
        resolve(credential, "orders-db")
    assert str(error.value).startswith(says)
    assert hint in error.value.hint


def test_headers_are_told_apart_by_whether_they_hold_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", CANARY)
    token = Credential("env", ("TOKEN",))
    declared = {"X-Tenant": "shop", "X-Id": token, "Authorization": token, "Proxy-Authorization": f"Basic {CANARY}"}
    plain, secret = headers(declared, "orders")
    assert plain == {"X-Tenant": "shop"}
    assert secret == {
        "X-Id": CANARY,
        "Authorization": f"Bearer {CANARY}",
        "Proxy-Authorization": f"Basic {CANARY}",
    }
    assert CANARY not in scrub(str(secret))
