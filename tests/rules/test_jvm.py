"""Settings of running JVMs: the rules for options in files hold for them, under other names."""

from __future__ import annotations

import pytest

from driftcheck.catalogue import Catalogue
from driftcheck.model import Entry, Environment, Kind, Location, Pair, Side, State, Value
from driftcheck.rules import Context, judge, judge_all

CONTEXT = Context(Environment("staging", "staging"), Environment("production", "production"), Catalogue(live=True))
LACKS: Value = "(lacks it)"


def pair(key: str, staging: Value, production: Value) -> Pair:
    path = tuple(key.split("."))
    sides = [
        Side(State.MISSING) if value == LACKS else Side(State.SET, Entry(path, value, Location(name)))
        for value, name in ((staging, "staging"), (production, "production"))
    ]
    kind = Kind.UNEXPECTED if production == LACKS else Kind.MISSING if staging == LACKS else Kind.CHANGED
    return Pair("orders-jvm", "jvm", path, kind, *sides)


@pytest.mark.parametrize(
    ("key", "staging", "production", "said"),
    [
        ("version", "17.0.15", "25.0.3", "jvm.version high"),
        ("version", "17.0.14", "17.0.15", "jvm.version low"),
        ("collector", "G1", "ZGC", "jvm.collector high"),
        ("heap.max", "1GiB", "512MiB", "jvm.heap high"),
        ("heap.max", "512MiB", "1GiB", "jvm.heap medium"),
        ("container.memory", "2GiB", "512MiB", "memory.limit high"),
        ("container.memory", LACKS, "512MiB", "memory.limit medium"),
        ("container.cpus", 2, 0.5, "cpu.limit medium"),
        ("pool.orders.max", 10, 500, "pool.size high"),
        ("threads.tomcat.max", 20, 200, "limit.workers medium"),
        ("files.max", 65536, 1024, "limit.connections high"),
        ("flags.ActiveProcessorCount", -1, 4, "jvm.processors high"),
        ("flags.InitialHeapSize", "64MiB", "1GiB", "jvm.heap-start low"),
        ("flags.MaxMetaspaceSize", "unlimited", "256MiB", "jvm.memory-area medium"),
        ("flags.UseStringDeduplication", False, True, "jvm.option medium"),
        ("options.Xlog", LACKS, "gc*", "jvm.traces low"),
        ("options.enable-preview", LACKS, "given", "jvm.option medium"),
        ("options.agentlib.jdwp", LACKS, "server=y", "jvm.debug-agent critical"),
        ("options.agentlib.jdwp", "server=y", LACKS, "jvm.debug-agent info"),
        ("options.javaagent.otel", LACKS, "given", "jvm.agent medium"),
        ("properties.file.encoding", "UTF-8", "ANSI_X3.4-1968", "mode.locale high"),
        ("properties.user.timezone", "Europe/Berlin", "UTC", "mode.locale high"),
        ("properties.user.timezone", "Etc/UTC", "UTC", None),
        ("properties.https.protocols", "TLSv1.2,TLSv1.3", "TLSv1.2", "jvm.tls high"),
        ("properties.sun.net.inetaddr.ttl", "30", "-1", "jvm.dns-cache high"),
        ("properties.spring.datasource.hikari.maximum-pool-size", "10", "500", "pool.size high"),
        ("properties.orders.mode", "single", "bulk", "unclassified low"),
    ],
)
def test_a_setting_of_a_running_jvm_has_its_rule(key: str, staging: Value, production: Value, said: str | None) -> None:
    judgement = judge(pair(key, staging, production), CONTEXT)
    assert (f"{judgement.rule.id} {judgement.severity}" if judgement else None) == said


def test_a_heap_that_does_not_fit_into_its_container_in_production_alone_is_critical() -> None:
    pairs = [pair("heap.max", "384MiB", "1GiB"), pair("container.memory", "512MiB", "768MiB")]
    said = {
        judgement.rule.id: str(judgement.severity) for _, judgement in judge_all(pairs, CONTEXT, absence_is_known=True)
    }
    assert said["invariant.heap"] == "critical"


def test_rules_for_servers_leave_files_alone() -> None:
    helm = pair("collector", "G1", "ZGC")._replace(collector="helm")
    judgement = judge(helm, CONTEXT)
    assert judgement is not None
    assert judgement.rule.id == "unclassified"
