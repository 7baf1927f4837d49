"""JVM options in a string (JAVA_OPTS, JAVA_TOOL_OPTIONS), and the collector that HotSpot picks when none is named."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from fractions import Fraction
from math import ceil

from driftcheck.model import Scalar, Value
from driftcheck.pattern import Pattern
from driftcheck.values import Meaning, size, spell
from driftcheck.values.masking import masked, veiled
from driftcheck.values.options import LONGEST, tokens

_JVM = Pattern(
    r"-X.|-D[A-Za-z_]|-(?:javaagent|agentlib|agentpath|verbose):|-(?:server|client|ea|da|esa|dsa|enableassertions)$"
    r"|--(?:add-(?:opens|exports|modules|reads)|enable-preview|illegal-access|enable-native-access|patch-module)\b"
)
COLLECTORS = {
    "UseG1GC": "G1",
    "UseZGC": "ZGC",
    "UseParallelGC": "Parallel",
    "UseParallelOldGC": "Parallel",
    "UseSerialGC": "Serial",
    "UseShenandoahGC": "Shenandoah",
    "UseConcMarkSweepGC": "CMS",
    "UseEpsilonGC": "Epsilon",
}
_SHORT = {"MaxHeapSize": "Xmx", "InitialHeapSize": "Xms"}
_XSIZE = Pattern(r"-(Xmx|Xms|Xmn|Xss)(.+)")
_TAKES_NEXT = frozenset({"-cp", "-classpath", "--class-path", "-p", "--module-path", "-jar"})
_REPEATABLE = ("--add-opens", "--add-exports", "--add-reads", "--add-modules", "--patch-module")

HEAP_STEP = 2 << 20
"""Bytes. HotSpot rounds heaps up to it under G1, Serial, Parallel and ZGC alike (seen on JDK 17)."""
HEAPS = frozenset(("InitialHeapSize", "MaxHeapSize", "MinHeapSize"))

_UNLIMITED = (1 << 64) - (1 << 20)
"""From here on a size is all that 64 bits hold, rounded down to a page."""

_IN_BYTES = frozenset(
    """
    CodeCacheExpansionSize CompressedClassSpaceSize G1HeapRegionSize InitialCodeCacheSize InitialHeapSize
    LargePageSizeInBytes MaxDirectMemorySize MaxHeapSize MaxMetaspaceSize MaxNewSize MaxRAM MetaspaceSize
    MinHeapDeltaBytes MinHeapSize NewSize NonNMethodCodeHeapSize NonProfiledCodeHeapSize OldSize ProfiledCodeHeapSize
    ReservedCodeCacheSize SoftMaxHeapSize
    """.split()
)
"""Flags that are amounts of memory; types tell nothing, as they change with the JDK and stand for counts as well."""
_IN_KIBIBYTES = frozenset(("CompilerThreadStackSize", "ThreadStackSize", "VMThreadStackSize"))


def parse(value: Scalar) -> Meaning | None:
    """Read JVM options; None unless the first one is (after `java`). The last of a repeated option wins.

    Parts, with values as written: `Xmx`, `Xms`, `Xmn`, `Xss`; `gc` ("G1", "ZGC"); each `-XX:` flag by its name, "true"
    and "false" for `+` and `-`; `D.<name>`; `javaagent.<jar name>`, `agentlib.<name>`; other options by their own
    names; `args` for what follows the options. Sizes compare as sizes: `-Xmx2g` is `-XX:MaxHeapSize=2048m`.
    """
    if not isinstance(value, str) or len(value) > LONGEST:
        return None
    text = value.lstrip()
    if text[:1] != "-" and not text.startswith(("java ", "/")):
        return None
    return of_words(tokens(text))


def of_words(words: Sequence[str]) -> Meaning | None:
    """Read a command line that is split already."""
    if words and words[0].rpartition("/")[2] == "java":
        words = words[1:]
    if not words or not _JVM.match(words[0]):
        return None
    parts = dict(options(iter(words)))
    canonical = frozenset((name, _canonical(name, option)) for name, option in parts.items())
    parts = {name: masked(name, option) for name, option in parts.items()}
    shown = " ".join(f"{name}={option}" if option else name for name, option in parts.items())
    return Meaning("jvm", canonical, shown, parts=parts)


def default_collector(cpus: Fraction | None, memory_bytes: int | None, major: int | None) -> str | None:
    """Return the collector that HotSpot picks when no flag names one; None where too little is known.

    A "server-class machine" has at least 2 processors and 1792 MiB (os::is_server_class_machine: 2 GiB less 256 MiB);
    in a container these are its limits, a fraction of a processor counting as a whole one. Such a machine gets G1 since
    JDK 9 (JEP 248) and Parallel before; a smaller one Serial, until JDK 27 makes G1 the default everywhere (JEP 523).
    Without a JDK's `major` the rule of JDK 9 to 26 is assumed.
    """
    if major is not None and major >= 27:
        return "G1"
    if (cpus is not None and ceil(cpus) < 2) or (memory_bytes is not None and memory_bytes < 1792 * 1024**2):
        return "Serial"
    if cpus is None or memory_bytes is None:
        return None
    return "Parallel" if major is not None and major < 9 else "G1"


def flag_value(name: str, text: str) -> Value:
    """Return a flag's value as HotSpot tells it: sizes with their unit, numbers and switches typed."""
    if text in ("true", "false"):
        return text == "true"
    try:
        number = float(text) if "." in text else int(text)
    except ValueError:
        return text
    if name in _IN_BYTES and isinstance(number, int):
        return "unlimited" if number >= _UNLIMITED else spell.size(number) if number > 0 else number
    if name in _IN_KIBIBYTES and isinstance(number, int):
        return spell.size(number << 10) if number > 0 else number
    return int(number) if number == int(number) else number


