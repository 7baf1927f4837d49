"""What several settings of one environment must be to each other: holding in staging and breaking in production."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from driftcheck.catalogue import RULES
from driftcheck.rules.invariants.table import INPUTS, INVARIANTS

Compare = Callable[..., Any]


def memory(limit: str, **env: object) -> str:
    lines = [f"  {name}: {value}" for name, value in env.items()]
    return "\n".join(["env:", *lines, "resources:", "  limits:", f"    memory: {limit}"])


def pools(pool: int, workers: int, replicas: int, accepted: int) -> str:
    return (
        f"replicaCount: {replicas}\nenv:\n  DB_POOL_SIZE: {pool}\n  WEB_CONCURRENCY: {workers}\n"
        f"postgresql:\n  primary:\n    extendedConfiguration: |\n      max_connections = {accepted}\n      jit = off\n"
    )


GRACE = """
terminationGracePeriodSeconds: {}
lifecycle: {{preStop: {{exec: {{command: [sh, -c, sleep {}]}}}}}}
env: {{GRACEFUL_TIMEOUT: {}}}
"""
ROUTE = "http:\n  - timeout: {}\n    retries:\n      attempts: {}\n      perTryTimeout: {}\n    route: [a]\n"
KAFKA = "spring: {{kafka: {{consumer: {{heartbeat-interval: {}, properties: {{session.timeout.ms: {}}}}}}}}}"
LADDER = """
env: {{DB_STATEMENT_TIMEOUT: {}, GUNICORN_TIMEOUT: {}}}
ingress: {{annotations: {{nginx.ingress.kubernetes.io/proxy-read-timeout: "{}"}}}}
"""
KEEP = """
env: {{UVICORN_TIMEOUT_KEEP_ALIVE: {}}}
service: {{annotations: {{service.beta.kubernetes.io/aws-load-balancer-connection-idle-timeout: "{}"}}}}
"""
NODE = "env:\n  SERVER_KEEP_ALIVE_TIMEOUT_MS: {}\n  SERVER_HEADERS_TIMEOUT_MS: {}\n"
REQUESTS = "resources:\n  requests:\n    cpu: {}\n  limits:\n    cpu: {}\n"
PROBE = "livenessProbe:\n  timeoutSeconds: {}\n  periodSeconds: {}\n"

BREAKS = [
    ("invariant.heap", "critical", memory("2Gi", JAVA_OPTS="-Xmx1g"), memory("1Gi", JAVA_OPTS="-Xmx1g"),
     "a heap of 1 GiB does not fit into a limit of 1 GiB"),
    ("invariant.runtime-memory", "high", memory("1Gi", GOMEMLIMIT="900MiB"), memory("512Mi", GOMEMLIMIT="900MiB"),
     "GOMEMLIMIT of 900 MiB does not fit into a limit of 512 MiB"),
    ("invariant.runtime-memory", "high", memory("4Gi", NODE_OPTIONS="--max-old-space-size=3072"),
     memory("2Gi", NODE_OPTIONS="--max-old-space-size=3072"), "a heap of 3 GiB does not fit into a limit of 2 GiB"),
    ("invariant.runtime-memory", "high", memory("1Gi", config='"maxmemory 512mb\\nappendonly no\\n"'),
     memory("256Mi", config='"maxmemory 512mb\\nappendonly no\\n"'),
     "maxmemory of 512 MiB does not fit into a limit of 256 MiB"),
    ("invariant.connections", "critical", pools(20, 2, 2, 100), pools(20, 8, 5, 500),
     "20 connections x 8 workers x 5 replicas = 800 do not fit into the 500 that the server accepts"),
    ("invariant.timeouts", "high", LADDER.format("20s", 30, 60), LADDER.format("20s", 120, 60),
     "worker timeout of 2 min outlasts the proxy timeout of 1 min"),
    ("invariant.timeouts", "high", LADDER.format("20s", 30, 60), LADDER.format("45s", 30, 60),
     "statement timeout of 45 s outlasts the worker timeout of 30 s"),
    ("invariant.keep-alive", "high", KEEP.format(75, 60), KEEP.format(5, 60),
     "keep-alive of 5 s is not longer than the load balancer's idle timeout of 1 min"),
    ("invariant.keep-alive", "high", NODE.format(5000, 60000), NODE.format(65000, 60000),
     "headers timeout of 1 min is not longer than the keep-alive of 1 min 5 s"),
    ("invariant.grace", "high", GRACE.format(60, 10, 30), GRACE.format(30, 10, 30),
     "a grace period of 30 s leaves nothing after 10 s of preStop + 30 s of drain"),
    ("invariant.retries", "high", ROUTE.format("10s", 3, "2s"), ROUTE.format("10s", 3, "5s"),
     "3 attempts x 5 s do not fit into the timeout of 10 s"),
    ("invariant.heartbeat", "high", KAFKA.format(3000, 45000), KAFKA.format(3000, 6000),
     "a heartbeat every 3 s is more than a third of the session timeout of 6 s"),
    ("invariant.requests", "high", REQUESTS.format("500m", 1), REQUESTS.format(2, 1),
     "a CPU request of 2 CPU exceeds the limit of 1 CPU"),
    ("invariant.probe", "medium", PROBE.format(5, 10), PROBE.format(20, 10),
     "a probe's timeout of 20 s exceeds its period of 10 s"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "severity", "holds", "breaks", "says"), BREAKS)
def test_what_holds_in_staging_and_breaks_in_production_is_the_gravest(
    compare: Compare, rule: str, severity: str, holds: str, breaks: str, says: str
) -> None:
    assert compare(holds, breaks).of(rule) == [(severity, f"{says} in production only")]


@pytest.mark.parametrize(("rule", "severity", "holds", "breaks", "says"), BREAKS)
def test_what_is_broken_in_both_is_no_drift_and_medium_at_most(
    compare: Compare, rule: str, severity: str, holds: str, breaks: str, says: str
) -> None:
    assert compare(breaks, breaks).of(rule) == [("low" if severity == "medium" else "medium", f"{says} in both")]


@pytest.mark.parametrize(("rule", "severity", "holds", "breaks", "says"), BREAKS)
def test_what_is_broken_in_staging_alone_is_low(
    compare: Compare, rule: str, severity: str, holds: str, breaks: str, says: str
) -> None:
    assert compare(breaks, holds).of(rule) == [("low", f"{says} in staging only")]


@pytest.mark.parametrize(("rule", "severity", "holds", "breaks", "says"), BREAKS)
def test_what_holds_says_nothing(
    compare: Compare, rule: str, severity: str, holds: str, breaks: str, says: str
) -> None:
    assert compare(holds, holds).of(rule) == []


@pytest.mark.parametrize(("rule", "severity", "holds", "breaks", "says"), BREAKS)
def test_an_input_that_lacks_on_one_side_silences(
    compare: Compare, rule: str, severity: str, holds: str, breaks: str, says: str
) -> None:
    assert compare("other: 1", breaks).of(rule) == []
    assert compare(holds, "other: 1").of(rule) == []


def test_every_invariant_has_a_case_here_and_a_rule() -> None:
    assert {rule for rule, *_ in BREAKS} == {invariant.rule for invariant in INVARIANTS}
    assert {rule.id for rule in RULES.values() if rule.family == "invariant"} == {i.rule for i in INVARIANTS}


def test_every_input_is_used() -> None:
    used = {name for invariant in INVARIANTS for name in (*invariant.needs, *invariant.takes)}
    assert {wanted.name for wanted in INPUTS} == used | {"jvm", "collector"}


# Whose an input is


@pytest.mark.parametrize(
    ("staging", "production"),
    [
        # the limit of one component and the heap of another
        ("a: {resources: {limits: {memory: 1Gi}}}\nb: {env: {JAVA_OPTS: -Xmx2g}}",) * 2,
        ("resources: {limits: {memory: 1Gi}}\nsearch: {env: {JAVA_OPTS: -Xmx2g}}",) * 2,
        ("ORDERS_JAVA_OPTS: -Xmx2g\nresources: {limits: {memory: 1Gi}}",) * 2,
        # other pools than the database's, and what only sounds like a server's limit
        ("env: {REDIS_POOL_SIZE: 500}\nreplicaCount: 9\npostgresql: {max_connections: 100}",) * 2,
        ("env: {DB_POOL_SIZE: 50, DB_MAX_CONNECTIONS: 20}\nreplicaCount: 9",) * 2,
        # two servers: which of them the pool belongs to is not known
        ("env: {DB_POOL_SIZE: 50}\nreplicaCount: 9\nmysql: {max_connections: 9}\nrds: {max_connections: 10}",) * 2,
        # units that nobody wrote
        ("env: {KEEP_ALIVE_TIMEOUT: 5}\nservice: {annotations: {aws-load-balancer-connection-idle-timeout: 60}}",) * 2,
        # sentinels are no amounts
        ("env: {DB_STATEMENT_TIMEOUT: 0, GUNICORN_TIMEOUT: 30}",) * 2,
        ("env: {GUNICORN_TIMEOUT: 0}\nproxyReadTimeout: 60",) * 2,
        ("env: {DB_POOL_SIZE: -1}\nmysql: {max_connections: 100}",) * 2,
        # an outgoing request has nothing to do with the server's worker
        ("env: {HTTP_REQUEST_TIMEOUT: 90s, GUNICORN_TIMEOUT: 30}",) * 2,
        # a probe that takes as long as its period, as many charts have it
        ("livenessProbe: {timeoutSeconds: 10, periodSeconds: 10}",) * 2,
        ("livenessProbe: {timeoutSeconds: 30}\nreadinessProbe: {periodSeconds: 10}",) * 2,
    ],
)  # fmt: skip
def test_nothing_is_said_where_the_inputs_are_not_beyond_doubt(compare: Compare, staging: str, production: str) -> None:
    said = compare(staging, production).all
    assert [judgement for _, judgement in said if judgement.rule.family == "invariant"] == []


THAT_ARE_THERE = "that the server accepts in production only"
CONTAINERS = """
spec:
  replicas: {replicas}
  template:
    spec:
      containers:
        - name: web
          env:
            - {{name: DB_POOL_SIZE, value: "20"}}
            - {{name: JAVA_OPTS, value: -Xmx1g}}
          resources: {{limits: {{memory: {web}}}}}
        - name: proxy
          resources: {{limits: {{memory: 64Mi}}}}
