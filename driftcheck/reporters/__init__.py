"""Reporters: each module turns a report into text. To add one: write the module, add its import and line here."""

from __future__ import annotations

from collections.abc import Mapping

from driftcheck.reporters import json, text
from driftcheck.reporters.base import Reporter

REPORTERS: Mapping[str, Reporter] = {
    "json": json,
    "text": text,
}
