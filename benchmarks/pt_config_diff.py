"""Compare with Percona's pt-config-diff on two MariaDB servers and their option files: findings, misses, noise, time.

PYTHONPATH=tests/live .venv/bin/python benchmarks/pt_config_diff.py     # writes docs/pt-config-diff.md
"""

from __future__ import annotations

import json
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import NamedTuple

from rig.mysql import MySql, serve_mariadb

PLANTED = {  # variable: its line in staging's my.cnf, in production's; "" where the file does not have it
    "character_set_server": ("character_set_server = utf8mb4", "character_set_server = latin1"),
    "collation_server": ("collation_server = utf8mb4_general_ci", "collation_server = latin1_swedish_ci"),
    "innodb_buffer_pool_size": ("innodb_buffer_pool_size = 64M", "innodb_buffer_pool_size = 256M"),
    "innodb_flush_log_at_trx_commit": ("innodb_flush_log_at_trx_commit = 0", "innodb_flush_log_at_trx_commit = 2"),
    "innodb_strict_mode": ("innodb_strict_mode = ON", "innodb_strict_mode = OFF"),
    "log_bin": ("", "log_bin = binlog"),
    "long_query_time": ("long_query_time = 10", "long_query_time = 1"),
    "max_allowed_packet": ("max_allowed_packet = 16M", "max_allowed_packet = 1M"),
    "max_connections": ("max_connections = 200", "max_connections = 80"),
    "optimizer_switch": ("", "optimizer_switch = mrr=on"),
    "performance_schema": ("", "performance_schema = ON"),
    "slow_query_log": ("", "slow_query_log = ON"),
    "sql_mode": ("sql_mode = NO_ZERO_DATE,STRICT_ALL_TABLES", "sql_mode = NO_ENGINE_SUBSTITUTION"),
    "time_zone": ("default_time_zone = +00:00", "default_time_zone = +02:00"),
    "transaction_isolation": ("", "transaction_isolation = READ-COMMITTED"),
    "wait_timeout": ("wait_timeout = 28800", "wait_timeout = 600"),
}
INCLUDED = ("innodb_strict_mode", "wait_timeout")
"""What the option files say in a folder that they include."""
SAME_BUT_SPELLED = {  # what means the same on both
    "old_mode": ("old_mode = UTF8_IS_UTF8MB3,NO_PROGRESS_INFO", "old_mode = NO_PROGRESS_INFO,UTF8_IS_UTF8MB3"),
    "tmp_table_size": ("tmp_table_size = 32M", "tmp_table_size = 33554432"),
    "skip_name_resolve": ("skip_name_resolve", "skip_name_resolve = 1"),
}
NAMES = {
    "default_time_zone": "time_zone",
    "log_slow_query": "slow_query_log",
    "log_slow_query_time": "long_query_time",
    "tx_isolation": "transaction_isolation",
}
RUNS = 7
SIDES = ("staging", "production")
DOC = Path(__file__).parent.parent / "docs" / "pt-config-diff.md"


class Measured(NamedTuple):
    """What the two tools said of one pair, and how many times the CPU time of the other driftcheck took."""

    ours: Mapping[str, str]  # variable: severity
    printed: list[str]
    ratios: list[float]

    @property
    def theirs(self) -> set[str]:
        return {NAMES.get(name, name) for name in self.printed}

    @property
    def loud(self) -> set[str]:
        return {name for name, severity in self.ours.items() if severity != "info"}


def main() -> int:
    if shutil.which("pt-config-diff") is None:
        print("pt-config-diff is not here: install percona-toolkit", file=sys.stderr)
        return 1
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pt-", ignore_cleanup_errors=True)))
        servers = [stack.enter_context(served(scratch, number)) for number in (0, 1)]
        sockets = [str(server.socket) for server in servers]
        asked = {"collector": "mysql", "user": "root", "collect": ["version", "settings"], "socket": _by_side(sockets)}
        files = [option_file(scratch, number) for number in (0, 1)]
        read = {"collector": "serverconfig", "engine": "mariadb", "path": _by_side(files)}
        pairs = (
            measured(scratch, asked, [f"S={socket},u=root" for socket in sockets]),
            measured(scratch, read, files),
        )
        DOC.write_text(page(*pairs), encoding="utf-8")
    return 0


def _by_side(each: list[str]) -> dict[str, str]:
    return dict(zip(SIDES, each, strict=True))


def served(scratch: Path, side: int) -> AbstractContextManager[MySql]:
    directory = scratch / SIDES[side]
    directory.mkdir()
    settings = {}
    for lines in (*PLANTED.values(), *SAME_BUT_SPELLED.values()):
        name, _, value = lines[side].partition(" = ")
        if name:
            settings[name] = value or "1"
    return serve_mariadb(directory, scratch, settings)


def option_file(scratch: Path, side: int) -> str:
    """Write what a server was started with as people do: production's names have dashes, and two lie in a folder."""
    directory = scratch / f"{SIDES[side]}-files"
    (directory / "conf.d").mkdir(parents=True)
    path = directory / "my.cnf"
    main, included = ["[mysqld]"], ["[mysqld]"]
    for variable, lines in (PLANTED | SAME_BUT_SPELLED).items():
        name, equals, value = lines[side].partition(" = ")
        written = (name.replace("_", "-") if side else name) + equals + value
        (included if variable in INCLUDED else main).append(written)
    path.write_text("\n".join((*main, f"!includedir {directory}/conf.d/", "")), encoding="utf-8")
    (directory / "conf.d" / "tuning.cnf").write_text("\n".join((*included, "")), encoding="utf-8")
    return str(path)


