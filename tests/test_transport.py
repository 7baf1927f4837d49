"""Programs that probes are run through: real ones, with text on their input."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from driftcheck import redact, transport
from driftcheck.errors import CollectError

CANARY = "sekret-canary-transport"


def test_what_a_program_prints_is_the_answer() -> None:
    assert transport.run(["cat"], "SELECT 1;\n", what="orders-db", seconds=10) == "SELECT 1;\n"


def test_more_text_than_a_pipe_holds_goes_in_while_the_answer_comes_out() -> None:
    text = "0123456789abcdef\n" * 50_000
    assert transport.run(["cat"], text, what="orders-db", seconds=30) == text


def test_a_program_may_leave_its_input_unread() -> None:
    assert transport.run(["echo", "done"], "x" * 1_000_000, what="orders-db", seconds=10) == "done\n"


def test_a_variable_is_added_to_those_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINE", "1")
    said = transport.run(["sh", "-c", "echo $MINE$YOURS"], what="x", seconds=10, environment={"YOURS": "2"})
    assert said == "12\n"


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(CollectError, match="orders-db: `no-such-program` cannot be run: No such file"):
        transport.run(["no-such-program"], what="orders-db", seconds=10)


def test_a_program_that_fails_is_quoted_without_its_secrets() -> None:
    redact.remember(CANARY)
    script = f"echo 'login as app:{CANARY} refused' >&2; exit 3"
    with pytest.raises(CollectError) as error:
        transport.run(["sh", "-c", script], what="orders-db", seconds=10)
    assert str(error.value) == "orders-db: `sh` ended with 3: login as app:[secret] refused"


def test_a_silent_program_is_stopped_with_all_that_it_started(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    script = f"(while sleep 0.2; do date >> {alive}; done) & sleep 60"
    begun = time.monotonic()
    with pytest.raises(CollectError, match="no answer within 1 s"):
        transport.run(["sh", "-c", script], what="orders-db", seconds=1)
    assert time.monotonic() - begun < 10  # far from 60: not a measure of speed
    written = alive.stat().st_size
    time.sleep(0.6)
    assert alive.stat().st_size == written


def test_a_program_that_never_stops_printing_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "LARGEST_ANSWER", 1 << 20)
    with pytest.raises(CollectError, match="it answered with more than 1 MiB"):
        transport.run([sys.executable, "-c", "while True: print('x' * 1000)"], what="orders-db", seconds=30)
