"""What the answers of a PostgreSQL server mean as entries, notes, notices, gaps and what is out of sight."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from driftcheck.collectors.postgres import settings
from driftcheck.collectors.postgres.answers import CANCELLED, LOCKED, REFUSED, Asking, Row, UnansweredError
from driftcheck.collectors.postgres.statements import STATEMENTS
from driftcheck.errors import CollectError
from driftcheck.model import (
    Collected,
    Entry,
    Failure,
    Location,
    Noise,
    Note,
    Notice,
    Path,
    Reading,
    Value,
    make,
    quoted,
)
from driftcheck.redact import hide, sensitive_name
from driftcheck.values import spell

_BY_NAME = {statement.name: statement for statement in STATEMENTS}
_GRANTED = "see `driftcheck probe grants postgres` for what a superuser would run"
_SPARE = frozenset({"name-like"})
"""A default such as '' or 'none' under a name like `password` is no secret that two databases share."""
_LIBRARIES: Path = ("settings", "shared_preload_libraries")
_LARGEST = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}
_FILLING, _FULL = 0.7, 0.9
_NAMED = 5
"""Tables that a message names."""
_ROLE = ("login", "superuser", "create_role", "create_db", "replication", "bypass_rls")
_PROVIDERS = {"": "libc", "c": "libc", "i": "icu", "b": "builtin"}
"""Before PostgreSQL 15 there was one, and no word for it."""


class Reader:
    """One database while its answers are read: what all the parts add to."""

    def __init__(self, reading: Reading, ask: Asking) -> None:
        self.reading = reading
        self.ask = ask
        self.at = Location("")
        self.entries: list[Entry] = []
        self.notices: list[Notice] = []
        self.gaps: list[Failure] = []
        self.hidden: list[Failure] = []
        self.notes: dict[Path, Note] = {}
        self.server = ""
        self._settings: dict[str, tuple[str, str, str, str, str]] = {}
        self._locked: set[Path] = set()
        self._sees_everything = False

    def read(
        self, areas: Sequence[str], app_role: str, schemas: Sequence[str], place: Callable[[str], str]
    ) -> Collected:
        """Return what was answered; `place` makes an address of the database's name."""
        rows = self._rows("settings", ("settings",))
        database = next(iter(self._rows("database", ())), None)
        if database is None:
            raise CollectError("did not say which database it is", hint=_GRANTED)
        self.at = Location(place(database[1]))
        self._database(database, areas)
        if "settings" in areas or "roles" in areas:
            self._of_settings(rows, shown="settings" in areas)
        if "roles" in areas:
            self._of_roles(app_role)
        if "extensions" in areas:
            for name, version, schema in self._rows("extensions", ("extensions",)):
                self._add(("extensions", quoted(name), "version"), version)
                self._add(("extensions", quoted(name), "schema"), schema)
        if "schema" in areas:
            self._of_schema(schemas)
        if "shape" in areas:
            self._of_shape()
        return Collected(
            self.entries, self.notices, self.gaps, self.notes, hidden=tuple(self.hidden), server=self.server
        )

    def _add(self, path: Path, value: Value, note: Note | None = None) -> None:
        self.entries.append(make(Entry, (path, value, self.at, ())))
        if note is not None:
            self.notes[path] = note

    def _missed(self, path: Path, reason: str, hint: str = "") -> Failure:
        return Failure(self.reading.source, self.reading.environment, reason, hint, path=path)

    def _rows(self, name: str, branch: Path) -> list[Row]:
        """Return the rows of a statement that has few of them; none, and a gap, if it failed."""
        return self._part(name, branch, list)

    def _part(
        self, name: str, branch: Path, read: Callable[[Iterator[Row]], list[Row]], *, again: bool = True
    ) -> list[Row]:
        """Return what `read` makes of a statement's rows; if the statement fails, a gap in place of all that it added.

        What ran into a lock is asked once more: the second time the locked table is known, and left out.
        """
        before = len(self.entries), len(self.notices)
        try:
            return read(self.ask(_BY_NAME[name]))
        except UnansweredError as failed:
            del self.entries[before[0] :]
            del self.notices[before[1] :]
            if failed.sqlstate == LOCKED and again:
                return self._part(name, branch, read, again=False)
            reason, hint = _said(name, failed)
            self.gaps.append(self._missed(branch, reason, hint))
            return []

    # One server, one database

    def _database(self, row: Row, areas: Sequence[str]) -> None:
        (number, name, user, standby, sees_settings, is_super, encoding, collation, ctype, limit, provider, locale,
         collation_version) = row  # fmt: skip
        self._sees_everything = is_super == "t"
        for identifier, started in self._rows_if_any("server"):
            self.server = f"{identifier}/{name} since {started}"  # a copy of a server keeps its identifier
        if "version" in areas:
            self._add(("version",), f"{int(number) // 10_000}.{int(number) % 10_000}")
        if "settings" not in areas:
            return
        if sees_settings != "t" and not self._sees_everything:
            reason = f"{user} sees no settings that are kept for superusers, and not where any comes from"
            self.hidden.append(self._missed(("settings",), reason, f"GRANT pg_read_all_settings TO {user}"))
        facts: dict[str, Value] = {
            "standby": standby == "t",
            "encoding": encoding,
            "collation": collation,
            "ctype": ctype,
            "connection_limit": int(limit),
            "locale_provider": _PROVIDERS.get(provider, provider),
            "locale": locale,
            "collation_version": collation_version,
        }
        for fact, value in facts.items():
            if value != "":
                self._add(("database", fact), value)

    def _rows_if_any(self, name: str) -> list[Row]:
        try:
            return list(self.ask(_BY_NAME[name]))
        except UnansweredError:
            return []

    # Settings and roles

    def _of_settings(self, rows: Iterable[Row], *, shown: bool) -> None:
        for name, text, unit, kind, context, source, derived, file, line, pending in rows:
            if name in settings.SESSION or source in settings.OF_SESSION:
                continue
            path = ("settings", quoted(name))
            if source in settings.OF_PROBE:
                if shown:
                    self.hidden.append(self._missed(path, f"{name} is set for the probe's own role"))
                continue
            self._settings[name] = (text, unit, kind, context, source)
            if not shown:
                continue
            noise = settings.noise(name, derived=derived == "t")
            origin = f"{file.rpartition('/')[2]}:{line}" if file else "" if source == "default" else source
            if noise is None and "." in name:
                note = Note(Noise.FOLLOWS, origin, source == "default", _LIBRARIES)
            else:
                note = Note(noise, origin, source == "default" and noise is None)
            self._add(path, self._value(name, text), note)
            if pending == "t":
                message = f"{name} waits for a restart: its file says otherwise than what runs"
                self.notices.append(Notice("live.pending-restart", path, message, self.at))

    def _value(self, name: str, text: str) -> Value:
        _, unit, kind, *_ = self._settings.get(name, ("", "", "string"))
        value = settings.value(text, unit, kind)
        if isinstance(value, str) and value not in ("", "set") and kind == "string" and sensitive_name(name):
            return hide(value)
        return value

    def _of_roles(self, app_role: str) -> None:
        roles = self._rows("roles", ("roles",))
        for name, *flags, limit, member_of in roles:
            parent = ("roles", quoted(name))
            for flag, value in zip(_ROLE, flags, strict=True):
                self._add((*parent, flag), value == "t")
            self._add((*parent, "connection_limit"), int(limit))
            if member_of:
                self._add((*parent, "member_of"), tuple(member_of.split(", ")))
        own: defaultdict[str, dict[bool, dict[str, str]]] = defaultdict(lambda: {False: {}, True: {}})
        custom: defaultdict[str, list[str]] = defaultdict(list)
        for role, in_database, name, unknown, text in self._rows("role_settings", ("roles",)):
            if unknown == "t":
                custom[role].append(name)
            else:
                own[role][in_database == "t"][name] = text
        for role, names in custom.items():
            owner: Path = ("roles", quoted(role)) if role else ("database",)
            self._add((*owner, "custom_settings"), tuple(sorted(set(names))))
        for role, by_reach in own.items():
            if role not in ("", app_role):
                for name, text in {**by_reach[False], **by_reach[True]}.items():
                    self._add(("roles", quoted(role), quoted(name)), self._value(name, text))
        if app_role and app_role in {name for name, *_ in roles}:
            self._of_application(app_role, own)
        elif app_role and roles:
            reason = f"there is no role {app_role}, whose settings are asked for with `app_role`"
            self.gaps.append(self._missed(("roles", quoted(app_role)), reason, "correct `app_role`"))

    def _of_application(self, role: str, own: dict[str, dict[bool, dict[str, str]]]) -> None:
        """Add what holds for a role's sessions: what it has in this database, what it has anywhere, what all have here.

        Everything else follows from the server's setting.
        """
        nobody: dict[bool, dict[str, str]] = {False: {}, True: {}}
        of_all, of_role = own.get("", nobody), own.get(role, nobody)
        chosen = {**of_all[False], **of_all[True], **of_role[False], **of_role[True]}
        for name, (text, _, _, context, _) in self._settings.items():
            if context in ("user", "superuser") and name not in chosen and settings.noise(name, derived=False) is None:
                follows = Note(Noise.FOLLOWS, follows=("settings", quoted(name)))
                self._add(("roles", quoted(role), quoted(name)), self._value(name, text), follows)
        for name, text in chosen.items():
            self._add(("roles", quoted(role), quoted(name)), self._value(name, text))

    # The schema

    def _of_schema(self, schemas: Sequence[str]) -> None:
        there = {name for [name] in self._rows("schemas", ("schema",))}
        for name in schemas:
            if name not in there:
                reason = f"there is no schema {name}, which is asked for with `schemas`"
                self.gaps.append(self._missed(("schema", quoted(name)), reason, "correct `schemas`"))
        branch = ("schema",)
        self._part("columns", branch, self._columns)
        self._part("constraints", branch, self._constraints)
        self._part("indexes", branch, self._indexes)
        self._part("enums", branch, self._enums)
        self._part("sequences", branch, self._sequences)
        for path in sorted(self._locked):
            reason = f"{'.'.join(path[1:])} was locked by somebody else"
            self.gaps.append(self._missed(path, reason, "read again when ALTER TABLE, TRUNCATE or VACUUM FULL is done"))

    def _columns(self, rows: Iterator[Row]) -> list[Row]:
        append, at = self.entries.append, self.at
        table = ("", "")
        parent: Path = ()
        for schema, name, column, kind, not_null, default, collation in rows:  # 65,000 times in a large database
            if (schema, name) != table:
                table = (schema, name)
                parent = ("schema", quoted(schema), quoted(name), "columns")
            if not column:
                self._locked.add(parent[:3])
                continue
            path = (*parent, quoted(column))
            append(make(Entry, ((*path, "type"), kind, at, ())))
            append(make(Entry, ((*path, "nullable"), not_null != "t", at, ())))
            if default:
                is_secret = "'" in default and sensitive_name(column)
                append(make(Entry, ((*path, "default"), hide(default, _SPARE) if is_secret else default, at, ())))
            if collation:
                append(make(Entry, ((*path, "collation"), collation, at, ())))
        return []

    def _constraints(self, rows: Iterator[Row]) -> list[Row]:
        for schema, table, definition, validated in rows:
            parent = ("schema", quoted(schema), quoted(table))
            if not definition:
                self._locked.add(parent)
                continue
            path = (*parent, "constraints", _defined(definition.removesuffix(" NOT VALID")))
            self._add(path, "valid" if validated == "t" else "not valid")
            if validated != "t":
                message = f"{definition} of {table} holds for new rows alone"
                self.notices.append(Notice("schema.unvalidated", path, message, self.at))
        return []

    def _indexes(self, rows: Iterator[Row]) -> list[Row]:
        for schema, table, definition, valid, name in rows:
            parent = ("schema", quoted(schema), quoted(table))
            if not definition:
                self._locked.add(parent)
                continue
            path = (*parent, "indexes", _defined(definition))
            self._add(path, "valid" if valid == "t" else "invalid")
            if valid != "t":
                message = f"{name} of {table} is invalid: building it failed, or goes on right now"
                self.notices.append(Notice("schema.invalid-index", path, message, self.at))
        return []

    def _enums(self, rows: Iterator[Row]) -> list[Row]:
        labels: defaultdict[Path, list[str]] = defaultdict(list)
        for schema, name, label in rows:
            labels["schema", quoted(schema), quoted(name), "labels"].append(label)
        for path, listed in labels.items():
            self._add(path, tuple(listed))
        return []

    def _sequences(self, rows: Iterator[Row]) -> list[Row]:
        unseen = 0
        for schema, name, kind, largest, step, cycles, table, column, column_kind, last, visible in rows:
            path = ("schema", quoted(schema), quoted(name), "sequence")
            self._add(path, kind + (f" by {step}" if step != "1" else "") + (" cycle" if cycles == "t" else ""))
            unseen += visible != "t"
            limit = min(int(largest), _LARGEST.get(column_kind, int(largest)))
            used = int(last) / limit
            if used >= _FILLING and int(step) > 0 and cycles != "t":
                owner = f"{table}.{column} ({column_kind})" if table else "no column"
                message = f"{used:.0%} of its numbers are used: {last} of {limit}, for {owner}"
                rule = "schema.sequence" if used >= _FULL else "schema.sequence-filling"
                self.notices.append(Notice(rule, path, message, self.at))
        if unseen:
            reason = f"how far {unseen} sequences have counted is not shown"
            self.hidden.append(self._missed(("shape", "sequences"), reason, _GRANTED))
        return []

    # The shape of the data

    def _of_shape(self) -> None:
        known: dict[tuple[str, str], tuple[Path, bool, int]] = {}
        never: list[str] = []

        def tables(rows: Iterator[Row]) -> list[Row]:
            for schema, name, is_partitioned, count, size in rows:
                path = ("shape", quoted(schema), quoted(name))
                known[schema, name] = (path, is_partitioned == "t", int(count))
                if int(count) < 0:
                    never.append(f"{schema}.{name}")
                    continue
                self._add((*path, "rows"), int(count))
                self._add((*path, "bytes"), spell.size(int(size)))
            return []

        def columns(rows: Iterator[Row]) -> list[Row]:
            append, at = self.entries.append, self.at
            for schema, table, column, inherited, nulls, distinct in rows:
                path, is_partitioned, count = known.get((schema, table), ((), False, 0))
                if not path or count < 0 or (inherited == "t") != is_partitioned:
                    continue
                parent = (*path, "columns", quoted(column))
                different = float(distinct)
                append(make(Entry, ((*parent, "null_fraction"), round(float(nulls), 4), at, ())))
                different = different if different >= 0 else -different * count
                append(make(Entry, ((*parent, "distinct"), round(different), at, ())))
            return []

        self._part("tables", ("shape",), tables)
        self._part("column_shape", ("shape",), columns)
        if never:
            named = ", ".join(sorted(never)[:_NAMED]) + (
                f" and {len(never) - _NAMED} more" if len(never) > _NAMED else ""
            )
            hint = "autovacuum analyses a table when enough of it has changed; ANALYZE does at once"
            self.hidden.append(self._missed(("shape",), f"never analysed, so nothing is known of it: {named}", hint))
        if not (self.ask.helped or self._sees_everything):
            reason = "statistics of columns are shown only for tables that the probe's role may read"
            self.hidden.append(self._missed(("shape",), reason, _GRANTED))


def _defined(definition: str) -> str:
    """Return a definition as a segment that is told from names by its quotes, whatever it holds."""
    text = quoted(definition)
    return text if text[0] == '"' else f'"{text}"'


def _said(name: str, failed: UnansweredError) -> tuple[str, str]:
    """Return why a statement has no answer, and the way out."""
    what = name.replace("_", " ")
    if failed.sqlstate == LOCKED:
        return f"{what}: a table was locked by somebody else", "read again when the lock is gone"
    if failed.sqlstate == CANCELLED:
        return f"{what}: took too long", "name the `schemas` that matter, or give it more time with `timeout`"
    if failed.sqlstate == REFUSED:
        return f"{what}: the role may not see it", _GRANTED
    return f"{what}: {failed.reason}", "name the `schemas` that matter" if "more than" in failed.reason else ""
