"""Option files of MySQL and MariaDB: https://dev.mysql.com/doc/refman/8.4/en/option-files.html."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from driftcheck.collectors.serverconfig.statement import Statement
from driftcheck.errors import CollectError
from driftcheck.model import Location, Path, Value
from driftcheck.pattern import Pattern
from driftcheck.redact import hide
from driftcheck.values import mysql

IN_FOLDER = "*.cnf"

_GROUP = Pattern(r"\[([^\]]*)\]")
_OF_SERVER = Pattern(r"(?:server|mysqld|mariadb|mariadbd|galera)(?:-(\d+(?:\.\d+)*))?")
_INCLUDE = Pattern(r"!(include|includedir)\s+(.*)")
_IDENTITY = Pattern(
    r"user|(?:.*_)?(?:hostname|port|socket|bind_address)|report_(?:host|user)|admin_address|pid_file|datadir|basedir|tmpdir"
    r"|.*_(?:dir|dirs|directory|dir_path|tmpdir|file|file_path|basename|index)|log_error|relay_log|server_(?:id|uuid|uid)"
    r"|(?:.*_)?ssl_(?:ca|cert|key|capath|crl|crlpath)|.*_key_path|secure_file_priv"
    r"|wsrep_(?:node_.*|cluster_address|sst_.*|start_position|provider)"
)
_ESCAPE = Pattern(r"\\([btnrs\"'\\])")
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "r": "\r", "s": " "}


def statements(text: str, place: str, version: str) -> Iterator[Statement]:
    """Yield the options of the groups that a server reads; with a version, of one for versions only its own."""
    counts = False
    seen = False
    for number, written in enumerate(text.splitlines(), 1):
        line = written.strip()
        if not line or line[0] in "#;":
            continue
        if found := _INCLUDE.match(line):
            yield Statement("", found[2].strip(), number, "folder" if found[1] == "includedir" else "file")
        elif line[0] == "[":
            found = _GROUP.match(line)
            if found is None:
                raise CollectError("a group has no closing bracket", Location(place, number), "write it as [mysqld]")
            group = _OF_SERVER.fullmatch(found[1].strip())
            counts = group is not None and (not group[1] or not version or version.startswith(group[1]))
            seen = True
        elif counts:
            name, equals, raw = _without_comment(line).partition("=")
            yield Statement(name.strip(), _value(raw.strip()) if equals else None, number)
        elif not seen:
            hint = "begin the file with the group, as [mysqld]"
            raise CollectError("an option stands before the first group", Location(place, number), hint)


def settings(name: str, raw: str | None) -> tuple[str, Iterable[tuple[Path, Value]]]:
    """Return the variable that an option sets; the password of a state transfer has no name that says so."""
    variable, text = mysql.option(name, raw)
    if variable == "wsrep_sst_auth":
        return variable, [((variable,), hide(text))]
    return variable, mysql.settings(variable, text)


def added(name: str, before: str, raw: str) -> str | None:
    """Return None: a later option replaces an earlier one."""
    return None


def is_identity(name: str) -> bool:
    return _IDENTITY.fullmatch(name) is not None


def _without_comment(line: str) -> str:
    """Return a line as far as the first `#` outside of quotes."""
    quote = ""
    escaped = False
    for position, letter in enumerate(line):
        if letter in "'\"" and not escaped:
            quote = "" if quote == letter else quote or letter
        elif letter == "#" and not quote:
            return line[:position].rstrip()
        escaped = bool(quote) and letter == "\\" and not escaped
    return line


def _value(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1]
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), text)
