"""The helm collector: samples with their entries beside them, and what is said of files that are wrong."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftcheck.collectors import helm
from driftcheck.collectors.helm import packages
from driftcheck.collectors.helm.merge import Setting, entries, layered, table
from driftcheck.errors import CollectError
from driftcheck.formats import Mapping, flatten, read_text
from driftcheck.formats.yaml import parse
from driftcheck.model import Collected, Reading, key_of

SAMPLES = Path(__file__).parent / "helm"
ABOUT = "{apiVersion: v2, name: orders, version: 1.0.0}"


def collect(folder: Path, **options: Any) -> Collected:
    """Collect with options whose paths are relative to a folder."""
    for name in ("chart", "values"):
        if name in options:
            listed = options[name] if isinstance(options[name], list) else [options[name]]
            options[name] = [str(folder / path) for path in listed]
    return helm.collect(Reading("orders", "production", options, str(folder)))


def shown(collected: Collected) -> str:
    """Return what was collected as lines: key, value, place; below it each override, nearest first."""
    lines = []
    for entry in collected.entries:
        lines.append(f"{key_of(entry.path)} = {json.dumps(entry.value)} @ {entry.location}")
        lines += [f"    over {json.dumps(lower.value)} @ {lower.location}" for lower in entry.overrides]
    lines += [f"notice {one.rule}: {key_of(one.path)} {one.message} @ {one.location}" for one in collected.notices]
    lines += [f"gap {one.source} in {one.environment}: {one.reason} @ {one.location}" for one in collected.gaps]
    return "\n".join(lines) + "\n"


def error(folder: Path, **options: Any) -> CollectError:
    with pytest.raises(CollectError) as caught:
        collect(folder, **options)
    return caught.value


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def pack(path: Path, files: dict[str, bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


@pytest.mark.parametrize("case", sorted(path.name for path in SAMPLES.iterdir()))
def test_a_sample_gives_the_entries_beside_it(case: str, golden: Callable[[Path, str], None]) -> None:
    folder = SAMPLES / case
    options = parse(read_text(str(folder / "source.yaml"), "source.yaml"), "source.yaml").root
    assert isinstance(options, Mapping)
    named = {
        key: [leaf.value for leaf in node] if isinstance(node, list) else node.value for key, node in options.items()
    }
    golden(folder / "entries.txt", shown(collect(folder, **named)))


# Layers


def test_values_files_may_be_a_pattern_in_order_of_their_names(tmp_path: Path) -> None:
    write(tmp_path, {"values/2.yaml": "a: 2", "values/1.yaml": "a: 1\nb: 1"})
    assert shown(collect(tmp_path, values="values/*.yaml")) == (
        "a = 2 @ values/2.yaml:1\n    over 1 @ values/1.yaml:1\nb = 1 @ values/1.yaml:2\n"
    )


def test_without_a_chart_a_null_is_a_value(tmp_path: Path) -> None:
    write(tmp_path, {"1.yaml": "a: 1", "2.yaml": "a: null"})
    assert shown(collect(tmp_path, values=["1.yaml", "2.yaml"])) == "a = null @ 2.yaml:1\n    over 1 @ 1.yaml:1\n"


def test_the_chart_s_own_values_file_listed_again_overrides_nothing(tmp_path: Path) -> None:
    write(tmp_path, {"Chart.yaml": ABOUT, "values.yaml": "a: 1"})
    collected = collect(tmp_path, chart=".", values="values.yaml")
    assert shown(collected) == 'Chart.version = "1.0.0" @ Chart.yaml:1\na = 1 @ values.yaml:1\n'


def test_a_list_that_set_changes_keeps_what_it_was(tmp_path: Path) -> None:
    write(tmp_path, {"1.yaml": "args: [a, b]"})
    collected = collect(tmp_path, values="1.yaml", set=["args[1]=c"])
    assert shown(collected) == 'args = ["a", "c"] @ production: set[0]\n    over ["a", "b"] @ 1.yaml:1\n'


def test_dependencies_that_are_not_there_are_no_failure(tmp_path: Path) -> None:
    about = "{apiVersion: v2, name: orders, version: 1.0.0, dependencies: [{name: redis, version: ^17}]}"
    write(tmp_path, {"Chart.yaml": about, "values.yaml": "redis: {port: 1}"})
    collected = collect(tmp_path, chart=".")
    assert collected.gaps == []
    assert [key_of(entry.path) for entry in collected.entries] == [
        *("Chart.version", "Chart.dependencies[name=redis].version", "redis.port")
    ]


def test_requirements_of_old_charts_are_dependencies(tmp_path: Path) -> None:
    files = {
        "Chart.yaml": "{name: orders, version: 1.0.0}",
        "requirements.yaml": "dependencies:\n  - {name: redis, version: ^17}\n",
        "requirements.lock": "dependencies:\n  - name: redis\n    version: 17.1.0\n",
    }
    assert shown(collect(write(tmp_path, files), chart=".")) == (
        'Chart.version = "1.0.0" @ Chart.yaml:1\n'
        'Chart.dependencies[name=redis].version = "17.1.0" @ requirements.lock:3\n'
        '    over "^17" @ requirements.yaml:2\n'
    )


def test_a_packaged_chart_is_read_without_unpacking_it_to_disk(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w:gz") as archive:
        for name, data in {
            "tls/Chart.yaml": b"{name: tls, version: 1.0.0}",
            "tls/values.yaml": b"mode: strict\n",
        }.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    files = {
        "orders/Chart.yaml": ABOUT.encode(),
        "orders/values.yaml": b"\xef\xbb\xbfa: 1\n",
        "orders/charts/redis/Chart.yaml": b"{name: redis, version: 1.0.0}",
        "orders/charts/redis/values.yaml": b"\nport: 6379\n",
        "orders/charts/redis/charts/tls-1.0.0.tgz": inner.getvalue(),
        "orders/../../outside": b"x",
    }
    pack(tmp_path / "orders-1.0.0.tgz", files)
    assert shown(collect(tmp_path, chart="orders-1.0.0.tgz")) == (
        'Chart.version = "1.0.0" @ orders-1.0.0.tgz/Chart.yaml:1\n'
        "a = 1 @ orders-1.0.0.tgz/values.yaml:1\n"
        "redis.port = 6379 @ orders-1.0.0.tgz/charts/redis/values.yaml:2\n"
        'redis.tls.mode = "strict" @ orders-1.0.0.tgz/charts/redis/charts/tls-1.0.0.tgz/values.yaml:1\n'
    )


# What is wrong


@pytest.mark.parametrize(
    ("files", "options", "reason"),
    [
        ({}, {"values": "none.yaml"}, "none.yaml: no such file"),
        ({}, {"values": "*.yaml"}, "*.yaml: matches no file"),
        ({"a/b": ""}, {"values": "a"}, "a: is a directory, not a file"),
        ({"1.yaml": "[1]"}, {"values": "1.yaml"}, "1.yaml:1: is not a mapping of keys to values"),
        ({"1.yaml": "\n\nsecret"}, {"values": "1.yaml"}, "1.yaml:3: is not a mapping of keys to values"),
        (
            {"1.yaml": "a: {{ .x }}"},
            {"values": "1.yaml"},
            "1.yaml:1: is an unrendered template",
        ),
        ({"1.yaml": "a: 1\n---\nb: ["}, {"values": "1.yaml"}, "1.yaml:3: is not valid YAML"),
        ({}, {}, "names neither a chart nor values files"),
        ({}, {"chart": ["a", "b"]}, "names several charts"),
        ({}, {"chart": "chart"}, "chart: no such folder"),
        ({"chart/values.yaml": ""}, {"chart": "chart"}, "chart: has no Chart.yaml"),
        ({"Chart.yaml": ABOUT}, {"chart": "Chart.yaml"}, "Chart.yaml: is not a chart's folder"),
        ({"c.tgz": "not an archive"}, {"chart": "c.tgz"}, "c.tgz: is not a packaged chart"),
        ({"c/Chart.yaml": "{{ x }}"}, {"chart": "c"}, "c/Chart.yaml:1: is an unrendered template"),
        ({"c/Chart.yaml": ABOUT, "c/charts/x/y": ""}, {"chart": "c"}, "c/charts/x: has no Chart.yaml"),
        ({"c/Chart.yaml": ABOUT, "c/values.yaml": "- secret"}, {"chart": "c"}, "c/values.yaml:1: is not a mapping"),
        (
            {
                "c/Chart.yaml": ABOUT,
                "c/charts/x/Chart.yaml": "{name: x, version: 1.0.0}",
                "c/values.yaml": "\nx: secret",
            },
            {"chart": "c"},
            "c/values.yaml:2: gives the subchart x values that are not a mapping, which Helm refuses",
        ),
        ({}, {"set": ["secret"]}, "production: set[0]: has a name without a value"),
        ({}, {"set": ["a=1", "secret[x]=1"]}, "production: set[1]: has an index that is not a number"),
    ],
)
def test_what_cannot_be_read_is_told_with_place_and_remedy(
    tmp_path: Path, files: dict[str, str], options: dict[str, Any], reason: str
) -> None:
    found = error(write(tmp_path, files), **options)
    assert str(found).startswith(reason)
    assert found.hint
    assert "secret" not in str(found) + found.hint


def test_a_chart_that_is_its_own_subchart_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"c/Chart.yaml": ABOUT, "c/charts/x/Chart.yaml": "{name: x, version: 1.0.0}"})
    (tmp_path / "c/charts/x/charts").symlink_to(tmp_path / "c" / "charts")
    assert str(error(tmp_path, chart="c")) == "c/charts/x/charts/x: is a subchart of itself"


def test_a_local_dependency_that_leads_back_is_refused(tmp_path: Path) -> None:
    about = "{{name: {}, version: 1.0.0, dependencies: [{{name: {}, version: '*', repository: 'file://../{}'}}]}}"
    write(tmp_path, {"a/Chart.yaml": about.format("a", "b", "b"), "b/Chart.yaml": about.format("b", "a", "a")})
    assert str(error(tmp_path, chart="a")) == "a: is a subchart of itself"


def test_an_archive_unpacks_only_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "LARGEST_UNPACKED", 1024 * 1024)
    (tmp_path / "bomb.tgz").write_bytes(gzip.compress(b"\0" * 2 * 1024 * 1024))
    assert str(error(tmp_path, chart="bomb.tgz")) == "bomb.tgz: unpacks to more than 1 MiB"
    pack(tmp_path / "inner.tgz", {"x/Chart.yaml": b"{name: x, version: 1.0.0}", "x/large": b"\0" * 700 * 1024})
    nested = (tmp_path / "inner.tgz").read_bytes()
    pack(tmp_path / "outer.tgz", {"o/Chart.yaml": ABOUT.encode(), "o/charts/a.tgz": nested, "o/charts/b.tgz": nested})
    assert str(error(tmp_path, chart="outer.tgz")) == "outer.tgz/charts/b.tgz: unpacks to more than 1 MiB"


def test_charts_within_charts_are_read_only_so_deep(tmp_path: Path) -> None:
    deep = "o/" + "charts/x/" * 2000
    pack(tmp_path / "deep.tgz", {"o/Chart.yaml": ABOUT.encode(), f"{deep}Chart.yaml": ABOUT.encode()})
    assert "has no Chart.yaml" in str(error(tmp_path, chart="deep.tgz"))
    files = {f"o/{'charts/x/' * n}Chart.yaml": ABOUT.encode() for n in range(40)}
    pack(tmp_path / "deep.tgz", files)
    assert "is a chart within more than 32 others" in str(error(tmp_path, chart="deep.tgz"))
    for _ in range(40):
        nested = (tmp_path / "deep.tgz").read_bytes()
        pack(tmp_path / "deep.tgz", {"o/Chart.yaml": ABOUT.encode(), "o/charts/x.tgz": nested})
    assert "is an archive within more than 32 others" in str(error(tmp_path, chart="deep.tgz"))


def test_a_file_in_an_archive_is_read_only_so_far(tmp_path: Path) -> None:
    pack(tmp_path / "c.tgz", {"c/Chart.yaml": ABOUT.encode(), "c/values.yaml": b"#" * (packages.LARGEST_MEMBER + 1)})
    assert str(error(tmp_path, chart="c.tgz")) == "c.tgz/values.yaml: has more than 5 MiB"


@given(st.binary(max_size=200))
def test_no_archive_ends_in_anything_but_a_collect_error(data: bytes) -> None:
    for packed in (data, gzip.compress(data)):
        with pytest.raises(CollectError):
            packages._from_archive(io.BytesIO(packed), "c.tgz", packages._Budget(1000)).texts["Chart.yaml"]


# Layers stay what they are


scalars = st.one_of(st.none(), st.booleans(), st.integers(0, 3), st.sampled_from(["a", "b"]))
nested = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.sampled_from("abc"), inner, max_size=3)),
    max_leaves=6,
)
layers = st.dictionaries(st.sampled_from("abc"), nested, max_size=3)


@given(st.lists(layers, min_size=1, max_size=3))
def test_merging_layers_changes_none_of_them_and_the_last_one_wins(written: list[dict[str, Any]]) -> None:
    tables = [table(parse(json.dumps(one), f"{n}.yaml").root, f"{n}.yaml") for n, one in enumerate(written)]  # type: ignore[arg-type]
    before = [entries(one) for one in tables]
    merged: Any = {}
    for one in tables:
        merged = layered(merged, one)
    assert [entries(one) for one in tables] == before
    found = {entry.path: entry for entry in entries(merged)}
    for entry in before[-1]:
        assert found[entry.path].value == entry.value
        assert found[entry.path].location.path == f"{len(tables) - 1}.yaml"
    for entry in found.values():
        assert [lower.location.path for lower in entry.overrides] == sorted(
            (lower.location.path for lower in entry.overrides), reverse=True
        )


@given(layers)
def test_one_file_alone_gives_what_flattening_it_gives(written: dict[str, Any]) -> None:
    root = parse(json.dumps(written), "x").root
    assert isinstance(root, Mapping)
    assert entries(table(root, "x")) == flatten(root, "x")


def test_a_setting_stays_small() -> None:
    """A million of them are held at once."""
    assert Setting._fields == ("value", "location", "overrides")


# What is recognised


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["a.yaml"], {"a": {"values": ["a.yaml"]}}),
        (["orders.values.yaml.gotmpl"], {"orders.values": {"values": ["orders.values.yaml.gotmpl"]}}),
        (["values.json"], {"values": {"values": ["values.json"]}}),
        (["package.json"], {}),
        (["values.schema.json"], {}),
        (["pnpm-lock.yaml"], {}),
        (["Chart.yaml"], {"chart": {"chart": ".", "values": []}}),
        (["Chart.yaml", "values.yaml"], {"chart": {"chart": ".", "values": []}}),
        (
            ["Chart.yaml", "values-staging.yaml", "values.yaml"],
            {"chart": {"chart": ".", "values": ["values-staging.yaml"]}},
        ),
        (
            ["c/orders/Chart.yaml", "c/orders/staging.yaml", "c/orders/templates/values.yaml", "c/orders/values.yaml"],
            {"c/orders": {"chart": "c/orders", "values": ["c/orders/staging.yaml"]}},
        ),
        (
            ["o/Chart.yaml", "o/charts/redis/Chart.yaml", "o/charts/redis/values.yaml", "o/crds/x.yaml"],
            {"o": {"chart": "o", "values": []}},
        ),
        (
            ["o/Chart.yaml", "o/values-eu.yaml", "o/values-us.yaml", "o/values.schema.json", "o/ct.yaml"],
            {
                "o/values-eu": {"chart": "o", "values": ["o/values-eu.yaml"]},
                "o/values-us": {"chart": "o", "values": ["o/values-us.yaml"]},
            },
        ),
        (
            ["api.values.yaml", "deployment.yaml", "values/web.yaml", "values-prod.yml"],
            {
                "api.values": {"values": ["api.values.yaml"]},
                "values/web": {"values": ["values/web.yaml"]},
                "values-prod": {"values": ["values-prod.yml"]},
            },
        ),
        (
            ["charts/a/Chart.yaml", "charts/b/Chart.yaml"],
            {n: {"chart": n, "values": []} for n in ("charts/a", "charts/b")},
        ),
    ],
)
def test_charts_and_values_files_are_recognised_by_their_names(names: list[str], found: dict[str, Any]) -> None:
    assert helm.discover(names) == found


def test_the_example_is_a_source_of_this_collector() -> None:
    root = parse(helm.EXAMPLE, "driftcheck.yaml").root
    assert isinstance(root, Mapping)
    (source,) = root.values()
    assert source["collector"].value == "helm"
    assert source.keys() - {"collector"} <= helm.OPTIONS.keys()
