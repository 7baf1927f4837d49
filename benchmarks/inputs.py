"""What the benchmarks read: `python benchmarks/inputs.py FOLDER` writes it, the same bytes every time.

It is a process of its own because Linux counts a parent's memory as its child's least: who measures has to stay small.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, count, cycle, islice
from pathlib import Path

REAL_MODULES = Path(__file__).parents[2] / "shared" / "corpus"
"""Repositories with Terraform, where they are at hand beside this checkout."""

ENVIRONMENTS = ("staging", "production")
TERRAFORM_LINES = 19_000
SIZES = (10_000, 100_000, 1_000_000)

Line = tuple[str, str]
"""What comes before a value, and the value; "" where the line opens a mapping or a list."""

Blocks = Callable[[random.Random], Iterator[list[Line]]]


def main(folder: Path) -> None:
    """Write every input below a folder; each is a folder with its driftcheck.yaml."""
    for lines in SIZES[:2]:
        for shape, blocks in SHAPES.items():
            write_values(folder / f"{shape}-{lines}", blocks, lines=lines, changed=0.01)
    for settings in SIZES:
        write_values(folder / f"settings-{settings}", services, settings=settings, changed=0.01)
    for items in SIZES[:2]:
        write_lists(folder, items)
    write_values(folder / "one", services, settings=1, changed=0)
    write_values(folder / "changed", services, settings=130_000, changed=1)  # the names among them stay
    write_terraform(folder / "terraform")


def releases(rng: random.Random) -> Iterator[list[Line]]:
    """Yield services as people write them, in about the proportions of 137 values files of 15 public repositories.

    Of 100 lines there (and here) are 7 (8) comments, 7 (7) blank and 6 (9) in multi-line strings; 50 (46) hold a value
    by key, 4 (4) an item of a plain list. There are 27 (22) mappings and 3 (5) lists, in which 15 (13) keys are; of the
    values 15 (12) are quoted.
    """
    for n in count():
        name = f"service-{n}"
        cpu, memory = rng.choice((100, 250, 500)), rng.choice((128, 256, 512))
        tag = f"{rng.randint(1, 9)}.{rng.randint(0, 20)}.{rng.randint(0, 9)}"
        yield [
            ("", ""),
            (f"# {name}: what it is for, and whom to ask about it", ""),
            (f"# The {name} team reviews every change of what follows; staging runs it at a smaller scale.", ""),
            (f"{name}:", ""),
            ("  enabled:", rng.choice(("true", "false"))),
            ("  replicaCount:", str(rng.randint(1, 9))),
            ('  nameOverride: ""', ""),
            ("  image:", ""),
            ("    repository:", f"registry.example.org/shop/{name}"),
            ("    tag:", f'"{tag}"'),
            ("    pullPolicy:", "IfNotPresent"),
            ("", ""),
            ("  serviceAccount:", ""),
            ("    create:", "true"),
            ("    annotations: {}", ""),
            ("  # as measured under load, see the runbook", ""),
            ("  resources:", ""),
            ("    requests:", ""),
            ("      cpu:", f"{cpu}m"),
            ("      memory:", f"{memory}Mi"),
            ("    limits:", ""),
            ("      cpu:", f"{2 * cpu}m"),
            ("      memory:", f"{2 * memory}Mi"),
            ("  service:", ""),
            ("    type:", "ClusterIP"),
            ("    port:", str(rng.choice((80, 8080, 9000)))),
            ("  livenessProbe:", ""),
            ("    httpGet:", ""),
            ("      path:", "/health/liveness"),
            ("      port:", "http"),
            ("    initialDelaySeconds:", str(rng.randint(5, 60))),
            ("", ""),
            ("  ingress:", ""),
            ("    enabled:", "true"),
            ("    className:", "nginx"),
            ("    annotations:", ""),
            ("      nginx.ingress.kubernetes.io/proxy-read-timeout:", f'"{rng.randint(30, 300)}"'),
            ("    hosts:", ""),
            ("      - host:", f"{name}.example.org"),
            ("        paths:", ""),
            ("          - path:", "/"),
            ("            pathType:", "Prefix"),
            ("", ""),
            ("  # what the application reads", ""),
            ("  env:", ""),
            ("    LOG_LEVEL:", '"info"'),
            ("    DB_HOST:", f'"{name}.db.example.org"'),
            ("    DB_POOL_SIZE:", f'"{rng.randint(5, 50)}"'),
            ("    HTTP_TIMEOUT_MS:", f'"{100 * rng.randint(5, 50)}"'),
            ("    API_BASE_URL:", f"https://api.example.org/{name}/v{rng.randint(1, 3)}"),
            ("    FEATURE_EXPORT:", rng.choice(("'true'", "'false'"))),
            ("  extraEnv:", ""),
            ("    - name:", "NODE_NAME"),
            ("      valueFrom:", ""),
            ("        fieldRef:", ""),
            ("          fieldPath:", "spec.nodeName"),
            ("    - name:", "JAVA_OPTS"),
            ("      value:", f'"-Xmx{memory}m -XX:+UseG1GC"'),
            ("", ""),
            ("  config: |", ""),
            ("    server:", ""),
            (f"      name: {name}", ""),
            ("      access-log: enabled", ""),
            ("    cache:", ""),
            ("      eviction: lru", ""),
            ("    # kept for clients that do not send a version", ""),
            ("    default-version: v1", ""),
            ("  # offices and the VPN; ask the network team before you add one", ""),
            ("  allowlist:", ""),
            *(("    -", f"10.{rng.randint(0, 255)}.{octet}.0/24") for octet in range(3)),
            ("  autoscaling:", ""),
            ("    enabled:", rng.choice(("true", "false"))),
            ("    maxReplicas:", str(rng.randint(10, 20))),
            ("  nodeSelector: {}", ""),
        ]


def services(rng: random.Random) -> Iterator[list[Line]]:
    """Yield services as values files of charts declare them: nested maps of scalars, and a short list of variables."""
    for n in count():
        cpu, memory = rng.choice((100, 250, 500)), rng.choice((128, 256, 512))
        yield [
            (f"service{n}:", ""),
            ("  enabled:", rng.choice(("true", "false"))),
            ("  replicaCount:", str(rng.randint(1, 9))),
            ("  image:", ""),
            ("    repository:", f"registry.example.org/shop/service{n}"),
            ("    tag:", f"{rng.randint(1, 9)}.{rng.randint(0, 20)}.{rng.randint(0, 9)}"),
            ("    pullPolicy:", "IfNotPresent"),
            ("  resources:", ""),
            ("    requests:", ""),
            ("      cpu:", f"{cpu}m"),
            ("      memory:", f"{memory}Mi"),
            ("    limits:", ""),
            ("      cpu:", f"{2 * cpu}m"),
            ("      memory:", f"{2 * memory}Mi"),
            ("  service:", ""),
            ("    type:", "ClusterIP"),
            ("    port:", str(rng.choice((80, 8080, 9000)))),
            ("  livenessProbe:", ""),
            ("    path:", "/healthz"),
            ("    timeoutSeconds:", str(rng.randint(1, 9))),
            ("  ingress:", ""),
            ("    host:", f"service{n}.example.org"),
            ("  env:", ""),
            ("    - name:", "LOG_LEVEL"),
            ("      value:", "info"),
            ("    - name:", "DB_POOL_SIZE"),
            ("      value:", f'"{rng.randint(5, 50)}"'),
            ("    - name:", "REQUEST_TIMEOUT_MS"),
            ("      value:", f'"{100 * rng.randint(5, 50)}"'),
        ]


def routes(rng: random.Random) -> Iterator[list[Line]]:
    """Yield the items of one long list of named objects, as a gateway's routes or a scheduler's jobs are declared."""
    yield [("routes:", "")]
    for n in count():
        yield [
            ("  - name:", f"route-{n}"),
            ("    path:", f"/api/v{rng.randint(1, 3)}/resource{n}"),
            ("    service:", f"service{rng.randint(0, 99)}"),
            ("    timeout:", f"{rng.randint(1, 60)}s"),
            ("    retries:", str(rng.randint(0, 5))),
        ]


SHAPES: dict[str, Blocks] = {"mixed": releases, "maps": services, "lists": routes}


def write_values(
    folder: Path, blocks: Blocks, *, lines: int = sys.maxsize, settings: int = sys.maxsize, changed: float
) -> None:
    """Write two values files of so many lines or settings, a share of them changed; names never are."""
    rng, change = random.Random(lines + settings), random.Random(changed)
    declare(folder, {"values": "collector: helm, values: ['{environment}.yaml']"})
    with (folder / "staging.yaml").open("w") as staging, (folder / "production.yaml").open("w") as production:
        for before, value in islice(chain.from_iterable(blocks(rng)), lines):
            other = altered(value) if value and not before.endswith("name:") and change.random() < changed else value
            staging.write(f"{before} {other}\n" if value else f"{before}\n")
            production.write(f"{before} {value}\n" if value else f"{before}\n")
            settings -= bool(value)
            if not settings:
                break


def altered(value: str) -> str:
    """Return another value of the same kind."""
    words = {"true": "false", "false": "true", "info": "debug", "ClusterIP": "NodePort", "IfNotPresent": "Always"}
    if value in words:
        return words[value]
    other = re.sub(r"\d+", lambda number: str(int(number[0]) + 1), value, count=1)
    return other if other != value else re.sub(r"([\"']?)$", r"-next\1", value, count=1)


def write_lists(folder: Path, items: int) -> None:
    """Write lists of so many items in another order or shape on each side: what invites comparing each with each."""
    rng = random.Random(items)
    words = [f"item{n}" for n in range(items)]
    shuffled = rng.sample(words, items)
    objects = [(f"name: {word}", f"port: {rng.randint(1, 9999)}") for word in words]
    anonymous = [(f"from: {rng.randint(1, 99)}", f"to: {rng.randint(1, 99)}") for _ in words]
    variables = [f"{word.upper()}_TIMEOUT=30\n" for word in words]
    renamed = [f"{word.upper()}_TIME_OUT=30\n" for word in words]
    _write_sides(folder / f"scalars-{items}", "yaml", _list((word,) for word in shuffled), _list((w,) for w in words))
    _write_sides(folder / f"named-{items}", "yaml", _list(reversed(objects)), _list(objects))
    _write_sides(folder / f"anonymous-{items}", "yaml", _list(reversed(anonymous)), _list(anonymous))
    _write_sides(folder / f"commas-{items}", "env", [f"ALLOWED={','.join(shuffled)}"], [f"ALLOWED={','.join(words)}"])
    _write_sides(folder / f"unmatched-{items}", "env", renamed, variables)


def _list(items: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "listed:\n"
    for first, *rest in items:
        yield f"  - {first}\n"
        yield from (f"    {line}\n" for line in rest)


def _write_sides(folder: Path, extension: str, *sides: Iterable[str]) -> None:
    collector = "helm, values" if extension == "yaml" else "dotenv, path"
    declare(folder, {"values": f"collector: {collector}: '{{environment}}.{extension}'"})
    for environment, lines in zip(ENVIRONMENTS, sides, strict=True):
        with (folder / f"{environment}.{extension}").open("w") as file:
            file.writelines(lines)


def write_terraform(folder: Path) -> None:
    """Write modules of some 19,000 lines to both environments, each a source: real ones, repeated, else made up."""
    real = [files for files in _real_modules() if files]
    modules = cycle(real) if real else made_up_modules()
    names: list[str] = []
    left = TERRAFORM_LINES
    for files in modules:
        lines = sum(text.count("\n") for text in files.values())
        if lines > left:
            break
        left -= lines
        names.append(f"module{len(names)}")
        for environment in ENVIRONMENTS:
            module = folder / environment / names[-1]
            module.mkdir(parents=True)
            for name, text in files.items():
                (module / name).write_text(text)
    declare(folder, {name: f"collector: terraform, path: '{{environment}}/{name}'" for name in names})
    print(f"{len(names)} {'real' if real else 'made-up'} Terraform modules, {TERRAFORM_LINES - left:,} lines")


def _real_modules() -> Iterator[dict[str, str]]:
    for folder in sorted({path.parent for path in REAL_MODULES.rglob("*.tf")}):
        yield {path.name: path.read_text() for path in sorted(folder.glob("*.tf"))}


def made_up_modules() -> Iterator[dict[str, str]]:
    """Yield modules of 20 databases each, with variables, locals, templates and blocks."""
    rng = random.Random(19)
    for n in count():
        variables = "".join(
            f'variable "size_{m}" {{\n  description = "Size of database {m}"\n  type = number\n  default = {m}\n}}\n'
            for m in range(20)
        )
        databases = "".join(
            f"""
resource "aws_db_instance" "database_{m}" {{
  identifier        = "${{local.prefix}}-{m}"
  engine            = "mysql"
  engine_version    = "8.0.{rng.randint(28, 36)}"
  instance_class    = "db.t3.medium"
  allocated_storage = var.size_{m} * 2
  storage_encrypted = true
  tags              = merge(local.tags, {{ Name = "database-{m}", Team = "shop" }})

  lifecycle {{
    ignore_changes = [password]
  }}
}}
"""
            for m in range(20)
        )
        tags = f'locals {{\n  prefix = "shop-{n}"\n  tags = {{\n    Owner = "shop"\n  }}\n}}\n'
        yield {"variables.tf": variables, "main.tf": tags + databases}


def declare(folder: Path, sources: dict[str, str]) -> None:
    """Write the driftcheck.yaml of an input, its sources by name, each as the inside of a flow mapping."""
    folder.mkdir(parents=True, exist_ok=True)
    declared = "".join(f"  {name}: {{{options}}}\n" for name, options in sources.items())
    (folder / "driftcheck.yaml").write_text(
        f"version: 1\nenvironments: [{', '.join(ENVIRONMENTS)}]\nsources:\n{declared}"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
