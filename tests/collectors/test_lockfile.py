"""The lockfile collector against locks that their own tools wrote (see lockfile/README.md), and against broken ones."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from driftcheck.collectors import lockfile
from driftcheck.collectors.lockfile import formats
from driftcheck.errors import CollectError
from driftcheck.model import Collected, Expression, Location, Reading, Value, key_of, unquoted

SAMPLES = Path(__file__).parent / "lockfile"
SOURCES = sorted(folder for folder in SAMPLES.iterdir() if folder.is_dir())


def collect(root: Path, *names: str) -> Collected:
    return lockfile.collect(Reading("lock", "staging", {"path": [str(root / name) for name in names]}, str(root)))


def read(folder: Path, **texts: str) -> dict[str, Value]:
    """Write files, named with `__` for a dot and `_` for a dash, and return what is read in them as one source."""
    names = [name.replace("__", ".").replace("_", "-") for name in texts]
    for name, text in zip(names, texts.values(), strict=True):
        (folder / name).write_text(text, encoding="utf-8")
    return {key_of(entry.path): entry.value for entry in collect(folder, *names).entries}


def complaint(folder: Path, name: str, text: str) -> CollectError:
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(CollectError) as caught:
        collect(folder, name)
    assert caught.value.hint, "every complaint says what to do"
    assert caught.value.location
    assert caught.value.location.path == name
    return caught.value


# What the tools wrote


@pytest.mark.parametrize("folder", SOURCES, ids=lambda folder: folder.name)
def test_a_lock_is_read_as_its_tool_meant_it(folder: Path, golden: Callable[[Path, str], None]) -> None:
    names = [str(path.relative_to(folder)) for path in sorted(folder.rglob("*")) if path.is_file()]
    options = lockfile.discover([name for name in names if name != "golden.txt"])
    lines = []
    for source, found in options.items():
        assert isinstance(found["path"], list)
        collected = collect(folder, *found["path"])
        assert not collected.gaps
        lines.append(f"{source}: {', '.join(found['path'])}\n")
        for entry in collected.entries:
            value = f"<{entry.value}>" if isinstance(entry.value, Expression) else json.dumps(entry.value)
            lines.append(f"  {key_of(entry.path)} = {value}  @ {entry.location}\n")
    assert options, "discovery knows the file by its name"
    golden(folder / "golden.txt", "".join(lines))


@pytest.mark.parametrize("folder", SOURCES, ids=lambda folder: folder.name)
def test_every_location_is_where_the_package_is_named(folder: Path) -> None:
    for path in folder.rglob("*"):
        if not path.is_file() or path.name == "golden.txt" or formats.named(path.name) is None:
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        for entry in collect(folder, str(path.relative_to(folder))).entries:
            shown = folder / entry.location.path
            own = lines if shown == path else shown.read_text(encoding="utf-8").splitlines()
            near = "\n".join(own[max(0, entry.location.line - 1) : entry.location.line + 2]).lower()
            name = unquoted(entry.path[-1]).lower().rpartition(":")[2]
            wanted = {"java": "release", "rust": "rust-version", "bundler": str(entry.value)}.get(name, name)
            assert re.sub(r"[-_.]", "", wanted) in re.sub(r"[-_.]", "", near), entry


def test_a_lock_under_another_name_is_known_by_its_text(tmp_path: Path) -> None:
    for folder in SOURCES:
        for path in folder.iterdir():
            known = formats.named(path.name)
            if known is None or not known.signs:
                continue
            text = path.read_text(encoding="utf-8")
            found = formats.looking_like(text)
            assert found is not None, path
            assert found.read is known.read, path


def test_a_lock_is_read_in_any_line_ending(tmp_path: Path) -> None:
    for folder in SOURCES:
        for path in folder.iterdir():
            if formats.named(path.name) is None:
                continue
            (tmp_path / path.name).write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
            assert [entry[:2] for entry in collect(tmp_path, path.name).entries] == [
                entry[:2] for entry in collect(folder, path.name).entries
            ], path
            (tmp_path / path.name).unlink()


# Keys and values


def test_several_versions_of_one_name_are_one_entry_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    packages = "".join(
        f'[[package]]\nname = "syn"\nversion = "{version}"\nsource = "registry+https://crates.example.org"\n'
        for version in ("1.10.0", "1.9.0", "2.0.0-rc.1")
    )
    assert read(tmp_path, Cargo__lock=packages) == {"syn": ("1.9.0", "1.10.0", "2.0.0-rc.1")}


def test_two_locks_of_one_source_are_read_together(tmp_path: Path) -> None:
    lock = "# This is a Gradle generated file\norg.slf4j:slf4j-api:{}=runtimeClasspath\nempty=\n"
    values = read(tmp_path, gradle__lockfile=lock.format("2.0.16"), buildscript_gradle__lockfile=lock.format("2.0.9"))
    assert values == {'"org.slf4j:slf4j-api"': ("2.0.9", "2.0.16")}


def test_a_package_called_runtime_does_not_collide_with_what_the_project_runs_on(tmp_path: Path) -> None:
    manifest = '{"dependencies": {"runtime.node": "1.0.0"}, "engines": {"node": ">=20"}}'
    assert read(tmp_path, package__json=manifest) == {'"runtime.node"': "1.0.0", "runtime.node": ">=20"}


def test_a_package_from_another_registry_than_the_rest_says_so(tmp_path: Path) -> None:
    def package(name: str, registry: str) -> str:
        return f'[[package]]\nname = "{name}"\nversion = "1.0"\nsource = {{ registry = "{registry}" }}\n'

    ours, theirs = "https://me:t0ken@mirror.example.org/simple?key=t0ken", "https://elsewhere.example.org/simple"
    lock = package("a", ours) + package("b", ours) + package("c", theirs)
    assert read(tmp_path, uv__lock=lock) == {
        "a": "1.0",
        "b": "1.0",
        "c": "1.0 from https://elsewhere.example.org/simple",
    }
    lock = package("a", theirs) + package("b", theirs) + package("c", ours)
    assert read(tmp_path, uv__lock=lock)["c"] == "1.0 from https://mirror.example.org/simple"


def test_one_registry_under_two_public_names_is_one(tmp_path: Path) -> None:
    lock = "# yarn lockfile v1\n\n\n" + "".join(
        f'{name}@^1.0.0:\n  version "1.0.0"\n  resolved "https://registry.{host}/{name}/-/{name}-1.0.0.tgz#0"\n\n'
        for name, host in (("a", "one.example"), ("b", "one.example"), ("c", "two.example"))
    )
    assert set(read(tmp_path, yarn__lock=lock).values()) == {"1.0.0"}


@pytest.mark.parametrize(
    ("requirement", "key", "value"),
    [
        ("Jaraco.Functools==4.0", "jaraco-functools", "4.0"),
        ("requests [socks,security] >= 2.8.1 , == 2.8.* ; python_version < '2.7'", "requests", "==2.8.*,>=2.8.1"),
        ("requests<3,>=2", "requests", "<3,>=2"),
        ("requests >= 2, < 3", "requests", "<3,>=2"),
        ("requests (==2.8.1)", "requests", "2.8.1"),
        ("requests===2.8.1+local", "requests", "2.8.1+local"),
        ("requests", "requests", "*"),
        ("requests==2.8.1 --hash=sha256:00 --hash=sha256:11", "requests", "2.8.1"),
        ("requests==2.8.1 \\\n  # a comment\n  --hash=sha256:00", "requests", "2.8.1"),
        ("pricing @ git+https://user:pass@git.example.org/pricing.git@v1", "pricing", "from git+https://git.example.org/pricing.git@v1"),
        ("git+ssh://git@git.example.org/a/pricing.git@v1#egg=Pri_cing", "pri-cing", "from git+ssh://git.example.org/a/pricing.git@v1"),
        ("-e git+https://git.example.org/a/pricing.git", "pricing", "from git+https://git.example.org/a/pricing.git"),
        ("-e ./libs/taxes[fast]", "taxes", "from libs/taxes"),
        ("--editable=../taxes", "taxes", "from ../taxes"),
        ("./wheels/taxes-1.1.0-py3-none-any.whl", "taxes", "1.1.0 from wheels/taxes-1.1.0-py3-none-any.whl"),
        ("https://files.example.org/taxes-1.1.0.tar.gz?token=x#sha256=0", "taxes", "1.1.0 from https://files.example.org/taxes-1.1.0.tar.gz"),
        ("taxes @ file:///srv/taxes", "taxes", "from /srv/taxes"),
    ],
)  # fmt: skip
def test_a_requirement_is_its_version_its_constraint_or_its_place(
    tmp_path: Path, requirement: str, key: str, value: str
) -> None:
    assert read(tmp_path, requirements__txt=f"# generated\n{requirement}\n") == {key: value}


def test_options_and_the_project_itself_are_no_packages(tmp_path: Path) -> None:
    text = "-i https://u:p@mirror.example.org/simple\n--extra-index-url=https://x.example.org\n-e .\n.\n"
    assert read(tmp_path, requirements__txt=text) == {}


def test_an_included_file_is_read_from_beside_the_one_that_includes_it(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "requirements.txt").write_text("-r ../base.txt\n-c constraints.txt\nflask\n")
    (tmp_path / "base.txt").write_text("click==8.1.7\n-r deploy/requirements.txt\n")
    (tmp_path / "deploy" / "constraints.txt").write_text("flask==3.0.3\ndjango==5.1\n")
    entries = collect(tmp_path, "deploy/requirements.txt").entries
    assert {(key_of(entry.path), entry.value, str(entry.location)) for entry in entries} == {
        ("flask", "3.0.3", "deploy/constraints.txt:1"),
        ("click", "8.1.7", "base.txt:1"),
    }


def test_what_an_include_leaves_unread_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("click==8.1.7\n-c https://example.org/upper.txt\n-r gone.txt\n")
    collected = collect(tmp_path, "requirements.txt")
    assert [entry.value for entry in collected.entries] == ["8.1.7"]
    assert [(gap.location, gap.environment) for gap in collected.gaps] == [
        (Location("requirements.txt", 2), "staging"),
        (Location("requirements.txt", 3), "staging"),
    ]
    assert "gone.txt" in collected.gaps[1].reason


# Manifests


def test_a_manifest_adds_to_a_lock_what_the_lock_lacks(tmp_path: Path) -> None:
    lock = '# yarn lockfile v1\n\n\nms@^2.0.0:\n  version "2.1.3"\n'
    manifest = (
        '{"dependencies": {"ms": "^2.0.0"}, "engines": {"node": ">=20"}, "packageManager": "yarn@1.22.22+sha512.0"}'
    )
    assert read(tmp_path, yarn__lock=lock, package__json=manifest) == {
        "ms": "2.1.3",
        "runtime.node": ">=20",
        "runtime.yarn": "1.22.22",
    }


def test_a_lock_is_believed_before_the_manifest(tmp_path: Path) -> None:
    lock = 'version = 1\nrequires-python = ">=3.12"\n'
    manifest = '[project]\nname = "orders"\nrequires-python = ">=3.11"\ndynamic = ["dependencies"]\n'
    assert read(tmp_path, uv__lock=lock, pyproject__toml=manifest) == {"runtime.python": ">=3.12"}


def test_a_manifest_alone_is_read_as_constraints(tmp_path: Path) -> None:
    assert read(
        tmp_path,
        pyproject__toml="""\