postgresql: {{max_connections: 100}}
"""


def test_each_container_of_a_pod_has_limits_of_its_own(compare: Compare) -> None:
    said = compare(CONTAINERS.format(replicas=2, web="2Gi"), CONTAINERS.format(replicas=2, web="1Gi"))
    assert said.of("invariant.heap") == [
        ("critical", "a heap of 1 GiB does not fit into a limit of 1 GiB in production only")
    ]


def test_replicas_are_the_whole_pod_s(compare: Compare) -> None:
    said = compare(CONTAINERS.format(replicas=2, web="2Gi"), CONTAINERS.format(replicas=9, web="2Gi"))
    assert said.of("invariant.connections") == [
        ("critical", f"20 connections x 9 replicas = 180 do not fit into the 100 {THAT_ARE_THERE}")
    ]


@pytest.mark.parametrize(
    ("staging", "production"),
    [
        ({"S_MEMORY_LIMIT": "1792m", "S_JAVA_OPTS": "-Xmx1g"}, {"S_MEMORY_LIMIT": "1g", "S_JAVA_OPTS": "-Xmx1g"}),
        ("container_memory: 2048\njava_opts: -Xmx1g", "container_memory: 1024\njava_opts: -Xmx1g"),
        ("env: {ES_JAVA_OPTS: -Xmx1g}\nmemoryLimit: 2Gi", "env: {ES_JAVA_OPTS: -Xmx1g}\nmemoryLimit: 1Gi"),
    ],
)
def test_a_limit_has_other_names_outside_kubernetes(compare: Compare, staging: Any, production: Any) -> None:
    assert [severity for severity, _ in compare(staging, production).of("invariant.heap")] == ["critical"]


def test_a_bare_memory_limit_has_no_unit(compare: Compare) -> None:
    said = compare({"MEMORY_LIMIT": "2048", "JAVA_OPTS": "-Xmx1g"}, {"MEMORY_LIMIT": "512", "JAVA_OPTS": "-Xmx1g"})
    assert said.of("invariant.heap") == []


AUTOSCALED = """
replicaCount: 2
autoscaling: {{enabled: {on}, maxReplicas: 20}}
env: {{SQLALCHEMY_POOL_SIZE: 5, SQLALCHEMY_MAX_OVERFLOW: 10}}
mysql: {{max_connections: 200}}
"""


def test_autoscaling_counts_by_its_bound_where_it_is_on(compare: Compare) -> None:
    said = compare(AUTOSCALED.format(on="false"), AUTOSCALED.format(on="true"))
    assert said.of("invariant.connections") == [
        ("critical", f"(5 + 10) connections x 20 replicas = 300 do not fit into the 200 {THAT_ARE_THERE}")
    ]


def test_flat_variables_are_told_apart_by_their_prefix(compare: Compare) -> None:
    """Each program of an env file has settings of its own."""
    staging = {
        "API_GUNICORN_TIMEOUT": "30",
        "API_PROXY_READ_TIMEOUT": "60",
        "ADMIN_GUNICORN_TIMEOUT": "300",
        "ADMIN_PROXY_READ_TIMEOUT": "600",
    }
    said = compare(staging, {**staging, "API_GUNICORN_TIMEOUT": "90"})
    assert said.of("invariant.timeouts") == [
        ("high", "worker timeout of 1 min 30 s outlasts the proxy timeout of 1 min in production only")
    ]


def test_a_server_s_options_count_as_its_variables_do(compare: Compare) -> None:
    values = "env: {{GUNICORN_CMD_ARGS: --workers=4 --timeout={} --graceful-timeout=30}}\nproxyReadTimeout: 60"
    said = compare(values.format(30), values.format(120))
    assert [severity for severity, _ in said.of("invariant.timeouts")] == ["high"]


def test_terraform_names_a_load_balancer(compare: Compare) -> None:
    values = "resource: {{aws_lb: {{main: {{idle_timeout: 60}}}}}}\nlocal: {{env: {{GUNICORN_TIMEOUT: {}}}}}"
    said = compare(values.format(30), values.format(90), "terraform")
    assert said.of("invariant.timeouts") == [
        ("high", "worker timeout of 1 min 30 s outlasts the load balancer idle timeout of 1 min in production only")
    ]


def test_an_invariant_is_about_the_input_that_differs(compare: Compare) -> None:
    said = compare(memory("1Gi", JAVA_OPTS="-Xmx512m"), memory("1024Mi", JAVA_OPTS="-Xmx1g"))
    [pair] = [pair for pair, judgement in said.all if judgement.rule.id == "invariant.heap"]
    assert pair.path == ("env", "JAVA_OPTS")


# The collector that limits choose

JVM = "javaOpts: -XX:MaxRAMPercentage=75\nresources:\n  limits:\n    cpu: {}\n    memory: {}\n"


@pytest.mark.parametrize(
    ("staging", "production", "says"),
    [
        (("1", "2Gi"), ("2", "2Gi"), "Serial in staging, G1 in production"),
        (("2", "1Gi"), ("2000m", "2Gi"), "Serial in staging, G1 in production"),
        (("4096", "4Gi"), ("1024", "4Gi"), "G1 in staging, Serial in production"),
    ],
)
def test_limits_choose_a_collector_that_nobody_named(
    compare: Compare, staging: tuple[str, str], production: tuple[str, str], says: str
) -> None:
    said = compare(JVM.format(*staging), JVM.format(*production)).of("jvm.collector")
    assert said == [("high", f"no option names a collector, so the limits do: {says}")]


def test_a_collector_that_is_named_is_not_chosen(compare: Compare) -> None:
    named = JVM.replace("javaOpts: ", "javaOpts: -XX:+UseG1GC ")
    assert compare(named.format("1", "1Gi"), named.format("4", "4Gi")).of("jvm.collector") == []
