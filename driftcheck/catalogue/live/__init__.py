"""The rules for running servers, one file a family. To add a family: write the module, add its import and name here."""

from __future__ import annotations

from collections.abc import Mapping

from driftcheck.catalogue.live import general, host, http, mysql, postgres, redis, schema, shape, tls
from driftcheck.catalogue.rule import Rule

FAMILIES = (general, host, http, mysql, postgres, redis, schema, shape, tls)

RULES: Mapping[str, Rule] = {rule.id: rule for family in FAMILIES for rule in family.RULES}
