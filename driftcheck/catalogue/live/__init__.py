"""The rules for running servers, one file a family. To add a family: write the module, add its import and name here."""

from __future__ import annotations

from collections.abc import Mapping

from driftcheck.catalogue.live import general, host, http, jvm, mysql, postgres, redis, schema, shape, tls
from driftcheck.catalogue.rule import Match, Rule

FAMILIES = (general, host, http, jvm, mysql, postgres, redis, schema, shape, tls)

RULES: Mapping[str, Rule] = {rule.id: rule for family in FAMILIES for rule in family.RULES}

ALSO: tuple[tuple[str, Match], ...] = (*jvm.ALSO,)
"""Rules for files that settings of servers are judged by as well, and what these are called there."""
