"""Many differences of one cause are one finding with its places; the others stay, as notes that point at it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from driftcheck import cli, config, pipeline
from driftcheck.model import Severity, key_of
from driftcheck.rules import causes

SERVICES = ("audit", "basket", "checkout", "delivery", "exports")


def told(folder: Path, collector: str, staging: str, production: str, rest: str = "") -> dict[str, tuple[str, str]]:
    """Return severity and message by key of a check of two files."""
    (folder / "staging").write_text(staging)
    (folder / "production").write_text(production)
    option = {"helm": "values: ['{environment}']", "dotenv": "path: '{environment}'"}[collector]
    (folder / "driftcheck.yaml").write_text(
        "version: 1\nenvironments: [staging, production]\n"
        f"sources:\n  app:\n    collector: {collector}\n    {option}\n{rest}"
    )
    report = pipeline.run(config.load(str(folder / "driftcheck.yaml")), fail_on=Severity.HIGH)
    assert all(finding.sides for finding in report.findings)
    return {key_of(f.path): (str(f.severity), f.message) for f in report.findings if not f.suppression}


def limits(amount: str, services: tuple[str, ...] = SERVICES) -> str:
    return "".join(f"{name}:\n  resources:\n    limits:\n      memory: {amount}\n" for name in services)


def test_one_limit_of_many_pods_is_one_finding(tmp_path: Path) -> None:
    found = told(tmp_path, "helm", limits("2Gi"), limits("1Gi"))
    first = "audit.resources.limits.memory"
    severity, message = found.pop(first)
    assert severity == "high"
    assert message.startswith("memory of 2 GiB in staging, 1 GiB in production (2 times) (also at basket.")
    assert message.endswith(".memory, checkout.resources.limits.memory and 2 more)")
    assert found == {f"{name}.resources.limits.memory": ("info", f"as {first}") for name in SERVICES[1:]}


@pytest.mark.parametrize(
    ("collector", "staging", "production"),
    [
        # two may be so by accident
        ("helm", limits("2Gi", SERVICES[:2]), limits("1Gi", SERVICES[:2])),
        # another pair of values, another name
        ("helm", limits("2Gi", SERVICES[:2]) + limits("3Gi", SERVICES[2:4]), limits("1Gi", SERVICES[:4])),
        ("dotenv", "A_POOL_SIZE=1\nB_POOL_SIZE=1\nC_POOL_SIZE=1\n", "A_POOL_SIZE=5\nB_POOL_SIZE=5\nC_POOL_SIZE=5\n"),
        # a switch has two values only
        ("helm", "a: {enabled: true}\nb: {enabled: true}\nc: {enabled: true}\n",
         "a: {enabled: false}\nb: {enabled: false}\nc: {enabled: false}\n"),
        # secrets are not looked at
        ("dotenv", "A_TOKEN=changeme\nB_TOKEN=changeme\nC_TOKEN=changeme\n",
         "A_TOKEN=kq8Zr2vT9wLx4mNb\nB_TOKEN=kq8Zr2vT9wLx4mNb\nC_TOKEN=kq8Zr2vT9wLx4mNb\n"),
    ],
)  # fmt: skip
def test_what_may_have_several_causes_is_told_one_by_one(
    tmp_path: Path, collector: str, staging: str, production: str
) -> None:
    found = told(tmp_path, collector, staging, production)
    assert found
    assert not any("also at" in message or message.startswith("as ") for _, message in found.values())


def test_one_image_in_several_keys_is_one_finding(tmp_path: Path) -> None:
    keys = ("API_IMAGE_TAG", "WORKER_IMAGE_TAG", "CRON_TAG")
    sides = ["".join(f"{key}={tag}\n" for key in keys) for tag in ("2.4.0", "1.9.3")]
    found = told(tmp_path, "dotenv", *sides)
    assert [severity for severity, _ in found.values()].count("high") == 1
    assert found["WORKER_IMAGE_TAG"] == ("info", "as API_IMAGE_TAG")


def test_a_small_difference_is_not_gathered(tmp_path: Path) -> None:
    found = told(tmp_path, "helm", limits("1Gi"), limits("1.1Gi"))
    assert {severity for severity, _ in found.values()} == {"low"}


def test_what_is_accepted_hides_no_other_place(tmp_path: Path) -> None:
    accepted = "expected:\n  - {key: audit.resources.limits.memory, reason: it sleeps}\n"
    found = told(tmp_path, "helm", limits("2Gi"), limits("1Gi"), accepted)
    assert found["basket.resources.limits.memory"][0] == "high"
    assert found["basket.resources.limits.memory"][1].endswith(
        "(also at checkout.resources.limits.memory, delivery.resources.limits.memory and 1 more)"
    )


def test_every_place_can_be_accepted_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    told(tmp_path, "helm", limits("2Gi"), limits("1Gi"))
    monkeypatch.chdir(tmp_path)
    assert cli.run(["check", "-q"]) == 1
    assert cli.run(["accept", "--severity", "high", "--reason", "staging is idle"]) == 0
    capfd.readouterr()
    assert cli.run(["check", "-q", "-o", "json"]) == 0
    report: dict[str, Any] = json.loads(capfd.readouterr().out)
    assert report["summary"]["expected"] == len(SERVICES)


PACKAGES = [
    ("@jest/core", "jest-circus", True),
    ("org.springframework:spring-core", "org.springframework:spring-web", True),
    ("org.springframework:spring-core", "org.apache:spring-web", False),
    ("k8s.io/api", "k8s.io/client-go", True),
    ("github.com/aws/aws-sdk-go", "github.com/aws/smithy-go", True),
    ("github.com/aws/aws-sdk-go", "github.com/gin/gin", False),
    ("sentry-rails", "sentry_ruby", True),
    ("requests", "requestly", False),
]


@pytest.mark.parametrize(("one", "other", "alike"), PACKAGES)
def test_packages_of_one_family_have_one_cause(one: str, other: str, alike: bool) -> None:
    assert (causes.family(one) == causes.family(other)) is alike
