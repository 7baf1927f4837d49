"""Measure driftcheck as ratios within one run: `python benchmarks/run.py [--quick]`, Linux only.

Both commands of a comparison run alternately as whole processes, so that a busy machine hinders both. What counts is
the ratio of the medians of their CPU time, user and system. A missed target is shown and fails nothing.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import NamedTuple

HERE = Path(__file__).parent
PYTHON = sys.executable
DRIFTCHECK = str(Path(PYTHON).with_name("driftcheck"))
DYFF = str(HERE.parent / ".tools" / "bin" / "dyff")
SAMPLE = str(HERE.parent / "sample_envs" / "driftcheck.yaml")

LOAD_YAML = "import sys, yaml\nfor path in sys.argv[1:]: yaml.load(open(path), yaml.CSafeLoader)"
PARSE_HCL = """
import hcl2, pathlib, sys
for path in pathlib.Path(sys.argv[1]).rglob("*.tf"): hcl2.loads(path.read_text())
"""
SHAPES = ("mixed", "maps", "lists")
LISTS = {
    "scalars": "a list of scalars in another order",
    "named": "named items reversed",
    "anonymous": "items without identity reversed",
    "commas": "a comma list in a string reordered",
    "unmatched": "settings spelled otherwise on each side",
}

FEW = 3
PATIENCE = 150.0
"""Seconds after which a comparison ends with the runs that it has, if they are three or more."""

Command = list[str]


class Usage(NamedTuple):
    """What one process took: seconds of processor, seconds by the clock, and the most memory, in MiB."""

    cpu: float
    wall: float
    memory: float

    def __str__(self) -> str:
        return f"{seconds(self.cpu)} ({seconds(self.wall)}), {self.memory:,.0f} MiB"

    def beyond(self, floor: Usage) -> Usage:
        """Return what is left of it without the cost of starting up."""
        return Usage(*(max(own - least, 1e-9) for own, least in zip(self, floor, strict=True)))


class Row(NamedTuple):
    """One line of the table."""

    what: str
    ours: object
    theirs: object
    ratio: float
    target: float


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="3 runs of each instead of 9, and 1 of the largest")
    runs = FEW if parser.parse_args().quick else 9
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # users have byte code
    print(f"{os.cpu_count()} cores, {machine()}; medians of {runs} runs: CPU (wall), memory\n")
    with tempfile.TemporaryDirectory() as folder:
        inputs = Path(folder)
        subprocess.run([PYTHON, HERE / "inputs.py", inputs], check=True)
        warm_up(inputs)
        print(line("what", "driftcheck, or the larger", "the other, or the smaller", "ratio", "target", ""))
        print(line(*["---"] * 6))
        for row in rows(inputs, runs):
            verdict = "ok" if row.ratio <= row.target else "NOT OK"
            print(line(row.what, row.ours, row.theirs, f"{row.ratio:.2f}", f"{row.target:g}", verdict), flush=True)


def machine() -> str:
    """Return the versions of what is measured and of what it is measured against."""
    libraries = ", ".join(f"{name} {version(name)}" for name in ("PyYAML", "python-hcl2"))
    return f"Python {platform.python_version()}, {libraries}, {'dyff' if Path(DYFF).exists() else 'no dyff'}"


def warm_up(inputs: Path) -> None:
    """Have byte code and grammar caches written."""
    run(check(SAMPLE))
    run([PYTHON, "-c", PARSE_HCL, str(inputs / "terraform" / "staging" / "module0")])


def rows(inputs: Path, runs: int) -> Iterator[Row]:
    """Yield every comparison, as soon as it is made."""
    bare = [PYTHON, "-c", "pass"]
    yield against("--version / a bare interpreter", [DRIFTCHECK, "--version"], bare, 1.5, runs)
    yield against("check of sample_envs / a bare interpreter", check(SAMPLE), bare, 12, runs)
    for shape, lines in (*((shape, 10_000) for shape in SHAPES), (SHAPES[0], 100_000)):
        load = [PYTHON, "-c", LOAD_YAML, *sides(inputs / f"{shape}-{lines}")]
        ours = check(inputs / f"{shape}-{lines}")
        yield against(f"2 x {lines:,} lines of {shape} / loading them, C loader", ours, load, 1.0, runs)
    if Path(DYFF).exists():
        for shape in SHAPES:
            dyff = [DYFF, "between", *sides(inputs / f"{shape}-100000")]
            own, other = measured([check(inputs / f"{shape}-100000"), dyff], runs)
            what = f"2 x 100,000 lines of {shape} / dyff"
            yield Row(f"{what}: time", own, other, own.cpu / other.cpu, 0.5)
            yield Row(f"{what}: memory", "", "", own.memory / other.memory, 1.0)
    hcl2 = [PYTHON, "-c", PARSE_HCL, str(inputs / "terraform")]
    yield against("2 x 19,000 lines of Terraform / python-hcl2", check(inputs / "terraform"), hcl2, 0.25, runs)
    (floor,) = measured([check(inputs / "one")], runs)
    few = 1 if runs == FEW else FEW
    sizes = measured([check(inputs / f"settings-{size}") for size in (10_000, 100_000)], runs)
    sizes += measured([check(inputs / "settings-1000000")], few)
    yield from growth("100,000 / 10,000 settings", sizes[1], sizes[0], floor)
    yield from growth("1,000,000 / 100,000 settings", sizes[2], sizes[1], floor)
    for shape, what in LISTS.items():
        small, large = measured([check(inputs / f"{shape}-{size}") for size in (10_000, 100_000)], runs)
        yield next(growth(f"100,000 / 10,000: {what}", large, small, floor))
    yield judging(inputs / "changed", runs)


def check(declared: Path | str) -> Command:
    """Return the command that checks an input's folder, or a driftcheck.yaml."""
    path = declared / "driftcheck.yaml" if isinstance(declared, Path) else declared
    return [DRIFTCHECK, "check", "-q", "-o", "json", "-c", str(path)]


