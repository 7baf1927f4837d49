"""What a server says of itself over HTTP, as JSON: chosen values, all of them, or only the shape of a payload."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from driftcheck import credentials, fetch, formats, redact
from driftcheck.collectors.base import CA, HEADERS, PASSWORD, TIMEOUT, Option, deadline
from driftcheck.errors import CollectError, ConfigError, did_you_mean
from driftcheck.formats import Leaf, Node, Sequence, flatten, is_one_value
from driftcheck.model import Collected, Entry, Failure, Location, Noise, Note, Path, Reading, quoted, unquoted
from driftcheck.pattern import Pattern
from driftcheck.values import payload

NEEDS_NETWORK = True
KEYS_NAME_SETTINGS = False  # a payload's field called `token` is of type text; values are hidden here
OF_SERVERS = True
OPTIONS: Mapping[str, Option] = {
    "url": Option("dsn", "the address, with https:// or http://", required=True),
    "headers": HEADERS,
    "password": PASSWORD,
    "extract": Option("mapping", "what to read, as `version: build.version`; keys are written as in reports"),
    "shape": Option("flag", "read only which fields an answer has, and of which types"),
    "preset": Option("text", "a server whose page and versions are known, as `elasticsearch`; `url` is its address"),
    "ca": CA,
    "timeout": TIMEOUT,
}
EXAMPLE = """\
payments-api:
  collector: http
  url: {staging: "https://sandbox.payments.example.org/v1/charges", production: "https://payments.example.org/v1/charges"}
  headers: {Authorization: {env: PAYMENTS_TOKEN}}
  shape: true
