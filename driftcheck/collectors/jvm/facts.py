"""What is known of one JVM while it is gathered, whoever tells it: one spelling for all of them."""

from __future__ import annotations

from collections.abc import Iterable

from driftcheck.model import (
    Collected,
    Entry,
    Failure,
    Location,
    Noise,
    Note,
    Notice,
    Path,
    Reading,
    Scalar,
    Value,
    key_of,
    quoted,
)
from driftcheck.pattern import Pattern
from driftcheck.values import jvm, spell

HEAP: Path = ("heap", "max")
COLLECTOR: Path = ("collector",)
VERSION: Path = ("version",)

GIVEN = "given"
"""The value of an option that has none."""

_GC_DEPENDENT = Pattern(
    r"(?:G1|Z[A-Z]|Shenandoah|Parallel(?:GC|Ref)|CMS|ConcGCThreads|GCDrainStack|GCPauseInterval|GCTimeRatio|MarkStackSize"
    r"|MaxGCPause|MaxNewSize|MinHeapDelta|RewriteFrequentPairs|SoftMaxHeap|UseCompressedOops|MaxRAM$|NewSize|OldSize"
    r"|UseNUMA|UseAdaptiveSizePolicy)"
)
"""Flags whose defaults are the collector's."""

_WITHOUT_MEANING = Pattern(
    r"(?:java\.(?:class\.(?:path|version)|library\.path|home|io\.tmpdir|(?:version|vendor|vm|runtime|specification)(?:\..*)?)"
    r"|sun\.(?:boot\.library\.path|java\..*|management\.compiler|cpu\..*|arch\.data\.model|io\.unicode\.encoding)"
    r"|user\.(?:dir|home|name)|jdk\.debug|os\.version|(?:path|line|file)\.separator)"
)
"""Properties that tell of the JVM what is told by itself, or where it happens to be."""
_OWN = Pattern(r"PID|catalina\.(?:base|home)|java\.rmi\.server\.hostname|local\.(?:server|management)\.port")
_OF_A_RELEASE = Pattern(r"(?:stdin|stdout|stderr|native)\.encoding")
"""Properties that later releases of Java added."""

_LONG_NAMES = {
    "enableassertions": "ea",
    "disableassertions": "da",
    "enablesystemassertions": "esa",
    "disablesystemassertions": "dsa",
}


