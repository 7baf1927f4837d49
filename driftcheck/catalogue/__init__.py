"""The rules as data, one file a family, and the matcher that finds the one rule for a key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from driftcheck.catalogue import (
    general,
    identity,
    invariants,
    jvm,
    limits,
    resources,
    secrets,
    switches,
    timeouts,
    versions,
)
from driftcheck.catalogue.rule import BY_VALUE, Relation, Rule
from driftcheck.model import Path
from driftcheck.pattern import Pattern
from driftcheck.values import names

FAMILIES = (timeouts, limits, versions, resources, jvm, switches, identity, secrets, invariants, general)

RULES: Mapping[str, Rule] = {rule.id: rule for family in FAMILIES for rule in family.RULES}

_VARIABLE = Pattern(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")

LONGEST_SUFFIX = 6
"""Words. No built-in rule needs more of a key to tell it apart."""


class Catalogue:
    """Rules with an index by their words; `extra` ones win over built-in ones of the same reach.

    `wrong` are the values, in lower case, that some rule calls wrong in the reference. `must_differ` says whether some
    key's values must differ. `defaulted` are the words that end the names of which a product's default is known.
    """

    def __init__(self, extra: Iterable[Rule] = ()) -> None:
        added = {rule.id: rule for rule in extra}
        self._own = frozenset(added)
        first = {name: rule for name, rule in added.items() if name not in RULES or rule.match != RULES[name].match}
        self.rules: Mapping[str, Rule] = {**first, **{k: added.get(k, rule) for k, rule in RULES.items()}}
        self._exact: defaultdict[str, list[Rule]] = defaultdict(list)
        self._suffix: defaultdict[str, list[Rule]] = defaultdict(list)
        self._word: defaultdict[str, list[Rule]] = defaultdict(list)
        self._whole: defaultdict[str, list[Rule]] = defaultdict(list)
        self._any: list[Rule] = []
        for rule in self.rules.values():
            if rule.match == BY_VALUE:
                continue
            if not (rule.match.exact or rule.match.suffix or rule.match.words):
                self._any.append(rule)
            for index, patterns in (
                (self._exact, rule.match.exact),
                (self._suffix, rule.match.suffix),
                (self._word, rule.match.words),
                (self._whole, [pattern for pattern in rule.match.exact if "." in pattern]),
            ):
                for pattern in patterns:
                    index[_joined(pattern)].append(rule)
        self._anywhere_within = [rule for rule in self._any if rule.match.within]
        suffixes = [pattern for rule in added.values() for pattern in rule.match.suffix]
        self._longest = max(LONGEST_SUFFIX, *(len(names.words(pattern)) for pattern in suffixes), 0)
        self.wrong = frozenset(value for rule in self.rules.values() for value in rule.unsafe)
        self.defaulted = frozenset(names.words(d.name)[-1] for rule in self.rules.values() for d in rule.defaults)
        self.must_differ = any(
            rule.relation is Relation.MUST_DIFFER and rule.match != BY_VALUE for rule in self.rules.values()
        )

    def candidates(self, path: Path, collector: str) -> list[Rule]:
        """Return the rules for a key, the most specific first.

        That is: a whole name within a place, a team's own whole name, everything within a place, a whole name, the
        longest suffix, a word.

        Words are joined before they are compared, so that `MAXPOOLSIZE`, `maxPoolSize` and `max_pool_size` are one.
        """
        subject = names.subject(path)
        if not subject:
            return []
        read_by = collector
        if collector != "lockfile" and _VARIABLE.fullmatch(subject[-1]):
            collector = "dotenv"  # a variable is judged as one wherever it is set
        own = names.head(subject[-1])[0]
        parents = tuple(word for segment in subject[:-1] for word in names.head(segment)[0])
        everything = {*parents, *own}
        found: list[Rule] = []

        def add(rules: Sequence[Rule]) -> None:
            if not rules:
                return
            fitting = [
                rule
                for rule in rules
                if rule not in found
                and (
                    collector in rule.match.collectors or (rule.id in self._own and read_by in rule.match.collectors)
                    if rule.match.collectors
                    else collector != "lockfile"
                )
                and (not rule.match.within or not everything.isdisjoint(rule.match.within))
            ]
            if len(fitting) > 1:
                fitting.sort(key=lambda rule: not (rule.match.within or rule.match.collectors))
            found.extend(fitting)

        exact = self._exact.get("".join(own), ())
        if self._whole:
            add(self._whole.get("".join((*parents, *own)), ()))
        add([rule for rule in exact if rule.match.within])
        if self._own:
            add([rule for rule in exact if rule.id in self._own])
        add(self._anywhere_within)
        add(exact)
        tail = (*parents, *own)[-self._longest :]
        for start in range(len(tail)):
            add(self._suffix.get("".join(tail[start:]), ()))
        for word in own:
            add(self._word.get(word, ()))
        add(self._any)
        return found


def _joined(pattern: str) -> str:
    """Return a pattern's words as one text, units taken off as they are off a key's segments."""
    words = pattern.split()
    has_unit = len(words) > 1 and (words[-1] in names.UNITS or words[-1] == "in")
    if not has_unit and pattern.islower() and "".join(words).isalpha():
        return "".join([names.SYNONYMS.get(word, word) for word in words])  # nearly all, and every run pays for each
    return "".join(word for segment in pattern.split(".") for word in names.head(segment)[0])
