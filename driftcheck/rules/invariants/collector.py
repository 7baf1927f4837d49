"""The garbage collector that nobody named: HotSpot chooses it from the container's limits."""

from __future__ import annotations

from collections.abc import Iterator

from driftcheck.model import Pair, Severity
from driftcheck.rules.base import Context, Judgement
from driftcheck.rules.invariants.settings import Settings
from driftcheck.values import jvm

INPUTS = ("jvm", "collector", "memory limit", "cpu limit")


def judge(settings: Settings, context: Context) -> Iterator[tuple[Pair, Judgement]]:
    """Where no option names a collector, HotSpot takes G1 from 2 CPUs and 1792 MiB on, and Serial below."""
    for owner in settings.owners(("jvm",)):
        memory, cpu = settings.of("memory limit", owner), settings.of("cpu limit", owner)
        if memory is None or settings.of("collector", owner) is not None:
            continue
        chosen = []
        for n in (0, 1):
            cores, size = cpu.amounts[n] if cpu else None, memory.amounts[n]
            if size is None or size.magnitude is None:
                break
            chosen.append(jvm.default_collector(cores.magnitude if cores else None, int(size.magnitude), None))
        if len(chosen) < 2 or chosen[0] == chosen[1] or chosen[0] is None or chosen[1] is None:
            continue
        message = f"no option names a collector, so the limits do: {context.both(chosen[0], chosen[1])}"
        about = cpu if cpu is not None and cpu.differs else memory
        yield about.pair, Judgement(context.catalogue.rules["jvm.collector"], Severity.HIGH, message)
