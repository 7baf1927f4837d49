"""The sample system is real: the tools that its files are for accept them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parent.parent / "sample_envs"


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_helm_renders_the_chart(environment: str, tool: Callable[[str, str], str]) -> None:
    helm = tool("helm", "make tools")
    chart = SAMPLE / "charts/orders"
    command = [helm, "template", "orders", str(chart), "-f", str(chart / f"values-{environment}.yaml")]
    rendered = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert rendered.count("kind: Deployment") == 2


@pytest.mark.parametrize(
    ("options", "name"), [((), "report.txt"), (("--all",), "report-all.txt"), (("-o", "json"), "report.json")]
)
def test_the_report_on_the_sample_is_the_golden_one(
    options: tuple[str, ...], name: str, golden: Callable[[Path, str], None]
) -> None:
    command = [sys.executable, "-m", "driftcheck", "check", "-c", "sample_envs/driftcheck.yaml", *options]
    environment = {**os.environ, "COLUMNS": "120", "NO_COLOR": "1"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=SAMPLE.parent, env=environment, check=False)
    assert done.returncode == 1
    golden(SAMPLE.parent / "tests" / "sample_envs" / name, done.stdout)
