"""Secrets planted in every kind of source and in every shape: no command, report, error or crash may show one of them.

Every planted secret has the word `canary` in it, so that whatever leaks is found, whole or in part.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from driftcheck import cli, collecting, pipeline
from driftcheck.collectors import COLLECTORS
from driftcheck.model import Collected
from driftcheck.reporters import REPORTERS

ENVIRONMENTS = ("staging", "production")

ENV_FILE = """\
HARMLESS=1
DB_PASSWORD={0}
DB_PASSWORD={0}again
DATABASE_URL=postgresql://app:{0}@db.{1}.example.org:5432/orders?sslmode=require
BROKER=amqp://:{0}%21@mq.example.org
PAYMENT=sk_live_{0}
FORGE=ghp_{0}{0}{0}
CLOUD=AKIA{2}
COOKIE=eyJhbGciOiJI.eyJzdWIiOiIx.{0}
SETTINGS='{{"user": "app", "password": "{0}", "nested": {{"api_key": "{0}"}}}}'
JAVA_OPTS="-Xmx1g -Ddb.password={0} -Dservice.token={0} -XX:+UseG1GC"
ARGUMENTS="--verbose --token={0} --api-key {0} --port 80"
CONNECTION="Server=db;User Id=app;Password={0};Timeout=30"
CERTIFICATE="-----BEGIN RSA PRIVATE KEY-----
{0}{0}
-----END RSA PRIVATE KEY-----"
REDIS_CONFIG="maxmemory 1gb
requirepass {0}"
DERIVED="prefix-${{DB_PASSWORD}}-suffix"
HEADER="Authorization: Bearer {0}{0}"
REMOTE=https://ghp_{0}{0}{0}@git.example.org/orders.git
NOTE="call it with sk_live_{0} until June"
WEBHOOK=https://hooks.slack.com/services/T0/B0/{0}
SIGNED=https://files.example.org/a?sig={0}&expires=1
"""

VALUES = """\
password: {0}
passwords: [{0}a, {0}b]
auth: {{rootPassword: {0}, pin: 7, adminPassword: 1234567}}
secrets:
  anything: {0}
  deeper: {{still: {0}, listed: [{0}, {0}b]}}
stringData: {{LICENCE: {0}}}
env:
  - {{name: API_TOKEN, value: {0}}}
  - {{name: OTHER, value: "https://u:{0}@h.example.org/"}}
  - {{value: {0}, name: SIGNING_KEY}}
config: |
  [database]
  host = db
  password = {0}
script: "export API_TOKEN={0}; run"
replicaCount: {1}
args: [--verbose, --token, {0}, "--password={0}"]
number: {{password: 9137602841}}
"""

TERRAFORM = """\
variable "db_password" {{
  type    = string
  default = "{0}default"
}}
variable "host" {{}}
variable "users" {{
  default = {{ app = {{ password = "{0}map" }} }}
}}
locals {{
  dsn    = "mysql://app:${{var.db_password}}@${{var.host}}/orders"
  joined = join(":", ["app", var.db_password])
}}
resource "aws_db_instance" "main" {{
  password      = "{0}literal"
  username      = "app"
  user_data     = <<-EOT
    export DB_PASSWORD={0}heredoc
  EOT
  password_hint = "none"
  master_password = "${{var.host}}-{0}expression"
}}
"""

LOCK = """\
version = 1
requires-python = ">=3.11"

[[package]]
name = "pricing"
version = "1.{1}.0"
source = {{ git = "https://bot:{0}@git.example.org/pricing.git?rev=1#6dda15b" }}

[[package]]
name = "rates"
version = "2.{1}.0"
source = {{ git = "https://{0}@git.example.org/rates.git?rev=1#7eeb26c" }}

[[package]]
name = "tax"
version = "3.{1}.0"
source = {{ registry = "https://bot:{0}@packages.example.org/simple" }}
"""

JVM_OPTIONS = """\
-Xmx{0}m
-Ddb.password={0}
-Durl=jdbc:postgresql://app:{0}@db/orders
-Dbroker=--password={0}
-javaagent:/opt/agent.jar=token={0}
-XX:OnOutOfMemoryError="curl -H 'Authorization: Bearer {0}{0}' http://alerts"
-Dservice.token={0} -Dharmless=1 -XX:+UseG1GC
"""

CONFIG = """\
version: 1
environments: [staging, production]
sources:
  env:
    collector: dotenv
    path: "{environment}/orders.env"
  chart:
    collector: helm
    values: [base.yaml, "{environment}/values.yaml"]
    set: ["auth.setPassword=${PLANTED}", "auth.token=${PLANTED}b"]
  infra:
    collector: terraform
    path: "{environment}/terraform"
  lock:
    collector: lockfile
    path: "{environment}/uv.lock"
  process:
    collector: environment
    prefix: {staging: STG_, production: PRD_}
  java:
    collector: jvm
    path: "{environment}/jvm.options"
