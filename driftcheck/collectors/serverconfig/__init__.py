"""Configuration files of servers: my.cnf, postgresql.conf and redis.conf, as the server itself would read them.

Keys and values are those of the collectors that ask running servers, so that a file compares with a file, and with a
server: `1M` is 1MiB. What a file does not set is the server's default, which no file tells.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

from driftcheck.collectors.base import Option
from driftcheck.model import Collected, Reading
from driftcheck.pattern import Pattern

NEEDS_NETWORK = False
KEYS_NAME_SETTINGS = True
OF_SERVERS = True
OPTIONS: Mapping[str, Option] = {
    "path": Option("path", "the file, what it includes besides; a later one overrides an earlier one", required=True),
    "engine": Option("text", "`mysql`, `mariadb`, `postgres` or `redis`, where the file's name does not say so"),
    "version": Option("text", "of MySQL or MariaDB: of the groups like [mysqld-8.0] only this one's counts"),
    "root": Option("path", "the folder that stands for / in the paths of included files"),
    "includes": Option("flag", "false: what is included is not read, and not missed"),
}
EXAMPLE = """\
orders-db-files:
  collector: serverconfig
  path: "{environment}/mysql/my.cnf"
"""

ENGINES = ("mysql", "mariadb", "postgres", "redis")
_BY_NAME = {
    "postgres": Pattern(r"postgresql(?:\.auto)?\.conf|.*(?:postgres|pgsql).*\.conf", re.IGNORECASE),
    "redis": Pattern(r".*(?:redis|valkey|sentinel).*\.conf", re.IGNORECASE),
    "mariadb": Pattern(r".*maria.*\.cnf", re.IGNORECASE),
    "mysql": Pattern(r"(?!.*openssl).*\.cnf|my\.ini", re.IGNORECASE),
}
_OF_MYSQL = Pattern(r"(?:^|[/_.-])(?:mysqld?|mariadbd?|percona|my)(?=[/_.-]|\.cnf$)", re.IGNORECASE)
_MAIN = Pattern(r"(?:.*[/_.-])?(?:postgresql|redis|valkey)\.conf", re.IGNORECASE)


def collect(reading: Reading) -> Collected:
    """Read the files in the server's order; raise CollectError where one is missing or not in the server's syntax."""
    from driftcheck.collectors.serverconfig import source  # what merely lists collectors does without it

    return source.read(reading)


def engine_of(path: str) -> str:
    """Return the server whose file has such a name; "" for none."""
    name = posixpath.basename(path)
    return next((engine for engine, pattern in _BY_NAME.items() if pattern.fullmatch(name)), "")


def discover(names: list[str]) -> Mapping[str, Mapping[str, object]]:
    """Recognise my.cnf, `*.cnf` in folders of MySQL, postgresql.conf and redis.conf; any one such file by itself.

    What lies below the folder of a my.cnf belongs to it: read after what it includes, unless it includes that too.
    """
    if len(names) == 1:
        return {names[0]: {"path": names}} if engine_of(names[0]) else {}
    found: dict[str, list[str]] = {name: [name] for name in names if _MAIN.fullmatch(name)}
    option_files = [name for name in names if name.endswith(".cnf") and _OF_MYSQL.search(name)]
    mains = [name for name in option_files if posixpath.basename(name) == "my.cnf"]
    found |= {name: [name] for name in mains}
    for name in option_files:
        if name not in mains:
            above = [main for main in mains if name.startswith(posixpath.dirname(main) + "/")]
            found.setdefault(max(above, key=len) if above else name, []).append(name)
    return {name: {"path": paths} for name, paths in found.items()}
