"""The invariants: what each is made of, and what it says when it is broken.

To add one: describe its inputs, write a check that says in words what does not fit, add a line to `INVARIANTS`, and a
rule to `catalogue/invariants.py` that says why it matters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from driftcheck.rules.invariants.settings import Input, Reach, magnitude
from driftcheck.values import Meaning

Amounts = Mapping[str, Meaning]
"""What one environment says, by the name of the input; an optional one may lack."""


class Invariant(NamedTuple):
    """A relation that must hold within one environment.

    `check` is called when all `needs` are known, and `least` of `takes` as well; it says what is broken, or "". What
    comes first in `needs` is the one that belongs to the fewest: to a container, rather than to a workload. `across`:
    it also holds between what files say and what a server runs with.
    """

    rule: str
    needs: tuple[str, ...]
    check: Callable[[Amounts], str]
    takes: tuple[str, ...] = ()
    least: int = 0
    across: bool = False


# What there is

_JAVA = (
    "java",
    "opts",
    "jvm",
    "tool",
    "options",
    "option",
    "jdk",
    "catalina",
    "javaopts",
    "jvmargs",
    "jvmoption",
    "maven",
)
_DATABASE = (
    "connection", "database", "datasource", "db", "hikari", "hikaricp", "jdbc", "mysql", "pg", "pool", "postgres",
    "postgresql", "rails", "sequelize", "spring", "sql", "sqlalchemy", "typeorm", "knex", "primary", "orm",
)  # fmt: skip
_SERVERS = (
    "gunicorn",
    "uvicorn",
    "hypercorn",
    "unicorn",
    "puma",
    "uwsgi",
    "node",
    "server",
    "http",
    "spring",
    "sidekiq",
)
_PROXIES = ("ingress", "nginx", "proxy", "alb", "load", "balancer")
_NO_DATABASE = (
    "amqp", "bouncer", "buffer", "cache", "celery", "executor", "grpc", "http", "idle", "ip", "jedis", "kafka", "ldap",
    "lettuce", "min", "mongo", "mongodb", "node", "pgbouncer", "rabbitmq", "redis", "smtp", "task", "thread",
)  # fmt: skip

INPUTS = (
    Input("memory limit", "size", ("limit memory",), unit="B", grammar="k8s"),
    Input("memory limit", "size", ("memory limit",)),
    Input("memory limit", "size", ("mem limit",), unit="B"),
    Input("memory limit", "size", ("container memory", "task memory"), unit="MiB"),
    Input("memory request", "size", ("request memory",), unit="B", grammar="k8s"),
    Input("cpu limit", "cpu", ("limit cpu", "cpu limit", "container cpu", "task cpu")),
    Input("cpu request", "cpu", ("request cpu",)),
    Input("heap", "size", ("jvmoption xmx",), unit="B", grammar="jvm", about=_JAVA, prefixed=True),
    Input("heap", "size", ("heap max",), grammar="jvm"),
    Input("jvm", "presence", ("jvmoption",), about=_JAVA, prefixed=True),
    Input("collector", "presence", ("jvmoption gc",), about=_JAVA, prefixed=True),
    Input("go memory", "size", ("gomemlimit",), unit="B", prefixed=True),
    Input("node heap", "size", ("max old space size",), unit="MiB", about=("node", "options", "nodeoptions"),
          prefixed=True),
    Input("redis memory", "size", ("maxmemory",), unit="B", grammar="redis"),
    Input(
        "pool",
        "count",
        ("pool size", "max pool size", "maximumpoolsize", "pool max size", "pool max", "db pool", "database pool",
         "connection pool size"),
        reach=Reach.WORKLOAD,
        without=_NO_DATABASE,
        about=_DATABASE,
    ),
    Input("overflow", "count", ("max overflow",), reach=Reach.WORKLOAD, about=_DATABASE),
    Input("workers", "count", ("web concurrency",), reach=Reach.WORKLOAD),
    Input(
        "workers",
        "count",
        ("worker", "num worker", "worker count"),
        reach=Reach.WORKLOAD,
        within=("gunicorn", "uvicorn", "hypercorn", "puma", "unicorn"),
        about=_SERVERS,
    ),
    Input("replicas", "count", ("replica count", "replica"), reach=Reach.WORKLOAD),
    Input("most replicas", "count", ("max replica",), reach=Reach.WORKLOAD, about=("autoscaling", "hpa", "autoscaler")),
    Input("autoscaling", "switch", ("autoscaling enabled", "hpa enabled"), reach=Reach.WORKLOAD),
    Input(
        "max_connections",
        "count",
        ("max connection",),
        reach=Reach.SOURCE,
        within=("postgres", "postgresql", "mysql", "mysqld", "mariadb", "rds", "parameter", "settings"),
        without=("pool", "client", "user", "worker", "idle", "redis", "tomcat", "http"),
    ),
    Input("reserved connections", "count", ("superuser reserved connection",), reach=Reach.SOURCE),
    Input("statement timeout", "duration", ("statement timeout",), unit="ms", about=_DATABASE),
    Input("request timeout", "duration", ("rack timeout service timeout", "rack timeout"), unit="s", about=_SERVERS),
    Input("request timeout", "duration", ("mvc async request timeout",), unit="ms", about=_SERVERS),
    Input("worker timeout", "duration", ("timeout", "worker timeout"), unit="s", within=("gunicorn", "unicorn"),
          without=("graceful", "keep", "alive", "keepalive"), about=_SERVERS),
    Input("worker timeout", "duration", ("harakiri",), unit="s", about=_SERVERS),
    Input("proxy timeout", "duration", ("proxy read timeout",), reach=Reach.WORKLOAD, unit="s", without=("auth",),
          about=_PROXIES),
    Input("load balancer idle timeout", "duration", ("connection idle timeout",), reach=Reach.SOURCE, unit="s",
          within=("aws", "elb", "balancer")),
    Input("load balancer idle timeout", "duration", ("idle timeout",), reach=Reach.SOURCE, unit="s",
          within=("lb", "alb", "elb"), without=("session", "pool", "client", "tcp")),
    Input("keep-alive", "duration", ("keep alive timeout", "timeout keep alive", "keep alive"), unit="s",
          within=("gunicorn", "uvicorn", "hypercorn"), about=_SERVERS),
    Input("keep-alive", "duration", ("keep alive timeout", "keepalive timeout"), about=_SERVERS,
          without=("gunicorn", "uvicorn", "hypercorn", "client", "upstream", "tcp", "db", "redis")),
    Input("node keep-alive", "duration", ("keep alive timeout", "keepalive timeout"), unit="ms", about=_SERVERS),
    Input("headers timeout", "duration", ("headers timeout",), unit="ms", about=_SERVERS),
    Input("grace period", "duration", ("termination grace period",), reach=Reach.WORKLOAD, unit="s"),
    Input("preStop", "sleep", ("pre stop exec command", "prestop exec command"), about=("hooks",)),
    Input("preStop", "duration", ("pre stop sleep seconds", "pre stop sleep", "pre stop delay"), unit="s"),
    Input("drain", "duration", ("graceful timeout", "timeout graceful shutdown"), unit="s", about=_SERVERS),
    Input("drain", "duration", ("timeout per shutdown phase",), unit="ms", about=(*_SERVERS, "lifecycle")),
    Input("drain", "duration", ("sidekiq timeout",), unit="s", about=_SERVERS),
    Input("drain", "duration", ("graceful shutdown timeout", "shutdown timeout", "shutdown grace period"),
          about=_SERVERS),
    Input("attempts", "count", ("retry attempt", "num retry", "max retry", "max attempt"), about=("retry", "policy")),
    Input("per-try timeout", "duration", ("per try timeout",), about=("retry", "policy")),
    Input("overall timeout", "duration", ("timeout", "request timeout", "total timeout", "overall timeout"),
          about=("route",)),
    Input("heartbeat", "duration", ("heartbeat interval",), unit="ms", within=("kafka", "consumer")),
    Input("session", "duration", ("session timeout",), unit="ms", within=("kafka", "consumer")),
    Input("probe timeout", "duration", ("probe timeout",), unit="s"),
    Input("probe period", "duration", ("probe period",), unit="s"),
)  # fmt: skip


# What must hold


def _heap(of: Amounts) -> str:
    return _fits(of["heap"], of["memory limit"], "a heap")


def _go(of: Amounts) -> str:
    return _fits(of["go memory"], of["memory limit"], "GOMEMLIMIT")


def _node(of: Amounts) -> str:
    return _fits(of["node heap"], of["memory limit"], "a heap")


def _redis(of: Amounts) -> str:
    return _fits(of["redis memory"], of["memory limit"], "maxmemory")


def _fits(amount: Meaning, limit: Meaning, what: str) -> str:
    if magnitude(amount) < magnitude(limit):
        return ""
    return f"{what} of {amount.shown} does not fit into a limit of {limit.shown}"


def _memory_request(of: Amounts) -> str:
    return _within(of["memory request"], of["memory limit"], "memory")


def _cpu_request(of: Amounts) -> str:
    return _within(of["cpu request"], of["cpu limit"], "CPU")


def _within(request: Meaning, limit: Meaning, what: str) -> str:
    if magnitude(request) <= magnitude(limit):
        return ""
    return f"a {what} request of {request.shown} exceeds the limit of {limit.shown}"


def _connections(of: Amounts) -> str:
    """Each process owns a pool, and autoscaling may start as many replicas as it is allowed to."""
    pool, accepted = of["pool"], magnitude(of["max_connections"])
    if "reserved connections" in of:
        accepted -= magnitude(of["reserved connections"])
    scales = "most replicas" in of and not ("autoscaling" in of and not of["autoscaling"].canonical)
    replicas = of["most replicas"] if scales else of.get("replicas")
    demand = magnitude(pool) + (magnitude(of["overflow"]) if "overflow" in of else 0)
    said = f"({pool.shown} + {of['overflow'].shown}) connections" if "overflow" in of else f"{pool.shown} connections"
    for factor, unit in ((of.get("workers"), "workers"), (replicas, "replicas")):
        if factor is not None:
            demand *= magnitude(factor)
            said += f" x {factor.shown} {unit}"
    if demand <= accepted:
        return ""
    total = "" if demand == magnitude(pool) else f" = {demand}"
    return f"{said}{total} do not fit into the {accepted} that the server accepts"


_LADDER = ("statement timeout", "request timeout", "worker timeout", "proxy timeout", "load balancer idle timeout")


def _ladder(of: Amounts) -> str:
    """Each layer must outwait the one inside it; the layers that are not there are left out."""
    there = [(name, of[name]) for name in _LADDER if name in of]
    return ", ".join(
        f"{inner} of {inside.shown} outlasts the {outer} of {outside.shown}"
        for (inner, inside), (outer, outside) in pairwise(there)
        if magnitude(inside) > magnitude(outside)
    )


def _keep_alive(of: Amounts) -> str:
    ours, theirs = of["keep-alive"], of["load balancer idle timeout"]
    if magnitude(ours) > magnitude(theirs):
        return ""
    return f"keep-alive of {ours.shown} is not longer than the load balancer's idle timeout of {theirs.shown}"


def _headers(of: Amounts) -> str:
    headers, keep_alive = of["headers timeout"], of["node keep-alive"]
    if magnitude(headers) > magnitude(keep_alive):
        return ""
    return f"headers timeout of {headers.shown} is not longer than the keep-alive of {keep_alive.shown}"


def _grace(of: Amounts) -> str:
    parts = [(name, of[name]) for name in ("preStop", "drain") if name in of]
    needed = sum((magnitude(amount) for _, amount in parts), Fraction(0))
    if magnitude(of["grace period"]) > needed:
        return ""
    said = " + ".join(f"{amount.shown} of {name}" for name, amount in parts)
    return f"a grace period of {of['grace period'].shown} leaves nothing after {said}"


def _retries(of: Amounts) -> str:
    attempts, each, overall = of["attempts"], of["per-try timeout"], of["overall timeout"]
    if magnitude(attempts) * magnitude(each) <= magnitude(overall):
        return ""
    return f"{attempts.shown} attempts x {each.shown} do not fit into the timeout of {overall.shown}"


def _heartbeat(of: Amounts) -> str:
    heartbeat, session = of["heartbeat"], of["session"]
    if 3 * magnitude(heartbeat) <= magnitude(session):
        return ""
    return f"a heartbeat every {heartbeat.shown} is more than a third of the session timeout of {session.shown}"


def _probe(of: Amounts) -> str:
    if magnitude(of["probe timeout"]) <= magnitude(of["probe period"]):
        return ""
    return f"a probe's timeout of {of['probe timeout'].shown} exceeds its period of {of['probe period'].shown}"


INVARIANTS = (
    Invariant("invariant.heap", ("heap", "memory limit"), _heap),
    Invariant("invariant.runtime-memory", ("go memory", "memory limit"), _go),
    Invariant("invariant.runtime-memory", ("node heap", "memory limit"), _node),
    Invariant("invariant.runtime-memory", ("redis memory", "memory limit"), _redis),
    Invariant("invariant.requests", ("memory request", "memory limit"), _memory_request),
    Invariant("invariant.requests", ("cpu request", "cpu limit"), _cpu_request),
    Invariant(
        "invariant.connections",
        ("pool", "max_connections"),
        _connections,
        takes=("overflow", "workers", "replicas", "most replicas", "autoscaling", "reserved connections"),
        across=True,
    ),
    Invariant("invariant.timeouts", (), _ladder, takes=_LADDER, least=2),
    Invariant("invariant.keep-alive", ("keep-alive", "load balancer idle timeout"), _keep_alive),
    Invariant("invariant.keep-alive", ("headers timeout", "node keep-alive"), _headers),
    Invariant("invariant.grace", ("grace period",), _grace, takes=("preStop", "drain"), least=1),
    Invariant("invariant.retries", ("attempts", "per-try timeout", "overall timeout"), _retries),
    Invariant("invariant.heartbeat", ("heartbeat", "session"), _heartbeat),
    Invariant("invariant.probe", ("probe timeout", "probe period"), _probe),
)
