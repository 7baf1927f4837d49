"""What is asked of PostgreSQL: a fixed list of queries that only read catalogues, for PostgreSQL 12 and later.

Each is sent as `COPY (...) TO STDOUT`: rows are lines, fields are parted by tabs, and what is null is an empty field. The
same bytes come back through a driver, through psql, and in a file that somebody sends.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

AREAS = ("version", "settings", "roles", "extensions", "schema", "shape")

MOST_ROWS = 200_000
"""What one query may answer with. A database of 5,000 tables has 65,000 columns."""


class Statement(NamedTuple):
    """One query, and the area that it is for. `helper` is what is asked where the helper functions may be called."""

    name: str
    area: str
    query: str
    helper: str = ""


BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
GUARDS = (
    "SET LOCAL statement_timeout = '20s'",
    "SET LOCAL lock_timeout = '500ms'",
    "SET LOCAL idle_in_transaction_session_timeout = '30s'",
    "SET LOCAL search_path = ''",  # else names are qualified by role: false drift
    "SET LOCAL bytea_output = 'hex'",
)
"""After the settings have been read: from then on, they are what this session made of them."""

HELPERS = (
    "SELECT count(*) = 2 AS helped FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
    " WHERE n.nspname = 'driftcheck' AND p.proname IN ('column_shape', 'sequence_last')"
    " AND has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE')"
)
"""Whether the functions of `GRANTS` are there and may be called."""

_HIDDEN = "'(_command|conninfo|password|passphrase|secret|token|credential|api_?key|private_?key)'"
"""Names of settings whose text never leaves the server: that they are set is all that is told."""

_SETTINGS = f"""\
SELECT name, CASE WHEN vartype = 'string' AND setting <> '' AND name ~ {_HIDDEN} THEN 'set' ELSE setting END,
  coalesce(unit, ''), vartype, context, source, source = 'default' AND setting IS DISTINCT FROM boot_val,
  coalesce(sourcefile, ''), coalesce(sourceline, 0), pending_restart
FROM pg_settings"""

_SERVER = "SELECT system_identifier, pg_postmaster_start_time() FROM pg_control_system()"

_DATABASE = """\
SELECT current_setting('server_version_num'), current_database(), session_user, pg_is_in_recovery(),
  pg_has_role(session_user, 'pg_read_all_settings', 'USAGE'), (SELECT rolsuper FROM pg_roles WHERE rolname = session_user),
  pg_encoding_to_char(d.encoding), d.datcollate, d.datctype, d.datconnlimit, coalesce(to_jsonb(d)->>'datlocprovider', ''),
  coalesce(to_jsonb(d)->>'datlocale', to_jsonb(d)->>'daticulocale', ''), coalesce(to_jsonb(d)->>'datcollversion', '')
FROM pg_database d WHERE datname = current_database()"""

_ROLES = """\
SELECT rolname, rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolconnlimit,
  coalesce((SELECT string_agg(quote_ident(g.rolname), ', ' ORDER BY g.rolname) FROM pg_auth_members m
    JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid), '')
FROM pg_roles r WHERE rolname !~ '^pg_'"""

_ROLE_SETTINGS = f"""\
SELECT coalesce(r.rolname, ''), s.setdatabase <> 0, c.name, p.name IS NULL,
  CASE WHEN p.name IS NULL OR (p.vartype = 'string' AND c.name ~ {_HIDDEN}) THEN 'set' ELSE c.value END
FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole
CROSS JOIN LATERAL (SELECT split_part(u, '=', 1) AS name, substr(u, strpos(u, '=') + 1) AS value FROM unnest(s.setconfig) u) c
LEFT JOIN pg_settings p ON lower(p.name) = lower(c.name)
WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
  AND (s.setrole = 0 OR r.rolname IS NOT NULL)"""

_EXTENSIONS = """\
SELECT e.extname, e.extversion, n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace"""

_NOT_OURS = "n.nspname NOT IN ('pg_catalog', 'information_schema', 'driftcheck') AND n.nspname !~ '^pg_(toast|temp)'"

_SCHEMAS = f"SELECT n.nspname FROM pg_namespace n WHERE {_NOT_OURS}{{schemas}}"

_RELATIONS = f"""\
WITH RECURSIVE locked AS MATERIALIZED (
  SELECT DISTINCT relation FROM pg_locks WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock' AND granted
    AND pid <> pg_backend_pid() AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
), relation AS MATERIALIZED (
  SELECT c.oid, n.nspname, c.relname, c.relkind, EXISTS (SELECT FROM locked l WHERE l.relation = c.oid) AS is_locked
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND {_NOT_OURS}{{schemas}}
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
)"""
"""Tables and views that belong to no extension and are no partition; what is locked would stop a query, and is left out."""

_COLUMNS = f"""\
{_RELATIONS}
SELECT r.nspname, r.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
  CASE WHEN a.attidentity = 'a' THEN 'generated always as identity'
    WHEN a.attidentity = 'd' THEN 'generated by default as identity'
    WHEN a.attgenerated <> '' THEN 'generated always as (' || pg_get_expr(d.adbin, d.adrelid) || ')'
    ELSE coalesce(pg_get_expr(d.adbin, d.adrelid), '') END,
  CASE WHEN a.attcollation <> t.typcollation THEN o.collname ELSE '' END
FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum AND a.atthasdef
LEFT JOIN pg_collation o ON o.oid = a.attcollation WHERE NOT r.is_locked
UNION ALL SELECT nspname, relname, '', '', false, '', '' FROM relation WHERE is_locked"""

_CONSTRAINTS = f"""\
{_RELATIONS}
SELECT r.nspname, r.relname, pg_get_constraintdef(k.oid, true), k.convalidated
FROM relation r JOIN pg_constraint k ON k.conrelid = r.oid
WHERE NOT r.is_locked AND k.conparentid = 0 AND (k.contype IN ('p', 'f', 'c', 'x') OR (k.contype = 'u' AND k.condeferrable))
UNION ALL SELECT nspname, relname, '', false FROM relation WHERE is_locked"""
"""Without NOT NULL, which columns tell, and without what a unique index tells as well."""

_INDEXES = f"""\
{_RELATIONS}
SELECT r.nspname, r.relname,
  CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END || substring(pg_get_indexdef(i.indexrelid) FROM ' USING (.*)$'),
  i.indisvalid AND i.indisready, x.relname
FROM relation r JOIN pg_index i ON i.indrelid = r.oid JOIN pg_class x ON x.oid = i.indexrelid
WHERE NOT r.is_locked AND NOT EXISTS (SELECT FROM locked l WHERE l.relation = i.indexrelid)
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid
    AND (k.contype IN ('p', 'x') OR (k.contype = 'u' AND k.condeferrable)))
UNION ALL SELECT nspname, relname, '', false, '' FROM relation r WHERE is_locked
  OR EXISTS (SELECT FROM locked l JOIN pg_index i ON i.indexrelid = l.relation WHERE i.indrelid = r.oid)"""

_ENUMS = f"""\
SELECT n.nspname, t.typname, e.enumlabel FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid
JOIN pg_namespace n ON n.oid = t.typnamespace WHERE {_NOT_OURS}{{schemas}}
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_type'::regclass AND x.objid = t.oid AND x.deptype = 'e')
ORDER BY t.oid, e.enumsortorder"""

_SEQUENCES = f"""\
SELECT n.nspname, c.relname, format_type(s.seqtypid, NULL), s.seqmax, s.seqincrement, s.seqcycle,
  coalesce(o.relname, ''), coalesce(a.attname, ''), coalesce(format_type(a.atttypid, NULL), ''),
  coalesce(l.last_value, 0), {{visible}}
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
  AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
LEFT JOIN pg_class o ON o.oid = d.refobjid LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
LEFT JOIN {{source}} l ON l.schemaname = n.nspname AND l.sequencename = c.relname
WHERE {_NOT_OURS}{{schemas}}
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')"""


def _sequences(source: str, visible: str) -> str:
    return _SEQUENCES.replace("{source}", source).replace("{visible}", visible)


_TABLES = f"""\
{_RELATIONS}, tree AS (
  SELECT i.inhparent AS root, i.inhrelid AS leaf FROM pg_inherits i JOIN relation r ON r.oid = i.inhparent AND r.relkind = 'p'
  UNION ALL SELECT t.root, i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.leaf
), part AS (
  SELECT root AS oid, leaf FROM tree UNION ALL SELECT oid, oid FROM relation WHERE relkind IN ('r', 'm')
)
SELECT r.nspname, r.relname, r.relkind = 'p', coalesce(sum(c.reltuples) FILTER (WHERE c.reltuples > 0 OR c.reltuples = 0 AND (
    current_setting('server_version_num')::int >= 140000 OR pg_stat_get_last_analyze_time(c.oid) IS NOT NULL
    OR pg_stat_get_last_autoanalyze_time(c.oid) IS NOT NULL)), -1)::bigint,
  sum(c.relpages::bigint) * current_setting('block_size')::int
FROM part p JOIN relation r ON r.oid = p.oid JOIN pg_class c ON c.oid = p.leaf AND c.relkind <> 'p' GROUP BY 1, 2, 3"""
"""Estimates, which take no lock. -1 is unknown; before PostgreSQL 14 an empty table and a new one are both 0."""

