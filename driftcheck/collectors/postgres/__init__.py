"""PostgreSQL servers: version, settings, roles, extensions, schema, and the shape of the data from statistics alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic

from driftcheck import transport
from driftcheck.collectors.base import ANSWER, TIMEOUT, VIA, Option, deadline, read_answer
from driftcheck.collectors.postgres import answers, connection, statements
from driftcheck.collectors.postgres.reading import Reader
from driftcheck.collectors.postgres.statements import AREAS
from driftcheck.credentials import given_secret
from driftcheck.errors import CollectError, ConfigError, did_you_mean
from driftcheck.model import Collected, Reading

NEEDS_NETWORK = True
KEYS_NAME_SETTINGS = False
OF_SERVERS = True
GRANTS = statements.GRANTS
OPTIONS: Mapping[str, Option] = {
    "dsn": Option("dsn", "where the server is, as libpq reads it: an address, `host=... dbname=...`, or `service=...`"),
    "password": Option("credential", "where the password is: {env: NAME}, {file: PATH}, {command: [...]}; or .pgpass"),
    "app_role": Option("text", "the role of the application: the settings that hold for its sessions are compared"),
    "schemas": Option("texts", "read these schemas alone; all but the system's own unless told"),
    "collect": Option("texts", f"what to read, of {', '.join(AREAS)}; all of it unless told"),
    "timeout": TIMEOUT,
    "via": VIA,
    "answer": ANSWER,
}  # fmt: skip
EXAMPLE = """\
orders-db:
  collector: postgres
  dsn: {staging: "service=orders-staging", production: "postgresql://driftcheck@db.prod/orders"}
  password: {env: ORDERS_DB_PASSWORD}
  app_role: orders
"""


def collect(reading: Reading) -> Collected:
    """Read one database: by psycopg, by psql where `via` leads, or from an answer that somebody brought."""
    areas, schemas = _areas(reading.options), _texts(reading.options, "schemas")
    app_role = str(reading.options.get("app_role", ""))
    if given := read_answer(reading):
        _, place = given
        return Reader(reading, answers.parse(*given)).read(areas, app_role, schemas, lambda _: place)
    if "via" in reading.options:
        argv = _texts(reading.options, "via")
        reader = Reader(reading, answers.parse(_by_psql(reading, argv, areas, schemas), "psql"))
        return reader.read(areas, app_role, schemas, lambda database: f"{database} by {' '.join(argv)}")
    if "dsn" not in reading.options:
        hint = "add `dsn: postgresql://driftcheck@db.prod/orders`, `via: [...]` or `answer: FILE`"
        raise ConfigError(f"source {reading.source} does not say where its server is", hint=hint)
    ends = monotonic() + deadline(reading)
    with connection.connected(str(reading.options["dsn"]), _password(reading), ends) as server:
        asking = connection.Asking(server, schemas, ends)
        info = server.info
        host = "localhost" if info.host.startswith("/") else info.host
        return Reader(reading, asking).read(areas, app_role, schemas, lambda database: f"{host}:{info.port}/{database}")


def script(options: Mapping[str, object]) -> str:
    """Return what to give psql by hand, for a source's options in one environment."""
    return answers.script(_areas(options), _texts(options, "schemas"))


def _texts(options: Mapping[str, object], name: str) -> list[str]:
    listed = options.get(name, [])
    assert isinstance(listed, list)
    return listed


def _areas(options: Mapping[str, object]) -> Sequence[str]:
    named = _texts(options, "collect")
    for name in named:
        if name not in AREAS:
            raise ConfigError(f"`collect` names `{name}`, which PostgreSQL has not", hint=did_you_mean(name, AREAS))
    return named or AREAS


def _password(reading: Reading) -> str:
    return given_secret(reading.options.get("password"), "password")


def _by_psql(reading: Reading, argv: Sequence[str], areas: Sequence[str], schemas: Sequence[str]) -> str:
    """Return what psql prints beside the server.

    A shell there reads everything from its input, so that neither the password nor anything that ssh's second shell
    would take apart stands in an argument.
    """
    from shlex import quote

    lines = ["PGAPPNAME=driftcheck", "export PGAPPNAME"]
    password = _password(reading)
    if password:
        lines += [f"PGPASSWORD={quote(password)}", "export PGPASSWORD"]
    dsn = str(reading.options.get("dsn", ""))
    lines.append("exec psql -X -q -w" + (f" -d {quote(dsn)}" if dsn else "") + " <<'END-OF-DRIFTCHECK'")
    text = "\n".join([*lines, answers.script(areas, schemas), "END-OF-DRIFTCHECK\n"])
    try:
        return transport.run([*argv, "sh"], text, what="via", seconds=deadline(reading))
    except CollectError as error:
        raise connection.of_psql(error) from None
