"""What the answer of the host's script means: recorded answers beside what is read from them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from driftcheck.collectors.host import parse, script
from driftcheck.errors import CollectError
from driftcheck.model import Collected, Reading, key_of

ANSWERS = Path(__file__).parent / "host"


def read(*lines: str) -> Collected:
    text = "\n".join(("driftcheck-host=1", *lines, "driftcheck-host=end", ""))
    return parse(text, "ssh", Reading("pod", "staging", {}, "/"))


def values(*lines: str) -> dict[str, object]:
    return {key_of(entry.path): entry.value for entry in read(*lines).entries}


@pytest.mark.parametrize("answer", sorted(ANSWERS.glob("*.txt")), ids=lambda path: path.stem)
def test_a_recorded_answer_is_understood(answer: Path, golden: Callable[[Path, str], None]) -> None:
    collected = parse(answer.read_text(encoding="utf-8"), "ssh", Reading("pod", "staging", {}, "/"))
    lines = [f"{key_of(entry.path)}: {entry.value!r}" for entry in collected.entries]
    lines += [f"{key_of(part.path)} is not visible: {part.reason}" for part in collected.hidden]
    golden(answer.with_suffix(".golden"), "".join(f"{line}\n" for line in lines))


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', "17.0.15"),
        ('openjdk version "21" 2023-09-19', "21"),
        ('java version "1.8.0_392"', "1.8.0_392"),
        ("OpenSSL 1.1.1w  11 Sep 2023", "1.1.1w"),
        ("ruby 3.1.2p20 (2022-04-12 revision 4491bb740a) [x86_64-linux-gnu]", "3.1.2"),
        ("go version go1.22.1 linux/amd64", "1.22.1"),
        ("nginx version: nginx/1.22.1", "1.22.1"),
        ("v20.20.2", "20.20.2"),
    ],
)
def test_a_version_is_found_in_what_a_runtime_says(said: str, version: str) -> None:
    assert values(f"runtime.some={said}") == {"runtime.some": version}


@pytest.mark.parametrize(
    ("lines", "limits"),
    [
        (("cgroup.version=2", "cgroup.memory=536870912", "cgroup.cpu=50000 100000"), ("512MiB", "0.5")),
        (("cgroup.version=2", "cgroup.memory=max", "cgroup.cpu=max 100000"), (None, None)),
        (("cgroup.version=1", "cgroup.memory=9223372036854771712", "cgroup.cpu_quota=-1"), (None, None)),
        (("cgroup.version=1", "cgroup.cpu_quota=200000", "cgroup.cpu_period=100000"), (None, "2")),
    ],
)
def test_both_versions_of_control_groups_give_the_same_limits(
    lines: tuple[str, ...], limits: tuple[object, object]
) -> None:
    found = values(*lines)
    assert (found.get("limits.memory"), found.get("limits.cpu")) == limits


@pytest.mark.parametrize("text", ["", "sh: not here\n", "driftcheck-host=1\nlibc=glibc\n"])
def test_an_answer_that_is_not_whole_is_refused(text: str) -> None:
    with pytest.raises(CollectError, match=r"cut off|no answer of the probe"):
        parse(text, "ssh", Reading("pod", "staging", {}, "/"))


def test_the_script_says_first_what_it_does() -> None:
    comment = [line for line in script({}).splitlines() if line.startswith("#")][:3]
    assert "It writes nothing" in " ".join(comment)
    assert "sh -s < this-file" in " ".join(comment)
