"""Compare with Percona's pt-config-diff on two MariaDB servers: what each finds, misses and prints falsely, and time.

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
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

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
SAME_BUT_SPELLED = {  # what means the same on both
    "old_mode": ("old_mode = UTF8_IS_UTF8MB3,NO_PROGRESS_INFO", "old_mode = NO_PROGRESS_INFO,UTF8_IS_UTF8MB3"),
    "tmp_table_size": ("tmp_table_size = 32M", "tmp_table_size = 33554432"),
    "skip_name_resolve": ("skip_name_resolve", "skip_name_resolve = 1"),
}
NAMES = {
    "log_slow_query": "slow_query_log",
    "log_slow_query_time": "long_query_time",
    "tx_isolation": "transaction_isolation",
}
RUNS = 7
DOC = Path(__file__).parent.parent / "docs" / "pt-config-diff.md"


def main() -> int:
    if shutil.which("pt-config-diff") is None:
        print("pt-config-diff is not here: install percona-toolkit", file=sys.stderr)
        return 1
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pt-", ignore_cleanup_errors=True)))
        servers = [stack.enter_context(served(scratch, number)) for number in (0, 1)]
        ours, theirs = driftcheck(scratch, servers), pt_config_diff(servers)
        DOC.write_text(page(ours(), theirs(), ratio(ours, theirs)), encoding="utf-8")
    return 0


def served(scratch: Path, side: int) -> AbstractContextManager[MySql]:
    directory = scratch / ("staging", "production")[side]
    directory.mkdir()
    settings = {}
    for lines in (*PLANTED.values(), *SAME_BUT_SPELLED.values()):
        name, _, value = lines[side].partition(" = ")
        if name:
            settings[name] = value or "1"
    return serve_mariadb(directory, scratch, settings)


def driftcheck(scratch: Path, servers: list[MySql]) -> Callable[[], dict[str, str]]:
    """Return what runs driftcheck, and returns the severity of each finding by its variable."""
    sockets = dict(zip(("staging", "production"), (str(server.socket) for server in servers), strict=True))
    source = {"collector": "mysql", "user": "root", "socket": sockets, "collect": ["version", "settings"]}
    config = {"version": 1, "environments": [*sockets], "reference": "production", "sources": {"db": source}}
    path = scratch / "driftcheck.yaml"
    path.write_text(json.dumps(config), encoding="utf-8")

    def run() -> dict[str, str]:
        command = [str(Path(sys.executable).with_name("driftcheck")), "check", "-c", str(path), "-o", "json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        findings = json.loads(done.stdout)["findings"]
        return {finding["path"][1]: finding["severity"] for finding in findings if finding["path"][0] == "settings"}

    return run


def pt_config_diff(servers: list[MySql]) -> Callable[[], list[str]]:
    """Return what runs pt-config-diff, and returns the variables that it prints."""
    hosts = [f"S={server.socket},u=root" for server in servers]

    def run() -> list[str]:
        command = ["pt-config-diff", "--no-version-check", "--report-width=200", *hosts]
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


def page(ours: dict[str, str], theirs: list[str], ratios: list[float]) -> str:
    loud = {name for name, severity in ours.items() if severity != "info"}
    canonical = {NAMES.get(name, name) for name in theirs}
    by_us, by_them = sorted(loud - PLANTED.keys()), sorted(canonical - PLANTED.keys())
    twice = [name for name in theirs if name in NAMES and NAMES[name] in theirs]
    low, middle, high = min(ratios), statistics.median(ratios), max(ratios)
    lines = [
        "# driftcheck and pt-config-diff",
        "",
        "Two running MariaDB servers whose option files differ in what the first column names, compared by",
        "`benchmarks/pt_config_diff.py`, which wrote this page. Both tools are asked for settings alone.",
        "",
        "| planted | driftcheck | pt-config-diff |",
        "| --- | --- | --- |",
        *(
            f"| `{name}` | {ours.get(name, 'missed')} | {'printed' if name in canonical else 'missed'} |"
            for name in PLANTED
        ),
        "",
        "| written in two ways, meaning one thing | driftcheck | pt-config-diff |",
        "| --- | --- | --- |",
        *(
            f"| `{name}` | {ours.get(name, 'quiet')} | {'printed' if name in canonical else 'quiet'} |"
            for name in SAME_BUT_SPELLED
        ),
        "",
        "| in all | driftcheck | pt-config-diff |",
        "| --- | --- | --- |",
        f"| found of {len(PLANTED)} planted | {len(loud & PLANTED.keys())} | {len(canonical & PLANTED.keys())} |",
        f"| printed that nobody planted | {len(by_us)} | {len(by_them)} |",
        f"| printed again under another name | 0 | {len(twice)} |",
        f"| told as information, on demand | {sum(severity == 'info' for severity in ours.values())} | |",
        "",
        *_wrapped("Printed by pt-config-diff that nobody planted: ", by_them),
        *_wrapped("Printed by driftcheck that nobody planted: ", by_us),
        "",
        f"driftcheck takes {middle:.1f} times the CPU time ({low:.1f} to {high:.1f} in {RUNS} pairs of runs).",
        "",
    ]
    return "\n".join(lines)


def _wrapped(head: str, names: list[str]) -> list[str]:
    return textwrap.wrap(head + (", ".join(f"`{name}`" for name in names) or "nothing") + ".", 118)


if __name__ == "__main__":
    sys.exit(main())
