"""What a MySQL or MariaDB server is asked: statements that only read, the same by the driver as by a client.

The first column of every row says what the row is. Version comments (`/*!80016 ... */` for MySQL, `/*M!100500 ... */`
for MariaDB, which passes over MySQL's from 50700 on) make one text of what each version can answer:
https://mariadb.com/docs/server/reference/sql-structure/sql-language-structure/comment-syntax
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

PARTS = ("version", "settings", "roles", "schema", "shape")

STATEMENT_SECONDS = 10

GUARDS = (
    "SET SESSION TRANSACTION READ ONLY",
    (
        "SET SESSION lock_wait_timeout = 2, innodb_lock_wait_timeout = 2"
        f" /*!50708 , max_execution_time = {STATEMENT_SECONDS}000 */ /*!80000 , information_schema_stats_expiry = 0 */"
        f" /*M!100101 , max_statement_time = {STATEMENT_SECONDS} */"
    ),
)
"""Before everything else. Engines are asked for statistics: what MySQL 8 remembers of them it also writes down."""

_SYSTEM = "'information_schema', 'mysql', 'performance_schema', 'sys'"


class Question(NamedTuple):
    """One statement, what its rows are called, and of which part they are; `{schemas}` stands for a condition."""

    tag: str
    part: str
    sql: str


SERVER = Question("server", "version", "SELECT 'server', @@version, @@version_comment, @@hostname")

QUESTIONS = (
    SERVER,
    Question(
        "setting",
        "settings",
        "SELECT 'setting',"
        " /*!50700 g.variable_name, IFNULL(g.variable_value, '') */"
        " /*!80000 , IFNULL(i.variable_source, ''), IFNULL(i.variable_path, '') */"
        " /*!50700 FROM performance_schema.global_variables g */"
        " /*!80000 LEFT JOIN performance_schema.variables_info i USING (variable_name) */"
        " /*M!100101 LOWER(variable_name), global_value, global_value_origin */"
        " /*M!100500 , IFNULL(global_value_path, '') */"
        " /*M!100101 FROM information_schema.system_variables WHERE global_value IS NOT NULL */",
    ),
    Question(
        "role", "roles", "SELECT 'role', user, host, plugin, max_user_connections, ssl_type, super_priv FROM mysql.user"
    ),
    Question(
        "schema", "schema", "SELECT 'schema', schema_name FROM information_schema.schemata WHERE schema_name {schemas}"
    ),
    Question(
        "table",
        "schema shape",
        "SELECT 'table', table_schema, table_name, table_type, IFNULL(engine, ''), IFNULL(table_collation, ''),"
        " IFNULL(table_rows, ''), IFNULL(data_length + index_length, ''), IFNULL(auto_increment, '')"
        " FROM information_schema.tables WHERE table_schema {schemas}",
    ),
    Question(
        "column",
        "schema",
        "SELECT 'column', table_schema, table_name, column_name, column_type, is_nullable,"
        " IFNULL(CONCAT('=', column_default), ''), extra, IFNULL(collation_name, ''), IFNULL(generation_expression, '')"
        " FROM information_schema.columns WHERE table_schema {schemas}",
    ),
    Question(
        "index",
        "schema",
        "SELECT 'index', table_schema, table_name, index_name, non_unique, seq_in_index, index_type,"
        " IFNULL(column_name, ''), IFNULL(sub_part, ''), IFNULL(collation, '')"
        " /*!80000 , is_visible */ /*!80013 , IFNULL(expression, '') */"
        " /*M!100600 , IF(ignored = 'YES', 'NO', 'YES') */"
        " FROM information_schema.statistics WHERE table_schema {schemas}",
    ),
    Question(
        "constraint",
        "schema",
        "SELECT 'constraint', table_schema, table_name, constraint_name, constraint_type"
        " FROM information_schema.table_constraints WHERE table_schema {schemas}",
    ),
    Question(
        "key",
        "schema",
        "SELECT 'key', table_schema, table_name, constraint_name, ordinal_position, column_name,"
        " referenced_table_schema, referenced_table_name, referenced_column_name"
        " FROM information_schema.key_column_usage WHERE table_schema {schemas} AND referenced_table_name IS NOT NULL",
    ),
    Question(
        "reference",
        "schema",
        "SELECT 'reference', constraint_schema, table_name, constraint_name, update_rule, delete_rule"
        " FROM information_schema.referential_constraints WHERE constraint_schema {schemas}",
    ),
    Question(
        "check",
        "schema",
        "SELECT 'check'"
        " /*!80016 , t.table_schema, t.table_name, c.check_clause, t.enforced"
        " FROM information_schema.check_constraints c"
        " JOIN information_schema.table_constraints t USING (constraint_schema, constraint_name)"
        " WHERE t.constraint_type = 'CHECK' AND t.table_schema {schemas} */"
        " /*M!100201 , constraint_schema, table_name, check_clause, 'YES'"
        " FROM information_schema.check_constraints WHERE constraint_schema {schemas} */",
    ),
    Question(
        "statistic",
        "shape",
        "SELECT 'statistic'"  # neither the ends of buckets nor the least and greatest value: they are data
        " /*!80003 , schema_name, table_name, column_name, JSON_EXTRACT(histogram, '$.\"null-values\"'),"
        " JSON_LENGTH(histogram, '$.buckets'), IFNULL(JSON_EXTRACT(histogram, '$.buckets[*][3]'), '')"
        " FROM information_schema.column_statistics WHERE schema_name {schemas} */"
        " /*M!100201 , db_name, table_name, column_name, IFNULL(nulls_ratio, ''), IFNULL(avg_frequency, '')"
        " FROM mysql.column_stats WHERE db_name {schemas} */",
    ),
)

GRANTS = """\
-- What driftcheck needs to read settings, schema and the shape of data of MySQL or MariaDB. It can read no row.
-- Choose the password and the network yourself, and give the second statement for each database to compare.
CREATE USER driftcheck@'10.%' IDENTIFIED BY 'choose one' REQUIRE SSL WITH MAX_USER_CONNECTIONS 3;
GRANT REFERENCES ON orders.* TO driftcheck@'10.%';

