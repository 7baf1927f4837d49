"""For programs: the JSON report, version 1, one finding a line, so that two reports compare with a line diff."""

from __future__ import annotations

from driftcheck.model import Report
from driftcheck.reporters.fields import report_fields

MACHINE = True


def render(report: Report, *, show_all: bool, width: int, color: bool) -> str:
    """Return the report as JSON: `fields.report_fields`, whatever the options say."""
    from json import JSONEncoder  # its parser and all: a millisecond of every run that does not ask for JSON

    dumps = JSONEncoder(allow_nan=False).encode
    lines = []
    for name, value in report_fields(report).items():
        if isinstance(value, list) and name != "environments":
            body = ",\n  ".join(map(dumps, value))
            lines.append(f'"{name}": [\n  {body}]' if body else f'"{name}": []')
        else:
            lines.append(f"{dumps(name)}: {dumps(value)}")
    return "{" + ",\n ".join(lines) + "}\n"
