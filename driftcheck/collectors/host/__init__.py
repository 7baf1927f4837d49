"""What a host, pod or container is: system, C library, kernel, time zone, locale, limits, runtimes, authorities."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from driftcheck import transport
from driftcheck.collectors.base import ANSWER, TIMEOUT, Option, deadline, read_answer
from driftcheck.collectors.host.script import BEGIN, END, SCRIPT
from driftcheck.errors import CollectError
from driftcheck.model import Collected, Entry, Failure, Location, Noise, Note, Path, Reading, Value, key_of, quoted
from driftcheck.values import spell

NEEDS_NETWORK = True
KEYS_NAME_SETTINGS = True
OF_SERVERS = True
OPTIONS: Mapping[str, Option] = {
    "via": Option(
        "texts", "the words before `sh -s` that run it there, as [ssh, -T, app.prod]; without, it is this host"
    ),
    "timeout": TIMEOUT,
    "answer": ANSWER,
}
EXAMPLE = """\
orders-pod:
  collector: host
  via: {staging: [kubectl, --context=stg, exec, -i, deploy/orders, --], production: [ssh, -T, app.prod]}
"""

_SHELL = ("sh", "-s")
_NO_SHELL = re.compile(r"\bsh\b.*(?:not found|no such file|executable file)", re.IGNORECASE)
_UNLIMITED = 1 << 60
"""Bytes. The first version of control groups says so, or nearly so, where there is no limit."""


def script(options: Mapping[str, object]) -> str:
    """Return the script to run there by hand; no option changes it."""
    return SCRIPT


def collect(reading: Reading) -> Collected:
    """Run the script where the words of `via` lead, or read what somebody else got from it."""
    if given := read_answer(reading):
        return parse(*given, reading)
    via = reading.options.get("via", [])
    assert isinstance(via, list)
    what = via[0] if via else "this host"
    try:
        text = transport.run([*via, *_SHELL], SCRIPT, what=what, seconds=deadline(reading))
    except CollectError as error:
        if not _NO_SHELL.search(error.reason):
            raise
        hint = "an image without a shell tells nothing of itself: compare its tag and its lockfiles instead"
        raise CollectError(f"{what}: there is no `sh` to run the probe", hint=hint) from None
    return parse(text, what, reading)


def parse(text: str, place: str, reading: Reading) -> Collected:
    """Return what the script's answer tells; raise CollectError, naming `place`, unless it is whole.

    Whatever a login prints before it is left out.
    """
    lines = text.splitlines()
    if BEGIN not in lines or END not in lines:
        reason = "the answer is cut off" if BEGIN in lines else "this is no answer of the probe"
        raise CollectError(f"{place}: {reason}", hint="run all of the script again: `driftcheck probe print`")
    said = dict(line.partition("=")[::2] for line in lines[lines.index(BEGIN) + 1 : lines.index(END)] if "=" in line)
    name = said.get("host.name", place)
    found = _understood(said)
    entries = [Entry(path, value, Location(name)) for path, value in found.items()]
    notes = {path: note for path, note in _NOTES.items() if path in found}
    hidden = tuple(
        Failure(reading.source, reading.environment, f"{name} does not tell its {key_of(path)}", path=path)
        for path in _TOLD_BY_TOOLS
        if path not in found
    )
    server = " ".join(said.get(key, "") for key in ("host.name", "host.boot", "host.mounts"))
    return Collected(entries, [], [], notes, hidden, server)


def _understood(said: Mapping[str, str]) -> dict[Path, Value]:
    found: dict[Path, Value] = {}
    for key, text in said.items():
        branch, _, rest = key.partition(".")
        path = (branch, quoted(rest)) if rest else (branch,)
        if key in _READERS:
            value = _READERS[key](text)
        elif branch in ("runtime", "tool"):
            value = _version(text)
        elif branch in ("host", "cgroup"):
            continue
        else:
            value = text.strip()
        if value is not None:
            found[path] = value
    if "cgroup.version" in said:
        found["cgroup", "version"] = said["cgroup.version"]
        memory, cpu = said.get("cgroup.memory", ""), _cpu(said)
        if memory.isdigit() and int(memory) < _UNLIMITED:
            found["limits", "memory"] = spell.size(int(memory))
        if cpu is not None:
            found["limits", "cpu"] = cpu
    return found


def _cpu(said: Mapping[str, str]) -> str | None:
    """Return how many processors a control group may use, as `0.5`, or None where it may use all."""
    quota, _, period = said.get("cgroup.cpu", "").partition(" ")
    if not quota:
        quota, period = said.get("cgroup.cpu_quota", ""), said.get("cgroup.cpu_period", "")
    return f"{int(quota) / int(period):g}" if quota.isdigit() and period.isdigit() and int(period) else None


def _version(text: str) -> str | None:
    """Return the version in a sentence: `1.1.1w` of OpenSSL, `1.8.0_392` and `21` of Java."""
    found = re.search(r"\d+(?:\.\d+)+(?:_\d+|[a-z](?!\w))?", text) or re.search(r"\d+", text)
    return found[0] if found else None


def _kernel(text: str) -> str | None:
    found = re.match(r"\d+\.\d+", text)
    return found[0] if found else None


def _kibibytes(text: str) -> Value:
    return spell.size(int(text) << 10) if text.isdigit() else None


def _bytes(text: str) -> Value:
    return spell.size(int(text)) if text.isdigit() else text


def _chosen(text: str) -> str | None:
    """Return the word in brackets: `always [madvise] never`."""
    found = re.search(r"\[(\w+)\]", text)
    return found[1] if found else None


_READERS: Mapping[str, Callable[[str], Value]] = {
    "kernel.version": _kernel,
    "memory.total": _kibibytes,
    "memory.swap": _kibibytes,
    "limits.stack": _bytes,
    "limits.core": _bytes,
    "limits.memlock": _bytes,
    "limits.address_space": _bytes,
    "page_size": _bytes,
    "transparent_huge_pages": _chosen,
    "authorities.digest": lambda text: text.split()[0],
    "sysctl.net.ipv4.ip_local_port_range": lambda text: " ".join(text.split()),
}

_TOLD_BY_TOOLS: tuple[Path, ...] = (
    ("libc",),
    ("libc_version",),
    ("page_size",),
    ("time", "zone"),
    ("locale", "charmap"),
    ("cpu", "online"),
    ("cpu", "usable"),
)
"""What every host has, and a slim image lacks the program for that tells it."""

_DERIVED = Note(Noise.DERIVED)
_NOTES: Mapping[Path, Note] = {
    ("cpu", "online"): _DERIVED,
    ("memory", "total"): _DERIVED,
    ("limits", "nproc"): _DERIVED,
    ("sysctl", '"fs.file-max"'): _DERIVED,
    ("sysctl", '"kernel.threads-max"'): _DERIVED,
    ("sysctl", '"fs.inotify.max_user_watches"'): _DERIVED,
    ("sysctl", '"net.ipv4.tcp_max_syn_backlog"'): _DERIVED,
    ("os", "codename"): Note(Noise.FOLLOWS, follows=("os", "version")),
    ("time", "offset"): Note(Noise.FOLLOWS, follows=("time", "zone")),
    ("locale", "charmap"): Note(Noise.FOLLOWS, follows=("locale", "ctype")),
    ("authorities", "digest"): Note(Noise.FOLLOWS, follows=("authorities", "count")),
}
"""What a kernel computes from the memory of its machine, and what is so because something else is."""
