"""Tables, columns, indexes and constraints as keys: MySQL and MariaDB print the same DDL in two ways."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from driftcheck import redact
from driftcheck.collectors.mysql.answer import Answer
from driftcheck.model import Path, Value, quoted
from driftcheck.pattern import Pattern
from driftcheck.values import mysql, spell

Found = tuple[Path, Value]
Table = tuple[str, str]

_WIDTH = Pattern(
    r"\b(tinyint|smallint|mediumint|int|bigint)\((?!1\))\d+\)|\b(smallint|mediumint|int|bigint|year)\(\d\)"
)
_NOW = Pattern(r"(?i)\b(current_timestamp|now|localtimestamp)\b(\(\d*\))?")
_INTRODUCER = Pattern(r"_(?:utf8mb[34]|latin1|ascii|binary)(?=\\?')")
_JSON = Pattern(r"(?i)json_valid\(`?([^`)]*)`?\)")
_GENERATED = Pattern(r"(?i)(virtual|stored|persistent) generated")
_LARGEST = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}
"""Bits."""


class Schema:
    """The tables of an answer; `names` are the schemas under the names that both environments know them by."""

    def __init__(self, answer: Answer, names: Mapping[str, str]) -> None:
        self._answer = answer
        self._names = names
        self._json = {
            (schema, table, found[1])
            for schema, table, clause, _ in answer.rows["check"]
            if (found := _JSON.fullmatch(_bare(clause)))
        }
        self.tables = [row for row in answer.rows["table"] if row[0] in names]

    def at(self, schema: str, table: str) -> Path:
        """Return the branch of a table, below `schema` or `shape`."""
        return quoted(self._names[schema]), quoted(table)

    def schema(self) -> Iterator[Found]:
        """Yield all that defines tables and views."""
        for schema, table, kind, engine, collation, *_ in self.tables:
            if kind == "BASE TABLE" and engine:
                at = ("schema", *self.at(schema, table))
                yield (*at, "engine"), engine
                yield (*at, "collation"), _collation(collation)
        for row in self._answer.rows["column"]:
            if row[0] in self._names:
                yield from self._column(*row)
        for (schema, table), part, definition in (*self._indexes(), *self._references(), *self._checks()):
            yield ("schema", *self.at(schema, table), part, quoted(definition)), "valid"

    def shape(self) -> Iterator[Found]:
        """Yield how many rows tables have and what statistics say of columns; all of it is estimates."""
        rows: dict[Table, int] = {}
        for schema, table, kind, _, _, count, size, _ in self.tables:
            if kind == "BASE TABLE" and count:
                rows[schema, table] = int(count)
                yield ("shape", *self.at(schema, table), "rows"), int(count)
                yield ("shape", *self.at(schema, table), "bytes"), spell.size(int(size or 0))
        for schema, table, column, nulls, *counts in self._answer.rows["statistic"]:
            if schema not in self._names or not nulls:
                continue
            at = ("shape", *self.at(schema, table), "columns", quoted(column))
            fraction = float(nulls)
            yield (*at, "null_fraction"), round(fraction, 4)
            distinct = _distinct(counts, rows.get((schema, table), 0) * (1 - fraction))
            if distinct is not None:
                yield (*at, "distinct"), distinct

    def next_numbers(self) -> Iterator[tuple[str, str, str, float]]:
        """Yield schema, table, column and the share that AUTO_INCREMENT has used of what the column's type holds."""
        upcoming = {(schema, table): int(number) for schema, table, *_, number in self.tables if number}
        for schema, table, column, kind, _, _, extra, *_ in self._answer.rows["column"]:
            bits = _LARGEST.get(kind.partition("(")[0].partition(" ")[0])
            if "auto_increment" in extra.lower() and bits and (schema, table) in upcoming:
                largest = 2 ** (bits - ("unsigned" not in kind)) - 1
                yield schema, table, column, upcoming[schema, table] / largest

    def _column(
        self,
        schema: str,
        table: str,
        column: str,
        kind: str,
        nullable: str,
        default: str,
        extra: str,
        collation: str,
        expression: str,
    ) -> Iterator[Found]:
        at = ("schema", *self.at(schema, table), "columns", quoted(column))
        is_json = (schema, table, column) in self._json
        yield (*at, "type"), "json" if is_json else _type(kind)
        yield (*at, "nullable"), nullable == "YES"
        written = _default(default, extra, expression)
        if written is not None:
            yield (*at, "default"), redact.hide(written) if redact.sensitive_name(column) else written
        if collation and not is_json:
            yield (*at, "collation"), _collation(collation)

    def _indexes(self) -> Iterator[tuple[Table, str, str]]:
        parts: defaultdict[tuple[str, str, str], list[tuple[str, ...]]] = defaultdict(list)
        for schema, table, name, *facts in self._answer.rows["index"]:
            if schema in self._names:
                parts[schema, table, name].append(tuple(facts))
        for (schema, table, name), members in parts.items():
            members.sort(key=lambda facts: int(facts[1]))
            columns = ", ".join(map(_index_part, members))
            if name == "PRIMARY":
                yield (schema, table), "constraints", f"PRIMARY KEY ({columns})"
                continue
            unique, _, kind, *_ = members[0]
            definition = f"{'UNIQUE ' if unique == '0' else ''}{kind.lower()} ({columns})"
            yield (schema, table), "indexes", definition + (" INVISIBLE" if members[0][6:7] == ("NO",) else "")

    def _references(self) -> Iterator[tuple[Table, str, str]]:
        keys: defaultdict[tuple[str, str, str], list[tuple[str, ...]]] = defaultdict(list)
        for schema, table, name, *facts in self._answer.rows["key"]:
            keys[schema, table, name].append(tuple(facts))
        for schema, table, name, *actions in self._answer.rows["reference"]:
            members = sorted(keys[schema, table, name], key=lambda facts: int(facts[0]))
            if schema not in self._names or not members:
                continue
            columns, others = (", ".join(facts[n] for facts in members) for n in (1, 4))
            _, _, other_schema, other, _ = members[0]
            there = other if other_schema == schema else f"{self._names.get(other_schema, other_schema)}.{other}"
            definition = f"FOREIGN KEY ({columns}) REFERENCES {there}({others})"
            for event, action in zip(("UPDATE", "DELETE"), actions, strict=True):
                if action not in ("RESTRICT", "NO ACTION"):  # to InnoDB the same, and the default
                    definition += f" ON {event} {action}"
            yield (schema, table), "constraints", definition

    def _checks(self) -> Iterator[tuple[Table, str, str]]:
        for schema, table, clause, enforced in self._answer.rows["check"]:
            bare = _bare(clause)
            if schema in self._names and not _JSON.fullmatch(bare):
                definition = f"CHECK ({redact.scrub(bare)})" + (" NOT ENFORCED" if enforced == "NO" else "")
                yield (schema, table), "constraints", definition