def sides(folder: Path) -> list[str]:
    """Return the values files of an input."""
    return [str(folder / f"{environment}.yaml") for environment in ("staging", "production")]


def against(what: str, ours: Command, theirs: Command, target: float, runs: int) -> Row:
    """Compare two commands."""
    own, other = measured([ours, theirs], runs)
    return Row(what, own, other, own.cpu / other.cpu, target)


def growth(what: str, large: Usage, small: Usage, floor: Usage) -> Iterator[Row]:
    """Compare time, then memory, of ten times the work with the work, both without what starting up takes."""
    over, under = large.beyond(floor), small.beyond(floor)
    yield Row(f"{what}: time", large, small, over.cpu / under.cpu, 12)
    yield Row(f"{what}: memory", "", "", over.memory / under.memory, 12)


def judging(folder: Path, runs: int) -> Row:
    """Compare judging with collecting, inside one process."""
    command = [PYTHON, str(HERE / "judging.py"), str(folder / "driftcheck.yaml")]
    outputs = [subprocess.run(command, check=True, capture_output=True, text=True).stdout.split() for _ in range(runs)]
    judged, collected = (median(float(output[column]) for output in outputs) for column in (0, 1))
    what = f"judging {int(outputs[0][2]):,} changed pairs / collecting them"
    return Row(what, seconds(judged), seconds(collected), judged / collected, 1.0)


def measured(commands: Sequence[Command], runs: int) -> list[Usage]:
    """Return the medians of running each command so many times, alternately."""
    samples: list[list[Usage]] = [[] for _ in commands]
    began = time.perf_counter()
    for n in range(runs):
        if n >= FEW and time.perf_counter() - began > PATIENCE:
            break
        for command, taken in zip(commands, samples, strict=True):
            taken.append(run(command))
    return [Usage(*map(median, zip(*taken, strict=True))) for taken in samples]


def run(command: Command) -> Usage:
    """Run a command to its end and return what it took; raise CalledProcessError where it failed."""
    silence = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    began = time.perf_counter()
    process = os.posix_spawn(command[0], command, os.environ, file_actions=silence)
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - began
    if os.waitstatus_to_exitcode(status) not in (0, 1, 3):  # drift, and a module that refers to files not at hand
        raise subprocess.CalledProcessError(os.waitstatus_to_exitcode(status), command)
    return Usage(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def seconds(taken: float) -> str:
    """Spell a time as a person would."""
    return f"{taken * 1000:.0f} ms" if taken < 1 else f"{taken:.1f} s"


def line(what: object, ours: object, theirs: object, *figures: str) -> str:
    """Return one line of a Markdown table that can be read as it is."""
    return f"| {what!s:62} | {ours!s:30} | {theirs!s:30} | " + " | ".join(f"{figure:6}" for figure in figures) + " |"


if __name__ == "__main__":
    main()
