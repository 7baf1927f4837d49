"""What the collector reads in a lock is what the programs that own the formats read in it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from packaging.pylock import Pylock
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from driftcheck.collectors import lockfile
from driftcheck.collectors.lockfile import requirements
from driftcheck.collectors.lockfile.nouns import File
from driftcheck.model import Reading, unquoted

SAMPLES = Path(__file__).parent / "lockfile"
Versions = dict[str, set[str]]


def read(*paths: Path) -> Versions:
    """Return versions by package name, without where they come from; the empty text where only that is known."""
    root = paths[0].parent
    found: Versions = {}
    for entry in lockfile.collect(Reading("lock", "", {"path": [str(path) for path in paths]}, str(root))).entries:
        if entry.path[0] != "runtime":
            values = entry.value if isinstance(entry.value, tuple) else (entry.value,)
            found[unquoted(entry.path[0])] = {re.sub(r"(?:^| )from .*", "", str(value)) for value in values}
    return found


def gathered(pairs: Iterable[tuple[str, str]]) -> Versions:
    found: Versions = defaultdict(set)
    for name, version in pairs:
        found[name].add(version)
    return dict(found)


def of_corpus(corpus: Path, *names: str) -> list[Path]:
    """Return the files of some names that belong to any case."""
    cases = json.loads((corpus / "manifest.json").read_text())["cases"]
    files = {
        corpus / case["root"] / name
        for case in cases
        for key in ("staging", "production", "base")
        for name in case[key]
    }
    return sorted(path for path in files if path.name in names)


def run(command: list[str], folder: Path, home: Path | None = None) -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": str(home or folder), "NO_UPDATE_NOTIFIER": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout


# Live programs


def npm_says(npm: str, lock: Path, folder: Path) -> Versions:
    folder.mkdir()
    shutil.copy(lock, folder)
    if (lock.parent / "package.json").exists():
        shutil.copy(lock.parent / "package.json", folder)
    packages = json.loads(run([npm, "query", "*", "--package-lock-only"], folder))
    locked = [
        (package["name"], package.get("version") or "")
        for package in packages
        if package["location"].rpartition("node_modules/")[1] or not package.get("version")
    ]
    linked = [
        (package["name"], package.get("version") or "")
        for package in packages
        if package["location"].startswith("libs/")  # what the samples name by a path
    ]
    return gathered([each for each in locked if each[0] not in ("orders", "orders-web")] + linked)


@pytest.mark.parametrize("name", ["npm-6", "npm-lock-1", "npm-lock-2", "npm-lock-3", "npm-workspaces"])
def test_npm_reads_the_same_packages(tool: Callable[[str, str], str], tmp_path: Path, name: str) -> None:
    npm = tool("npm", "install Node.js")
    lock = next(path for path in (SAMPLES / name).glob("*.json") if path.name != "package.json")
    assert read(lock) == npm_says(npm, lock, tmp_path / "project")


def test_npm_reads_the_same_packages_in_real_locks(
    tool: Callable[[str, str], str], corpus: Path, tmp_path: Path
) -> None:
    npm = tool("npm", "install Node.js")
    for number, lock in enumerate(of_corpus(corpus, "package-lock.json")[::2]):
        name = json.loads(lock.read_text())["name"]
        said = npm_says(npm, lock, tmp_path / str(number))
        said.pop(name, None)
        assert read(lock) == said


def test_go_reads_the_same_modules(tool: Callable[[str, str], str], corpus: Path, tmp_path: Path) -> None:
    go = tool("go", "install Go")
    for module in [SAMPLES / "go" / "go.mod", *of_corpus(corpus, "go.mod")]:
        shutil.copy(module, tmp_path)
        said = json.loads(run([go, "mod", "edit", "-json"], tmp_path))
        replaced = {
            (each["Old"]["Path"], each["Old"].get("Version")): each["New"].get("Version")
            for each in said["Replace"] or ()
        }
        assert read(module) == gathered(
            (path, replaced.get((path, version)) or replaced.get((path, None)) or version)
            for path, version in ((each["Path"], each["Version"]) for each in said["Require"])
        )
        entries = lockfile.collect(Reading("lock", "", {"path": [str(module)]}, str(module.parent))).entries
        runtimes = {entry.path[1]: entry.value for entry in entries if entry.path[0] == "runtime"}
        stated = {"go": said.get("Go"), "toolchain": said.get("Toolchain")}
        assert runtimes == {name: version for name, version in stated.items() if version}


def test_cargo_knows_every_package_and_no_other(tool: Callable[[str, str], str], tmp_path: Path) -> None:
    cargo = tool("cargo", "install Rust")
    project = tmp_path / "project"
    shutil.copytree(SAMPLES / "cargo", project)
    for folder in (project / "src", project / "libs" / "taxes" / "src"):
        folder.mkdir(parents=True)
        (folder / "lib.rs").touch()
    (project / "libs/taxes/Cargo.toml").write_text('[package]\nname = "taxes"\nversion = "1.1.0"\n')
    found = {(name, version) for name, versions in read(project / "Cargo.lock").items() for version in versions}
    locked = tomllib.loads((project / "Cargo.lock").read_text())["package"]
    assert found | {("orders", "0.3.0")} == {(package["name"], package["version"]) for package in locked}
    said = run_all([[cargo, "pkgid", "--offline", f"{name}@{version}"] for name, version in sorted(found)], project)
    assert [re.search(r"#(?:.*@)?(.*)$", line)[1] for line in said] == [version for _, version in sorted(found)]  # type: ignore[index]


def run_all(commands: list[list[str]], folder: Path) -> list[str]:
    """Run commands two at a time."""
    from concurrent.futures import ThreadPoolExecutor

    beside_cargo = Path(commands[0][0]).parents[2] / ".rustup"  # HOME may be another user's, or empty
    rustup = os.environ.get("RUSTUP_HOME", str(beside_cargo if beside_cargo.is_dir() else Path.home() / ".rustup"))
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "RUSTUP_HOME": rustup}

    def one(command: list[str]) -> str:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, commands))


PIP = """
import json, sys
from pip._internal.network.session import PipSession
from pip._internal.req.req_file import parse_requirements
session = PipSession()
print(json.dumps([[
    [each.requirement, each.is_editable, each.constraint, int(each.comes_from.rpartition("(line ")[2][:-1])]
    for each in parse_requirements(path, session=session)
] for path in sys.argv[1:]]))
"""


def test_pip_reads_the_same_requirements(corpus: Path, tmp_path: Path) -> None:
    awkward = tmp_path / "requirements.txt"
    awkward.write_text(
        "# comment\n  click==8.1.7  # why\nurllib3[socks] \\\n   >=2, \\\n   <3 ; python_version > '3'\n"
        "a == 1 \\\n# a comment ends what goes on\nb==2\n\n--index-url=https://example.org\n"
        "c @ https://example.org/c-1.0.zip#sha256=00\nd~=1.4,!=1.4.5 --hash=sha256:00 \\\n --hash=sha256:11\n"
        "-c constraints.txt\n-r more.txt\n--requirement=more2.txt\n-rmore3.txt\ne===1\\\n"
    )
    (tmp_path / "constraints.txt").write_text("f==1\n")
    for name in ("more", "more2", "more3"):
        (tmp_path / f"{name}.txt").write_text(f"{name}==1\n")
    files = [awkward, *sorted(SAMPLES.glob("*/*requirements.txt"))]
    files += of_corpus(corpus, "requirements.txt", "requirements.in", "dev-requirements.txt")
    done = subprocess.run([sys.executable, "-c", PIP, *map(str, files)], capture_output=True, text=True, cwd=tmp_path)
    assert not done.returncode, done.stderr
    for path, said in zip(files, json.loads(done.stdout), strict=True):
        lines = requirements.read(File(str(path), path.name, path.read_text(), "")).packages
        wanted = sorted(
            ("" if editable else canonicalize_name(Requirement(text).name), line)
            for text, editable, constrains, line in said
            if not constrains
        )
        assert sorted(("" if "/libs/" in each.origin else each.name, each.location.line) for each in lines) == wanted


# Libraries that implement the specifications

NAMES = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,12}[A-Za-z0-9])?", fullmatch=True)
VERSIONS = st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){0,3}((a|b|rc)[0-9]|\.post[0-9]|\.dev[0-9])?", fullmatch=True)
CLAUSES = st.builds(
    lambda operator, blank, version: operator + blank + version,
    st.sampled_from(["==", ">=", "<=", "<", ">", "!="]),
    st.sampled_from(["", " "]),
    VERSIONS,
)


@given(
    name=NAMES,
    extras=st.lists(NAMES, max_size=2),
    clauses=st.lists(CLAUSES, max_size=3, unique=True),
    separator=st.sampled_from([",", ", ", " , "]),
    marker=st.sampled_from(["", "; python_version < '3.12'", ' ;sys_platform=="linux" and extra == "a,b"']),
    brackets=st.booleans(),
)
def test_a_requirement_means_what_its_specification_says(
    name: str, extras: list[str], clauses: list[str], separator: str, marker: str, brackets: bool
) -> None:
    joined = separator.join(clauses)
    text = (
        name
        + (f"[{','.join(extras)}]" if extras else "")
        + (f" ({joined})" if brackets and clauses else joined)
        + marker
    )
    meant = Requirement(text)
    (found,) = requirements.parsed(text, File("", "requirements.txt", "", ""), 1)
    assert found.name == canonicalize_name(meant.name)
    if len(clauses) == 1 and clauses[0].startswith("=="):
        assert found.version == next(iter(meant.specifier)).version
    elif clauses:
        assert set(found.version.split(",")) == {f"{each.operator}{each.version}" for each in meant.specifier}
    else:
        assert found.version == "*"


@pytest.mark.parametrize("name", ["uv-pylock", "pip-lock"])
def test_a_pylock_is_read_as_its_specification_says(name: str) -> None:
    path = SAMPLES / name / "pylock.toml"
    lock = Pylock.from_dict(tomllib.loads(path.read_text()))
    assert read(path) == gathered((package.name, str(package.version or "")) for package in lock.packages)


# Real locks, against the shortest possible reading of them


def toml_packages(text: str) -> Iterator[tuple[str, str]]:
    lock = tomllib.loads(text)
    members = set(lock.get("manifest", {}).get("members", ()))
    needed = {
        need.split()[0]
        for package in lock["package"]
        for need in package.get("dependencies", ())
        if isinstance(need, str)
    }
    for package in lock["package"]:
        source = package.get("source", "files" if "files" in package else None)
        is_project = isinstance(source, dict) and "." in (source.get("virtual"), source.get("editable"))
        if not is_project and package["name"] not in members and (source or package["name"] in needed):
            yield package["name"], package["version"]


def yarn_packages(text: str) -> Iterator[tuple[str, str]]:
    if "__metadata:" in text:
        for locked in yaml.load(text, yaml.CSafeLoader).values():
            if "@workspace:" not in locked.get("resolution", "@workspace:"):
                yield locked["resolution"][:1] + locked["resolution"][1:].partition("@")[0], str(locked["version"])
        return
    for heading, version in re.findall(r'^(\S.*):\n  version "(.*)"$', text, re.MULTILINE):
        wanted = heading.strip('"')
        real = re.match(r"@?[^@]+@npm:(@?[^@]+)@", wanted)
        yield real[1] if real else wanted[:1] + wanted[1:].partition("@")[0], version


def pnpm_packages(text: str) -> Iterator[tuple[str, str]]:
    for key in yaml.load(text, yaml.CSafeLoader)["packages"]:
        name, _, version = re.sub(r"\(.*", "", key).removeprefix("/").rpartition("@")
        yield name, version


def gem_packages(text: str) -> Iterator[tuple[str, str]]:
    for name, version in re.findall(r"^    (\S+) \((.*)\)$", text, re.MULTILINE):
        yield name, version.partition("-")[0]


def gradle_packages(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        if line.count(":") == 2:
            yield tuple(line.partition("=")[0].rsplit(":", 1))  # type: ignore[misc]


def sum_packages(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        module, version, _ = line.split()
        if "/go.mod" not in version:
            yield module, version


def provider_packages(text: str) -> Iterator[tuple[str, str]]:
    yield from re.findall(r'^provider "[^/]*/(.*)" \{\n  version\s*= "(.*)"', text, re.MULTILINE)


def chart_packages(text: str) -> Iterator[tuple[str, str]]:
    for chart in yaml.safe_load(text)["dependencies"]:
        yield chart["name"], chart["version"]


@pytest.mark.parametrize(
    ("names", "packages"),
    [
        (("uv.lock", "poetry.lock", "Cargo.lock"), toml_packages),
        (("yarn.lock",), yarn_packages),
        (("pnpm-lock.yaml",), pnpm_packages),
        (("Gemfile.lock",), gem_packages),
        (("gradle.lockfile",), gradle_packages),
        (("go.sum",), sum_packages),
        ((".terraform.lock.hcl",), provider_packages),
        (("Chart.lock",), chart_packages),
    ],
    ids=lambda names: names[0] if isinstance(names, tuple) else "",
)
def test_every_package_of_a_real_lock_is_read_and_no_other(
    corpus: Path, names: tuple[str, ...], packages: Callable[[str], Iterator[tuple[str, str]]]
) -> None:
    files = of_corpus(corpus, *names)
    assert files
    for path in files:
        assert read(path) == gathered(packages(path.read_text(encoding="utf-8"))), path


def test_every_real_lock_and_manifest_is_read(corpus: Path) -> None:
    cases = json.loads((corpus / "manifest.json").read_text())["cases"]
    for case in (case for case in cases if case["kind"] == "lockfile"):
        for side in ("staging", "production"):
            paths = [str(corpus / case["root"] / name) for name in case[side]]
            together = lockfile.collect(Reading("lock", side, {"path": paths}, str(corpus)))
            assert together.entries
            assert not together.gaps
            for path in paths:
                assert lockfile.collect(Reading("lock", side, {"path": [path]}, str(corpus))).entries
