"""Effective values against the real helm: named cases, random charts, `--set`, and real repositories."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from driftcheck.collectors.base import shown
from driftcheck.collectors.helm import constraints, source
from driftcheck.collectors.helm.merge import Setting, Tree
from driftcheck.collectors.helm.reader import Reader
from driftcheck.errors import CollectError
from driftcheck.model import Reading

INSTALL = "go install helm.sh/helm/v3/cmd/helm@v3.22.0"

PARENT = "{apiVersion: v2, name: parent, version: 1.0.0}"
REDIS = "{apiVersion: v2, name: redis, version: 17.3.1}"


def parent(*dependencies: str) -> str:
    return f"{{apiVersion: v2, name: parent, version: 1.0.0, dependencies: [{', '.join(dependencies)}]}}"


CASES: dict[str, dict[str, str]] = {
    "values files in order over the chart's own": {
        "parent/values.yaml": "{a: 1, b: {c: 1, d: 1}, list: [1, 2], map: {x: 1}, text: x}",
        "1.yaml": "{b: {c: 2}, list: [3], text: {now: a map}, map: now text}",
        "2.yaml": "{b: {d: 3, e: 3}, list: []}",
    },
    "null deletes a default, at the top and below": {
        "parent/values.yaml": "{a: 1, b: {c: 1, d: {e: 1, f: 1}}, g: {h: 1}}",
        "1.yaml": "{a: null, b: {c: null, d: {e: null}}, g: null}",
    },
    "null where there is no default stays": {
        "parent/values.yaml": "{a: null, b: {}}",
        "1.yaml": "{b: {c: null, d: {e: null}}, x: null, y: {z: null}}",
    },
    "null in one file, a value in the next": {
        "parent/values.yaml": "{a: {b: 1, c: 1}}",
        "1.yaml": "{a: null}",
        "2.yaml": "{a: {c: 2}}",
    },
    "a subchart's defaults under its name": {
        "parent/charts/redis/Chart.yaml": REDIS,
        "parent/charts/redis/values.yaml": "{port: 6379, auth: {enabled: true, user: x}}",
        "parent/values.yaml": "{redis: {auth: {user: y}}}",
        "1.yaml": "{redis: {port: 6380}}",
    },
    "null deletes a subchart's default": {
        "parent/charts/redis/Chart.yaml": REDIS,
        "parent/charts/redis/values.yaml": "{port: 6379, auth: {enabled: true, user: x}, limits: {cpu: 1}}",
        "parent/values.yaml": "{redis: {port: null, auth: {user: null}}}",
        "1.yaml": "{redis: {limits: null}}",
    },
    "global values reach every subchart": {
        "parent/charts/redis/Chart.yaml": REDIS,
        "parent/charts/redis/values.yaml": "{global: {image: {registry: own, pull: {policy: Always}}, mine: 1}}",
        "parent/charts/redis/charts/tls/Chart.yaml": "{apiVersion: v2, name: tls, version: 1.0.0}",
        "parent/values.yaml": "{global: {image: {registry: ours, pull: {secret: s}}, domain: example.org}}",
        "1.yaml": "{global: {domain: staging.example.org}, redis: {global: {image: {tag: 1}, domain: lost}}}",
    },
    "one chart under two aliases": {
        "parent/Chart.yaml": parent(
            "{name: redis, version: 17.x, alias: cache}", "{name: redis, version: ^17.1, alias: queue}"
        ),
        "parent/charts/redis/Chart.yaml": REDIS,
        "parent/charts/redis/values.yaml": "{port: 6379, size: 1}",
        "1.yaml": "{cache: {port: 1}, queue: {port: 2}, redis: {port: 3}}",
    },
    "two versions of one chart": {
        "parent/Chart.yaml": parent("{name: redis, version: ~17.3, alias: old}", "{name: redis, version: '>=18'}"),
        "parent/charts/a/Chart.yaml": REDIS,
        "parent/charts/a/values.yaml": "{version: 17}",
        "parent/charts/b/Chart.yaml": "{apiVersion: v2, name: redis, version: 18.0.0}",
        "parent/charts/b/values.yaml": "{version: 18}",
    },
    "a condition switches a subchart off": {
        "parent/Chart.yaml": parent("{name: redis, version: '*', condition: 'redis.enabled,global.redis'}"),
        "parent/charts/redis/Chart.yaml": REDIS,
        "parent/charts/redis/values.yaml": "{port: 6379, enabled: true}",
        "1.yaml": "{redis: {enabled: false}}",
    },
    "tags switch subcharts off, a condition outranks them": {
        "parent/Chart.yaml": parent(
            "{name: redis, version: '*', tags: [cache]}",
            "{name: sql, version: '*', tags: [data], condition: sql.enabled}",
        ),
        "parent/charts/redis/Chart.yaml": REDIS,
        "parent/charts/redis/values.yaml": "{port: 6379}",
        "parent/charts/sql/Chart.yaml": "{apiVersion: v2, name: sql, version: 1.0.0}",
        "parent/charts/sql/values.yaml": "{port: 3306}",
        "1.yaml": "{tags: {cache: false, data: false}, sql: {enabled: true}}",
    },
    "values imported from a subchart": {
        "parent/Chart.yaml": parent(
            "{name: redis, version: '*', import-values: [data, {child: auth, parent: login.redis}]}"
        ),
        "parent/values.yaml": "{size: 3, login: {redis: {user: ours}}}",
        "parent/charts/redis/Chart.yaml": REDIS,
        "parent/charts/redis/values.yaml": "{exports: {data: {size: 1, port: 2}}, auth: {user: x, mode: y}}",
    },
    "legacy requirements.yaml": {
        "parent/Chart.yaml": "{apiVersion: v1, name: parent, version: 1.0.0}",
        "parent/requirements.yaml": "dependencies: [{name: redis, version: '>=1', alias: cache, condition: cache.on}]",
        "parent/charts/redis/Chart.yaml": "{name: redis, version: 17.3.1}",
        "parent/charts/redis/values.yaml": "{port: 6379}",
        "1.yaml": "{cache: {on: true}}",
    },
    "anchors and merges in values": {
        "parent/values.yaml": "base: &base {cpu: 1, memory: 1}\n",
        "1.yaml": "x: &x {cpu: 2}\nworker: {<<: *x, memory: 3}\nweb: *x\nx: &x 5\nlast: *x\n",
    },
    "an empty layer": {"parent/values.yaml": "a: 1", "1.yaml": "# nothing\n", "2.yaml": "", "3.yaml": "---\n"},
    "several documents": {"parent/values.yaml": "a: 1\n---\na: 2\n", "1.yaml": "b: 1\n---\nb: 2\n"},
    "a subchart switched off for want of values is refused": {
        "parent/charts/redis/Chart.yaml": REDIS,
        "parent/values.yaml": "redis:\n",
    },
    "a layer that is a list is refused": {"1.yaml": "[1]"},
    "a layer that is text is refused": {"1.yaml": "text"},
    "a layer with a template is refused": {"1.yaml": "a: {{ .Values.b }}\n"},
}

ASSIGNMENTS = [
    *("a=1", "a=0", "a=01", "a=-5", "a=+5", "a=1.5", "a=1e3", "a=true", "a=TRUE", "a=null", "a=NULL", "a=", "a=x y"),
    *("a=1_000", "a=9223372036854775807", "a=9223372036854775808", "a=00", "a=-0", "a=0x10", "a=é", "a=~", "a=yes"),
    *("a.b=1", "a.b.c=1,a.b.d=2", "a=1,a=2", "a.b=null", "map.x=9", "map=1", "map.new.y=1", "a\\.b=1", "a\\=b=1"),
    *("a=x\\,y", "a=x\\\\y", "a=x\\", "a\\[0]=1", "list[0]=9", "list[1]=x", "list[4]=1", "list={a,b}", "list={}"),
    *("list={1,true,null,}", "list={a\\,b}", "a={x},b=1", "a={x}b=1", "objects[0].name=x", "objects[1].name=y"),
    *(
        "objects[0]=1",
        "a[0][1]=x",
        "a[0].b[1].c=2",
        "a[2].b=1",
        "a[0].b=",
        "a[0]=",
        "a[0].b=1,a[1].b=2",
        "a[0]=1,a[1]=2",
    ),
    *("list[0].x=1", "a.b[0]=1,a.b[1]=2", "=1", "a..b=1", "a.=1", ".a=1", "a[0]x=1", "a", "a,b=1", "a.b", "a[x]=1"),
    *("a[-1]=1", "a[65537]=1", "a[0", "a[0]", "a={1", "map.x.y=1", "text[0]=1", "text.x=1", "nothing.x=1", "", "a=1,"),
    *("list=null", "objects=null", "map.x=null", "map=null", ".".join("a" * 31) + "=1", ".".join("a" * 32) + "=1"),
    *("a=b=c", "a={{x}}", "a={x},", "a[0]={1,2}", "a[ 0]=1", "a[+1]=1", "a [0]=1", " a = 1 "),
]


class Refused(Exception):  # noqa: N818 - said by helm, not an error here
    """Helm ended with an error."""


def helm_values(helm: str, chart: Path, values: list[Path], assignments: list[str], home: Path) -> Any:
    """Return `.Values` as the chart's templates see it; raise Refused where helm does."""
    template = chart / "templates" / "values.yaml"
    template.parent.mkdir(exist_ok=True)
    template.write_text("{{ toJson .Values }}\n")
    arguments = [option for path in values for option in ("-f", str(path))]
    arguments += [option for text in assignments for option in ("--set", text)]
    command = [helm, "template", "release", str(chart), *arguments, "--show-only", "templates/values.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "HOME": str(home)}, timeout=60)
    if done.returncode:
        raise Refused(done.stderr)
    return json.loads(done.stdout.partition("# Source: ")[2].partition("\n")[2])


def our_values(chart: Path, values: list[Path], assignments: list[str]) -> Any:
    """Return what the collector makes of the same, before it is flattened, as JSON has it."""
    options = {"values": [str(path) for path in values], "set": assignments}
    reading = Reading("orders", "staging", options, str(chart.parent))
    reader = Reader(reading, partial(shown, reading=reading))
    return as_json(source.merged(reading, reader, reader.chart(str(chart))))


def as_json(values: Tree) -> Any:
    """Return values as they are after a round through Go's JSON, where every number is a 64-bit float."""
    if isinstance(values, dict):
        return {key: as_json(child) for key, child in values.items()}
    if isinstance(values, list):
        return [as_json(child) for child in values]
    value = values.value if isinstance(values, Setting) else values
    return typed(list(value) if isinstance(value, tuple) else value)


def typed(value: Any) -> Any:
    """Return a value of which equality means the same JSON: true is not 1, and all numbers are 64-bit floats."""
    if isinstance(value, dict):
        return {key: typed(child) for key, child in value.items()}
    if isinstance(value, list):
        return [typed(child) for child in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return ("number", float(value))
    return value if value is None or isinstance(value, str) else (type(value).__name__, value)


def assert_agreed(helm: str, chart: Path, values: list[Path], assignments: list[str], what: str) -> None:
    """Check that helm and the collector come to the same values, or that both refuse."""
    try:
        theirs = typed(helm_values(helm, chart, values, assignments, chart.parent))
    except Refused as refusal:
        try:
            ours = our_values(chart, values, assignments)
        except CollectError:
            return
        pytest.fail(f"{what}: helm refuses, we read {ours}: {refusal}")
    assert our_values(chart, values, assignments) == theirs, what


@pytest.fixture
def helm(tool: Callable[[str, str], str]) -> str:
    return tool("helm", INSTALL)


def write(folder: Path, files: dict[str, str]) -> list[Path]:
    """Write files below a folder; return those that are layers, in order."""
    for name, text in {"parent/Chart.yaml": PARENT, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return sorted(folder.glob("*.yaml"))


@pytest.mark.parametrize("name", CASES)
def test_helm_merges_the_same(helm: str, tmp_path: Path, name: str) -> None:
    layers = write(tmp_path, CASES[name])
    assert_agreed(helm, tmp_path / "parent", layers, [], name)


def test_helm_sets_the_same(helm: str, tmp_path: Path) -> None:
    """What takes part of a text of its own is tried alone, the rest side by side, each below a key of its own."""
    values = "{map: {x: 1}, list: [1, 2], objects: [{name: a, y: 1}], text: t, nothing: null}"
    layers = write(tmp_path, {"1.yaml": values})
    chart = tmp_path / "parent"
    together = []
    for assignment in ASSIGNMENTS:
        try:
            our_values(chart, layers, [assignment])
        except CollectError:
            accepted = False
        else:
            accepted = "," not in assignment and assignment[:1].isalpha()
        if accepted:
            together.append(assignment)
        else:
            assert_agreed(helm, chart, layers, [assignment], assignment)
    layers = write(tmp_path, {"1.yaml": "\n".join(f"k{n}: {values}" for n in range(len(together)))})
    assert_agreed(helm, chart, layers, [f"k{n}.{text}" for n, text in enumerate(together)], "side by side")


def test_helm_sets_over_defaults_the_same(helm: str, tmp_path: Path) -> None:
    layers = write(tmp_path, {"parent/values.yaml": "{map: {x: 0, z: 0}, a: 1}", "1.yaml": "map: {x: 1}"})
    for assignments in (["map.x=null"], ["map=null", "a=null"], ["map.z=2", "a.b=null"], ["map=1"]):
        assert_agreed(helm, tmp_path / "parent", layers, assignments, str(assignments))


def test_helm_sets_the_same_one_after_the_other(helm: str, tmp_path: Path) -> None:
    layers = write(tmp_path, {"1.yaml": "{list: [1, 2]}"})
    assignments = ["a.b=1", "a.c=2", "list[0]=9", "list[2].x=3", "a=null", "b[1]=x", "b[0]=y"]
    assert_agreed(helm, tmp_path / "parent", layers, assignments, "in order")


def test_helm_reads_packaged_subcharts_the_same(helm: str, tmp_path: Path) -> None:
    inner = {"tls/Chart.yaml": "{apiVersion: v2, name: tls, version: 1.0.0}", "tls/values.yaml": "{mode: strict}"}
    outer = {"redis/Chart.yaml": REDIS, "redis/values.yaml": "{port: 6379}", "redis/charts/sub/values.yaml": "{x: 1}"}
    outer["redis/charts/sub/Chart.yaml"] = "{apiVersion: v2, name: sub, version: 1.0.0}"
    layers = write(tmp_path, {"1.yaml": "{redis: {tls: {mode: none}}}"})
    write(tmp_path / "packed", inner | outer)
    (tmp_path / "parent" / "charts").mkdir()
    with tarfile.open(tmp_path / "packed/redis/charts/tls-1.0.0.tgz", "w:gz") as archive:
        archive.add(tmp_path / "packed" / "tls", "tls")
    with tarfile.open(tmp_path / "parent/charts/redis-17.3.1.tgz", "w:gz") as archive:
        archive.add(tmp_path / "packed" / "redis", "redis")
    assert_agreed(helm, tmp_path / "parent", layers, [], "packaged")


def test_a_dependency_beside_the_chart_counts_as_if_helm_had_copied_it(helm: str, tmp_path: Path) -> None:
    layers = write(
        tmp_path,
        {
            "parent/Chart.yaml": parent("{name: common, version: 1.x, repository: 'file://../common', alias: base}"),
            "common/Chart.yaml": "{apiVersion: v2, name: common, version: 1.2.0}",
            "common/values.yaml": "{timeout: 30, retries: 3}",
            "1.yaml": "{base: {timeout: 10}}",
        },
    )
    ours = our_values(tmp_path / "parent", layers, [])
    command = [helm, "dependency", "update", str(tmp_path / "parent")]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "HOME": str(tmp_path)}, timeout=60)
    assert ours == typed(helm_values(helm, tmp_path / "parent", layers, [], tmp_path))
    assert_agreed(helm, tmp_path / "parent", layers, [], "copied into charts/")


def test_helm_chooses_the_same_versions(helm: str, tmp_path: Path) -> None:
    versions = ["0.0.0", "0.0.3", "0.2.3", "1.0.0", "1.2.0", "1.2.3", "1.2.4-rc.1", "1.3.0", "2.0.0", "10.4.1+build"]
    wanted = [
        *("*", "x", "1", "1.x", "1.2", "1.2.x", "1.2.3", "=1.2.3", "v1.2.3", "!=1.2.3", "!=1", "!=1.2", ">1", ">1.2"),
        *(
            ">1.2.3",
            "<1",
            "<2.0.0",
            ">=1.2",
            "=>1.2",
            "<=1",
            "<=1.2",
            "=<1.2.3",
            "~1",
            "~1.2",
            "~1.2.3",
            "~>1.2",
            "~0.0.0",
        ),
        *("^1", "^1.2", "^1.2.3", "^0", "^0.2", "^0.2.3", "^0.0", "^0.0.3", ">=1 <2", ">=1, <1.3", ">= 1.2.4-rc.0 < 2"),
        *("1.2 - 1.3", "1.2.3 - 2", "<1 || >2", "1.2.3 || 2.0.0", "^1.2.4-alpha", "~1.2.4-rc.1", "1.2.4-rc.1", "", "a"),
        *("1.2.3.4", ">=1<2", "1.2.3 ,", "latest", "*-0", ">=1.0.0-0"),
    ]
    pairs = [(constraint, version) for constraint in wanted for version in versions]
    names = {pair: f"c{number}" for number, pair in enumerate(pairs)}
    dependencies = [
        json.dumps({"name": name, "version": constraint, "alias": f"{name}x"})
        for (constraint, _), name in names.items()
    ]
    files = {"parent/Chart.yaml": parent(*dependencies)}
    for (_, version), name in names.items():
        files[f"parent/charts/{name}/Chart.yaml"] = json.dumps({"apiVersion": "v2", "name": name, "version": version})
    write(tmp_path, files)
    theirs = helm_values(helm, tmp_path / "parent", [], [], tmp_path)
    assert {pair: constraints.admits(*pair) for pair in pairs} == {
        pair: f"{name}x" in theirs for pair, name in names.items()
    }


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_helm_agrees_on_random_charts(helm: str, tmp_path: Path, first: int) -> None:
    for seed in range(first, first + 20):
        made = RandomChart(seed, tmp_path / str(seed))
        assert_agreed(helm, made.chart, made.values, made.assignments, f"seed {seed}")


class RandomChart:
    """A chart with subcharts, values files and assignments, made from a seed, small enough that keys often collide."""

    NAMES = ("one", "two", "three")

    def __init__(self, seed: int, folder: Path) -> None:
        self.random = random.Random(seed)
        self.chart = folder / "parent"
        self.write_chart(self.chart, "parent", 2)
        layers = {f"{n}.yaml": json.dumps(self.table(3)) for n in range(self.random.randint(0, 3))}
        for name, text in layers.items():
            (folder / name).write_text(text)
        self.values = [folder / name for name in layers]
        self.assignments = [self.assignment() for _ in range(self.random.choice([0, 0, 1, 2]))]

    def write_chart(self, folder: Path, name: str, depth: int) -> None:
        folder.mkdir(parents=True)
        about: dict[str, Any] = {"apiVersion": "v2", "name": name, "version": "1.2.3"}
        dependencies: dict[str, Any] = {}
        for below in self.random.sample(self.NAMES, self.random.randint(0, 2)) if depth else []:
            self.write_chart(folder / "charts" / below, below, depth - 1)
            for _ in range(self.random.choice([0, 1, 1, 1, 2])):
                wanted = self.dependency(below)
                dependencies.setdefault(wanted.get("alias", below), wanted)
        if dependencies or self.random.random() < 0.3:
            about["dependencies"] = list(dependencies.values())
        (folder / "Chart.yaml").write_text(json.dumps(about))
        if self.random.random() < 0.9:
            (folder / "values.yaml").write_text(json.dumps(self.table(3)))

    def dependency(self, name: str) -> dict[str, Any]:
        chance = self.random.random
        found: dict[str, Any] = {
            "name": name,
            "version": self.random.choice(["1.2.3", "^1.0.0", "1.x", ">=1 <2", "~2"]),
        }
        if chance() < 0.3:
            found["alias"] = self.random.choice(["four", "five", *self.NAMES])
        if chance() < 0.4:
            found["condition"] = self.random.choice([f"{name}.on", "on", "a.on,on", "global.on"])
        if chance() < 0.3:
            found["tags"] = self.random.sample(["front", "back"], self.random.randint(1, 2))
        if chance() < 0.3:
            imports = ["data", {"child": "a", "parent": "imported"}, {"child": "b", "parent": "."}]
            found["import-values"] = [self.random.choice(imports)]
        return found

    def table(self, depth: int) -> dict[str, Any]:
        keys = ["a", "b", "c", "on", "global", "tags", "exports", "data", "four", *self.NAMES]
        return {key: self.value(key, depth) for key in self.random.sample(keys, self.random.randint(0, 5))}

    def value(self, key: str, depth: int) -> Any:
        chance = self.random.random()
        if key == "on":
            return self.random.choice([True, False, None, "text"])
        if key == "tags":
            return {"front": self.random.choice([True, False]), "back": self.random.choice([True, False, 1])}
        if key in ("global", "exports", "four", *self.NAMES):
            return self.table(depth - 1) if depth and chance < 0.95 else None
        if depth and chance < 0.5:
            return self.table(depth - 1)
        return self.random.choice([None, None, 1, "text", True, [1, 2], [], [{"a": 1}], 2.5, {}])

    def assignment(self) -> str:
        path = ".".join(self.random.sample(["a", "b", "c", "on", "global", *self.NAMES], self.random.randint(1, 3)))
        path += self.random.choice(["", "", "[0]", "[1].a", "[0][1]"])
        return f"{path}={self.random.choice(['1', 'null', 'true', 'x', '{1,b}', '', '007'])}"


def test_helm_agrees_on_real_repositories(helm: str, tmp_path: Path, corpus: Path) -> None:
    """Charts whose dependencies are elsewhere cannot be rendered: a chart without them has the same values."""
    spec = importlib.util.spec_from_file_location("score", corpus / "score.py")
    assert spec
    assert spec.loader
    score = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(score)
    cases = json.loads((corpus / "manifest.json").read_text())["cases"]
    checked = 0
    for case in cases:
        for declared in score.sources(case, corpus).values() if case["kind"] == "helm" else ():
            for layers in declared["values"].values():
                chart = tmp_path / str(checked) / "parent"
                write(chart.parent, {})
                own = Path(declared.get("chart", "/nowhere"), "values.yaml")
                if own.is_file():
                    shutil.copy(own, chart / "values.yaml")
                assert_agreed(helm, chart, [Path(layer) for layer in layers], [], case["case"])
                checked += 1
    assert checked
