"""Two constraints are equal when they allow the same versions, however they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from driftcheck.values import Meaning, constraint
from driftcheck.values.version import read


def known(meaning: Meaning | None) -> Meaning:
    assert meaning is not None
    return meaning


def allows(meaning: Meaning, version: str, scheme: str) -> bool:
    found = read(version, scheme)
    assert found is not None
    _, intervals = meaning.canonical  # type: ignore[misc]
    return any(low <= (0, found.key, 0) and (0, found.key, 1) <= high for low, high in intervals)


@pytest.mark.parametrize(
    ("dialect", "one", "other"),
    [
        ("npm", "^1.2.3", ">=1.2.3 <2.0.0-0"),
        ("npm", "^0.2.3", ">=0.2.3 <0.3.0"),
        ("npm", "^0.0.3", ">=0.0.3 <0.0.4"),
        ("npm", "^0.x", ">=0.0.0 <1.0.0"),
        ("npm", "1.x", ">=1.0.0 <2.0.0"),
        ("npm", "~1.2", "1.2.x"),
        ("npm", "1.2.3 - 2", ">=1.2.3 <3.0.0"),
        ("npm", "^1 || ^2", ">=1 <3"),
        ("npm", "*", ""),
        ("npm", "<1 >2", ">3 <2"),
        ("cargo", "1.2", "^1.2.0"),
        ("helm", ">=1.2, <2", ">= 1.2.0 < 2.0.0"),
        ("composer", "~1.2", ">=1.2 <2"),
        ("poetry", "^0.2", ">=0.2,<0.3"),
        ("pep440", "~=2.2", ">=2.2,<3"),
        ("pep440", "==1.*", ">=1,<2.0.0"),
        ("pep440", ">=1,!=1.5,<2", "<2,!=1.5.0,>=1.0"),
        ("gem", "~> 2.1.3", ">= 2.1.3, < 2.2"),
        ("gem", "~> 5", ">= 5, < 6"),
        ("terraform", "~> 5.0", ">= 5.0, < 6.0"),
        ("terraform", "1.2.3", "= 1.2.3"),
        ("maven", "[1.0,2.0)", "[1,2)"),
        ("maven", "[1],[2,3)", "[2,3),[1.0]"),
        ("nuget", "1.0", "[1.0.0,)"),
    ],
)
def test_one_set_of_versions_has_many_spellings(dialect: str, one: str, other: str) -> None:
    assert known(constraint.parse(one, dialect)).canonical == known(constraint.parse(other, dialect)).canonical


@pytest.mark.parametrize(
    ("dialect", "one", "other"),
    [
        ("npm", "^1.2.3", "~1.2.3"),
        ("npm", ">=1.2.3", ">1.2.3"),
        ("terraform", "~> 5.0", "~> 5.1"),
        ("terraform", "~> 5.0", "~> 5.0.0"),
        ("pep440", ">=1", ">=1,!=1.5"),
        ("maven", "1.0", "[1.0]"),
        ("nuget", "1.0", "[1.0]"),
    ],
)
def test_another_set_stays_another(dialect: str, one: str, other: str) -> None:
    assert known(constraint.parse(one, dialect)).canonical != known(constraint.parse(other, dialect)).canonical


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("npm", "latest"),
        ("npm", "workspace:*"),
        ("npm", "git+https://example.org/x.git"),
        ("pep440", "===1.0"),
        ("pep440", "~=1"),
        ("terraform", "~> 5"),  # modules and providers read it differently
        ("terraform", "main"),
        ("maven", "[1.0"),
        ("maven", "(1.0)"),
    ],
)
def test_what_is_no_set_of_versions_is_left_alone(dialect: str, text: str) -> None:
    assert constraint.parse(text, dialect) is None


# What node-semver 7 says of each range, for releases only.
NODE = {
    "^1.2": ["1.2.0", "1.9.9"],
    "~1": ["1.0.0", "1.2.0", "1.9.9"],
    ">1.2": ["1.9.9", "2.0.0"],
    "<=1.2": ["0.9.0", "1.0.0", "1.2.0"],
    "1.2 - 1.9": ["1.2.0", "1.9.9"],
    "0.9.0 || >=2": ["0.9.0", "2.0.0"],
    "^0.9": ["0.9.0"],
    "=1": ["1.0.0", "1.2.0", "1.9.9"],
}


@pytest.mark.parametrize("text", NODE)
def test_npm_ranges_allow_what_node_allows(text: str) -> None:
    meaning = known(constraint.parse(text, "npm"))
    versions = ["0.9.0", "1.0.0", "1.2.0", "1.9.9", "2.0.0"]
    assert [version for version in versions if allows(meaning, version, "npm")] == NODE[text]


NUMBERS = st.lists(st.integers(0, 3), min_size=1, max_size=3).map(lambda numbers: ".".join(map(str, numbers)))
SPECIFIERS = st.lists(
    st.builds("{}{}".format, st.sampled_from(["==", "!=", ">=", "<=", ">", "<", "~="]), NUMBERS)
    | st.builds("{}{}.*".format, st.sampled_from(["==", "!="]), NUMBERS),
    min_size=1,
    max_size=3,
).map(", ".join)


@given(SPECIFIERS, NUMBERS)
def test_python_specifiers_allow_what_packaging_allows(text: str, version: str) -> None:
    meaning = constraint.parse(text, "pep440")
    try:
        specifiers = SpecifierSet(text)
    except InvalidSpecifier:
        assert meaning is None
        return
    assert allows(known(meaning), version, "pep440") == specifiers.contains(version)