expected:
  - source: env
    key: DB_PASSWORD
    values: {staging: canary-pinned, production: canary-pinned}
    reason: pinned to what nobody should have written down
"""

BROKEN = {
    "quote.env": "DB_PASSWORD='{0}\nAPI_TOKEN={0}\n",
    "line.env": "API_TOKEN={0}\nDB_PASSWORD {0} {0}\n= {0}\n",
    "pem.env": "PRIVATE_KEY=-----BEGIN PRIVATE KEY-----\n{0}\n{0}==\n-----END PRIVATE KEY-----\n",
    "template.env": "{{{{ if password }}}}\nDB_PASSWORD={0}\n",
    "quote.yaml": 'db:\n  password: "{0}\n  user: app\n',
    "indent.yaml": "password: {0}\n   user: {0}\n",
    "tab.yaml": "auth:\n\tpassword: {0}\n",
    "alias.yaml": "password: *{0}\n",
    "tag.yaml": "password: !{0} {0}\n",
    "brace.yaml": "password: {{{0}: {0}\n",
    "twice.yaml": "password: {0}\npassword: {0}b\nsecrets: {{a: {0}, a: {0}}}\n",
    "template.yaml": "password: {0}\n{{{{- if .Values.token }}}}\ntoken: {0}\n{{{{ end }}}}\n",
    "brace.json": '{{"password": "{0}", "token": "{0}',
    "quote.tf": 'variable "db_password" {{\n  default = "{0}\n}}\n',
    "block.tf": 'resource "a" "b" {{\n  password = "{0}"\n  {0} {0}\n',
    "call.tf": 'locals {{\n  password = unknown("{0}")\n  token = tonumber("{0}")\n}}\n',
    "uv.lock": 'version = 1\n[[package]]\nname = "a"\nsource = {{ git = "https://u:{0}@h/ }}\n',
    "package-lock.json": '{{"lockfileVersion": 3, "packages": {{"a": {{"resolved": "https://u:{0}@h"}}, {0}}}',
}


def secret(number: int) -> str:
    return f"canary{number:02}Zq7"


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project full of secrets, which is the current folder."""
    for number, environment in enumerate(ENVIRONMENTS):
        cloud = f"CANARY{number}{'X' * 9}"
        folder = tmp_path / environment
        (folder / "terraform").mkdir(parents=True)
        (folder / "orders.env").write_text(ENV_FILE.format(secret(number), environment, cloud))
        (folder / "values.yaml").write_text(VALUES.format(secret(10 + number), number))
        (folder / "terraform" / "main.tf").write_text(TERRAFORM.format(secret(20 + number)))
        (folder / "terraform" / "terraform.tfvars").write_text(f'db_password = "{secret(30 + number)}"\n')
        (folder / "uv.lock").write_text(LOCK.format(secret(40 + number), number))
        (folder / "jvm.options").write_text(JVM_OPTIONS.format(secret(80 + number)))
        monkeypatch.setenv(("STG_", "PRD_")[number] + "API_TOKEN", secret(50 + number))
        monkeypatch.setenv(("STG_", "PRD_")[number] + "URL", f"redis://:{secret(50 + number)}@r.example.org/0")
    (tmp_path / "base.yaml").write_text(VALUES.format(secret(60), 5) + f"inheritedPassword: {secret(61)}\n")
    (tmp_path / "driftcheck.yaml").write_text(CONFIG)
    monkeypatch.setenv("PLANTED", secret(70))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def broken(planted: Path) -> Path:
    """Return the project with a source for each broken file: its secrets stand next to the error."""
    sources = []
    for number, (name, text) in enumerate(BROKEN.items()):
        kind = {".env": "dotenv", ".tf": "terraform", ".lock": "lockfile"}.get(Path(name).suffix, "helm")
        kind = "lockfile" if name == "package-lock.json" else kind
        for environment in ENVIRONMENTS:
            folder = planted / environment / f"broken{number}"
            folder.mkdir()
            (folder / name).write_text(text.format(secret(80)))
        at = f"{{environment}}/broken{number}" + ("" if kind == "terraform" else f"/{name}")
        option = f'values: ["{at}"]' if kind == "helm" else f'path: "{at}"'
        sources.append(f"  broken{number}:\n    collector: {kind}\n    {option}\n")
    (planted / "driftcheck.yaml").write_text(CONFIG.replace("expected:\n", "".join(sources) + "expected:\n"))
    return planted