def _type(kind: str) -> str:
    """Return a column's type; how wide integers are printed says nothing of them, unless zeros fill the width."""
    if "zerofill" in kind:
        return kind
    return _WIDTH.sub(lambda found: found[1] or found[2], kind).replace("utf8mb3", "utf8")


def _collation(name: str) -> Value:
    return mysql.value("collation_server", name)


def _default(written: str, extra: str, expression: str) -> str | None:
    """Return what a column gets that nobody fills in, as MySQL 8 writes it; None where there is nothing."""
    extra = extra.replace("DEFAULT_GENERATED", "").strip()
    generated = _GENERATED.search(extra)
    if generated:
        stored = "VIRTUAL" if generated[1].lower() == "virtual" else "STORED"
        return f"({_bare(expression)}) {stored}"
    if "auto_increment" in extra.lower():
        return "auto_increment"
    default: str | None = written[1:] if written else None
    if default == "NULL":  # so MariaDB says that there is none
        default = None
    elif default is not None and len(default) > 1 and default[0] == default[-1] == "'":
        default = default[1:-1].replace("''", "'")
    if default is not None:
        default = _NOW.sub(_timestamp, default)
    on_update = _NOW.sub(_timestamp, extra) if extra.lower().startswith("on update") else ""
    return " ".join(filter(None, (default, on_update))) if default is not None or on_update else None


def _timestamp(found: object) -> str:
    return "CURRENT_TIMESTAMP" + (digits if (digits := found[2] or "") not in ("", "()") else "")  # type: ignore[index]


def _bare(expression: str) -> str:
    """Return an expression without what only one product prints: the outer brackets, backticks, character sets."""
    text = _INTRODUCER.sub("", expression.strip()).replace("\\'", "'").replace("`", "")
    while text.startswith("(") and _closes_at_end(text):
        text = text[1:-1].strip()
    return text


def _closes_at_end(text: str) -> bool:
    depth = 0
    for position, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return position == len(text) - 1
    return False


def _index_part(facts: tuple[str, ...]) -> str:
    _, _, _, column, length, order, *more = facts
    part = column or f"({_bare(more[1]) if len(more) > 1 else '?'})"
    return part + (f"({length})" if length else "") + (" DESC" if order == "D" else "")


def _distinct(counts: list[str], filled: float) -> int | None:
    """Return how many different values a column has: MariaDB tells how often each is, MySQL how many a bucket has."""
    if len(counts) == 1:
        return round(filled / float(counts[0])) if filled and counts[0] and float(counts[0]) else None
    buckets, inside = counts
    numbers = [int(word) for word in inside.strip("[]").split(",") if word.strip().isdigit()]
    return sum(numbers) or int(buckets or 0) or None
