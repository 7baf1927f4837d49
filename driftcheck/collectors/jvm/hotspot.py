"""What a JVM tells of itself: the answers of jcmd, or the counters that it publishes in its hsperfdata file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from driftcheck.collectors.jvm import options
from driftcheck.collectors.jvm.facts import COLLECTOR, HEAP, Facts
from driftcheck.errors import CollectError
from driftcheck.formats import flatten, properties
from driftcheck.model import unquoted
from driftcheck.pattern import Pattern
from driftcheck.values import spell

_FLAG = re.compile(
    r"^ *(?P<type>\S+) +(?P<name>\w+) +(?P<sign>:?)= *(?P<value>.*?) +\{[^}\n]*\}(?: \{(?P<origin>[^}\n]*)\})?$",
    re.MULTILINE,
)
_NOBODY = frozenset(("default", "ergonomic", "internal"))
"""Origins of a value that no person gave."""
_ARGUMENTS = re.compile(r"^jvm_args: (.*?)^java_command:", re.MULTILINE | re.DOTALL)
_DUMP = re.compile(r"^#\w{3} \w{3} +\d.*\n", re.MULTILINE)
"""The date above the properties."""

_IN_COUNTERS = {
    "G1": "G1",
    "Z": "ZGC",
    "ZGC": "ZGC",
    "Serial": "Serial",
    "Copy": "Serial",
    "Parallel": "Parallel",
    "PSScavenge": "Parallel",
    "Shenandoah": "Shenandoah",
    "Epsilon": "Epsilon",
}
"""How the names of collectors begin in the counters of JDK 8 to 25."""
_MAGIC = b"\xca\xfe\xc0\xc0"
_NO_LIMIT = 1 << 60
"""Bytes. Control groups of the first version write "none" as all that a signed number holds, rounded to a page."""
_TOLD_BETTER = Pattern(r"-(?:D|XX:|Xm[xsn]|Xss)")
"""Options that are told, with what came of them, as flags and properties."""


def add_answers(facts: Facts, text: str) -> None:
    """Add what `VM.version`, `VM.command_line`, `VM.flags -all` and `VM.system_properties` say."""
    before, *dumps = _DUMP.split(text)
    if not dumps:
        raise CollectError("jcmd told no system properties", facts.place, "see what jcmd says by hand")
    dump = flatten(properties.parse(dumps[-1], str(facts.place)).root, "")
    told = {".".join(map(unquoted, entry.path)): str(entry.value) for entry in dump}
    facts.add_version(told.get("java.version", ""), told.get("java.vendor", ""), told.get("java.vm.name", ""))
    for name, value in told.items():
        facts.add_property(name, value)
    found = _ARGUMENTS.search(text)
    words = found[1].split() if found else []
    given = {flag for word in words for flag in options.flags_of(word)}
    for flag in _FLAG.finditer(before):
        origin = flag["origin"]
        if origin is None:  # JDK 8 tells only whether a value was changed
            origin = "command line" if flag["name"] in given else "ergonomic" if flag["sign"] else "default"
        facts.add_flag(flag["name"], flag["value"], origin, chosen=origin not in _NOBODY)
    facts.pair_up_sizes()
    options.add(facts, [word for word in words if word.startswith("-") and not _TOLD_BETTER.match(word)])


def add_counters(facts: Facts, data: bytes) -> str:
    """Add what an hsperfdata file says, and return when the JVM was created, in milliseconds.

    It has the options as they were given and what came of them, but neither defaults nor what code has set since.
    """
    told = dict(_counters(data))
    names = [str(value) for name, value in told.items() if re.fullmatch(r"sun\.gc\.collector\.\d\.name", name)]
    facts.add_version(
        str(told.get("java.property.java.version", "")),
        str(told.get("java.property.java.vm.vendor", "")),
        str(told.get("java.property.java.vm.name", "")),
    )
    words = str(told.get("java.rt.vmArgs", "")).split()
    options.add(facts, [word for word in words if word.startswith("-")], origin="command line")
    collector = next((_IN_COUNTERS[word] for word in (name.split()[0] for name in names) if word in _IN_COUNTERS), None)
    if collector:
        facts.add(COLLECTOR, collector)
    generations = [told.get(f"sun.gc.generation.{n}.maxCapacity") for n in (0, 1)]
    largest = [value for value in generations if isinstance(value, int)]
    if largest:
        parted = ":" in str(told.get("sun.gc.policy.name", ""))  # each generation has a part of the heap of its own
        facts.add(HEAP, spell.size((sum(largest) if parted else largest[-1]) >> 10 << 10))
    facts.hide(
        [("flags",), ("properties",)],
        "a JVM publishes what it was given, not what came of it; jcmd, which tells, is not there or not let in",
        "install a JDK of the same version beside it, and start it without -XX:+DisableAttachMechanism",
    )
    return str(told.get("sun.rt.createVmBeginTime", ""))


def add_limits(facts: Facts, limits: Mapping[str, list[str]]) -> None:
    """Add what control groups allow: the least of a group and those that it is in."""
    sizes = [int(text) for name in _MEMORY for text in limits.get(name, ()) if text.isdigit()]
    if memory := [each for each in sizes if each < _NO_LIMIT]:
        facts.add(("container", "memory"), spell.size(min(memory)))
    pairs = [text.split() for text in limits.get("cpu.max", ())]
    pairs += zip(limits.get("cpu.cfs_quota_us", ()), limits.get("cpu.cfs_period_us", ()), strict=False)  # type: ignore[arg-type]
    quotas = [int(quota) / int(period) for quota, period in pairs if quota.isdigit() and int(period)]
    if quotas:
        least = min(quotas)
        facts.add(("container", "cpus"), int(least) if least == int(least) else round(least, 3))
    if not limits:
        facts.hide([("container",)], "there are no control groups to read", "")


_MEMORY = ("memory.max", "memory.limit_in_bytes")


def _counters(data: bytes) -> Iterator[tuple[str, int | str]]:
    """Read hsperfdata, version 2: a header, and entries that name a number or a text."""
    from struct import error, unpack_from

    try:
        if data[:4] != _MAGIC:
            raise CollectError("the counters are no hsperfdata", hint="ask a HotSpot JVM, of JDK 8 or later")
        order = "<" if data[4] else ">"
        position, count = unpack_from(order + "II", data, 24)
        for _ in range(count):
            length, name_at, size, kind, _, _, _, data_at = unpack_from(order + "IIIBBBBI", data, position)
            start = position + name_at
            name = data[start : data.index(b"\0", start)].decode(errors="replace")
            if kind == ord("J"):
                yield name, unpack_from(order + "q", data, position + data_at)[0]
            else:
                yield name, data[position + data_at :][:size].partition(b"\0")[0].decode(errors="replace")
            position += length
    except (error, ValueError, IndexError):
        raise CollectError("the counters are cut off", hint="ask again") from None