_COLUMN_SHAPE = (
    "SELECT n.* FROM (SELECT schemaname AS nspname, tablename, attname, inherited, null_frac, n_distinct FROM {source}) n"
    f" WHERE {_NOT_OURS}{{schemas}}"
)
"""Never the most common values and bounds, which pg_stats holds as well: they are data."""

STATEMENTS = (
    Statement("settings", "", _SETTINGS),
    Statement("server", "", _SERVER),
    Statement("database", "", _DATABASE),
    Statement("roles", "roles", _ROLES),
    Statement("role_settings", "roles", _ROLE_SETTINGS),
    Statement("extensions", "extensions", _EXTENSIONS),
    Statement("schemas", "schema", _SCHEMAS),
    Statement("columns", "schema", _COLUMNS),
    Statement("constraints", "schema", _CONSTRAINTS),
    Statement("indexes", "schema", _INDEXES),
    Statement("enums", "schema", _ENUMS),
    Statement(
        "sequences",
        "schema",
        _sequences("pg_sequences", "has_sequence_privilege(c.oid, 'SELECT,USAGE')"),
        _sequences("driftcheck.sequence_last()", "true"),
    ),
    Statement("tables", "shape", _TABLES),
    Statement(
        "column_shape",
        "shape",
        _COLUMN_SHAPE.replace("{source}", "pg_stats"),
        _COLUMN_SHAPE.replace("{source}", "driftcheck.column_shape()"),
    ),
)
"""In this order. The area "" is asked whatever is collected: the settings first of all, before this session has any."""


def asked(areas: Sequence[str]) -> tuple[Statement, ...]:
    """Return the statements for some of `AREAS`."""
    return tuple(statement for statement in STATEMENTS if not statement.area or statement.area in areas)


def copy(query: str, schemas: Sequence[str]) -> str:
    """Return the statement that is sent for a query, narrowed to some schemas; all of them where none is named."""
    names = ", ".join(map(_literal, schemas))
    narrowed = query.replace("{schemas}", f" AND n.nspname IN ({names})" if names else "")
    return f"COPY (SELECT * FROM ({narrowed}) every LIMIT {MOST_ROWS + 1}) TO STDOUT"


def _literal(text: str) -> str:
    doubled = text.replace("'", "''").replace("\\", "\\\\")
    return f"E'{doubled}'"


GRANTS = """\
-- What driftcheck needs to read all it can of a PostgreSQL server, and nothing else. Run it as a superuser, in the database
-- that is to be read. The role reads no row of any table: the two functions show statistics (how many nulls, how many
-- distinct values) and how far sequences have counted. Give the role a password, or another way to log in, afterwards:
-- `\\password driftcheck` in psql.
CREATE ROLE driftcheck LOGIN CONNECTION LIMIT 3;
GRANT pg_read_all_settings TO driftcheck;
ALTER ROLE driftcheck SET default_transaction_read_only = on;

CREATE SCHEMA driftcheck;
CREATE FUNCTION driftcheck.column_shape() RETURNS TABLE (schemaname name, tablename name, attname name, inherited boolean,
    null_frac real, n_distinct real)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.schemaname, s.tablename, s.attname, s.inherited, s.null_frac, s.n_distinct FROM pg_catalog.pg_stats s
    WHERE s.schemaname NOT IN ('pg_catalog', 'information_schema') $$;
CREATE FUNCTION driftcheck.sequence_last() RETURNS TABLE (schemaname name, sequencename name, last_value bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.schemaname, s.sequencename, s.last_value FROM pg_catalog.pg_sequences s $$;
REVOKE ALL ON FUNCTION driftcheck.column_shape(), driftcheck.sequence_last() FROM PUBLIC;
GRANT USAGE ON SCHEMA driftcheck TO driftcheck;
GRANT EXECUTE ON FUNCTION driftcheck.column_shape(), driftcheck.sequence_last() TO driftcheck;
"""
"""The set-up script, for PostgreSQL 12 and later."""
