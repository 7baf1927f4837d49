"""The sample system is real: the tools that its files are for accept them."""

from __future__ import annotations

import subprocess
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
