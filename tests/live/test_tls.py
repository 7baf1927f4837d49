"""How servers speak TLS, asked at real endpoints: ours, and PostgreSQL's behind its own handshake."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import threading
import time

import pytest

CANARY = "sekret-canary-tls"


@pytest.fixture
def against(check, tls_endpoint):
    """Return a function that compares two endpoints, each given as what it serves; `ca` is each one's own authority."""

    def run(staging, production, **options):
        servers = {"staging": tls_endpoint(**staging), "production": tls_endpoint(**production)}
        declared = {name: f"localhost:{server.port}" for name, server in servers.items()}
        ca = {name: str(server.ca) for name, server in servers.items()}
        return check({"collector": "tls", "host": declared, "ca": ca} | options)

    return run


def test_two_alike_are_clean(against):
    done = against({}, {"days": 80})
    assert (done.code, done.above_low) == (0, {})
    assert set(done.findings.values()) == {("info", "live.identity")}
    assert not done.failures


def test_another_floor_and_ceiling_are_found(against):
    v1_1, v1_2, v1_3 = ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
    done = against({"ceiling": v1_2}, {"floor": v1_3})
    assert done.above_low == {"protocol.floor": ("high", "tls.floor"), "protocol.ceiling": ("medium", "tls.ceiling")}
    assert done.findings["cipher"] == ("info", "live.follows")
    (message,) = [f["message"] for f in done.report["findings"] if f["key"] == "protocol.floor"]
    assert message == "TLS 1.2 at least in staging, 1.3 in production"
    assert against({}, {"floor": v1_1}).above_low == {"protocol.floor": ("medium", "tls.floor")}


@pytest.mark.parametrize(
    ("environment", "days", "found"),
    [
        ("production", 20, ("medium", "tls.expires")),
        ("production", 3, ("high", "tls.expires-soon")),
        ("production", -1, ("critical", "tls.expired")),
        ("staging", -1, ("high", "tls.expires-soon")),
    ],
)
def test_a_certificate_that_ends_is_told_once(against, environment, days, found):
    served = {"staging": {}, "production": {}, environment: {"days": days}}
    done = against(**served)
    above_low = [(f["severity"], f["rule"]) for f in done.report["findings"] if f["severity"] not in ("info", "low")]
    assert above_low == [found]


def test_another_issuer_is_found(against):
    done = against({}, {"issuer": "Another Authority"})
    assert done.above_low == {"certificate.issuer": ("medium", "tls.issuer")}


def test_a_certificate_that_nobody_knows_is_found(against, check, tls_endpoint):
    trusted, other = tls_endpoint(), tls_endpoint()
    host = {"staging": f"localhost:{trusted.port}", "production": f"localhost:{other.port}"}
    done = check({"collector": "tls", "host": host, "ca": str(trusted.ca)})
    assert done.above_low == {"verified": ("high", "tls.verified")}
    assert done.code == 1
    done = check({"collector": "tls", "host": host | {"staging": f"127.0.0.1:{trusted.port}"}, "ca": str(trusted.ca)})
    assert done.above_low == {"verified": ("high", "tls.verified")}


def test_a_name_may_be_asked_for_that_is_not_the_host(against):
    served = {"names": ("orders.example.org",)}
    assert against(served, served, server_name="orders.example.org").above_low == {}
    (message,) = [f["message"] for f in against({}, served).report["findings"] if f["key"] == "chain"]
    assert message.startswith("follows from verified")


@pytest.fixture
def certified(postgres, tmp_path):
    """Return a function that starts a PostgreSQL with a certificate of its own, or without TLS."""

    def start(name, key=("-newkey", "rsa:2048"), days=365, **settings):
        server = postgres(17, name=name)
        certificate, private = server.conf.parent / "server.crt", server.conf.parent / "server.key"
        make = ["openssl", "req", "-x509", "-nodes", "-days", str(days), "-subj", "/O=Shop/CN=localhost", *key]
        subprocess.run([*make, "-keyout", private, "-out", certificate], check=True, capture_output=True)
        owner = server.conf.stat()
        for path in (certificate, private):
            path.chmod(0o600)
            os.chown(path, owner.st_uid, owner.st_gid)  # PostgreSQL runs as somebody else than root
        for setting, value in {"ssl": "on", **settings}.items():
            server.sql(f"ALTER SYSTEM SET {setting} = '{value}'")
        server.sql("SELECT pg_reload_conf()")
        return server

    return start


