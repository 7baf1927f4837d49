"""`driftcheck probe`: what to grant and to ask, and what to say of an answer that is none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from driftcheck.collectors import COLLECTORS, DATABASES, PROBES

Driftcheck = Callable[..., Any]


@pytest.fixture
def declared(project: Path) -> Callable[[str], None]:
    """Return a function that declares a source of a kind as its own example does."""

    def declare(kind: str) -> None:
        lines = "".join(f"  {line}\n" for line in COLLECTORS[kind].EXAMPLE.splitlines())
        (project / "driftcheck.yaml").write_text(f"version: 1\nenvironments: [staging, production]\nsources:\n{lines}")

    return declare


def name_of(kind: str) -> str:
    return COLLECTORS[kind].EXAMPLE.partition(":")[0]


@pytest.mark.parametrize("kind", DATABASES)
def test_what_a_database_has_to_grant_is_printed(kind: str, driftcheck: Driftcheck) -> None:
    assert driftcheck("probe", "grants", kind) == (0, DATABASES[kind].GRANTS, "")
    assert "driftcheck" in DATABASES[kind].GRANTS


@pytest.mark.parametrize("kind", PROBES)
def test_the_questions_say_what_they_are_and_how_to_run_them(
    kind: str, driftcheck: Driftcheck, declared: Callable[[str], None]
) -> None:
    code, text, err = driftcheck("probe", "print", kind)
    assert (code, err) == (0, "")
    assert text.endswith("\n")
    assert "driftcheck" in text[:300]
    declared(kind)
    for environment in ((), ("staging",), ("production",)):
        code, of_source, err = driftcheck("probe", "print", name_of(kind), *environment)
        assert (code, err) == (0, "")
        assert of_source.splitlines()[0] == text.splitlines()[0]


@pytest.mark.parametrize("kind", PROBES)
@pytest.mark.parametrize("answer", ["", "PONG\nsekret-canary-1\n"])
def test_what_is_no_answer_is_refused_and_nothing_written(
    kind: str, answer: str, project: Path, driftcheck: Driftcheck, declared: Callable[[str], None]
) -> None:
    declared(kind)
    (project / "answer.txt").write_text(answer)
    (project / "earlier.snap").write_text("an answer that was good")
    code, out, err = driftcheck("probe", "read", name_of(kind), "production", "answer.txt", "-o", "earlier.snap")
    assert (code, out) == (3, "")
    assert f"{name_of(kind)} in production was not read: " in err
    assert "canary" not in err
    assert (project / "earlier.snap").read_text() == "an answer that was good"


@pytest.mark.parametrize("kind", PROBES)
def test_an_answer_that_is_not_there_is_named(
    kind: str, project: Path, driftcheck: Driftcheck, declared: Callable[[str], None]
) -> None:
    declared(kind)
    code, _, err = driftcheck("probe", "read", name_of(kind), "production", "nothing.txt")
    assert code == 3
    assert "nothing.txt" in err
    assert sorted(path.name for path in project.iterdir()) == ["driftcheck.yaml", "production", "staging"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["grants", "dotenv"], "`dotenv` is no kind of database"),
        (["print", "orders-env"], "`orders-env` is no source that asks a server"),
        (["read", "orders-env", "production", "a.txt"], "`orders-env` is no source that asks a server"),
        (["read", "orders-env", "nowhere", "a.txt"], "unknown environment `nowhere`"),
        (["pint"], "No such command 'pint'"),
        ([], "Missing command"),
    ],
)
def test_what_is_wrong_is_said(arguments: list[str], complaint: str, project: Path, driftcheck: Driftcheck) -> None:
    code, out, err = driftcheck("probe", *arguments)
    assert (code, out) == (2, "")
    assert complaint in err
    assert len(err.splitlines()) == 2


@pytest.mark.parametrize("arguments", [["probe", "--help"], ["probe", "read", "--help"], ["-q", "probe", "--help"]])
def test_its_parts_have_help_of_their_own(arguments: list[str], driftcheck: Driftcheck) -> None:
    code, out, _ = driftcheck(*arguments)
    assert code == 0
    assert out.startswith("Usage: driftcheck probe")
