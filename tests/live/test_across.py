"""What files and a running server say together."""

from __future__ import annotations

import json
import subprocess
import sys

SETTINGS = {"max_connections": "40", "fsync": "on", "full_page_writes": "on"}

CONFIG = """\
version: 1
environments: [staging, production]
sources:
  orders-env: {{collector: dotenv, path: "{{environment}}.env"}}
  orders-chart: {{collector: helm, values: "values-{{environment}}.yaml"}}
  orders-db:
    collector: postgres
    dsn: {{staging: "{staging}", production: "{production}"}}
    collect: [version, settings]
"""


def test_pools_of_all_replicas_have_to_fit_into_what_the_server_runs_with(postgres, tmp_path):
    servers = {name: postgres(17, settings=SETTINGS, name=f"across-{name}").dsn for name in ("staging", "production")}
    (tmp_path / "driftcheck.yaml").write_text(CONFIG.format(**servers))
    for name, replicas in (("staging", 2), ("production", 5)):
        (tmp_path / f"{name}.env").write_text("DB_POOL_SIZE=10\n")
        (tmp_path / f"values-{name}.yaml").write_text(f"replicaCount: {replicas}\n")
    command = [sys.executable, "-m", "driftcheck", "check", "-o", "json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    loud = [
        (found["severity"], found["source"], found["key"], found["message"])
        for found in json.loads(done.stdout)["findings"]
        if found["severity"] not in ("info", "low")
    ]
    assert loud == [
        (
            "critical",
            "orders-chart",
            "replicaCount",
            "10 connections x 5 replicas = 50 do not fit into the 37 that the server accepts in production only",
        )
    ]
    assert done.returncode == 1
