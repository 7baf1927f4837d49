"""Versions order as their own ecosystems order them, and distances are named as their users name them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cmp_to_key
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import InvalidVersion
from packaging.version import Version as PackagingVersion
from univers.versions import DebianVersion, RubygemsVersion, SemverVersion
from univers.versions import InvalidVersion as UniversInvalidVersion

from driftcheck.values import version
from driftcheck.values.schemes import SCHEMES


def words(atoms: list[str], separators: list[str]) -> st.SearchStrategy[str]:
    """Texts that are mostly versions: small numbers and marks, so that equal and almost equal ones are common."""
    steps = st.lists(st.tuples(st.sampled_from(separators), st.sampled_from(atoms)), max_size=5)
    return st.builds(
        lambda first, rest: first + "".join(map("".join, rest)), st.sampled_from(["0", "1", "2", "10"]), steps
    )


TEXTS = {
    "pep440": words(["0", "1", "2", "10", "a1", "b2", "rc1", "dev3", "post1", "alpha", "c"], [".", "-", "", "_"]),
    "semver": words(["0", "1", "2", "10", "rc", "alpha", "1a", "x"], [".", ".", "-"]),
    "gem": words(["0", "0", "1", "2", "10", "a", "rc1", "b"], [".", ".", "-"]),
    "deb": words(["0", "1", "2", "01", "~rc1", "~", "a", "1a", "+b1", "dfsg"], [".", "-", "", "+"]),
    "maven": words(["0", "1", "2", "alpha", "a1", "rc", "snapshot", "ga", "final", "sp", "foo"], [".", "-", ""]),
    "generic": words(["0", "1", "2", "alpha", "a1", "rc", "dev", "p1", "foo"], [".", "-", ""]),
    "engine": words(["0", "1", "2", "alpha", "a1", "rc", "mysql_aurora", "foo"], [".", "-", ""]),
    "image": words(["0", "1", "2", "alpine", "rc1", "slim", "v2", "deadbeef1"], [".", "-", "", "_"]),
}


def order(a: Any, b: Any) -> int:
    return (a > b) - (a < b)


def agrees(a: str, b: str, scheme: str, oracle: Callable[[str], Any]) -> None:
    try:
        expected = order(oracle(a), oracle(b))
    except (InvalidVersion, UniversInvalidVersion):
        return
    assert version.compare(a, b, scheme) == expected


@given(TEXTS["pep440"], TEXTS["pep440"])
def test_python_versions_order_as_packaging_orders_them(a: str, b: str) -> None:
    agrees(a, b, "pep440", PackagingVersion)


@given(TEXTS["pep440"])
def test_exactly_what_packaging_reads_is_a_python_version(text: str) -> None:
    try:
        PackagingVersion(text)
    except InvalidVersion:
        assert version.parse(text, "pep440") is None
    else:
        assert version.parse(text, "pep440") is not None


@given(TEXTS["gem"], TEXTS["gem"])
def test_gems_order_as_univers_orders_them(a: str, b: str) -> None:
    agrees(a, b, "gem", RubygemsVersion)


@given(TEXTS["deb"], TEXTS["deb"])
def test_debian_versions_order_as_univers_orders_them(a: str, b: str) -> None:
    if version.read(a, "deb") and version.read(b, "deb"):
        agrees(a, b, "deb", DebianVersion)


SEMVER = st.builds(
    lambda numbers, pre: ".".join(map(str, numbers)) + (f"-{'.'.join(pre)}" if pre else ""),
    st.tuples(*[st.integers(0, 3)] * 3),
    st.lists(st.sampled_from(["0", "1", "2", "10", "alpha", "rc", "x1"]), max_size=3),
)


@given(SEMVER, SEMVER)
def test_semantic_versions_order_as_univers_orders_them(a: str, b: str) -> None:
    agrees(a, b, "semver", SemverVersion)


def test_maven_versions_order_as_maven_orders_them() -> None:
    # The file is in the order that Maven 3.8.7's own ComparableVersion gives; `=` joins what it calls equal.
    lines = (Path(__file__).parent / "maven_order.txt").read_text(encoding="utf-8").splitlines()
    ranked = [(rank, text) for rank, line in enumerate(lines) for text in line.split(" = ")]
    for (rank, text), (other_rank, other) in itertools.combinations(ranked, 2):
        assert version.compare(text, other, "maven") == order(rank, other_rank), (text, other)


@pytest.mark.parametrize("scheme", sorted(TEXTS))
@given(data=st.data())
def test_the_order_is_total(scheme: str, data: st.DataObject) -> None:
    texts = [text for text in data.draw(st.lists(TEXTS[scheme], max_size=6)) if version.read(text, scheme)]
    for a, b in itertools.product(texts, repeat=2):
        forth, back = version.compare(a, b, scheme), version.compare(b, a, scheme)
        assert forth is not None
        assert back == -forth
        one, other = version.parse(a, scheme), version.parse(b, scheme)
        assert one is not None
        assert other is not None
        assert (version.distance(a, b, scheme) is None) == (one.canonical == other.canonical)
        assert version.distance(a, b, scheme) == version.distance(b, a, scheme)
        if one.canonical == other.canonical:
            assert forth == 0
    ordered = sorted(texts, key=cmp_to_key(lambda a, b: version.compare(a, b, scheme) or 0))
    for earlier, later in itertools.combinations(ordered, 2):
        assert version.compare(earlier, later, scheme) in (-1, 0)


@pytest.mark.parametrize(
    ("scheme", "a", "b", "same"),
    [
        ("pep440", "1.0", "1.0.0", True),
        ("pep440", "1.0.post1", "1.0-1", True),
        ("pep440", "1.0RC1", "1.0c1", True),
        ("semver", "v1.2.3", "1.2.3", True),
        ("semver", "1.2.3+a", "1.2.3+b", False),
        ("terraform", "1.2", "1.2.0", True),
        ("maven", "1.0.0", "1", True),
        ("maven", "5.3.0.Final", "5.3.0", True),
        ("gem", "1.0", "1", True),
        ("deb", "1.0", "1.0-0", True),
        ("deb", "1:1.0", "1.0", False),
        ("composer", "v6.4", "6.4.0", True),
        ("engine", "16", "16.0", False),
        ("engine", "8.0.28", "8.0.36", False),
        ("image", "1.27", "1.27.0", False),
        ("image", "1.27-alpine", "1.27-bookworm", False),
        ("go", "v1.2.3+incompatible", "v1.2.3", False),
    ],
)
def test_what_is_one_release_depends_on_the_scheme(scheme: str, a: str, b: str, same: bool) -> None:
    one, other = version.parse(a, scheme), version.parse(b, scheme)
    assert one is not None
    assert other is not None
    assert (one.canonical == other.canonical) is same


@pytest.mark.parametrize(
    ("scheme", "a", "b", "step"),
    [
        ("semver", "1.2.3", "2.0.0", "major"),
        ("semver", "1.2.3", "1.3.0", "minor"),
        ("semver", "1.2.3", "1.2.4", "patch"),
        ("semver", "1.2.3-rc.1", "1.2.3", "pre"),
        ("semver", "1.2.3+a", "1.2.3+b", "build"),
        ("semver", "1.2.3", "1.2.3", None),
        ("semver", "0.3.0", "0.4.0", "minor"),
        ("semver", "not a version", "0.4.0", None),
        ("go", "v0.0.0-20230101000000-abcdefabcdef", "v0.0.0-20240101000000-fedcbafedcba", "pre"),
        ("pep440", "1!1.0", "1.0", "major"),
        ("pep440", "1.0a1", "1.0", "pre"),
        ("pep440", "1.0", "1.0.post1", "build"),
        ("maven", "3.2.0.RC1", "3.2.0.RELEASE", "pre"),
        ("maven", "32.1.3-jre", "32.1.3-android", "build"),
        ("gem", "7.0.8", "7.1.2", "minor"),
        ("deb", "1.2.3-1", "1.2.3-2", "build"),
        ("postgresql", "15.4", "16.4", "major"),
        ("postgresql", "16.3", "16.4", "patch"),
        ("postgresql", "9.5.1", "9.6.1", "major"),
        ("postgresql", "9.6.1", "9.6.24", "patch"),
        ("postgresql", "9.6.24", "16.4", "major"),
        ("mysql", "8.0.28", "8.0.36", "patch"),
        ("mysql", "8.0.36", "8.4.0", "major"),
        ("mysql", "8.0.mysql_aurora.3.04.0", "8.0.mysql_aurora.3.08.0", "patch"),
        ("engine", "6.2", "7.0", "major"),
        ("engine", "16", "16.4", "minor"),
        ("image", "1.27-alpine", "1.26-alpine", "minor"),
        ("image", "1.27-alpine", "1.27-bookworm", "build"),
        ("image", "v1.2.3", "1.2.3", "build"),
        ("image", "staging-1.2.3", "prod-1.3.0", "minor"),
        ("image", "latest", "1.2.3", None),
    ],
)
def test_the_distance_is_the_largest_step(scheme: str, a: str, b: str, step: str | None) -> None:
    assert version.distance(a, b, scheme) == step


@pytest.mark.parametrize(
    ("tag", "parts"),
    [
        ("1.27-alpine", {"form": "version", "version": "1.27", "suffix": "alpine"}),
        ("v1.2.3", {"form": "version", "version": "1.2.3", "prefix": "v"}),
        ("8.0.28", {"form": "version", "version": "8.0.28"}),
        ("16.4-bookworm", {"form": "version", "version": "16.4", "suffix": "bookworm"}),
        ("16.4.0-debian-12-r3", {"form": "version", "version": "16.4.0", "suffix": "debian-12-r3"}),
        ("1.0.0-rc.1-slim", {"form": "version", "version": "1.0.0-rc.1", "suffix": "slim"}),
        ("16", {"form": "version", "version": "16"}),
        ("release-1.2.3", {"form": "version", "version": "1.2.3", "prefix": "release-"}),
        ("2024.10.2", {"form": "version", "version": "2024.10.2"}),
        ("latest", {"form": "mutable"}),
        ("main", {"form": "mutable"}),
        ("bookworm-slim", {"form": "mutable"}),
        ("a5285b319d913f46dc0617fa54fb07817dff7593", {"form": "sha"}),
        ("sha-1a2b3c4", {"form": "sha"}),
        ("1e34567", {"form": "sha"}),
        ("2024-01-02", {"form": "date"}),
        ("20240102.7", {"form": "date"}),
        ("20240102101500", {"form": "date"}),
        ("2024-11-05.1234.1a2b3c4", {"form": "date"}),
        ("1234567", {"form": "build"}),
        ("pr-123", {"form": "build"}),
        ("main-1a2b3c4-1606345146", {"form": "build"}),
    ],
)
def test_a_tag_says_what_it_is(tag: str, parts: dict[str, str]) -> None:
    meaning = version.parse(tag, "image")
    assert meaning is not None
    assert dict(meaning.parts) == parts
    assert (version.compare(tag, tag, "image") == 0) == (parts["form"] == "version")


@pytest.mark.parametrize("text", ["", "two words", "-", None, True, "x" * 300])
def test_what_is_no_tag_is_no_version(text: str | bool | None) -> None:
    assert version.parse(text, "image") is None


def test_a_number_from_yaml_is_read_as_its_text() -> None:
    assert version.distance(16, "16.4", "postgresql") == "patch"
    assert version.distance(1.27, "1.28", "image") == "minor"


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
@pytest.mark.parametrize("text", ["", " ", "latest", "1" * 5000, "^1.2", "1.2 || 3", "${VERSION}", "1.0/2"])
def test_what_is_no_version_has_no_order(scheme: str, text: str) -> None:
    assert version.parse(text, scheme) is None
    assert version.compare(text, "1.0", scheme) is None