@pytest.fixture
def said(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Return a function that runs a command line in this process: its exit code and all that it printed."""

    def run(*arguments: str) -> tuple[int, str]:
        capfd.readouterr()
        code = cli.run(list(arguments))
        return code, "".join(capfd.readouterr())

    return run


def leaks(text: str) -> list[str]:
    """Return whatever of a secret is in a text, with what stands around it."""
    return re.findall(r".{0,60}(?:canary|9137602841).{0,20}", text, re.IGNORECASE)


CHECKS = [
    ("check",),
    ("check", "--all"),
    ("check", "-v"),
    ("check", "-q"),
    ("check", "-o", "json"),
    ("check", "-o", "json", "--all"),
    ("compare", "staging", "production"),
    ("compare", "staging", "production", "--all", "-o", "json"),
    ("compare", "staging/orders.env", "production/orders.env"),
    ("compare", "staging/values.yaml", "production/values.yaml", "--all"),
]
SHOWS = [
    (*command, *options)
    for command in (("show", "staging"), ("show", "production"), ("show", "production", "*assword"))
    for options in ((), ("-o", "json"), ("-v",))
]


@pytest.mark.parametrize("color", ["", "1"], ids=["plain", "color"])
@pytest.mark.parametrize("arguments", [*CHECKS, *SHOWS], ids=" ".join)
@pytest.mark.usefixtures("planted")
def test_no_command_shows_a_secret(
    arguments: tuple[str, ...], color: str, said: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", color)
    code, text = said(*arguments)
    assert leaks(text) == []
    assert code in (0, 1)
    assert "[secret]" in text or '{"secret": true' in text


@pytest.mark.parametrize("name", REPORTERS)
@pytest.mark.parametrize("project", ["planted", "broken"])
def test_no_format_shows_a_secret(
    name: str, project: str, said: Callable[..., tuple[int, str]], request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(project)
    code, text = said("check", "--all", "-o", name)
    assert leaks(text) == []
    assert code == (3 if project == "broken" else 1)


@pytest.mark.usefixtures("planted")
def test_the_secrets_are_read_all_the_same(said: Callable[..., tuple[int, str]]) -> None:
    """A project that nothing was read of would show no secret either."""
    _, text = said("check", "-q", "-o", "json", "--all")
    report = json.loads(text)
    assert report["failures"] == []
    keys = {finding["key"] for finding in report["findings"]}
    assert {"DB_PASSWORD", "secrets.anything", "var.db_password", "pricing", "API_TOKEN"} <= keys
    assert {finding["source"] for finding in report["findings"]} >= {"env", "chart", "infra", "lock", "process"}


@pytest.mark.parametrize("arguments", [*CHECKS[:6], *SHOWS[:6]], ids=" ".join)
@pytest.mark.usefixtures("broken")
def test_no_error_quotes_the_secret_beside_it(arguments: tuple[str, ...], said: Callable[..., tuple[int, str]]) -> None:
    code, text = said(*arguments)
    assert leaks(text) == []
    assert code == 3


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.usefixtures("broken")
def test_each_broken_file_is_quiet_by_itself(name: str, said: Callable[..., tuple[int, str]]) -> None:
    """Alone, so that no source hides what another one would say."""
    number = list(BROKEN).index(name)
    for arguments in (("check", "--all", "-v"), ("check", "-o", "json"), ("show", "staging", "-v")):
        code, text = said(*arguments, "--only", f"broken{number}")
        assert leaks(text) == []
        assert code in (0, 1, 3)


def test_no_written_file_holds_a_secret(planted: Path, said: Callable[..., tuple[int, str]]) -> None:
    before = {path for path in planted.rglob("*") if path.is_file()}
    said("check", "--all", "-o", "json=report.json", "-o", "text=report.txt")
    written = {path for path in planted.rglob("*") if path.is_file()} - before
    assert {path.name for path in written} == {"report.json", "report.txt"}
    for path in written:
        assert leaks(path.read_text()) == []


@pytest.mark.parametrize("key", ["", "canary-key-of-enough-length"])
@pytest.mark.usefixtures("planted")
def test_no_snapshot_holds_a_secret(
    key: str, said: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRIFTCHECK_FINGERPRINT_KEY", key)
    told = [said("snapshot", environment, "-o", f"{environment}.snap", "-v") for environment in ENVIRONMENTS]
    told.append(said("compare", "staging.snap", "production.snap", "--all", "-o", "json"))
    assert [code for code, _ in told] == [0, 0, 1]
    held = [gzip.decompress(Path(f"{environment}.snap").read_bytes()).decode() for environment in ENVIRONMENTS]
    for text in (*held, *(text for _, text in told)):
        assert leaks(text) == []
    assert all("[secret]" in text for text in held)


@pytest.mark.parametrize(
    "assignment", ["=${PLANTED}", "a[=${PLANTED}", "a[x]=${PLANTED}", "a={${PLANTED}", "${PLANTED}"]
)
def test_no_complaint_about_the_configuration_quotes_what_a_variable_holds(
    assignment: str, planted: Path, said: Callable[..., tuple[int, str]]
) -> None:
    (planted / "driftcheck.yaml").write_text(CONFIG.replace("auth.token=${PLANTED}b", assignment))
    for arguments in (("check", "-v"), ("check", "-o", "json"), ("show", "staging", "-v")):
        assert leaks(said(*arguments, "--only", "chart")[1]) == []


@pytest.mark.parametrize("option", ["-v", "-q"])
@pytest.mark.parametrize("command", [("check",), ("show", "staging")], ids=" ".join)
@pytest.mark.parametrize("where", ["collect", "redact", "judge"])
@pytest.mark.usefixtures("planted")
def test_a_bug_of_our_own_shows_no_value(
    where: str,
    command: tuple[str, ...],
    option: str,
    said: Callable[..., tuple[int, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What an exception says may be a value; so may what it was raised from."""

    def fail(*_: object, **__: object) -> Collected:
        try:
            raise KeyError(secret(90))
        except KeyError as error:
            raise ValueError(f"{secret(91)} is no number") from error

    if where == "collect":
        monkeypatch.setattr(COLLECTORS["dotenv"], "collect", fail)
    elif where == "redact":
        monkeypatch.setattr(collecting, "redact", fail)
    else:
        monkeypatch.setattr(pipeline, "pair_up", fail)
    code, text = said(*command, option)
    assert leaks(text) == []
    if where != "judge" or command == ("check",):
        assert code == 2
        assert "internal error (ValueError)" in text


INTERRUPTED = """
import sys, time
from driftcheck.collectors import COLLECTORS
collect = COLLECTORS["helm"].collect
def slowly(reading):
    found = collect(reading)
    print("reading", file=sys.stderr, flush=True)
    time.sleep(30)
    return found
COLLECTORS["helm"].collect = slowly
from driftcheck.__main__ import main
sys.exit(main())
"""


def test_an_interrupted_run_shows_nothing(planted: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, "check", "-v"], cwd=planted, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        while process.stderr.readline() != b"reading\n":
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert leaks((out + err).decode()) == []
    assert process.returncode == 130


OBSERVED = """
import sys
def observe(event, arguments):
    if event in ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "os.fork", "socket.connect"):
        print("STARTED", event, arguments, file=sys.stderr)
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        print("WRITTEN", arguments[0], file=sys.stderr)
sys.addaudithook(observe)
from driftcheck.__main__ import main
sys.exit(main())
"""


@pytest.mark.parametrize("arguments", [CHECKS[4], CHECKS[6], SHOWS[1]], ids=" ".join)
def test_no_other_process_and_no_file_gets_to_see_a_secret(arguments: tuple[str, ...], planted: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-B", "-c", OBSERVED, *arguments],
        cwd=planted,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "STARTED" not in done.stderr
    assert "WRITTEN" not in done.stderr
    assert leaks(done.stdout + done.stderr) == []


def test_a_secret_that_both_share_is_told_without_being_shown(
    planted: Path, said: Callable[..., tuple[int, str]]
) -> None:
    for environment in ENVIRONMENTS:
        (planted / environment / "orders.env").write_text(f"DB_PASSWORD={secret(99)}\n")
    code, text = said("check", "--only", "env")
    assert "the same secret in staging and production" in text
    assert leaks(text) == []
    assert code == 1


def test_every_collector_is_planted() -> None:
    used = set(re.findall(r"collector: (\w+)", CONFIG))
    of_servers = {kind for kind, collector in COLLECTORS.items() if collector.OF_SERVERS}
    assert COLLECTORS.keys() - used <= of_servers
    for kind in of_servers:
        assert "canary" in (Path(__file__).parent / "live" / f"test_{kind}.py").read_text(encoding="utf-8")