def test_postgresql_is_asked_behind_its_own_handshake(check, certified):
    staging = certified("tls-staging", ssl_min_protocol_version="TLSv1.2")
    ec = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
    production = certified("tls-production", ec, ssl_min_protocol_version="TLSv1.3")
    host = {"staging": f"127.0.0.1:{staging.port}", "production": f"127.0.0.1:{production.port}"}
    for _ in range(50):  # until both have read their configuration
        done = check({"collector": "tls", "host": host, "starttls": "postgres"})
        if done.code == 1:
            break
        time.sleep(0.1)
    assert done.above_low == {
        "protocol.floor": ("high", "tls.floor"),
        "certificate.key": ("medium", "tls.key"),
    }


def test_mysql_is_asked_behind_its_own_handshake(check, mysql):
    host = {"staging": f"127.0.0.1:{mysql('8.0.31').port}", "production": f"127.0.0.1:{mysql('8.0.15').port}"}
    done = check({"collector": "tls", "host": host, "starttls": "mysql"})
    assert done.above_low == {
        "protocol.floor": ("medium", "tls.floor"),
        "protocol.ceiling": ("medium", "tls.ceiling"),
        "certificate.issuer": ("medium", "tls.issuer"),
    }


@pytest.mark.parametrize("protocol", ["smtp", "imap", "pop3", "mysql"])
def test_other_protocols_are_left_for_tls_as_they_prescribe(check, tls_endpoint, speaking, protocol):
    server = tls_endpoint()
    host = f"localhost:{speaking(protocol, server.port)}"
    done = check({"collector": "tls", "host": host, "starttls": protocol, "ca": str(server.ca)})
    assert (done.code, done.findings) == (0, {})
    assert done.report["summary"]["settings"] > 10


@pytest.fixture
def speaking():
    """Return a function that gives a port which speaks a protocol up to the handshake, and then is another port."""
    listeners = []
    greeting = b"\x0a8.0.36\0" + bytes(13) + (0x0800).to_bytes(2, "little") + bytes(20)
    dialogues = {
        "smtp": (
            b"220-hello\r\n220 mail\r\n",
            (b"EHLO", b"250-mail\r\n250 STARTTLS\r\n"),
            (b"STARTTLS", b"220 ready\r\n"),
        ),
        "imap": (b"* OK ready\r\n", (b"a STARTTLS", b"a OK begin\r\n")),
        "pop3": (b"+OK ready\r\n", (b"STLS", b"+OK begin\r\n")),
        "mysql": (len(greeting).to_bytes(3, "little") + b"\0" + greeting, (b"\x20\0\0\1", b"")),
    }

    def copy(source, sink):
        try:
            while said := source.recv(1 << 16):
                sink.sendall(said)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def serve(connection, dialogue, port):
        with connection, socket.create_connection(("127.0.0.1", port)) as behind:
            connection.sendall(dialogue[0])
            for expected, answer in dialogue[1:]:
                if not connection.recv(36).startswith(expected):  # MySQL's is as long; the handshake follows at once
                    return
                connection.sendall(answer)
            back = threading.Thread(target=copy, args=(behind, connection))
            back.start()
            copy(connection, behind)
            back.join()

    def accept(listener, dialogue, port):
        try:
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=serve, args=(connection, dialogue, port), daemon=True).start()
        except OSError:
            pass

    def start(protocol, port):
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        threading.Thread(target=accept, args=(listener, dialogues[protocol], port), daemon=True).start()
        return listener.getsockname()[1]

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def test_what_cannot_be_asked_is_told_within_the_deadline(check, tls_endpoint, http_server, silent_server, closed_port):
    ready = tls_endpoint()
    for port, reason in (
        (http_server({}).port, "no TLS"),
        (silent_server(), "no answer within 1 s"),
        (closed_port(), "connection refused"),
    ):
        host = {"staging": f"localhost:{ready.port}", "production": f"localhost:{port}"}
        done = check({"collector": "tls", "host": host, "ca": str(ready.ca), "timeout": "1s"})
        assert (done.code, done.above_low) == (3, {})
        assert reason in done.failures["production"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"host": f"https://u:{CANARY}@example.org"}, "`host` is no address"),
        ({"starttls": "postgresql"}, "did you mean `postgres`?"),
    ],
)
def test_options_that_make_no_sense_are_told(check, options, complaint):
    done = check({"collector": "tls", "host": "localhost"} | options)
    assert done.code == 2
    assert complaint in done.printed
    assert CANARY not in done.printed
