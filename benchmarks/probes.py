"""What reading a PostgreSQL database of 5,000 tables takes, against psql running the same statements.

    .venv/bin/python benchmarks/probes.py

It starts a server of its own (`make servers` brings it), fills it, and prints one row for README.md. The two run
alternately; the ratio is that of the medians by the clock, as most of the time is the server's.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import DEVNULL

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "live"))

from rig import postgres

from driftcheck.collectors import DATABASES
from driftcheck.model import Reading

TABLES, RUNS = 5_000, 5
FILL = f"""
SELECT format('CREATE TABLE t%s (id serial PRIMARY KEY, customer bigint NOT NULL, email text UNIQUE,
  state text DEFAULT ''new'', a integer, b integer DEFAULT 0, c numeric(12,2), d text, e boolean DEFAULT false,
  f date, g jsonb, h uuid, created timestamptz DEFAULT now(), CHECK (a > 0));
  CREATE INDEX ON t%s (customer); CREATE INDEX ON t%s (created, state);
  INSERT INTO t%s (customer, email, a) SELECT i, i, i FROM generate_series(1, 20) i', i, i, i, i)
FROM generate_series(1, {TABLES}) i \\gexec
VACUUM ANALYZE;
"""


def timed(run: Callable[[], object]) -> float:
    began = time.monotonic()
    run()
    return time.monotonic() - began


def main() -> None:
    probe = DATABASES["postgres"]
    with tempfile.TemporaryDirectory(prefix="probes-") as folder:
        scratch = Path(folder)
        scratch.chmod(0o755)
        (scratch / "server").mkdir()
        with postgres.serve(scratch / "server", scratch, 17, {}) as server:
            psql = ["psql", "-X", "-q", "-d", server.dsn]
            subprocess.run(psql, input=FILL, text=True, stdout=DEVNULL, check=True)
            script = scratch / "probe.sql"
            script.write_text(probe.script({}), encoding="utf-8")
            ours, theirs = [], []
            for _ in range(RUNS):
                theirs.append(timed(lambda: subprocess.run([*psql, "-f", script], stdout=DEVNULL, check=True)))
                ours.append(timed(lambda: probe.collect(Reading("db", "production", {"dsn": server.dsn}, "/"))))
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
            ratio = statistics.median(ours) / statistics.median(theirs)
            what = f"PostgreSQL, {TABLES:,} tables / psql, the same statements"
            times = f"{statistics.median(ours):.1f} s, {memory} MiB | {statistics.median(theirs):.1f} s"
            print(f"| {what} | {times} | {ratio:.2f} | 1.5 | {'ok' if ratio <= 1.5 else 'NOT OK'} |")


if __name__ == "__main__":
    main()
