"""Real servers for tests; README.md in this folder tells how to ask for one."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeVar

import pytest
from rig import mysql as rig_mysql
from rig import postgres as rig_postgres
from rig import provision
from rig import redis as rig_redis

Server = TypeVar("Server")
Settings = Mapping[str, str]

# A test that asks for one of these runs in the worker of that name, so each kind is started once, not once a worker.
KINDS = ("postgres", "mysql", "mariadb", "redis")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        asked = set(getattr(item, "fixturenames", ()))
        kind = next((kind for kind in KINDS if kind in asked), None)
        if kind and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(kind))


class Rig:
    """What runs for this session: each server in a directory of its own, started when first asked for."""

    def __init__(self, scratch: Path, stack: contextlib.ExitStack) -> None:
        self.scratch = scratch
        self._stack = stack
        self._running: dict[tuple[Any, ...], Any] = {}

    def ask(
        self, serve: Callable[..., AbstractContextManager[Server]], *args: Any, settings: Settings, name: str
    ) -> Server:
        """Return the server of this kind, name and settings, starting it when it does not run."""
        key = (serve, *args, name, *settings.items())
        server: Server | None = self._running.get(key)
        if server is None:
            directory = self.scratch / f"{len(self._running)}-{name}"
            directory.mkdir()
            server = self._running[key] = self._stack.enter_context(serve(directory, *args, settings))
        return server


@pytest.fixture(scope="session")
def rig() -> Iterator[Rig]:
    """Give the session's servers, and stop them all at its end."""
    scratch = Path(tempfile.mkdtemp(prefix="driftcheck-"))  # a short path: a socket's may have 107 bytes
    scratch.chmod(0o755)  # PostgreSQL runs as somebody else than root
    try:
        with contextlib.ExitStack() as stack:
            yield Rig(scratch, stack)
    finally:
        shutil.rmtree(scratch)


@pytest.fixture(scope="session")
def need(unavailable: Callable[[str], None]) -> Callable[[str, str], None]:
    """Return a function that skips, or fails in CI, unless the program or path is here."""

    def check(program: str | Path, install: str) -> None:
        if shutil.which(program, path=provision.PATH) is None:
            unavailable(f"{Path(program).name} is not here: {install}")

    return check


@pytest.fixture(scope="session")
def postgres(rig: Rig, need: Callable[..., None]) -> Callable[..., rig_postgres.Postgres]:
    def start(major: int = 17, *, settings: Settings = {}, name: str = "postgres") -> rig_postgres.Postgres:  # noqa: B006
        need(provision.postgres_home(major) / "bin" / "postgres", rig_postgres.INSTALL)
        return rig.ask(rig_postgres.serve, rig.scratch, major, settings=settings, name=name)

    return start


@pytest.fixture(scope="session")
def mysql(rig: Rig, need: Callable[..., None]) -> Callable[..., rig_mysql.MySql]:
    def start(version: str = "8.0.31", *, settings: Settings = {}, name: str = "mysql") -> rig_mysql.MySql:  # noqa: B006
        need(provision.mysql_home(version) / "bin" / "mysqld", rig_mysql.INSTALL_MYSQL)
        return rig.ask(rig_mysql.serve_mysql, version, settings=settings, name=name)

    return start


@pytest.fixture(scope="session")
def mariadb(rig: Rig, need: Callable[..., None]) -> Callable[..., rig_mysql.MySql]:
    def start(settings: Settings = {}, *, name: str = "mariadb") -> rig_mysql.MySql:  # noqa: B006
        need("mariadbd", rig_mysql.INSTALL_MARIADB)
        return rig.ask(rig_mysql.serve_mariadb, rig.scratch, settings=settings, name=name)

    return start


@pytest.fixture(scope="session")
def redis(rig: Rig, need: Callable[..., None]) -> Callable[..., rig_redis.Redis]:
    def start(settings: Settings = {}, *, name: str = "redis") -> rig_redis.Redis:  # noqa: B006
        need("redis-server", rig_redis.INSTALL)
        return rig.ask(rig_redis.serve, settings=settings, name=name)

    return start
