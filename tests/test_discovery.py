"""`compare A B` without configuration: what is found in two folders or files, and how it pairs up."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest

from driftcheck import discovery
from driftcheck.collectors.base import Option
from driftcheck.discovery import discover, environment_names
from driftcheck.errors import ConfigError
from driftcheck.model import Environment, Location


def reader(suffix: str) -> SimpleNamespace:
    """Return a collector that recognises files by their suffix and names sources after them."""

    def discover(names: list[str]) -> Mapping[str, Mapping[str, object]]:
        return {name.removesuffix(suffix): {"path": name} for name in names if name.endswith(suffix)}

    return SimpleNamespace(OPTIONS={"path": Option("path", "", required=True)}, discover=discover)


@pytest.fixture(autouse=True)
def _collectors(monkeypatch: pytest.MonkeyPatch) -> None:
    readers = {"env": reader(".env"), "lock": reader(".lock")}
    monkeypatch.setattr(discovery, "COLLECTORS", readers)
    monkeypatch.setattr(discovery, "FINDERS", readers)


def files(folder: Path, *names: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return str(folder)


def found(first: str, second: str) -> dict[str, list[str]]:
    """Return the paths of each source, relative to the root."""
    config = discover(first, second).config
    return {
        source.name: [os.path.relpath(options["path"][0], config.root) for options in source.options.values()]  # type: ignore[index]
        for source in config.sources
    }


# What the environments are called


@pytest.mark.parametrize(
    ("first", "second", "names"),
    [
        ("/r/envs/staging", "/r/envs/production", ("staging", "production")),
        ("/r/envs/staging/app", "/r/envs/production/app", ("staging", "production")),
        ("/r/values-staging.yaml", "/r/values-prod.yaml", ("staging", "prod")),
        ("/r/.env.staging", "/r/.env.production", ("staging", "production")),
        ("/r/staging/eu/app", "/r/prod/us/app", ("staging", "prod")),
        ("/r/eu-west-1", "/r/eu-west-2", ("eu-west-1", "eu-west-2")),
        ("/r/old/app.env", "/r/new/app.env", ("old", "new")),
        ("/r/values.yaml", "/r/values-prod.yaml", ("values.yaml", "values-prod.yaml")),
        ("/r", "/r/prod", ("r", "prod")),
        ("/r/app", "/r/app", ("A", "B")),
        ("/a/x/x", "/a/x", ("A", "B")),
    ],
)
def test_environments_are_called_after_what_tells_their_paths_apart(
    first: str, second: str, names: tuple[str, str]
) -> None:
    assert environment_names(first, second) == names


@pytest.mark.parametrize(
    ("first", "second", "reference"),
    [
        ("staging", "prod", "prod"),
        ("prod", "staging", "prod"),
        ("old", "new", "new"),
        ("prod-eu", "prod-us", "prod-us"),
    ],
)
def test_production_is_the_reference_or_else_the_second(
    tmp_path: Path, first: str, second: str, reference: str
) -> None:
    config = discover(files(tmp_path / first, "a.env"), files(tmp_path / second, "a.env")).config
    assert config.reference == reference


def test_the_order_of_the_environments_is_that_of_the_arguments(tmp_path: Path) -> None:
    config = discover(files(tmp_path / "prod", "a.env"), files(tmp_path / "stg", "a.env")).config
    assert config.environments == (Environment("prod", "production"), Environment("stg", "staging"))


# Folders


def test_files_of_one_name_in_two_folders_are_one_source(tmp_path: Path) -> None:
    first, second = (files(tmp_path / name, "a.env", "deep/b.lock", "README") for name in ("staging", "production"))
    assert found(first, second) == {
        "a": ["staging/a.env", "production/a.env"],
        "deep/b": ["staging/deep/b.lock", "production/deep/b.lock"],
    }
    assert discover(first, second).failures == ()


def test_files_whose_names_differ_by_their_environment_are_one_source(tmp_path: Path) -> None:
    first = files(tmp_path / "staging", "app-staging.env", "plain.env")
    second = files(tmp_path / "production", "app-prod.env", "plain.env")
    assert found(first, second) == {
        "app-{environment}": ["staging/app-staging.env", "production/app-prod.env"],
        "plain": ["staging/plain.env", "production/plain.env"],
    }


def test_what_only_one_side_has_is_a_failure_and_no_difference(tmp_path: Path) -> None:
    first = files(tmp_path / "staging", "a.env", "b.env")
    second = files(tmp_path / "production", "a.env", "c.env")
    failures = discover(first, second).failures
    assert [(each.source, each.environment, each.reason, each.location) for each in failures] == [
        ("b", "production", "is in staging only", Location("staging/b.env")),
        ("c", "staging", "is in production only", Location("production/c.env")),
    ]
    assert failures[0].hint == "add it to production, or compare with `--only` what both have"


def test_sources_of_one_name_and_two_collectors_are_told_apart(tmp_path: Path) -> None:
    first, second = (files(tmp_path / name, "a.env", "a.lock") for name in ("staging", "production"))
    assert list(found(first, second)) == ["a (env)", "a (lock)"]


def test_a_folder_compares_with_itself(tmp_path: Path) -> None:
    folder = files(tmp_path / "x", "a.env")
    config = discover(folder, folder + "/").config
    assert [environment.name for environment in config.environments] == ["A", "B"]
    assert found(folder, folder) == {"a": ["a.env", "a.env"]}


def test_a_folder_may_lie_in_the_other(tmp_path: Path) -> None:
    first = files(tmp_path / "repo", "a.env")
    second = files(tmp_path / "repo/prod", "a.env")
    assert found(first, second) == {"a": ["a.env", "prod/a.env"]}
    assert discover(first, second).failures == ()


def test_the_folders_of_tools_are_not_entered(tmp_path: Path) -> None:
    first, second = (
        files(tmp_path / name, ".git/a.env", "node_modules/b.env", ".terraform/c.env", ".envs/d.env", ".e.env")
        for name in ("staging", "production")
    )
    assert sorted(found(first, second)) == [".e", ".envs/d"]


def test_links_are_followed_but_never_in_a_circle(tmp_path: Path) -> None:
    shared = files(tmp_path / "shared", "s.env")
    first, second = (files(tmp_path / name, "a.env") for name in ("staging", "production"))
    for folder in (first, second):
        Path(folder, "up").symlink_to("..")
        Path(folder, "self").symlink_to(".")
        Path(folder, "shared").symlink_to(shared)
        Path(folder, "loop.env").symlink_to("loop.env")
        Path(folder, "nowhere.env").symlink_to("nothing")
    names = set(found(first, second))
    assert {"a", "shared/s", "loop", "nowhere"} <= names
    assert not any(name.startswith("self") or name.count("up/") > 1 for name in names)


def test_a_folder_that_does_not_open_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (files(tmp_path / name, "a.env", "closed/b.env") for name in ("staging", "production"))
    really = os.scandir

    def scandir(path: Path) -> object:
        if path == Path(first, "closed"):
            raise PermissionError(13, "Permission denied")
        return really(path)

    monkeypatch.setattr(os, "scandir", scandir)
    failures = discover(first, second).failures
    assert [(each.source, each.environment, each.reason) for each in failures] == [
        ("closed", "staging", "the folder does not open: Permission denied"),
        ("closed/b", "staging", "is in production only"),
    ]


def test_a_disk_named_by_mistake_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "LARGEST_FOLDER", 3)
    first, second = (files(tmp_path / name, "a.env", "b.env", "c", "d") for name in ("staging", "production"))
    with pytest.raises(ConfigError, match="staging: holds more than 3 files"):
        discover(first, second)


def test_nothing_recognised_is_an_error_and_not_clean(tmp_path: Path) -> None:
    first, second = (files(tmp_path / name, "README") for name in ("staging", "production"))
    with pytest.raises(ConfigError, match=r"nothing in .*staging or .*production is known by its name") as caught:
        discover(first, second)
    assert caught.value.hint == "declare it in driftcheck.yaml; known by their names are files of env, lock"


# Files


def test_two_files_are_one_source_whatever_they_are_called(tmp_path: Path) -> None:
    files(tmp_path, "x.env", "deep/y.env")
    assert found(str(tmp_path / "x.env"), str(tmp_path / "deep/y.env")) == {"y": ["x.env", "deep/y.env"]}


def test_two_files_are_called_after_what_their_names_share(tmp_path: Path) -> None:
    files(tmp_path, "app-staging.env", "app-prod.env")
    assert list(found(str(tmp_path / "app-staging.env"), str(tmp_path / "app-prod.env"))) == ["app-{environment}"]
    files(tmp_path, "staging.env", "prod.env")
    assert list(found(str(tmp_path / "staging.env"), str(tmp_path / "prod.env"))) == ["prod"]


def test_a_file_compares_with_itself(tmp_path: Path) -> None:
    path = files(tmp_path, "x.env") + "/x.env"
    config = discover(path, path).config
    assert config.root == str(tmp_path)
    assert [list(source.options) for source in config.sources] == [["A", "B"]]


def test_a_file_that_nothing_reads_is_refused(tmp_path: Path) -> None:
    files(tmp_path, "x.env", "x.bin")
    with pytest.raises(ConfigError, match=r"x\.bin: is not known by its name"):
        discover(str(tmp_path / "x.env"), str(tmp_path / "x.bin"))


def test_files_of_two_kinds_are_refused(tmp_path: Path) -> None:
    files(tmp_path, "x.env", "x.lock")
    with pytest.raises(ConfigError, match=r"x\.env \(env\) and .*x\.lock \(lock\) are of different kinds"):
        discover(str(tmp_path / "x.env"), str(tmp_path / "x.lock"))


def test_a_folder_and_a_file_are_refused(tmp_path: Path) -> None:
    files(tmp_path, "x.env", "d/x.env")
    with pytest.raises(ConfigError, match="are a folder and a file"):
        discover(str(tmp_path / "d"), str(tmp_path / "x.env"))


@pytest.mark.parametrize("name", ["nothing", "loop"])
def test_a_path_that_leads_nowhere_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(ConfigError) as caught:
        discover(str(tmp_path), str(tmp_path / name))
    assert caught.value.location == Location(str(tmp_path / name))
    assert caught.value.hint == "correct the path"
