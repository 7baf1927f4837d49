"""JVMs of several majors: a process that sleeps under given options, and a Spring Boot application."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rig import provision
from rig.process import LOOPBACK, free_port, running

SLEEPER = Path(__file__).with_name("Sleeper.java")
INSTALL_COMPILER = "install a JDK, 17 or later"
INSTALL_APPLICATION = "run `make servers`, which builds the Spring Boot application with Maven and a JDK"


@dataclass(frozen=True)
class Jvm:
    home: Path  # of the JDK: bin/java, bin/jcmd
    log: Path
    process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def version(self) -> str:
        """Return what the process says of itself, `17.0.15`."""
        jcmd = [self.home / "bin" / "jcmd", str(self.pid), "VM.version"]
        said = subprocess.run(jcmd, capture_output=True, text=True, check=True).stdout
        found = re.search(r"^JDK ([\d.]+)", said, re.MULTILINE)
        assert found, said
        return found[1]


@dataclass(frozen=True)
class Actuator(Jvm):
    port: int

    @property
    def url(self) -> str:
        """Return where info, health, env, configprops, metrics and prometheus answer."""
        return f"http://{LOOPBACK}:{self.port}/actuator"


@contextlib.contextmanager
def serve_jvm(
    directory: Path, scratch: Path, home: Path, options: Sequence[str], settings: Mapping[str, str]
) -> Iterator[Jvm]:
    """Run a JVM under *options* until the block ends; *settings* are environment variables."""
    log = directory / "log"
    if not (scratch / "Sleeper.class").exists():
        subprocess.run(["javac", "--release", "17", "-d", scratch, SLEEPER], check=True)
    with running(
        home / "bin" / "java",
        *options,
        "-cp",
        scratch,
        "Sleeper",
        log=log,
        ready=lambda: "running\n" in log.read_text(errors="replace"),
        env={**os.environ, **settings},
    ) as process:
        yield Jvm(home, log, process)


@contextlib.contextmanager
def serve_actuator(
    directory: Path, home: Path, options: Sequence[str], settings: Mapping[str, str]
) -> Iterator[Actuator]:
    """Run the application under JVM *options* until the block ends; *settings* are Spring's properties."""
    port = free_port()
    properties = {"server.address": LOOPBACK, "server.port": str(port), **settings}
    with running(
        home / "bin" / "java",
        "-XX:TieredStopAtLevel=1",  # starts in half of the time
        *options,
        "-jar",
        provision.actuator_jar(),
        *(f"--{name}={value}" for name, value in properties.items()),
        log=directory / "log",
        ready=lambda: _is_healthy(port),
    ) as process:
        yield Actuator(home, directory / "log", process, port)


def _is_healthy(port: int) -> bool:
    """Ask for its health, which opens the pool's first connection: before that it has no numbers to show."""
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/actuator/health", timeout=10) as page:
            return bool(page.status == 200)
    except OSError:
        return False
