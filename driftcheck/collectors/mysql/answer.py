"""What a server answered, by the driver or as a client's text: rows by what they are, and what it would not answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from driftcheck.collectors.mysql.questions import BEGIN_MARK, DONE_MARK, END_MARK
from driftcheck.errors import CollectError
from driftcheck.pattern import Pattern

_ESCAPED = Pattern(r"\\(.)")
_MEANS = {"n": "\n", "t": "\t", "0": "\0"}


class Answer:
    """Rows by their tag; `errors` are the server's numbers by the tag of the question, `asked` are all tags."""

    def __init__(self, rows: Iterable[tuple[str, ...]], errors: Mapping[str, int], asked: Iterable[str]) -> None:
        self.rows: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
        for tag, *fields in rows:
            if fields:  # a version that keeps no such thing answers with the tag alone
                self.rows[tag].append(tuple(fields))
        self.errors = errors
        self.asked = frozenset(asked)


def read(text: str, shown: str) -> Answer:
    """Return what a client printed; raise CollectError, naming `shown`, unless it is a whole answer."""
    rows: list[tuple[str, ...]] = []
    errors: dict[str, int] = {}
    asked: list[str] = []
    number = 0
    ended = begun = False
    for line in text.split("\n"):
        fields = tuple([_plain(field) for field in line.rstrip("\r").split("\t")])
        if not begun:
            begun = fields == (BEGIN_MARK,)
        elif fields == (END_MARK,):
            ended = True
        elif fields[0] == "Error" and len(fields) == 3 and fields[1].isdigit():
            number = int(fields[1])
        elif fields[0] == DONE_MARK and len(fields) == 2:
            asked.append(fields[1])
            if number:
                errors[fields[1]] = number
            number = 0
        else:
            rows.append(fields)
    if not begun:
        hint = "give `driftcheck probe print mysql` to `mysql --batch --skip-column-names --comments --force`"
        raise CollectError(f"{shown}: no answer of a MySQL probe", hint=hint)
    if not ended:
        raise CollectError(f"{shown}: the answer is cut off", hint="run the probe again, and keep all that it prints")
    return Answer(rows, errors, asked)


def _plain(field: str) -> str:
    return _ESCAPED.sub(lambda found: _MEANS.get(found[1], found[1]), field) if "\\" in field else field
