"""Redis as Debian packages it."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rig.process import LOOPBACK, accepts, free_port, running

if TYPE_CHECKING:
    import redis

INSTALL = "install redis-server"


@dataclass(frozen=True)
class Redis:
    directory: Path  # of redis.conf, its data and the log
    port: int
    process: subprocess.Popen[bytes] = field(repr=False)
    password: str | None = field(default=None, repr=False)
    host: str = LOOPBACK

    @property
    def conf(self) -> Path:
        return self.directory / "redis.conf"

    @property
    def log(self) -> Path:
        return self.directory / "log"

    @property
    def version(self) -> str:
        """Return what the server says, `7.0.15`."""
        with self.connect() as client:
            return str(client.info("server")["redis_version"])

    def connect(self) -> redis.Redis:
        """Return a client that may do all."""
        import redis

        return redis.Redis(host=self.host, port=self.port, password=self.password, decode_responses=True)


@contextlib.contextmanager
def serve(directory: Path, settings: Mapping[str, str]) -> Iterator[Redis]:
    """Run a server in *directory* until the block ends; *settings* are lines of its redis.conf."""
    port = free_port()
    lines = {"bind": LOOPBACK, "port": str(port), "dir": str(directory), **settings}
    conf = directory / "redis.conf"
    conf.write_text("".join(f"{name} {value}\n" for name, value in lines.items()), encoding="utf-8")
    with running("redis-server", conf, log=directory / "log", ready=lambda: accepts(port)) as process:
        yield Redis(directory, port, process, settings.get("requirepass"))
