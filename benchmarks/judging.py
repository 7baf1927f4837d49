"""Print how many CPU seconds judging and collecting take, and how many pairs differ: `judging.py driftcheck.yaml`.

Collecting is reading, redacting and telling list items apart, for both environments; pairing up is in neither.
"""

from __future__ import annotations

import gc
import sys
from time import process_time

from driftcheck import config, pipeline, rules
from driftcheck.catalogue import Catalogue
from driftcheck.model import Kind
from driftcheck.pairing import pair_up

gc.disable()  # as the command does
declared = config.load(sys.argv[1])
target, reference = declared.environments

began = process_time()
snapshots = [pipeline.collect(declared, environment.name)[0] for environment in (target, reference)]
collecting = process_time() - began

held = [{entry.path: entry for entry in snapshot.sources["values"].entries} for snapshot in snapshots]
pairs = pair_up("values", "helm", (target, held[0]), (reference, held[1]), frozenset())

began = process_time()
rules.judge_all(pairs, rules.Context(target, reference, Catalogue()), absence_is_known=True)
judging = process_time() - began

print(judging, collecting, sum(pair.kind is Kind.CHANGED for pair in pairs))
