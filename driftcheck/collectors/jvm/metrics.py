"""A page of metrics as Prometheus reads it, from Micrometer, Prometheus' own client or its JMX exporter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import NamedTuple

from driftcheck.collectors.jvm.facts import COLLECTOR, Facts
from driftcheck.model import Path, quoted

_SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? +(NaN|[+-]?(?:Inf|[\d.]+(?:[eE][+-]?\d+)?))", re.MULTILINE)
_LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')

_OLD_GENERATIONS = {
    "G1 Old Gen": "G1",
    "ZHeap": "ZGC",
    "ZGC Old Generation": "ZGC",
    "PS Old Gen": "Parallel",
    "Tenured Gen": "Serial",
    "CMS Old Gen": "CMS",
    "Shenandoah": "Shenandoah",
    "Epsilon Heap": "Epsilon",
}
"""The memory pool that only one collector has."""
_YOUNG = {"Parallel": "PS {} Space", "Serial": "{} Space", "CMS": "Par {} Space"}
"""Collectors whose generations have parts of the heap of their own, and what the pools of the young one are called."""

_POOLS = frozenset(("jvm_memory_max_bytes", "jvm_memory_pool_max_bytes", "jvm_memory_pool_bytes_max",
                    "java_lang_memorypool_usage_max"))  # fmt: skip
_HEAPS = frozenset(("jvm_memory_max_bytes", "jvm_memory_bytes_max", "java_lang_memory_heapmemoryusage_max"))
_INFOS = frozenset(("jvm_info", "jvm_runtime_info"))
_LIMITS: Mapping[str, Path] = {
    "process_files_max_files": ("files", "max"),
    "process_max_fds": ("files", "max"),
    "java_lang_operatingsystem_maxfiledescriptorcount": ("files", "max"),
    "system_cpu_count": ("cpus",),
    "java_lang_operatingsystem_availableprocessors": ("cpus",),
    "tomcat_threads_config_max_threads": ("threads", "tomcat", "max"),
    "tomcat_threadpool_maxthreads": ("threads", "tomcat", "max"),
    "catalina_threadpool_maxthreads": ("threads", "tomcat", "max"),
    "jetty_threads_config_max_threads": ("threads", "jetty", "max"),
}
"""Limits of which one process has one; a second connector of Tomcat, for management, has few threads."""
_CONNECTIONS = {
    "hikaricp_connections_max": "pool",
    "hikaricp_max_connections": "pool",
    "r2dbc_pool_max_allocated_connections": "name",
    "jdbc_connections_max": "name",
}
"""The size of a connection pool, and the label with its name; the last one repeats what others tell."""
_START = "process_start_time_seconds"


class _Sample(NamedTuple):
    name: str
    labels: Mapping[str, str]
    number: float


def is_page(text: str) -> bool:
    """Return whether a text is a page of metrics."""
    return text.startswith("#") or (not text.lstrip().startswith(("<", "{", "[")) and _SAMPLE.match(text) is not None)


def add(facts: Facts, text: str) -> str:
    """Add what a page says, and return when the process started, or ""."""
    started = ""
    pools: dict[str, float] = {}
    heap = 0.0
    connections: dict[str, dict[str, int]] = {}
    for name, labels, number in _samples(text):
        if name in _INFOS and "version" in labels:
            version = re.match(r"[\d._]+", labels["version"])
            facts.add_version(version[0].rstrip(".") if version else "", labels.get("vendor", ""), "")
        elif name == _START:
            started = repr(number)
        elif name in _LIMITS:
            known = facts.value(_LIMITS[name])
            facts.add(_LIMITS[name], max(int(number), known if isinstance(known, int) else int(number)))
        elif name in _CONNECTIONS:
            connections.setdefault(name, {})[labels.get(_CONNECTIONS[name], "")] = int(number)
        if name in _POOLS and (pool := labels.get("id") or labels.get("pool") or labels.get("name")):
            pools[pool] = number
        elif name in _HEAPS and labels.get("area", "heap") == "heap":
            heap = number
    _add_memory(facts, pools, heap)
    told = [name for name in _CONNECTIONS if name in connections][:1]
    for name in told:
        for pool, most in connections[name].items():
            facts.add(("pool", quoted(pool), "max"), most)
    return started


def _add_memory(facts: Facts, pools: Mapping[str, float], heap: float) -> None:
    """Add the collector and the heap: one pool has all of it, or an old generation, Eden and two survivor spaces."""
    for pool, collector in _OLD_GENERATIONS.items():
        if pool not in pools:
            continue
        facts.add(COLLECTOR, collector)
        largest = pools[pool]
        if collector in _YOUNG:
            eden, survivor = [pools.get(_YOUNG[collector].format(name), 0) for name in ("Eden", "Survivor")]
            largest += eden + 2 * survivor
        facts.add_heap(int(largest))
        return
    if heap > 0:
        facts.add_heap(int(heap))


def _samples(text: str) -> Iterator[_Sample]:
    """Read samples; names in lower case, as the JMX exporter may be told to write them."""
    for line in _SAMPLE.finditer(text):
        number = float(line[3])
        if isfinite(number):
            yield _Sample(line[1].lower(), {label[1]: label[2] for label in _LABEL.finditer(line[2] or "")}, number)