-- Limits and plugins of accounts, without the hashes of their passwords:
GRANT SELECT (user, host, plugin, max_user_connections, ssl_type, super_priv) ON mysql.user TO driftcheck@'10.%';

-- MariaDB alone, for the share of nulls in columns, without the values in them:
GRANT SELECT (db_name, table_name, column_name, nulls_ratio, avg_frequency) ON mysql.column_stats TO driftcheck@'10.%';
"""

HEADER = """\
-- Settings, schema and the shape of data of a MySQL or MariaDB server, for driftcheck.
-- It only reads, in a read-only session, and asks for no row of a table of yours; give it with
--   mysql --batch --skip-column-names --comments --force < this file > answer.txt
-- or to `mariadb` in place of `mysql`.
"""

BEGIN_MARK, END_MARK, DONE_MARK = "driftcheck-mysql-1", "end", "done"


def asked(parts: Sequence[str], schemas: Sequence[str]) -> list[Question]:
    """Return the questions for some of PARTS, about these databases; without any, about all but the server's own."""
    condition = f"IN ({', '.join(map(_quoted, schemas))})" if schemas else f"NOT IN ({_SYSTEM})"
    return [
        question._replace(sql=question.sql.replace("{schemas}", condition))
        for question in QUESTIONS
        if question is SERVER or not set(question.part.split()).isdisjoint(parts)
    ]


def text(questions: Sequence[Question]) -> str:
    """Return the questions for a client that goes on after an error: behind each what went wrong, and a mark."""
    lines = [HEADER, "SET NAMES utf8mb4;", *(f"{guard};" for guard in GUARDS), f"SELECT '{BEGIN_MARK}';"]
    for question in questions:
        lines += [f"{question.sql};", "SHOW ERRORS;", f"SELECT '{DONE_MARK}', '{question.tag}';"]
    return "\n".join([*lines, f"SELECT '{END_MARK}';", ""])


def _quoted(name: str) -> str:
    return "'" + name.replace("\\", "\\\\").replace("'", "''") + "'"