def measured(scratch: Path, source: Mapping[str, object], compared: list[str]) -> Measured:
    ours, theirs = driftcheck(scratch, source), pt_config_diff(compared)
    return Measured(ours(), theirs(), ratio(ours, theirs))


def driftcheck(scratch: Path, source: Mapping[str, object]) -> Callable[[], dict[str, str]]:
    """Return what runs driftcheck, and returns the severity of each finding by its variable."""
    config = {"version": 1, "environments": [*SIDES], "reference": "production", "sources": {"db": source}}
    path = scratch / "driftcheck.yaml"
    path.write_text(json.dumps(config), encoding="utf-8")

    def run() -> dict[str, str]:
        command = [str(Path(sys.executable).with_name("driftcheck")), "check", "-c", str(path), "-o", "json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        report = json.loads(done.stdout)
        if report["failures"]:
            raise RuntimeError(f"driftcheck could not read all: {report['failures']}")
        findings = report["findings"]
        return {finding["path"][1]: finding["severity"] for finding in findings if finding["path"][0] == "settings"}

    return run


def pt_config_diff(compared: list[str]) -> Callable[[], list[str]]:
    """Return what runs pt-config-diff on two servers or files, and returns the variables that it prints."""

    def run() -> list[str]:
        command = ["pt-config-diff", "--no-version-check", "--report-width=200", *compared]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return [_whole(name) for name in re.findall(r"^([a-z]\S*) ", done.stdout, re.MULTILINE)]

    return run


def _whole(name: str) -> str:
    """Return a name that pt-config-diff printed; long ones it cuts off, however wide the report."""
    start = name.removesuffix("...")
    return next((known for known in PLANTED if known.startswith(start)), name) if start != name else name


def ratio(ours: Callable[[], object], theirs: Callable[[], object]) -> list[float]:
    """Return how many times the CPU time driftcheck takes, in pairs of runs: a busy machine hinders both."""
    found = []
    for _ in range(RUNS):
        took = []
        for run in (ours, theirs):
            began = resource.getrusage(resource.RUSAGE_CHILDREN)
            run()
            ended = resource.getrusage(resource.RUSAGE_CHILDREN)
            took.append(ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime)
        found.append(took[0] / took[1])
    return found


def page(servers: Measured, files: Measured) -> str:
    both = (servers, files)
    lines = [
        "# driftcheck and pt-config-diff",
        "",
        "Two running MariaDB servers and two option files that say the same as theirs, compared by",
        "`benchmarks/pt_config_diff.py`, which wrote this page. Both tools are asked for settings alone. The files",
        "differ as people's do: production's names have dashes, what the other does not set is its default, and",
        " and ".join(f"`{name}`" for name in INCLUDED) + " lie in a folder that they include.",
        "",
        "| planted | driftcheck, servers | pt-config-diff, servers | driftcheck, files | pt-config-diff, files |",
        "| --- | --- | --- | --- | --- |",
        *(_row(name, both, "missed") for name in PLANTED),
        "| **written in two ways, meaning one thing** | | | | |",
        *(_row(name, both, "quiet") for name in SAME_BUT_SPELLED),
        "| **in all** | | | | |",
        _counts(f"found of {len(PLANTED)} planted", both, lambda names: len(names & PLANTED.keys())),
        _counts("printed that nobody planted", both, lambda names: len(names - PLANTED.keys())),
        f"| printed again under another name | 0 | {_twice(servers)} | 0 | {_twice(files)} |",
        f"| told as information, on demand | {_informed(servers)} | | {_informed(files)} | |",
        f"| CPU time, as a ratio | {_ratio(servers)} | 1 | {_ratio(files)} | 1 |",
        "",
        f"The ratio is the median of {RUNS} pairs of runs, with the least and the largest.",
        "",
    ]
    for what, each in (("servers", servers), ("files", files)):
        for tool, names in (("pt-config-diff", each.theirs), ("driftcheck", each.loud)):
            others = sorted(names - PLANTED.keys())
            lines += [*_wrapped(f"Printed of the {what} by {tool} that nobody planted: ", others), ""]
    return "\n".join(lines)


def _row(name: str, both: tuple[Measured, Measured], otherwise: str) -> str:
    cells = (
        cell
        for each in both
        for cell in (each.ours.get(name, otherwise), "printed" if name in each.theirs else otherwise)
    )
    return f"| `{name}` | {' | '.join(cells)} |"


def _counts(head: str, both: tuple[Measured, Measured], count: Callable[[set[str]], int]) -> str:
    return f"| {head} | {' | '.join(str(count(names)) for each in both for names in (each.loud, each.theirs))} |"


def _twice(pair: Measured) -> int:
    return sum(NAMES.get(name) in pair.printed for name in pair.printed)


def _informed(pair: Measured) -> int:
    return sum(severity == "info" for severity in pair.ours.values())


def _ratio(pair: Measured) -> str:
    return f"{statistics.median(pair.ratios):.1f} ({min(pair.ratios):.1f} to {max(pair.ratios):.1f})"


def _wrapped(head: str, names: list[str]) -> list[str]:
    return textwrap.wrap(head + (", ".join(f"`{name}`" for name in names) or "nothing") + ".", 118)


if __name__ == "__main__":
    sys.exit(main())
