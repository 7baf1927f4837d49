"""The rig itself: each kind of server starts, says its version, and is gone afterwards."""

from __future__ import annotations

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from rig import provision
from rig.network import Answer


@pytest.mark.parametrize("major", [14, 17, 18])
def test_postgresql_of_each_major_serves(postgres, major):
    assert postgres(major).version.startswith(f"{major}.")


def test_two_servers_of_one_major_differ_by_their_settings(postgres):
    staging = postgres(17, settings={"work_mem": "4MB"}, name="staging")
    production = postgres(17, settings={"work_mem": "16MB"}, name="production")
    assert [server.sql("SHOW work_mem") for server in (staging, production)] == [[("4MB",)], [("16MB",)]]


def test_postgresql_asks_for_a_password_over_tcp(postgres):
    import psycopg

    server = postgres()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url(password="wrong"))
    with psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("version", ["5.7.22", "8.0.15", "8.0.31"])
def test_mysql_of_each_version_serves(mysql, version):
    assert mysql(version).version == version


def test_two_mariadb_servers_differ_by_their_settings(mariadb):
    staging = mariadb({"max_connections": "100"}, name="staging")
    production = mariadb({"max_connections": "500"}, name="production")
    asked = "SELECT @@max_connections, @@version LIKE '%MariaDB%'"
    assert [server.sql(asked) for server in (staging, production)] == [[(100, 1)], [(500, 1)]]


def test_redis_serves(redis):
    assert redis().version


@pytest.mark.parametrize("major", [17, 25])
def test_a_jvm_of_each_major_runs_under_its_options(jvm, major):
    process = jvm(major, ["-XX:+UseSerialGC", "-Xmx64m"])
    assert process.version.startswith(f"{major}.")
    flags = subprocess.run(
        [process.home / "bin" / "jcmd", str(process.pid), "VM.flags"], capture_output=True, text=True
    )
    assert "-XX:+UseSerialGC" in flags.stdout
    assert f"-XX:MaxHeapSize={64 * 1024**2}" in flags.stdout


def test_the_spring_boot_application_shows_its_pool_and_its_jvm(actuator):
    application = actuator({"spring.datasource.hikari.maximum-pool-size": "50"})
    with urllib.request.urlopen(f"{application.url}/prometheus") as page:
        text = page.read().decode()
    assert 'hikaricp_connections_max{pool="orders"} 50.0' in text
    assert "jvm_info{" in text
    assert "tomcat_threads_config_max_threads" in text
    with urllib.request.urlopen(f"{application.url}/info") as page:
        assert json.load(page)["java"]["version"] == application.version


def test_a_command_runs_over_ssh(sshd):
    server = sshd()
    assert server.version.startswith("SSH-2.0-")
    over_there = subprocess.run(
        [*server.argv, "cat; echo $SSH_CONNECTION"], input="sent ", capture_output=True, text=True
    )
    assert over_there.stdout.startswith("sent 127.0.0.1 "), over_there.stderr


def test_an_http_server_answers_by_route_and_remembers_the_headers(http_server):
    server = http_server({"/version": {"major": "1"}, "/text": "ready", "/closed": Answer(status=401)})
    with urllib.request.urlopen(urllib.request.Request(f"{server.url}/version", headers={"X-Key": "k"})) as page:
        assert json.load(page) == {"major": "1"}
    with urllib.request.urlopen(f"{server.url}/text") as page:
        assert page.read() == b"ready"
    for path, status in (("/closed", 401), ("/elsewhere", 404)):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(server.url + path)
        with refused.value:
            assert refused.value.code == status
    assert [(path, headers.get("X-Key")) for path, headers in server.requests[:2]] == [
        ("/version", "k"),
        ("/text", None),
    ]


def test_a_tls_endpoint_serves_its_certificate_over_its_own_protocols(tls_endpoint):
    server = tls_endpoint(days=20, ceiling=ssl.TLSVersion.TLSv1_2)
    trusting = ssl.create_default_context(cafile=server.ca)
    plain = socket.create_connection(("127.0.0.1", server.port))
    with trusting.wrap_socket(plain, server_hostname="localhost") as connection:
        assert connection.version() == "TLSv1.2"
        certificate = connection.getpeercert()
    assert (ssl.cert_time_to_seconds(certificate["notAfter"]) - time.time()) // 86400 == 19
    with pytest.raises(ssl.SSLCertVerificationError), socket.create_connection(("127.0.0.1", server.port)) as plain:
        ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")


def test_an_expired_certificate_is_refused(tls_endpoint):
    server = tls_endpoint(days=-1)
    trusting = ssl.create_default_context(cafile=server.ca)
    with pytest.raises(urllib.error.URLError, match="expired"):
        urllib.request.urlopen(server.url, context=trusting)


def test_a_silent_server_takes_the_connection_and_says_nothing(silent_server):
    with socket.create_connection(("127.0.0.1", silent_server()), timeout=0.2) as connection:
        connection.sendall(b"anybody there?")
        with pytest.raises(TimeoutError):
            connection.recv(1)


def test_a_closed_port_refuses(closed_port):
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", closed_port()))


@pytest.fixture
def scratch():
    """A directory that servers under another user may enter too, which tmp_path is not."""
    directory = Path(tempfile.mkdtemp(prefix="rig-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


def processes_below(directory):
    """Return the command lines of what runs in *directory* or was told of it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
            if str(directory) in words or (process / "cwd").readlink().is_relative_to(directory):
                found.append(words)
        except OSError:
            continue  # it ended meanwhile
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_nothing_that_a_session_started_outlives_it(scratch):
    one_of_each = "17 or 8.0.31 or mariadb or redis or ssh or spring"
    session = [sys.executable, "-m", "pytest", "-n0", "-p", "no:cacheprovider", __file__, "-k", one_of_each]
    ended = subprocess.run(session, env={**os.environ, "TMPDIR": str(scratch)}, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout
    assert processes_below(scratch) == []
    assert [path for path in scratch.iterdir() if path.name.startswith("driftcheck-")] == []


A_SESSION = """
import pathlib, sys, time
from rig import redis
with redis.serve(pathlib.Path(sys.argv[1]), {}):
    print("serves", flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv of util-linux ties a process to its parent")
def test_a_server_dies_even_with_a_session_that_was_killed(need, scratch):
    need("redis-server", "install redis-server")
    with subprocess.Popen(
        [sys.executable, "-c", A_SESSION, scratch], stdout=subprocess.PIPE, cwd=provision.LIVE
    ) as session:
        assert session.stdout.readline() == b"serves\n"
        assert len(processes_below(scratch)) == 2
        session.kill()
    deadline = time.monotonic() + 20
    while processes_below(scratch):
        assert time.monotonic() < deadline
        time.sleep(0.05)
