"""What a reporter module offers."""

from __future__ import annotations

from typing import Protocol

from driftcheck.model import Report


class Reporter(Protocol):
    """What a reporter module offers. `MACHINE` formats own stdout: human text then goes to stderr."""

    MACHINE: bool

    def render(self, report: Report, *, show_all: bool, width: int) -> str:
        """Return the whole report. `width` is columns, for formats that people read; colour is added elsewhere."""
        ...
