"""What a command prints, here or beside a server: JSON, YAML, env lines, properties, or text with patterns."""

from __future__ import annotations

import re
from collections.abc import Mapping

from driftcheck import formats, transport
from driftcheck.collectors.base import TIMEOUT, VIA, Option, deadline
from driftcheck.errors import ConfigError, did_you_mean
from driftcheck.formats import Document
from driftcheck.model import Collected, Entry, Failure, Location, Notice, Reading, Value, key_of, quoted

NEEDS_NETWORK = True  # nobody knows what a command does
KEYS_NAME_SETTINGS = True
OF_SERVERS = True
OPTIONS: Mapping[str, Option] = {
    "run": Option("texts", "the command, one item a word; no shell sees it", required=True),
    "output": Option("text", "what it prints: `json`, `yaml`, `dotenv`, `properties`, or `text` with `extract`"),
    "extract": Option("mapping", "what to read of text: names, each with a regular expression that has one group"),
    "via": VIA,
    "timeout": TIMEOUT,
}
EXAMPLE = """\
orders-broker:
  collector: command
  run: [kafka-configs.sh, --bootstrap-server, "localhost:9092", --describe, --all, --entity-type, brokers]
  via: {staging: [kubectl, --context=stg, exec, -i, kafka-0, --], production: [ssh, -T, kafka.prod]}
  extract: {num.io.threads: "num.io.threads=([0-9]+)"}
"""

OUTPUTS = ("json", "yaml", "dotenv", "properties", "text")


def collect(reading: Reading) -> Collected:
    """Run a command and read what it prints; it fails as a whole where the command does."""
    run, via = _words(reading, "run"), _words(reading, "via")
    if not run or not run[0]:
        raise ConfigError(f"source {reading.source}: `run` is empty", hint="write it as [PROGRAM, ARGUMENT]")
    output = _output(reading)
    patterns = _patterns(reading)
    printed = transport.run([*via, *run], what=run[0], seconds=deadline(reading))
    if output == "text":
        return _extracted(printed, patterns, reading, run[0])
    document = _parsed(printed, run[0], output)
    collected = Collected([], [], [])
    place = Location(run[0])  # without a line: it would be taken for one of a file
    above = ("answer",) if formats.is_one_value(document.root) else ()
    collected.entries.extend(entry._replace(location=place) for entry in formats.flatten(document.root, run[0], above))
    for each in document.duplicates:
        message = f"{key_of(each.path)} is printed twice: line {each.first_line}, then line {each.line}"
        collected.notices.append(Notice("format.duplicate-key", each.path, message, place))
    for gap in document.gaps:
        collected.gaps.append(Failure(reading.source, reading.environment, gap.reason, gap.hint, gap.location))
    return collected


def _words(reading: Reading, option: str) -> list[str]:
    words = reading.options.get(option, [])
    assert isinstance(words, list)
    return words


def _output(reading: Reading) -> str:
    """Return how to read what is printed; raise ConfigError unless that is clear."""
    extracts = "extract" in reading.options
    output, where = reading.options.get("output", "text" if extracts else None), f"source {reading.source}"
    if output is None:
        raise ConfigError(f"{where} does not say what its command prints", hint="add `output: json`, or `extract`")
    if output not in OUTPUTS:
        raise ConfigError(f"{where}: unknown output `{output}`", hint=did_you_mean(str(output), OUTPUTS))
    if extracts != (output == "text"):
        raise ConfigError(f"{where}: `extract` goes with `output: text`, and only with it", hint="keep one of them")
    return str(output)


def _patterns(reading: Reading) -> dict[str, re.Pattern[str]]:
    patterns = {}
    extract = reading.options.get("extract", {})
    assert isinstance(extract, dict)
    for name, text in extract.items():
        try:
            pattern = re.compile(str(text), re.MULTILINE)
        except re.error as error:
            reason = f"source {reading.source}: `{name}` of `extract` is no regular expression: {error}"
            raise ConfigError(reason, hint="quote it with single quotes, and write a dot itself as `\\.`") from None
        if pattern.groups != 1:
            reason = f"source {reading.source}: `{name}` of `extract` has {pattern.groups} groups"
            raise ConfigError(reason, hint="put round brackets around the value, and (?:...) around the rest")
        patterns[name] = pattern
    return patterns


def _extracted(printed: str, patterns: Mapping[str, re.Pattern[str]], reading: Reading, program: str) -> Collected:
    """Return what patterns found, a list where one did more than once. One that found nothing is a gap."""
    collected = Collected([], [], [])
    for name, pattern in patterns.items():
        matches = list(pattern.finditer(printed))
        path = (quoted(name),)
        if not matches:
            reason, hint = f"`{program}` printed nothing that `{name}` matches", "correct the pattern, or leave it out"
            collected.gaps.append(Failure(reading.source, reading.environment, reason, hint, path=path))
            continue
        values = [match[1] or "" for match in matches]
        value: Value = values[0] if len(values) == 1 else tuple(values)
        collected.entries.append(Entry(path, value, Location(program)))
    return collected


def _parsed(printed: str, program: str, output: str) -> Document:
    if output == "json":
        from driftcheck.formats import json

        return json.parse(printed, program)
    if output == "yaml":
        from driftcheck.formats import yaml

        return yaml.parse(printed, program)
    if output == "properties":
        from driftcheck.formats import properties

        return properties.parse(printed, program)
    from driftcheck.formats import dotenv

    return dotenv.parse(printed, program)
