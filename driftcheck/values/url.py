"""URLs and data source names, taken apart: `redis://CACHE/1` is `redis://cache:6379/1`, whatever the query's order.

Read are URLs with any scheme (also `jdbc:postgresql://`, `git::https://`, several hosts), JDBC's forms without `//`,
libpq's `host=... dbname=...`, ADO.NET's `Server=...;Database=...` and Go's `user@tcp(host:3306)/db`. Passwords are
masked everywhere, and tokens as far as their names tell.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

from driftcheck.model import Scalar
from driftcheck.pattern import Pattern
from driftcheck.values import Meaning
from driftcheck.values.masking import MASK, masked, veiled

LONGEST = 8192
PORTS = {
    scheme: str(port)
    for port, schemes in {
        80: "http ws",
        443: "https wss",
        21: "ftp",
        22: "ssh sftp",
        25: "smtp",
        465: "smtps",
        389: "ldap",
        636: "ldaps",
        1433: "sqlserver mssql",
        1521: "oracle",
        1883: "mqtt",
        8883: "mqtts",
        3306: "mysql mariadb",
        4222: "nats",
        5432: "postgres postgresql postgis",
        5671: "amqps",
        5672: "amqp",
        6379: "redis rediss",
        9042: "cassandra",
        11211: "memcached",
        27017: "mongodb",
    }.items()
    for scheme in schemes.split()
}
_DATABASES = frozenset(
    scheme
    for scheme in (*PORTS, "cockroachdb", "clickhouse")
    if PORTS.get(scheme) in (None, "1433", "1521", "3306", "5432", "6379", "27017")
)
_UNORDERED_HOSTS = frozenset({"mongodb", "kafka", "nats"})
_PREFIX = Pattern(r"(?:[A-Za-z0-9]+::|(?:jdbc|r2dbc):(?:[A-Za-z0-9-]+:)*)?[A-Za-z][A-Za-z0-9+.-]*://")
_JDBC = Pattern(r"(jdbc:[A-Za-z0-9]+):(.+)", re.IGNORECASE)
_ORACLE = Pattern(
    r"(jdbc:oracle:[a-z]+):(?:([^/@]*)(/.*)?)?@(?://)?([A-Za-z0-9_.-]+)(?::([0-9]+))?(?:[:/](.*))?",
    re.IGNORECASE,
)
_GO = Pattern(r"(?:([^:@/()]*)(:.*)?@)?(?:tcp6?|unix)\(([^()]*)\)/([^?]*)(?:\?(.*))?")
_WORD = Pattern(r"\s*([A-Za-z_]+)\s*=\s*('(?:[^'\\]|\\.)*'|[^\s']*)(?=\s|$)")
_ENCODED = Pattern(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_TEMPLATE = Pattern(r"[${}<>]")


class _Pieces(NamedTuple):
    """What every form boils down to. `hosts` are (host, port); texts are as written."""

    scheme: str
    hosts: list[tuple[str, str]]
    path: str
    params: list[tuple[str, str]]
    user: str = ""
    password: str = ""
    fragment: str = ""


def parse(value: Scalar) -> Meaning | None:
    """Read a URL or DSN; parts: scheme, user, host, port, `database` or `path`, `param.<name>`, fragment."""
    if not isinstance(value, str) or len(value) > LONGEST:
        return None
    text = value.strip()
    pieces = None
    if _PREFIX.match(text):
        pieces = None if any(c.isspace() for c in text) else _url(text)
    elif text[:5].lower() == "jdbc:":
        pieces = _jdbc(text)
    elif "(" in text:
        pieces = _go(text)
    elif "=" in text:
        pieces = _ado(text) if ";" in text else _libpq(text)
    return _meaning(pieces) if pieces else None


def _url(text: str) -> _Pieces | None:
    scheme, _, rest = text.partition("://")
    scheme = scheme.lower()
    options: list[str] = []
    if scheme.startswith("jdbc:"):
        rest, *options = rest.split(";")
    end = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
    start = rest.rfind("@", 0, end) + 1
    hosts = _hosts(rest[start:end])
    # A raw `/`, `?` or `#` in a password ends the address too early: never let the remains of it pass for a path.
    path = re.split("[?#]", rest[end:], maxsplit=1)[0]
    if not start and "@" in (rest if hosts is None else path if not _web(scheme) and ":" in rest[:end] else ""):
        start = rest.rfind("@") + 1
        end = min((at for at in (rest.find(c, start) for c in "/?#") if at >= 0), default=len(rest))
        hosts = _hosts(rest[start:end])
    if hosts is None or not (hosts or rest[end:].strip("/")):
        return None
    user, colon, password = rest[: start - 1].partition(":") if start else ("", "", "")
    if user and not colon and _web(scheme):
        user, password = "", user  # https://<token>@host
    before, _, fragment = rest[end:].partition("#")
    path, _, query = before.partition("?")
    params = _params(query.split("&")) + _params(options)
    return _Pieces(scheme, hosts, path, params, user, password, fragment)


def _web(scheme: str) -> bool:
    return scheme.rpartition(":")[2] in ("http", "https")


def _jdbc(text: str) -> _Pieces | None:
    found = _ORACLE.fullmatch(text)
    if found:
        scheme, user, password, host, port, service = found.groups()
        return _Pieces(scheme.lower(), [(host, port or "")], f"/{service or ''}", [], user or "", (password or "")[1:])
    found = _JDBC.fullmatch(text)
    if found is None:
        return None
    path, *options = found[2].split(";")
    path, _, query = path.partition("?")
    return _Pieces(found[1].lower(), [], path, _params(query.split("&")) + _params(options))


def _go(text: str) -> _Pieces | None:
    found = _GO.fullmatch(text)
    if found is None:
        return None
    user, password, address, database, query = found.groups()
    hosts = [(address, "")] if address.startswith("/") else _hosts(address)
    if hosts is None:
        return None
    return _Pieces("mysql", hosts, f"/{database}", _params((query or "").split("&")), user or "", (password or "")[1:])


def _libpq(text: str) -> _Pieces | None:
    words: dict[str, str] = {}
    position = 0
    while position < len(text):
        found = _WORD.match(text, position)
        if found is None:
            return None
        words[found[1].lower()] = found[2][1:-1] if found[2].startswith("'") else found[2]
        position = found.end()
    if len(words) < 2 or not words.keys() & {"host", "hostaddr", "dbname"}:
        return None
    names = (words.pop("host", "") or words.pop("hostaddr", "")).split(",")
    ports = words.pop("port", "").split(",")
    hosts = [(name, ports[min(n, len(ports) - 1)]) for n, name in enumerate(names) if name]
    database, user, password = words.pop("dbname", ""), words.pop("user", ""), words.pop("password", "")
    return _Pieces("postgresql", hosts, f"/{database}", list(words.items()), user, password)


_ADO_NAMES = {
    name: meaning
    for meaning, names in {
        "host": ("server", "data source", "host", "addr", "address", "network address"),
        "port": ("port",),
        "database": ("database", "initial catalog"),
        "user": ("user id", "uid", "user", "username", "user name"),
        "password": ("password", "pwd"),
    }.items()
    for name in names
}


def _ado(text: str) -> _Pieces | None:
    known: dict[str, str] = {}
    params: list[tuple[str, str]] = []
    for option in text.rstrip("; ").split(";"):
        name, equals, value = option.partition("=")
        name = " ".join(name.lower().split())
        if not equals or not name.replace(" ", "").replace("_", "").isalpha():
            return None
        if name in _ADO_NAMES:
            known[_ADO_NAMES[name]] = value.strip()
        else:
            params.append((name, value.strip()))
    if "host" not in known or len(known) + len(params) < 2:
        return None
    host, _, port = known["host"].removeprefix("tcp:").partition(",")
    address, path = (host, port or known.get("port", "")), f"/{known.get('database', '')}"
    return _Pieces("", [address], path, params, known.get("user", ""), known.get("password", ""))


def _hosts(text: str) -> list[tuple[str, str]] | None:
    hosts = []
    for address in text.split(",") if text else ():
        name, colon, port = address.rpartition(":")
        if not colon or address.endswith("]"):
            name, port = address, ""
        if port and not port.isdigit() and not _TEMPLATE.search(port):
            return None
        hosts.append((name, port))
    return hosts


def _params(options: list[str]) -> list[tuple[str, str]]:
    return [(name, value) for name, _, value in (option.partition("=") for option in options) if name]


def _meaning(pieces: _Pieces) -> Meaning:
    base = pieces.scheme.rpartition(":")[2].partition("+")[0]
    if pieces.scheme.startswith("jdbc:oracle"):
        base = "oracle"
    default = "" if pieces.scheme.endswith("+srv") else PORTS.get(base, "")
    hosts = [(name if _TEMPLATE.search(name) else name.lower(), port or default) for name, port in pieces.hosts]
    if base in _UNORDERED_HOSTS:
        hosts.sort()
    params = sorted((_normal(name), _normal(value)) for name, value in pieces.params)
    path = _normal(pieces.path).rstrip("/")
    if base in ("redis", "rediss") and not path:
        path = "/0"
    if base in ("sqlserver", "mssql") and not path:
        path = next((f"/{value}" for name, value in params if name.lower() in ("databasename", "database")), "")
        params = [(name, value) for name, value in params if name.lower() not in ("databasename", "database")]
    user, fragment = _normal(pieces.user), _normal(pieces.fragment)

    parts = {"scheme": pieces.scheme, "user": unquote(user)}
    parts["host"] = ",".join(name for name, _ in hosts)
    parts["port"] = ",".join(dict.fromkeys(port for _, port in hosts))
    if base in _DATABASES or not base:
        parts["database"] = unquote(path.removeprefix("/"))
    else:
        parts["path"] = path
    parts["fragment"] = fragment
    parts = {name: text for name, text in parts.items() if text}
    secret = veiled("password", pieces.password)
    canonical = (pieces.scheme, user, secret, tuple(hosts), path, fragment, tuple((n, veiled(n, v)) for n, v in params))
    params = [(name, masked(name, text)) for name, text in params]
    for name, text in params:
        key = f"param.{unquote(name)}"
        parts[key] = f"{parts[key]},{unquote(text)}" if key in parts else unquote(text)

    userinfo = user + (f":{MASK}" if pieces.password else "")
    shown = f"{pieces.scheme}:" if pieces.scheme else ""
    shown += "//" if pieces.scheme and (hosts or not pieces.scheme.startswith("jdbc:")) else ""
    shown += f"{userinfo}@" if userinfo else ""
    shown += ",".join(f"{name}:{port}" if port != default else name for name, port in hosts) + path
    shown += "?" + "&".join(f"{name}={text}" for name, text in params) if params else ""
    shown += f"#{fragment}" if fragment else ""
    return Meaning("url", canonical, shown, parts=parts)


def _normal(text: str) -> str:
    """Return text with `%7E` as `~` and `%2f` as `%2F`: RFC 3986, section 6.2.2."""

    def one(found: re.Match[str]) -> str:
        character = chr(int(found[1], 16))
        return character if character in _UNRESERVED else f"%{found[1].upper()}"

    return _ENCODED.sub(one, text)
