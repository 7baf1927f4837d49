"""The rules as data, one file a family, and the matcher that finds the one rule for a key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

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
from driftcheck.model import Path, Value
from driftcheck.pattern import Pattern
from driftcheck.values import names

FAMILIES = (timeouts, limits, versions, resources, jvm, switches, identity, secrets, invariants, general)

RULES: Mapping[str, Rule] = {rule.id: rule for family in FAMILIES for rule in family.RULES}
"""The rules for what stands in files; those for running servers are read when there is one to judge."""


def every_rule() -> Mapping[str, Rule]:
    """Return the built-in rules, those for running servers included."""
    from driftcheck.catalogue import live

    return {**RULES, **live.RULES}


def _of_servers_too(rules: Mapping[str, Rule]) -> list[Rule]:
    """Return the rules again that hold for settings of servers as well, under the names that those have there."""
    from driftcheck.catalogue import live

    return [rules[name]._replace(match=match) for name, match in live.ALSO]


_VARIABLE = Pattern(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")

LONGEST_SUFFIX = 6
"""Words. No built-in rule needs more of a key to tell it apart."""


class _Met(NamedTuple):
    """What a key is as far as rules are indexed by it: keys are many, and of few such kinds.

    `whole`: all its words joined, `own` those of its last segment. `places`: the words that some rule narrows itself to.
    """

    whole: str
    own: str
    endings: tuple[str, ...]
    words: tuple[str, ...]
    places: frozenset[str]
    collector: str
    read_by: str


class Catalogue:
    """Rules with an index by their words; `extra` ones win over built-in ones of the same reach.

    `live` adds the rules for running servers.

    `must_differ` says whether some key's values must differ. `defaulted` are the words that end the names of which a
    product's default is known.
    """

    def __init__(self, extra: Iterable[Rule] = (), *, live: bool = False) -> None:
        self.live = live
        built_in = every_rule() if live else RULES
        added = {rule.id: rule for rule in extra}
        self._own = frozenset(added)
        first = {k: rule for k, rule in added.items() if k not in built_in or rule.match != built_in[k].match}
        self.rules: Mapping[str, Rule] = {**first, **{k: added.get(k, rule) for k, rule in built_in.items()}}
        self._exact: defaultdict[str, list[Rule]] = defaultdict(list)
        self._suffix: defaultdict[str, list[Rule]] = defaultdict(list)
        self._word: defaultdict[str, list[Rule]] = defaultdict(list)
        self._whole: defaultdict[str, list[Rule]] = defaultdict(list)
        self._any: list[Rule] = []
        places: set[str] = set()
        for rule in (*self.rules.values(), *(_of_servers_too(self.rules) if live else ())):
            if rule.match == BY_VALUE:
                continue
            places.update(rule.match.within)
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
        self._places = frozenset(places)
        self._known: dict[tuple[object, ...], Sequence[Rule]] = {}
        suffixes = [pattern for rule in added.values() for pattern in rule.match.suffix]
        self._longest = max(LONGEST_SUFFIX, *(len(names.words(pattern)) for pattern in suffixes), 0)
        unsafe = [rule for rule in self.rules.values() if rule.unsafe]
        self._wrong = frozenset(value for rule in unsafe for value in rule.unsafe)
        self._unsafe = tuple(_joined(name) for rule in unsafe for name in (*rule.match.exact, *rule.match.suffix))
        self._unsafe_words = frozenset(_joined(word) for rule in unsafe for word in rule.match.words)
        self._unsafe_anywhere = any(rule.unsafe for rule in self._any)
        self._is_risky: dict[str, bool] = {}
        self.defaulted = frozenset(names.words(d.name)[-1] for rule in self.rules.values() for d in rule.defaults)
        self.must_differ = any(
            rule.relation is Relation.MUST_DIFFER and rule.match != BY_VALUE for rule in self.rules.values()
        )

    def candidates(self, path: Path, collector: str) -> Sequence[Rule]:
        """Return the rules for a key, the most specific first.

        That is: a whole name within a place, a team's own whole name, everything within a place, a whole name, the
        longest suffix, a word.

        Words are joined before they are compared, so that `MAXPOOLSIZE`, `maxPoolSize` and `max_pool_size` are one.
        """
        subject = names.subject(path)
        if not subject:
            return ()
        read_by = collector
        if collector != "lockfile" and _VARIABLE.fullmatch(subject[-1]):
            collector = "dotenv"  # a variable is judged as one wherever it is set
        own = names.head(subject[-1])[0]
        words = [*[word for segment in subject[:-1] for word in names.head(segment)[0]], *own]
        endings: list[str] = []
        ending = ""
        for word in reversed(words[-self._longest :]):
            ending = word + ending
            if ending in self._suffix:
                endings.insert(0, ending)
        met = (
            "".join(words) if self._whole and "".join(words) in self._whole else "",
            "".join(own) if "".join(own) in self._exact else "",
            tuple(endings),
            tuple([word for word in own if word in self._word]),
            self._places.intersection(words),
            collector,
            read_by,
        )
        known = self._known.get(met)
        if known is None:
            known = self._known[met] = self._ordered(_Met(*met))
        return known

    def may_be_wrong(self, path: Path, value: Value) -> bool:
        """Return whether some rule may call a value wrong in the reference: for most it is told without choosing one."""
        if str(value).lower() not in self._wrong:
            return False
        last = path[-1]
        if last[0] == "[" or last in ("value", "Value", "default"):
            return True
        known = self._is_risky.get(last)
        if known is None:
            own = names.head(last)[0]
            joined = "".join(own)
            known = self._is_risky[last] = (
                self._unsafe_anywhere
                or not self._unsafe_words.isdisjoint(own)
                or any(name.endswith(joined) or joined.endswith(name) for name in self._unsafe)
            )
        return known

    def _ordered(self, met: _Met) -> Sequence[Rule]:
        exact = self._exact.get(met.own, ())
        groups = [
            self._whole.get(met.whole, ()),
            [rule for rule in exact if rule.match.within],
            [rule for rule in exact if rule.id in self._own],
            [rule for rule in self._any if rule.match.within],
            exact,
            *[self._suffix[ending] for ending in met.endings],
            *[self._word[word] for word in met.words],
            self._any,
        ]
        found: list[Rule] = []
        for rules in groups:
            fitting = [rule for rule in rules if rule not in found and self._fits(rule, met)]
            found.extend(sorted(fitting, key=lambda rule: -bool(rule.match.within) - bool(rule.match.collectors)))
        return tuple(found)

    def _fits(self, rule: Rule, met: _Met) -> bool:
        if rule.match.within and met.places.isdisjoint(rule.match.within):
            return False
        if not rule.match.collectors:
            return met.collector != "lockfile"
        return met.collector in rule.match.collectors or (rule.id in self._own and met.read_by in rule.match.collectors)


def _joined(pattern: str) -> str:
    """Return a pattern's words as one text, units taken off as they are off a key's segments."""
    words = pattern.split()
    has_unit = len(words) > 1 and (words[-1] in names.UNITS or words[-1] == "in")
    if not has_unit and pattern.islower() and "".join(words).isalpha():
        return "".join([names.SYNONYMS.get(word, word) for word in words])  # nearly all, and every run pays for each
    return "".join(word for segment in pattern.split(".") for word in names.head(segment)[0])
