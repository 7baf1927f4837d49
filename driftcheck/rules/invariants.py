"""What several settings of one environment say together: held in one environment and broken in the other."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from driftcheck.model import Pair, Path, Severity, Side
from driftcheck.rules.base import Context, Judgement
from driftcheck.values import Meaning, jvm, names, quantity, size


class Workload(NamedTuple):
    """A container's limits, and the JVM options that are set nearest to them."""

    cpu: Pair | None
    memory: Pair | None
    options: Pair


def judge(pairs: list[Pair], context: Context) -> Iterator[tuple[Pair, Judgement]]:
    """Judge the pairs of one source together; each answer is about the limit that it names."""
    for workload in _workloads(pairs):
        if workload.memory is None:
            continue
        collector, heap = _collector(workload, context), _heap(workload, context)
        if collector is not None:
            cpu_differs = _amount(workload.cpu, 0) != _amount(workload.cpu, 1)
            yield workload.cpu if cpu_differs and workload.cpu else workload.memory, collector
        if heap is not None:
            yield workload.memory, heap


def _workloads(pairs: list[Pair]) -> Iterator[Workload]:
    limits: dict[Path, dict[str, Pair]] = {}
    options: list[Pair] = []
    for pair in pairs:
        last = pair.path[-1]
        if last in ("cpu", "memory") and len(pair.path) > 1 and names.words(pair.path[-2])[-1:] == ("limits",):
            limits.setdefault(pair.path[:-1], {})[last] = pair
        elif any(isinstance(side.value, str) and side.value[:1] == "-" and jvm.parse(side.value) for side in pair[4:]):
            options.append(pair)
    for pair in options:
        near = max(limits, key=lambda place: (_common(place, pair.path), place), default=None)
        if near is not None:
            yield Workload(limits[near].get("cpu"), limits[near].get("memory"), pair)


def _common(one: Path, other: Path) -> int:
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _collector(workload: Workload, context: Context) -> Judgement | None:
    """Where no option names a collector, HotSpot takes G1 from 2 CPUs and 1792 MiB on, and Serial below."""
    chosen = []
    for n in (0, 1):
        parts = _options(_side(workload.options, n))
        if "gc" in parts:
            return None
        cpu, memory = _amount(workload.cpu, n), _amount(workload.memory, n)
        if memory is None:
            return None
        chosen.append(jvm.default_collector(cpu, int(memory), None) or "")
    if chosen[0] == chosen[1] or not all(chosen):
        return None
    message = f"no option names a collector, so the limits do: {context.both(*chosen)}"
    return Judgement(context.catalogue.rules["jvm.collector"], Severity.HIGH, message)


def _heap(workload: Workload, context: Context) -> Judgement | None:
    """The heap must fit into the container, with room for what is not heap."""
    fits = []
    for n in (0, 1):
        heap = size.parse(_options(_side(workload.options, n)).get("Xmx", ""), grammar="jvm")
        memory = _amount(workload.memory, n)
        if heap is None or heap.magnitude is None or memory is None:
            return None
        fits.append((heap.magnitude < memory, heap, memory))
    if fits[1][0]:
        return None
    _, heap, _ = fits[1]
    limit = size.parse(_text(_side(workload.memory, 1)), grammar="k8s") if workload.memory else None
    severity = Severity.CRITICAL if fits[0][0] else Severity.HIGH
    where = f"in {context.reference.name} only" if fits[0][0] else "in both"
    message = f"a heap of {heap.shown} does not fit into a limit of {limit.shown if limit else '?'} {where}"
    return Judgement(context.catalogue.rules["memory.heap"], severity, message)


def _side(pair: Pair | None, n: int) -> Side | None:
    return None if pair is None else (pair.target, pair.reference)[n]


def _options(side: Side | None) -> dict[str, str]:
    meaning = jvm.parse(_text(side))
    return dict(meaning.parts) if meaning else {}


def _text(side: Side | None) -> str:
    return "" if side is None or side.entry is None else str(side.value)


def _amount(pair: Pair | None, n: int) -> Fraction | None:
    if pair is None:
        return None
    text = _text(_side(pair, n))
    meaning: Meaning | None = quantity.parse(text) if pair.path[-1] == "cpu" else size.parse(text, grammar="k8s")
    return meaning.magnitude if meaning else None