def written_size(text: str) -> int | None:
    """Return the bytes that an option says, or None where no JVM starts with it: `128mb`, `1.5g`."""
    meaning = size.parse(text, "jvm") if text[-1:] in "0123456789kKmMgGtT" and "." not in text else None
    if meaning is None and text[:2].lower() == "0x":
        try:
            return int(text, 16)
        except ValueError:
            return None
    return ceil(meaning.magnitude) if meaning is not None and meaning.magnitude is not None else None


def is_in_bytes(name: str) -> bool:
    """Return whether a flag is an amount of memory, written with k, m, g or t."""
    return name in _IN_BYTES


def running(option: str, flag: str, text: str) -> Value:
    """Return what a JVM tells of a flag that an option sets, by the name of its part: `Xss` counts bytes."""
    if text in ("true", "false"):
        return text == "true"
    counted = option in ("Xmx", "Xms", "Xmn", "Xss") or is_in_bytes(flag) or not text.isdigit()
    size_in_bytes = written_size(text) if counted else None
    if size_in_bytes is None:
        return flag_value(flag, text)
    if flag in HEAPS:
        size_in_bytes = -(-size_in_bytes // HEAP_STEP) * HEAP_STEP
    return flag_value(flag, str(-(-size_in_bytes >> 10) if option == "Xss" else size_in_bytes))


def options(words: Iterator[str]) -> Iterator[tuple[str, str]]:
    """Yield each option of a command line: its part's name, as `parse` has it, and its value as written."""
    for word in words:
        if not word.startswith("-"):
            yield "args", " ".join((word, *words))
        elif word.startswith("-XX:"):
            yield from _flag(word[4:])
        elif found := _XSIZE.fullmatch(word):
            yield found[1], found[2]
        elif word.startswith("-D"):
            name, _, text = word[2:].partition("=")
            yield f"D.{name}", text
        elif word.startswith(("-javaagent:", "-agentlib:", "-agentpath:")):
            kind, _, rest = word[1:].partition(":")
            path, _, text = rest.partition("=")
            yield f"{kind}.{path.rpartition('/')[2]}", text
        elif word in _TAKES_NEXT:
            yield word.lstrip("-"), next(words, "")
            if word == "-jar" and (rest := " ".join(words)):
                yield "args", rest
        elif word.partition("=")[0] in _REPEATABLE:
            name, equals, text = word.lstrip("-").partition("=")
            yield f"{name}.{text if equals else next(words, '')}", ""
        elif word.startswith("--"):
            name, _, text = word[2:].partition("=")
            yield name, text
        else:
            yield word[1:], ""


def _flag(flag: str) -> Iterator[tuple[str, str]]:
    name, _, text = flag.lstrip("+-").partition("=")
    if flag[:1] in ("+", "-"):
        text = "true" if flag[0] == "+" else "false"
    if name in COLLECTORS and text == "true":
        yield "gc", COLLECTORS[name]
    else:
        yield _SHORT.get(name, name), text


def _canonical(name: str, option: str) -> Hashable:
    is_flag = "." not in name
    if is_flag and option[:1].isdigit() and (amount := size.parse(option, "jvm")):
        return amount.canonical
    return veiled(name, option)
