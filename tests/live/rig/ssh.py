"""An SSH server on loopback with keys of its own, for probes that travel over ssh."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rig import provision
from rig.process import LOOPBACK, accepts, free_port, running

INSTALL = "install openssh-server"

SERVER = """\
ListenAddress {address}
Port {port}
HostKey {directory}/host
AuthorizedKeysFile {directory}/user.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
"""

CLIENT = """\
Host rig
  HostName {address}
  Port {port}
  User {user}
  IdentityFile {directory}/user
  IdentitiesOnly yes
  UserKnownHostsFile {directory}/known_hosts
  GlobalKnownHostsFile /dev/null
  BatchMode yes
"""


@dataclass(frozen=True)
class Sshd:
    directory: Path
    port: int
    process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def argv(self) -> list[str]:
        """Return the words before a command that run it over there, as whoever runs the tests."""
        return ["ssh", "-T", "-F", str(self.directory / "client.conf"), "rig"]

    @property
    def version(self) -> str:
        """Return what the server says before any login, `SSH-2.0-OpenSSH_9.2p1 Debian-2`."""
        import socket

        with (
            socket.create_connection((LOOPBACK, self.port)) as connection,
            connection.makefile(encoding="ascii") as said,
        ):
            return said.readline().strip()


@contextlib.contextmanager
def serve(directory: Path, settings: Mapping[str, str]) -> Iterator[Sshd]:
    """Run a server in *directory* until the block ends; *settings* are lines of its sshd_config."""
    for key in ("host", "user"):
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", key, "-f", directory / key]
        subprocess.run(make, check=True)
    port = free_port()
    facts = {"address": LOOPBACK, "port": port, "directory": directory, "user": getpass.getuser()}
    host_key = (directory / "host.pub").read_text(encoding="ascii")
    (directory / "known_hosts").write_text(f"[{LOOPBACK}]:{port} {host_key}", encoding="ascii")
    (directory / "client.conf").write_text(CLIENT.format(**facts), encoding="utf-8")
    first_wins = "".join(f"{name} {value}\n" for name, value in settings.items())
    (directory / "server.conf").write_text(first_wins + SERVER.format(**facts), encoding="utf-8")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where its unprivileged half is locked in
    sshd = shutil.which("sshd", path=provision.PATH) or "sshd"  # it insists on an absolute path
    with running(
        sshd, "-D", "-e", "-f", directory / "server.conf", log=directory / "log", ready=lambda: accepts(port)
    ) as process:
        yield Sshd(directory, port, process)