class Facts:
    """One JVM's settings, each with what is known beside its value."""

    def __init__(self, reading: Reading, place: str) -> None:
        self.reading = reading
        self.place = Location(place)
        self._entries: dict[Path, Entry] = {}
        self._notes: dict[Path, Note] = {}
        self._hidden: list[Failure] = []
        self._notices: list[Notice] = []
        self._gaps: list[Failure] = []

    def add(self, path: Path, value: Value, note: Note | None = None) -> None:
        """Take note of a setting; a later value replaces an earlier one."""
        self._entries[path] = Entry(path, value, self.place)
        if note is not None:
            self._notes[path] = note

    def value(self, path: Path) -> Value:
        """Return what is known of a setting, or None."""
        return self._entries[path].value if path in self._entries else None

    def hide(self, paths: Iterable[Path], reason: str, hint: str) -> None:
        """Take note of branches that cannot be seen."""
        source, environment = self.reading.source, self.reading.environment
        self._hidden += [Failure(source, environment, f"{key_of(path)}: {reason}", hint, path=path) for path in paths]

    def miss(self, reason: str, hint: str) -> None:
        """Take note that something was not read, of which nobody knows what it sets."""
        self._gaps.append(Failure(self.reading.source, self.reading.environment, reason, hint, self.place))

    def object(self, rule: str, path: Path, message: str) -> None:
        """Take note of something that is wrong whatever the other environment says."""
        self._notices.append(Notice(rule, path, message, self.place))

    def collected(self, server: str = "") -> Collected:
        """Return everything, in the order of keys."""
        entries = [self._entries[path] for path in sorted(self._entries)]
        return Collected(entries, self._notices, self._gaps, self._notes, tuple(self._hidden), server)

    def add_version(self, version: str, vendor: str, vm: str) -> None:
        """Take note of whose Java of which version it is: `1.8.0_392` is 8.0.392."""
        for path, value in ((VERSION, plain_version(version)), (("vendor",), vendor), (("vm",), vm)):
            if value:
                self.add(path, value)

    def add_heap(self, size_in_bytes: int, origin: str = "") -> None:
        """Take note of the largest heap."""
        self.add(HEAP, spell.size(-(-size_in_bytes // jvm.HEAP_STEP) * jvm.HEAP_STEP), Note(origin=origin))

    def add_flag(self, name: str, text: str, origin: str, *, chosen: bool) -> None:
        """Take note of a `-XX:` flag. What nobody chose is the product's default, or computed by the JVM."""
        path = ("flags", quoted(name))
        if name in jvm.HEAPS:
            text = str(-(-int(text) // jvm.HEAP_STEP) * jvm.HEAP_STEP)
        note = Note(origin=origin) if chosen else Note(Noise.DERIVED, origin, at_default=origin == "default")
        if name in jvm.COLLECTORS:
            note = Note(Noise.FOLLOWS, origin, follows=COLLECTOR)
            if text == "true":
                self.add(COLLECTOR, jvm.COLLECTORS[name], Note(origin=origin))
        elif name == "MaxHeapSize":
            note = Note(Noise.FOLLOWS, origin, follows=HEAP)
            self.add_heap(int(text), origin)
        elif name == "SharedBaseAddress":
            note = Note(Noise.STATE)
        elif not chosen and _GC_DEPENDENT.match(name):
            note = note._replace(follows=COLLECTOR)
        self.add(path, jvm.flag_value(name, text), note)

    def add_property(self, name: str, value: Scalar, origin: str = "") -> None:
        """Take note of a system property, unless it tells what is told by itself."""
        if _WITHOUT_MEANING.fullmatch(name):
            return
        note = Note(origin=origin) if origin else None
        if _OWN.fullmatch(name):
            note = Note(Noise.IDENTITY, origin)
        elif _OF_A_RELEASE.fullmatch(name):
            note = Note(Noise.FOLLOWS, origin, follows=VERSION)
        self.add(property_path(name), value, note)

    def add_option(self, name: str, text: str) -> None:
        """Take note of an option that is neither flag nor property: an agent, assertions, an opened module."""
        kind, dot, which = name.partition(".")
        if dot and (kind in ("javaagent", "agentlib", "agentpath") or kind.startswith("add-")):
            self.add(("options", quoted(kind), quoted(which)), text or GIVEN)
            return
        head, colon, rest = name.partition(":")
        path = ("options", quoted(_LONG_NAMES.get(head, head)))
        earlier = self.value(path)
        if colon:  # -Xlog:gc -Xlog:safepoint, -ea:orders... -ea:billing...
            text = f"{earlier} {rest}" if isinstance(earlier, str) and earlier != GIVEN else rest
        self.add(path, text or GIVEN)

    def pair_up_sizes(self) -> None:
        """Let what one option sets twice be told once: `-Xms` and `-Xmn` set a least and a largest size."""
        for one, other in (("InitialHeapSize", "MinHeapSize"), ("NewSize", "MaxNewSize")):
            first, second = ("flags", one), ("flags", other)
            note = self._notes.get(second)
            if note is not None and note.noise is None and self.value(first) == self.value(second):
                self._notes[second] = note._replace(noise=Noise.FOLLOWS, follows=first)


def plain_version(version: str) -> str:
    """Return a version of Java as it is counted since 9: `1.8.0_392` is `8.0.392`."""
    return version.removeprefix("1.").replace("_", ".")


def property_path(name: str) -> Path:
    """Return where a property stands: its dots nest, as in the files that set it."""
    return ("properties", *[quoted(part) for part in name.split(".")])
