"""`driftcheck show ENV [KEY]`: effective values, where each comes from, and what it overrode."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Annotated

import typer

from driftcheck import pipeline
from driftcheck.cli import options
from driftcheck.cli.holding import known
from driftcheck.cli.session import unread
from driftcheck.errors import ConfigError, did_you_mean
from driftcheck.model import Entry, key_of
from driftcheck.reporters.base import shown
from driftcheck.reporters.fields import entry_fields

INCOMPLETE = 3

EXAMPLE = """
driftcheck show production                       # everything
driftcheck show production DB_                   # all that begin so
driftcheck show staging 'resources.*.memory' -o json
"""


def command(
    context: typer.Context,
    environment: Annotated[
        str, typer.Argument(metavar="ENV", help="An environment.", autocompletion=options.complete_environments)
    ],
    key: Annotated[
        str,
        typer.Argument(metavar="KEY", help="A key, the beginning of one, or a pattern with `*`.", show_default=False),
    ] = "",
    output: Annotated[
        str,
        typer.Option("-o", "--output", metavar="FORMAT", help="text or json.", autocompletion=lambda: list(FORMATS)),
    ] = "text",
    only: options.Only = None,
    snapshot: options.Snapshots = None,
) -> int:
    """Show the values that hold in one environment.

    Each comes with its file and line, and with what it overrode. Secrets are not shown. Exits with 3 if a source could
    not be read.
    """
    if output not in FORMATS:
        raise ConfigError(f"--output: unknown format `{output}`", hint=did_you_mean(output, FORMATS))
    config = context.obj.load_config()
    options.an_environment(config, environment)
    sources = options.selected(only, (source.name for source in config.sources))
    held = known(context.obj, config, snapshot).held
    read, failures = pipeline.collect(config, environment, only=sources, held=held)
    rows = [(name, entry) for name, found in read.sources.items() for entry in found.entries]
    matches = _pattern(key).fullmatch
    chosen = [(name, entry) for name, entry in rows if matches(key_of(entry.path))]
    if key and not chosen and not failures:
        keys = {key_of(entry.path) for _, entry in rows}
        raise ConfigError(f"no key `{key}` in {environment}", hint=_nearest(key, keys))
    context.obj.write("".join(line + "\n" for line in FORMATS[output](chosen)))
    for failure in failures:
        context.obj.complain(unread(failure), failure.hint)
    return INCOMPLETE if failures else 0


def _pattern(key: str) -> re.Pattern[str]:
    """Match all that begins with a key, or what one with `*` says; brackets stand for themselves."""
    return re.compile(".*".join(map(re.escape, key.split("*"))) + ("" if "*" in key else ".*"))


def _nearest(key: str, keys: set[str]) -> str:
    hint = did_you_mean(key, keys)
    return hint if hint.startswith("did") else "run the command without a key to see all"


def _text(rows: list[tuple[str, Entry]]) -> Iterator[str]:
    source = ""
    for name, entry in rows:
        if name != source:
            yield f"{name}:"
            source = name
        yield f"  {key_of(entry.path)} = {shown(entry.value)}  ({entry.location})"
        for override in entry.overrides:
            yield f"      overrides {shown(override.value)}  ({override.location})"


def _json(rows: list[tuple[str, Entry]]) -> Iterator[str]:
    lines = [json.dumps({"source": name, **entry_fields(entry)}, allow_nan=False) for name, entry in rows]
    yield "[" + ",\n ".join(lines) + "]"


FORMATS = {"text": _text, "json": _json}
