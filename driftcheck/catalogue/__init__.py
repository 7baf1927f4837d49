"""The rules as data, one file a family, and the matcher that finds the one rule for a key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from driftcheck.catalogue import general, identity, jvm, limits, resources, secrets, switches, timeouts, versions
from driftcheck.catalogue.rule import Rule
from driftcheck.model import Path
from driftcheck.pattern import Pattern
from driftcheck.values import names

FAMILIES = (timeouts, limits, versions, resources, jvm, switches, identity, secrets, general)

RULES: Mapping[str, Rule] = {rule.id: rule for family in FAMILIES for rule in family.RULES}

_VARIABLE = Pattern(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")

LONGEST_SUFFIX = 6
"""Words. No setting needs more of its key to be told apart."""


class Catalogue:
    """Rules with an index by their words; `extra` ones win over built-in ones of the same reach."""

    def __init__(self, extra: Iterable[Rule] = ()) -> None:
        added = {rule.id: rule for rule in extra}
        self.rules: Mapping[str, Rule] = {**added, **{k: rule for k, rule in RULES.items() if k not in added}}
        self._exact: defaultdict[str, list[Rule]] = defaultdict(list)
        self._suffix: defaultdict[str, list[Rule]] = defaultdict(list)
        self._word: defaultdict[str, list[Rule]] = defaultdict(list)
        self._any: list[Rule] = []
        for rule in self.rules.values():
            if not (rule.match.exact or rule.match.suffix or rule.match.words):
                self._any.append(rule)
            for index, patterns in (
                (self._exact, rule.match.exact),
                (self._suffix, rule.match.suffix),
                (self._word, rule.match.words),
            ):
                for pattern in patterns:
                    index["".join(names.head(pattern)[0])].append(rule)

    def candidates(self, path: Path, collector: str) -> list[Rule]:
        """Return the rules for a key, the most specific first.

        That is: a whole name within a place, everything within a place, a whole name, the longest suffix, a word.

        Words are joined before they are compared, so that `MAXPOOLSIZE`, `maxPoolSize` and `max_pool_size` are one.
        """
        subject = names.subject(path)
        if not subject:
            return []
        if _VARIABLE.fullmatch(subject[-1]):
            collector = (
                "lockfile" if collector == "lockfile" else "dotenv"
            )  # a variable is judged as one wherever it is set
        own = names.head(subject[-1])[0]
        parents = tuple(word for segment in subject[:-1] for word in names.head(segment)[0])
        everything = {*parents, *own}
        found: list[Rule] = []

        def add(rules: Iterable[Rule]) -> None:
            fitting = [
                rule
                for rule in rules
                if rule not in found
                and (collector in rule.match.collectors if rule.match.collectors else collector != "lockfile")
                and (not rule.match.within or not everything.isdisjoint(rule.match.within))
            ]
            found.extend(sorted(fitting, key=lambda rule: not (rule.match.within or rule.match.collectors)))

        exact = self._exact.get("".join(own), ())
        add(rule for rule in exact if rule.match.within)
        add(rule for rule in self._any if rule.match.within)
        add(exact)
        tail = (*parents, *own)[-LONGEST_SUFFIX:]
        for start in range(len(tail)):
            add(self._suffix.get("".join(tail[start:]), ()))
        for word in own:
            add(self._word.get(word, ()))
        add(self._any)
        return found
