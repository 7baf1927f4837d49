"""The questions of `driftcheck accept`: one finding after the other, whether it is put up with, and on which terms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

from driftcheck.cli.session import Session
from driftcheck.errors import ConfigError
from driftcheck.model import Finding
from driftcheck.reporters.base import escaped
from driftcheck.reporters.text import details


class Terms(NamedTuple):
    """On which terms findings are accepted; what is empty is still to be asked, or left out."""

    reason: str
    owner: str
    expires: date | None


Accepted = tuple[list[Finding], Terms]
"""Findings of one source and key, and the terms."""


def walk_through(session: Session, folder: str, groups: Sequence[list[Finding]], terms: Terms) -> list[Accepted]:
    """Show findings one group after the other and ask; return what is accepted until somebody quits.

    What `terms` has is not asked for. `folder` is where git is asked who this may be.
    """
    accepted: list[Accepted] = []
    latest = terms if terms.owner else terms._replace(owner=git_user(folder))
    for number, group in enumerate(groups, 1):
        session.write(details(group, width=session.width, color=session.color))
        answer = asked(session, f"{number} of {len(groups)}: (a)ccept, (s)kip or (q)uit? ", _ACTIONS.get)
        if answer is None or answer == "quit":
            break
        if answer == "accept":
            given = _terms(session, terms, latest)
            if given is None:
                break
            accepted.append((group, given))
            latest = given
        session.write("\n")
    return accepted


_ACTIONS = {word[:n]: word for word in ("accept", "skip", "quit") for n in range(1, len(word) + 1)}


def asked(session: Session, question: str, read: Callable[[str], str | None]) -> str | None:
    """Ask until `read` can make something of the answer; None where the input ends."""
    while (line := session.ask(question)) is not None:
        if (answer := read(line)) is not None:
            return answer
    return None


def _terms(session: Session, given: Terms, latest: Terms) -> Terms | None:
    """Ask for what is not given; None where the input ends."""
    reason = asked(session, "reason: ", lambda line: line or None)
    owner: str | None = given.owner
    if reason is not None and not owner:
        default = f" [{escaped(latest.owner)}, - for none]" if latest.owner else ""
        owner = asked(session, f"owner{default}: ", lambda line: "" if line == "-" else line or latest.owner)
    day = given.expires
    while reason is not None and owner is not None and day is None:
        line = session.ask("last day, as 2027-03-31 (empty: none): ")
        if line is None:
            return None
        try:
            day = last_day(line)
        except ConfigError as error:
            session.write(f"{error.reason}\n")
            continue
        break
    return None if reason is None or owner is None else Terms(reason, owner, day)


def git_user(folder: str) -> str:
    """Return who git thinks is sitting here, or nothing."""
    import subprocess

    try:
        done = subprocess.run(  # git is looked up on purpose: there is no other name for it
            ["git", "config", "user.name"],  # noqa: S607
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=2,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def last_day(text: str) -> date | None:
    """Return the day that a text names, none for no text; raise ConfigError if it is no date or already over."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ConfigError("the last day is not a date", hint="write it as 2027-03-31") from None
    if day < datetime.now(UTC).date():
        raise ConfigError(f"the last day, {day}, is over", hint="name a day that is still to come")
    return day