"""

PAYLOAD = "payload"
"""What keys of a shape begin with."""
EVERY_ITEM = "*"
"""The segment that stands for all items of a list."""


class Field(NamedTuple):
    """Where in an answer a value stands. `pattern` has one group for the part that is meant; `otherwise` is said where
    the answer has no such field."""

    path: str
    pattern: str = ""
    otherwise: str = ""


class Preset(NamedTuple):
    """A page that a product answers with JSON, and what it tells there. `server` is what no two of them share."""

    page: str
    fields: Mapping[str, Field]
    server: str = ""


_ELASTIC = Preset(
    "/",
    {
        "version": Field("version.number"),
        "engine": Field("version.distribution", otherwise="elasticsearch"),
        "lucene.version": Field("version.lucene_version"),
    },
    "cluster_uuid",
)

PRESETS: Mapping[str, Preset] = {
    "elasticsearch": _ELASTIC,
    "opensearch": _ELASTIC,
    "rabbitmq": Preset(
        "/api/overview",
        {
            "version": Field("rabbitmq_version"),
            "engine": Field("product_name", otherwise="RabbitMQ"),
            "erlang.version": Field("erlang_version"),
        },
    ),
    "kafka-connect": Preset("/", {"version": Field("version")}),
    "schema-registry": Preset("/v1/metadata/version", {"version": Field("version")}),
    "clickhouse": Preset(
        "/?query=SELECT%20version()%20AS%20version%20FORMAT%20JSON", {"version": Field("data[0].version")}
    ),
    "etcd": Preset("/version", {"version": Field("etcdserver"), "cluster.version": Field("etcdcluster")}),
    "kubernetes": Preset("/version", {"version": Field("gitVersion"), "platform": Field("platform")}),
    "vault": Preset(
        "/v1/sys/health?standbyok=true&perfstandbyok=true&sealedcode=200&uninitcode=200",
        {"version": Field("version"), "sealed": Field("sealed"), "enterprise": Field("enterprise")},
        "cluster_id",
    ),
    "consul": Preset("/v1/agent/self", {"version": Field("Config.Version")}, "Config.NodeID"),
    "prometheus": Preset(
        "/api/v1/status/buildinfo", {"version": Field("data.version"), "go.version": Field("data.goVersion")}
    ),
    "grafana": Preset("/api/health", {"version": Field("version")}),
    "envoy": Preset("/server_info", {"version": Field("version", r"^[^/]*/([^/]+)/")}),
    "zookeeper": Preset("/commands/srvr", {"version": Field("version", r"^([0-9][0-9.]*)")}),
    "actuator-info": Preset(
        "/actuator/info",
        {
            "version": Field("build.version"),
            "java.version": Field("java.version"),
            "java.vendor": Field("java.vendor.name"),
        },
    ),
}
"""By the name of a product; pages and fields are as the manuals tell."""

_STEP = Pattern(
    r"\[(?P<index>[0-9]+)\]|\[(?P<field>[^\]=]+)=(?P<wanted>\"(?:[^\"\\]|\\.)*\"|[^\]]*)\]"
    r"|\.?(?P<key>\"(?:[^\"\\]|\\.)*\"|[^.\[\]=\"\s]+)"
)


def collect(reading: Reading) -> Collected:
    """Ask one page, and read of its answer what the options say: all of it unless they say anything."""
    _check(reading)
    preset = PRESETS.get(str(reading.options.get("preset")))
    answer = _ask(reading, preset.page if preset else "")
    root, place = fetch.json(answer).root, Location(answer.place)
    if reading.options.get("shape") is True:
        return _shape(root, place)
    if preset is not None:
        return _known(root, preset, place)
    extract = reading.options.get("extract")
    if isinstance(extract, dict):
        return redact.redact(_chosen(root, extract, place, reading))
    return redact.redact(Collected(_entries(root, (), place), [], []))


def _check(reading: Reading) -> None:
    """Raise ConfigError for options that make no sense, alone or together."""
    preset, where = reading.options.get("preset"), f"source {reading.source}"
    if preset is not None and preset not in PRESETS:
        raise ConfigError(f"{where}: unknown preset `{preset}`", hint=did_you_mean(str(preset), PRESETS))
    chosen = [option for option in ("extract", "preset", "shape") if reading.options.get(option)]
    if len(chosen) > 1:
        raise ConfigError(f"{where}: `{chosen[0]}` and `{chosen[1]}` exclude each other", hint="keep one of them")


def _ask(reading: Reading, page: str) -> fetch.Answer:
    from urllib.parse import parse_qsl, urlsplit

    parts = urlsplit(str(reading.options["url"]))
    for name, value in parse_qsl(parts.query):
        if redact.sensitive_name(name):
            redact.remember(value)
    if page:
        path, _, query = page.partition("?")
        parts = parts._replace(path=parts.path.rstrip("/") + path, query=query)
    declared, password, ca = (reading.options.get(option) for option in ("headers", "password", "ca"))
    what = fetch.place(parts.geturl())
    plain, secret = credentials.headers(declared if isinstance(declared, dict) else {}, what)
    return fetch.get(
        parts.geturl(),
        seconds=deadline(reading),
        headers=plain,
        secrets=secret,
        password=credentials.given_secret(password, what),
        ca=str(ca[0]) if isinstance(ca, list) else "",
    )


# Values


def _entries(node: Node, prefix: Path, place: Location) -> list[Entry]:
    """Return what is at and below a node; a payload that is one value, or a list of plain ones, is `answer`."""
    found = flatten(node, place.path, prefix or (("answer",) if is_one_value(node) else ()))
    return [entry._replace(location=place) for entry in found]


def _chosen(root: Node, extract: Mapping[str, object], place: Location, reading: Reading) -> Collected:
    """Return the values at declared paths. What leads to nothing is a gap: it may be misspelt, and was not compared."""
    collected = Collected([], [], [])
    for name, path in extract.items():
        node = _at(root, _steps(str(path), f"`{name}` of `extract` of source {reading.source}"))
        if node is None:
            reason, hint = f"{place}: nothing is at the path of `{name}`", "correct the path, or leave it out"
            collected.gaps.append(Failure(reading.source, reading.environment, reason, hint, path=(quoted(name),)))
        else:
            collected.entries.extend(_entries(node, (quoted(name),), place))
    return collected


def _known(root: Node, preset: Preset, place: Location) -> Collected:
    """Return what a preset's page tells; raise CollectError where it tells no version: it is another product's."""
    entries = []
    for name, field in preset.fields.items():
        value = _text_at(root, field.path)
        if value is not None and field.pattern:
            found = re.search(field.pattern, value)
            value = found[1] if found else None
        if value is not None or field.otherwise:
            entries.append(Entry(tuple(name.split(".")), value or field.otherwise, place))
    if not any(entry.path[-1] == "version" for entry in entries):
        hint = "correct the address or the preset; some products show their version only after it is switched on"
        raise CollectError(f"{place}: no version in the answer", hint=hint)
    return Collected(entries, [], [], server=_text_at(root, preset.server) or "")


def _text_at(root: Node, path: str) -> str | None:
    node = _at(root, _steps(path, path)) if path else None
    if not isinstance(node, Leaf) or node.value is None:
        return None
    return str(node.value).lower() if isinstance(node.value, bool) else str(node.value)


def _steps(path: str, what: str) -> list[re.Match[str]]:
    """Take a path apart that is written as keys are: `data.items[0].env[name=PORT].value`."""
    steps = []
    position = 0
    while position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            raise ConfigError(f"{what} is no path", hint="write it as `data.items[0].env[name=PORT].value`")
        steps.append(step)
        position = step.end()
    return steps


def _at(node: Node, steps: list[re.Match[str]]) -> Node | None:
    for step in steps:
        below: Node | None = None
        if step["key"] is not None and isinstance(node, formats.Mapping):
            below = node.get(unquoted(step["key"]))
        elif step["index"] is not None and isinstance(node, Sequence):
            below = node[int(step["index"])] if int(step["index"]) < len(node) else None
        elif step["field"] is not None and isinstance(node, Sequence):
            below = next((item for item in node if _holds(item, step["field"], unquoted(step["wanted"]))), None)
        if below is None:
            return None
        node = below
    return node


def _holds(item: Node, field: str, wanted: str) -> bool:
    held = item.get(field) if isinstance(item, formats.Mapping) else None
    return isinstance(held, Leaf) and str(held.value) == wanted


# The shape of a payload


def _shape(root: Node, place: Location) -> Collected:
    """Return the type of every field; what is in the items of a list is told once for all of them.

    Fields of items also say whether every item has them, and not as null. A field follows what it is in: where that is
    absent, or empty, or something else, the difference is told there.
    """
    entries: list[Entry] = []
    notes: dict[Path, Note] = {}

    def describe(path: Path, nodes: list[Node], *, parent: Path, items: int) -> None:
        at = (*path, "type")
        entries.append(Entry(at, payload.types([_type(node) for node in nodes]), place))
        notes[at] = Note(Noise.FOLLOWS, follows=parent)
        if items:
            filled = sum(_type(node) != payload.NULL for node in nodes)
            entries.append(Entry((*path, "always"), filled == items, place))
            notes[*path, "always"] = Note(Noise.FOLLOWS, follows=at)
        mappings = [node for node in nodes if isinstance(node, formats.Mapping)]
        within = len(mappings) if items or path[-1] == EVERY_ITEM else 0
        fields: dict[str, list[Node]] = {}
        for mapping in mappings:
            for key, child in mapping.items():
                fields.setdefault(key, []).append(child)
        for key, children in fields.items():
            describe((*path, quoted(key)), children, parent=at, items=within)
        below = [child for node in nodes if isinstance(node, Sequence) for child in node]
        if below:
            describe((*path, EVERY_ITEM), below, parent=at, items=0)

    describe((PAYLOAD,), [root], parent=(), items=0)
    return Collected(entries, [], [], notes)


def _type(node: Node) -> str:
    if isinstance(node, formats.Mapping):
        return "object"
    if isinstance(node, Sequence):
        return "list" if node else payload.EMPTY
    if isinstance(node.value, bool):
        return "boolean"
    return payload.NULL if node.value is None else "text" if isinstance(node.value, str) else "number"
