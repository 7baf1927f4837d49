"""Version constraints are compared as the sets of versions that they allow, in the dialect of the file they are in."""

from __future__ import annotations

import pytest

from driftcheck.catalogue import Catalogue
from driftcheck.model import Entry, Environment, Kind, Location, Pair, Path, Side, State
from driftcheck.rules import Context, Judgement, judge

CONTEXT = Context(Environment("staging", "staging"), Environment("production", "production"), Catalogue())


def said(file: str, collector: str, path: Path, staging: str, production: str) -> Judgement | None:
    sides = [Side(State.SET, Entry(path, value, Location(file, 1))) for value in (staging, production)]
    return judge(Pair("app", collector, path, Kind.CHANGED, *sides), CONTEXT)


PACKAGE = ("left-pad",)
MODULE = ("module", "vpc", "version")
CHART = ("Chart", "dependencies", "[name=redis]", "version")
REQUIRED = ("terraform", "required_version")


@pytest.mark.parametrize(
    ("file", "collector", "path", "staging", "production"),
    [
        ("package.json", "lockfile", PACKAGE, "^1.2.3", ">=1.2.3 <2.0.0-0"),
        ("package.json", "lockfile", PACKAGE, "~1.2.3", "1.2.x >=1.2.3"),
        ("Cargo.toml", "lockfile", PACKAGE, "1.2.3", "^1.2.3"),
        ("web/pyproject.toml", "lockfile", PACKAGE, "^2.16.0", ">=2.16,<3"),
        ("requirements/base.in", "lockfile", PACKAGE, "~=1.4.2", ">=1.4.2, ==1.4.*"),
        ("pom.xml", "lockfile", PACKAGE, "[1.0,2.0)", "[1.0.0,2.0.0)"),
        ("main.tf", "terraform", MODULE, "~> 3.100.0", ">= 3.100.0, < 3.101.0"),
        ("main.tf", "terraform", REQUIRED, ">= 1.5, < 2.0", ">= 1.5.0, < 2.0.0"),
        ("Chart.yaml", "helm", CHART, "^17.1.0", ">=17.1.0 <18.0.0-0"),
    ],
)
def test_the_same_set_is_no_difference(file: str, collector: str, path: Path, staging: str, production: str) -> None:
    assert said(file, collector, path, staging, production) is None


@pytest.mark.parametrize(
    ("file", "collector", "path", "staging", "production", "rule", "severity"),
    [
        ("package.json", "lockfile", ("runtime", "node"), "^22", "^24", "version.runtime", "high"),
        ("package.json", "lockfile", PACKAGE, "^1.2.3", "^1.3.0", "version.dependency", "low"),
        ("main.tf", "terraform", MODULE, "~> 3.100.0", "~> 4.0.0", "version.module", "high"),
        ("main.tf", "terraform", MODULE, "~> 3.100.0", ">= 3.100.0", "version.module", "medium"),
    ],
)
def test_other_sets_are_judged_by_their_bounds(
    file: str, collector: str, path: Path, staging: str, production: str, rule: str, severity: str
) -> None:
    judgement = said(file, collector, path, staging, production)
    assert judgement is not None
    assert (judgement.rule.id, str(judgement.severity)) == (rule, severity)
    assert judgement.message == f"allows other versions: {staging} in staging, {production} in production"


def test_one_text_means_different_sets_in_different_files() -> None:
    """A bare `1.2.3` is a caret in Cargo.toml, and nothing but itself in package.json."""
    assert said("Cargo.toml", "lockfile", PACKAGE, "1.2.3", "^1.2.3") is None
    assert said("package.json", "lockfile", PACKAGE, "1.2.3", "^1.2.3") is not None