[project]
name = "orders"
requires-python = ">= 3.11"
dependencies = ["click>=8", 'urllib3[socks]<3,>=2; python_version > "3"']
[project.optional-dependencies]
pg = ["psycopg"]
[dependency-groups]
dev = [{include-group = "test"}]
test = ["pluggy==1.5.0"]
[tool.poetry.group.docs.dependencies]
Sphinx = "^8"
theme = {git = "https://git.example.org/theme.git", tag = "v2"}
python = "^3.11"
""",
    ) == {
        "click": ">=8",
        "urllib3": "<3,>=2",
        "psycopg": "*",
        "pluggy": "1.5.0",
        "sphinx": "^8",
        "theme": "from git+https://git.example.org/theme.git@v2",
        "runtime.python": ">=3.11",
    }
    assert read(
        tmp_path,
        Cargo__toml="""\
[package]
name = "orders"
rust-version = "1.74"
[dependencies]
serde = { version = "1", features = ["derive"] }
json = { package = "serde_json", version = "1.0.100" }
taxes = { path = "libs/taxes" }
common = { workspace = true }
[target.'cfg(unix)'.dev-dependencies]
nix = "0.29"
""",
    ) == {
        "serde": "1",
        "serde_json": "1.0.100",
        "taxes": "from libs/taxes",
        "common": Expression("workspace"),
        "nix": "0.29",
        "runtime.rust": "1.74",
    }
    setup = "[options]\npython_requires = >=3.11\ninstall_requires =\n    click>=8\n    # why\n    taxes @ file:///srv/taxes\n"
    assert read(tmp_path, setup__cfg=setup) == {
        "click": ">=8",
        "taxes": "from /srv/taxes",
        "runtime.python": ">=3.11",
    }
    assert read(tmp_path, requirements__in="click>=8\n") == {"click": ">=8"}


def test_a_manifest_that_leaves_its_dependencies_elsewhere_asks_for_the_lock(tmp_path: Path) -> None:
    dynamic = '[project]\nname = "orders"\ndynamic = ["dependencies"]\n'
    assert "uv.lock" in complaint(tmp_path, "pyproject.toml", dynamic).hint
    assert "lock" in complaint(tmp_path, "pyproject.toml", "[tool.ruff]\nline-length = 120\n").hint
    assert "lock" in complaint(tmp_path, "setup.cfg", "[options]\ninstall_requires = file: requirements.txt\n").hint


def test_go_sum_counts_only_where_there_is_no_go_mod(tmp_path: Path) -> None:
    module = 'module example.org/orders\n\ngo 1.22\n\nrequire "github.com/a/b" v1.2.0 // indirect\n'
    sums = (
        "github.com/a/b v1.1.0 h1:00=\ngithub.com/a/b v1.2.0 h1:00=\n"
        "github.com/a/b v1.2.0/go.mod h1:00=\nexample.org/only/its/mod v1.0.0/go.mod h1:00=\n"
    )
    assert read(tmp_path, go__mod=module, go__sum=sums) == {'"github.com/a/b"': "v1.2.0", "runtime.go": "1.22"}
    assert read(tmp_path, go__sum=sums) == {'"github.com/a/b"': ("v1.1.0", "v1.2.0")}


# pom.xml


def pom(body: str) -> str:
    return f"<project><groupId>org.example</groupId><artifactId>a</artifactId><version>1</version>\n{body}\n</project>"


def dependency(version: str) -> str:
    return (
        f"<dependencies><dependency><groupId>g</groupId><artifactId>b</artifactId>{version}</dependency></dependencies>"
    )


@pytest.mark.parametrize(
    ("properties", "version", "value"),
    [
        ("<x>1.2</x>", "<version>${x}</version>", "1.2"),
        ("<x>${y}.3</x><y>1.2</y>", "<version>${x}</version>", "1.2.3"),
        ("", "<version>${project.version}</version>", "1"),
        ("", "<version>${revision}</version>", Expression("${revision}")),
        ("<x>${y}</x><y>${x}</y>", "<version>${x}</version>", Expression("${x}")),
        ("", "", Expression("managed")),
        ("", "<version><!-- kept --> 1.2 </version>", "1.2"),
    ],
)
def test_a_property_is_filled_in_or_stays_an_expression(
    tmp_path: Path, properties: str, version: str, value: Value
) -> None:
    found = read(tmp_path, pom__xml=pom(f"<properties>{properties}</properties>{dependency(version)}"))[
        '"g:b"' if False else "g:b"
    ]
    assert found == value
    assert type(found) is type(value)


def test_a_property_that_grows_without_end_stays_an_expression(tmp_path: Path) -> None:
    bomb = "".join(f"<a{n}>${{a{n + 1}}}${{a{n + 1}}}</a{n}>" for n in range(40)) + "<a40>x</a40>"
    found = read(tmp_path, pom__xml=pom(f"<properties>{bomb}</properties>{dependency('<version>${a0}</version>')}"))
    assert isinstance(found["g:b"], Expression)


def test_a_parent_that_is_not_beside_is_a_version_of_its_own(tmp_path: Path) -> None:
    parent = "<parent><groupId>org.example</groupId><artifactId>base</artifactId><version>3.2.1</version></parent>"
    assert read(tmp_path, pom__xml=pom(parent)) == {'"org.example:base"': "3.2.1"}


def test_a_document_type_is_refused(tmp_path: Path) -> None:
    bomb = '<?xml version="1.0"?>\n<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>\n<project>&b;</project>'
    error = complaint(tmp_path, "pom.xml", bomb)
    assert "document type" in error.reason
    assert error.location == Location("pom.xml", 2)


# Complaints


@pytest.mark.parametrize("folder", SOURCES, ids=lambda folder: folder.name)
def test_a_merge_conflict_is_named_with_its_line(tmp_path: Path, folder: Path) -> None:
    for path in folder.iterdir():
        if formats.named(path.name):
            lines = path.read_text(encoding="utf-8").splitlines()
            lines.insert(1, "<<<<<<< HEAD")
            error = complaint(tmp_path, path.name, "\n".join(lines))
            assert error.location == Location(path.name, 2)
            assert error.hint == "resolve the merge conflict"


@pytest.mark.parametrize("known", formats.LOCKS, ids=lambda known: known.name)
def test_an_empty_lock_is_an_error_where_its_tool_never_writes_one(tmp_path: Path, known: formats.Format) -> None:
    (tmp_path / known.name).write_text("\n")
    if known.may_be_empty:
        assert collect(tmp_path, known.name).entries == []
    else:
        assert "empty" in complaint(tmp_path, known.name, "\n").reason


@pytest.mark.parametrize("known", formats.LOCKS, ids=lambda known: known.name)
def test_what_is_not_the_format_is_an_error(tmp_path: Path, known: formats.Format) -> None:
    complaint(tmp_path, known.name, "to be or not to be: {{ that }} is\n  the question\n")


@pytest.mark.parametrize("folder", SOURCES, ids=lambda folder: folder.name)
def test_a_lock_that_is_cut_short_never_gains_or_changes_a_package(tmp_path: Path, folder: Path) -> None:
    """A requirement cut short is a requirement too; of other formats only whole records are read."""
    for path in folder.iterdir():
        known = formats.named(path.name)
        if known is None or known.name.startswith("requirements"):
            continue
        whole = {entry.path: entry.value for entry in collect(folder, path.name).entries}
        text = path.read_text(encoding="utf-8")
        for part in range(1, 8):
            (tmp_path / path.name).write_text(text[: len(text) * part // 8 + 3], encoding="utf-8")
            try:
                cut = collect(tmp_path, path.name).entries
            except CollectError:
                continue
            assert {entry.path for entry in cut} <= whole.keys()


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("uv.lock", '[[package]]\nname = "a"\nversion = \n', 3),
        ("uv.lock", '[[package]]\nversion = "1"\n', 1),
        ("poetry.lock", '[[package]]\nname = "a"\nversion = "1"\n', 4),
        ("package-lock.json", '{\n "packages": {\n  "node_modules/a": {}\n }\n}', 3),
        ("package-lock.json", '{\n "packages": {\n', 3),
        ("yarn.lock", "# yarn lockfile v1\n\na@1:\n  version 1\n  what is this?\n", 5),
        ("yarn.lock", "# yarn lockfile v1\n\na@1:\n  resolved x\n", 3),
        ("pnpm-lock.yaml", "lockfileVersion: '9.0'\npackages:\n  a: {}\n", 3),
        ("go.mod", "module a\nrequire (\n\tb v1 v2\n)\n", 3),
        ("go.mod", "module a\nrequire (\n", 3),
        ("go.sum", "a v1 h1:00=\na v2\n", 2),
        ("Gemfile.lock", "GEM\n  remote: https://gems.example.org/\n  specs:\n    rack\n", 4),
        ("Gemfile.lock", "GEM\n  remote: https://gems.example.org/\n  specs:\n    rack (1.0)\n", 5),
        ("gradle.lockfile", "org.slf4j:slf4j-api:2.0=a\norg.slf4j\n", 2),
        ("mix.lock", '%{\n  "a": {:hex, :a},\n}\n', 2),
        ("mix.lock", '%{\n  "a": {:git, "https://git.example.org/a", "00", []},\n', 2),
        (".terraform.lock.hcl", 'provider "h/n/t" {\n  version = "1.0"\n', 1),
        ("requirements.txt", "click==8.1.7\nclick 8\n", 2),
        ("requirements.txt", "click==8.1.7\n{% for p in packages %}\n", 2),
        ("pom.xml", "<project>\n<a></b></project>", 2),
    ],
)  # fmt: skip
def test_a_broken_line_is_named(tmp_path: Path, name: str, text: str, line: int) -> None:
    assert complaint(tmp_path, name, text).location == Location(name, line)


def test_an_unknown_file_is_an_error_that_names_the_known_ones(tmp_path: Path) -> None:
    assert "uv.lock" in complaint(tmp_path, "orders.lock", "something = else\n").hint


def test_a_pattern_is_expanded_and_one_that_matches_nothing_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "requirements-a.txt").write_text("a==1\n")
    (tmp_path / "requirements-b.txt").write_text("b==1\n")
    assert [entry.path for entry in collect(tmp_path, "requirements-*.txt").entries] == [("a",), ("b",)]
    with pytest.raises(CollectError, match="no file matches"):
        collect(tmp_path, "*.lock")


@pytest.mark.parametrize("folder", SOURCES, ids=lambda folder: folder.name)
def test_a_damaged_lock_is_a_complaint_or_whole_packages_but_no_traceback(tmp_path: Path, folder: Path) -> None:
    chance = random.Random(folder.name)
    debris = ['"x"', "[]", "{}", "1", "null", '""', "{", "}", '"', "\n", " ", "@", ":", "=", "${x}", "[[package]]"]
    for path in folder.iterdir():
        if formats.named(path.name) is None:
            continue
        text = path.read_text(encoding="utf-8")
        words = list(re.finditer(r'"[^"\n]*"|[\w.]+', text))
        for _ in range(30):
            begin, end = chance.choice(words).span()
            (tmp_path / path.name).write_text(text[:begin] + chance.choice(debris) + text[end:], encoding="utf-8")
            try:
                entries = collect(tmp_path, path.name).entries
            except CollectError:
                continue
            assert all(entry.path[-1] and entry.value for entry in entries)


def test_no_complaint_quotes_the_file(tmp_path: Path) -> None:
    complaints = []
    for known in (*formats.LOCKS, *formats.MANIFESTS):
        for text in ("hunter2 = hunter2 =\n", '{"hunter2": [hunter2', "<hunter2", "%{\nhunter2\n}", "hunter2: [\n"):
            (tmp_path / known.name).write_text(text)
            try:
                collect(tmp_path, known.name)
            except CollectError as error:
                complaints.append(f"{error} {error.hint}")
    assert len(complaints) > 100
    assert not [each for each in complaints if "hunter2" in each]


# Discovery


def test_locks_are_discovered_with_the_manifests_beside_them() -> None:
    names = [
        "api/go.mod",
        "api/go.sum",
        "infra/.terraform.lock.hcl",
        "infra/main.tf",
        "locks/.terraform.lock.hcl",
        "orders/Chart.lock",
        "orders/Chart.yaml",
        "package.json",
        "pyproject.toml",
        "requirements/base.txt",
        "sums/go.sum",
        "uv.lock",
        "web/package.json",
        "worker/requirements-dev.txt",
        "worker/requirements.txt",
        "worker/setup.cfg",
    ]
    assert lockfile.discover(names) == {
        "api/go.mod": {"path": ["api/go.mod", "api/go.sum"]},
        "locks/.terraform.lock.hcl": {"path": ["locks/.terraform.lock.hcl"]},
        "requirements/base.txt": {"path": ["requirements/base.txt"]},
        "sums/go.sum": {"path": ["sums/go.sum"]},
        "uv.lock": {"path": ["uv.lock", "pyproject.toml"]},
        "worker/requirements-dev.txt": {"path": ["worker/requirements-dev.txt"]},
        "worker/requirements.txt": {"path": ["worker/requirements.txt", "worker/setup.cfg"]},
    }
