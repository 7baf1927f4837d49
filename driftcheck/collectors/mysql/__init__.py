"""MySQL and MariaDB servers: version, settings, accounts, schema, and the shape of the data without reading a row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from driftcheck.collectors.base import ANSWER, TIMEOUT, VIA, Option, deadline, read_answer
from driftcheck.collectors.mysql import connection, settings
from driftcheck.collectors.mysql.answer import Answer, read
from driftcheck.collectors.mysql.questions import GRANTS, PARTS, asked, text
from driftcheck.collectors.mysql.schema import Schema
from driftcheck.errors import CollectError, ConfigError, did_you_mean
from driftcheck.model import Collected, Entry, Failure, Location, Noise, Note, Notice, Path, Reading, key_of, quoted
from driftcheck.values import names

NEEDS_NETWORK = True
KEYS_NAME_SETTINGS = False  # a table or column that is called `token` holds no secret in its type
OF_SERVERS = True
OPTIONS: Mapping[str, Option] = {
    "dsn": Option("dsn", "mysql://user@host:3306/database?ssl_mode=verify_identity&ssl_ca=FILE, without a password"),
    "host": Option("text", "where it listens: localhost unless told"),
    "port": Option("text", "3306 unless told"),
    "socket": Option("text", "its socket, in place of host and port"),
    "user": Option("text", "the account that reads; `driftcheck probe grants mysql` prints what it needs"),
    "password": Option(
        "credential", "where the account's password is kept: {env: NAME}, {file: PATH} or {command: []}"
    ),
    "option_file": Option("path", "an option file of MySQL, whose group [client] says what is not said here"),
    "database": Option("text", "the database to log in to, and to read where `schemas` does not say"),
    "schemas": Option("texts", "the databases whose tables are compared"),
    "collect": Option("texts", f"what to read: all of {', '.join(PARTS)} unless told"),
    "ssl_mode": Option(
        "text",
        f"{', '.join(connection.SSL_MODES)}: verify_identity unless told, preferred where it is this machine",
    ),
    "ssl_ca": Option("path", "the certificates to trust in place of the system's"),
    "ssl_cert": Option("path", "the certificate to show"),
    "ssl_key": Option("path", "its key"),
    "timeout": TIMEOUT,
    "via": VIA,
    "answer": ANSWER,
}
EXAMPLE = """\
orders-db:
  collector: mysql
  dsn: {staging: mysql://driftcheck@db.stg/orders, production: mysql://driftcheck@db.prod/orders}
  password: {env: ORDERS_DB_PASSWORD}
"""

__all__ = ["EXAMPLE", "GRANTS", "KEYS_NAME_SETTINGS", "NEEDS_NETWORK", "OF_SERVERS", "OPTIONS", "collect", "script"]

_BRANCHES: Mapping[str, Path] = {
    "setting": ("settings",),
    "role": ("roles",),
    "statistic": ("shape",),
}
"""What a question that was not answered leaves unknown; any other leaves the schema so."""
_DENIED = frozenset((1044, 1142, 1143, 1227))
_CLOSE_TO_THE_END, _FILLING = 0.9, 0.7


def script(options: Mapping[str, object]) -> str:
    """Return the questions as a text for `mysql` or `mariadb`."""
    return text(asked(_parts(options), _schemas(options, connection.target_database(options))))


def collect(reading: Reading) -> Collected:
    """Ask a server, or read what one answered by hand; raise CollectError if nothing can be had of it."""
    options = reading.options
    parts = _parts(options)
    if given := read_answer(reading):
        place = given[1]
        answered = read(*given)
        try:
            return _Reading(reading, answered, Location(place), _schemas(options)).collected()
        except (IndexError, TypeError, ValueError):  # rows that no server wrote
            raise CollectError(f"{place}: the answer is not understood", hint="run the probe again") from None
    target = connection.target(options)
    schemas = _schemas(options, target.database)
    if not schemas and not {"schema", "shape"}.isdisjoint(parts):
        raise ConfigError(
            f"source {reading.source} says neither which `database` nor which `schemas`",
            hint="add `schemas: [orders]`, or `collect: [version, settings]` where no schema is to be compared",
        )
    questions = asked(parts, schemas)
    via = options.get("via")
    if isinstance(via, list):
        place = " ".join(via)
        answered = read(connection.ask_beside(via, target, questions, deadline(reading)), place)
    else:
        place = target.place
        answered = connection.ask(target, questions, deadline(reading))
    return _Reading(reading, answered, Location(f"{place}/{target.database}".rstrip("/")), schemas).collected()


def _parts(options: Mapping[str, object]) -> list[str]:
    parts = options.get("collect")
    wanted = list(map(str, parts)) if isinstance(parts, list) else list(PARTS)
    for part in wanted:
        if part not in PARTS:
            raise ConfigError(f"`collect` names an unknown part `{part}`", hint=did_you_mean(part, PARTS))
    return wanted


def _schemas(options: Mapping[str, object], database: str = "") -> list[str]:
    listed = options.get("schemas")
    return list(map(str, listed)) if isinstance(listed, list) else [database] if database else []


class _Reading:
    """One answer while it is made into entries."""

    def __init__(self, reading: Reading, answer: Answer, location: Location, schemas: list[str]) -> None:
        self._reading = reading
        self._answer = answer
        self._location = location
        there = [name for (name,) in answer.rows["schema"]] or sorted({row[0] for row in answer.rows["table"]})
        self._lacking = [name for name in schemas if name not in there] if "table" in answer.asked else []
        self._read = [name for name in there if not schemas or name in schemas]
        self._schema = Schema(answer, _neutral(self._read, reading.environment))

    def collected(self) -> Collected:
        answer = self._answer
        found = [*settings.version(answer), *settings.settings(answer), *settings.roles(answer)]
        entries = [Entry(path, value, self._location) for path, value, _ in found]
        notes = {path: note for path, _, note in found if note != Note()}
        if "column" in answer.asked:
            tables = list(self._schema.schema())
            entries += [Entry(path, value, self._location) for path, value in tables]
            notes |= {  # a column sorts as its table does, unless it says otherwise
                path: Note(Noise.FOLLOWS, follows=(*path[:3], "collation"))
                for path, _ in tables
                if path[-1] == "collation" and len(path) > 4
            }
        if "statistic" in answer.asked:
            entries += [Entry(path, value, self._location) for path, value in self._schema.shape()]
        gaps, hidden = [*self._gaps()], [*self._hidden()]
        server = self._server()
        return Collected(entries, [*self._notices()], gaps, notes, tuple(hidden), server)

    def _server(self) -> str:
        """Return what tells this server from all others; its UUID alone is that of each copy of its files as well."""
        known = {name.lower(): value for name, value, *_ in self._answer.rows["setting"]}
        own = [known.get(name, "") for name in ("server_uuid", "server_uid", "hostname", "port", "socket", "datadir")]
        return "/".join([*own, *sorted(self._read)]) if any(own) else ""

    def _failure(self, reason: str, hint: str, path: Path) -> Failure:
        return Failure(self._reading.source, self._reading.environment, reason, hint, self._location, path)

    def _gaps(self) -> Iterator[Failure]:
        """Yield what was asked for and not read: another time it may be."""
        for tag, number in self._answer.errors.items():
            if number not in _DENIED:
                reason = f"the question for {_called(tag)} was not answered in time, or not understood ({number})"
                yield self._failure(reason, "see what the server says to it by hand", _BRANCHES.get(tag, ("schema",)))
        for name in self._lacking:
            reason = f"the database {name} is not there, or its tables are not visible"
            yield self._failure(reason, _grant(name), ("schema", quoted(name)))
        for table in self._without_columns(locked=True):
            path = ("schema", *self._schema.at(*table))
            yield self._failure(f"the table {'.'.join(table)} is locked", "try again when it is not", path)

    def _hidden(self) -> Iterator[Failure]:
        """Yield what the account's privileges do not show, and statistics that nobody ever made."""
        for tag, number in self._answer.errors.items():
            if number in _DENIED:
                hint = "`driftcheck probe grants mysql` prints the grant"
                yield self._failure(f"{_called(tag)} are not visible", hint, _BRANCHES.get(tag, ("schema",)))
        for schema, table in self._without_columns(locked=False):
            path = ("schema", *self._schema.at(schema, table))
            yield self._failure(f"the columns of {schema}.{table} are not visible", _grant(schema), path)
        for schema, table in self._without_constraints():
            path = ("schema", *self._schema.at(schema, table), "constraints")
            yield self._failure(f"the constraints of {schema}.{table} are not visible", _grant(schema), path)
        if "statistic" in self._answer.asked and "statistic" not in self._answer.errors:
            yield from self._without_statistics()

    def _without_columns(self, *, locked: bool) -> Iterator[tuple[str, str]]:
        """Yield tables that are listed without their columns; locked ones do not name their engine either."""
        if "column" not in self._answer.asked or "column" in self._answer.errors:
            return
        told = {row[:2] for row in self._answer.rows["column"]}
        for schema, table, kind, engine, *_ in self._schema.tables:
            if (schema, table) not in told and (kind == "BASE TABLE" and not engine) is locked:
                yield schema, table

    def _without_constraints(self) -> Iterator[tuple[str, str]]:
        """Yield tables with a unique index that is not listed as a constraint: SELECT alone shows none.

        A table without such an index goes with the others of its schema.
        """
        if "constraint" not in self._answer.asked:
            return
        shown_of = {row[:2] for row in self._answer.rows["constraint"]}
        unique = {row[:2] for row in self._answer.rows["index"] if row[3] == "0"}
        blind = {schema for schema, _ in unique - shown_of} - {schema for schema, _ in shown_of}
        for schema, table, kind, *_ in self._schema.tables:
            at = (schema, table)
            if kind == "BASE TABLE" and at not in shown_of and (at in unique or schema in blind):
                yield at

    def _without_statistics(self) -> Iterator[Failure]:
        """Yield each schema of which nobody made statistics of columns, with the command that makes them."""
        told = {row[0] for row in self._answer.rows["statistic"]}
        nullable: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for row in self._answer.rows["column"]:
            if row[4] == "YES" and row[0] in self._read:
                nullable[row[0]].append((row[1], row[2]))
        [(banner, *_)] = self._answer.rows["server"]
        for schema, columns in nullable.items():
            if schema in told:
                continue
            table, column = columns[0]
            command = f"ANALYZE TABLE {schema}.{table} " + (
                "PERSISTENT FOR ALL" if "mariadb" in banner.lower() else f"UPDATE HISTOGRAM ON {column}"
            )
            hint = f"a DBA may run `{command}`, which reads the table" if not banner.startswith("5.") else ""
            path = ("shape", quoted(self._schema.at(schema, table)[0]))
            yield self._failure(
                f"nobody made statistics of the columns of {schema}: their nulls are unknown", hint, path
            )

    def _notices(self) -> Iterator[Notice]:
        for schema, table, column, used in self._schema.next_numbers():
            if used >= _FILLING and schema in self._read:
                rule = "schema.sequence" if used >= _CLOSE_TO_THE_END else "schema.sequence-filling"
                path = ("schema", *self._schema.at(schema, table), "columns", quoted(column), "default")
                message = f"AUTO_INCREMENT of {key_of(path[1:3])} has used {used:.1%} of what {column} holds"
                yield Notice(rule, path, message, self._location)


def _called(tag: str) -> str:
    return {"role": "accounts", "statistic": "statistics of columns", "index": "indexes"}.get(tag, f"{tag}s")


def _grant(schema: str) -> str:
    return f"GRANT REFERENCES ON `{schema}`.* TO the account: it shows all tables, and no row"


def _neutral(schemas: list[str], environment: str) -> dict[str, str]:
    """Return databases by names without their environment's: `orders_staging` is production's `orders`."""
    own = names.tokens(environment, names.tier_of(environment))
    bare = {name: names.skeleton(name, own).strip("_-") or name for name in schemas}
    return bare if len(set(bare.values())) == len(schemas) else {name: name for name in schemas}
