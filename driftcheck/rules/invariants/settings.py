"""Which settings invariants are made of: found by the words of their keys, and grouped by what they belong to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from driftcheck.model import Expression, Kind, Pair, Path, Secret, Side, Value
from driftcheck.pattern import Pattern
from driftcheck.rules import composite
from driftcheck.values import Meaning, boolean, duration, names, number, quantity, size


class Reach(Enum):
    """Whose a setting is: one container's, all of a workload's, or the only one of its kind in the source."""

    CONTAINER = "container"
    WORKLOAD = "workload"
    SOURCE = "source"


class Input(NamedTuple):
    """A setting that an invariant needs, by the last words of its key; several may describe one `name`.

    `kind` is duration, size, cpu, count, switch, sleep (of a command) or presence. `unit` is a bare number's, where the
    product has one unit beyond doubt; without it, and without a unit in key or value, nothing is known of the amount.
    `within`: one of these words stands elsewhere in the key. `without`: none of these does. `about`: words of the key
    that say what the setting is for, and nothing of whose it is. `prefixed`: a variable inside a container's settings
    may begin with any words (`ES_JAVA_OPTS`), which say nothing of that either.
    """

    name: str
    kind: str
    suffix: tuple[str, ...]
    reach: Reach = Reach.CONTAINER
    unit: str = ""
    grammar: str = ""
    within: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    prefixed: bool = False


class Owner(NamedTuple):
    """The words of a key that say whose a setting is, and the container's item where a pod's containers are listed."""

    workload: tuple[str, ...]
    container: str = ""


class Setting(NamedTuple):
    """An input as it was found: the pair that it is in, and what target and reference mean by it (None: not known)."""

    pair: Pair
    amounts: tuple[Meaning | None, Meaning | None]

    def says_the_same(self, other: Setting) -> bool:
        """Return whether both mean the same in either environment."""
        return all(one == another for one, another in zip(self.amounts, other.amounts, strict=True))

    @property
    def differs(self) -> bool:
        """Whether the two amounts do, whatever their spelling."""
        one, other = self.amounts
        return one is None or other is None or one.canonical != other.canonical


STRUCTURE = frozenset(
    """
    annotations args cmd command common conf config configmap configs configuration container containers data deployment
    deployments env environment envs extra extended io kubernetes lifecycle limit map properties request resource
    resources settings spec template templates value values var variables vars
    """.split()
)
"""Words that give a file its shape and say nothing of whose a setting is."""

_CONTAINERS = frozenset(("containers", "initContainers", "container_definitions"))
_LONGEST = 5
_SHORTEST_TEXT = 8
"""Characters. No line of a configuration file that is looked for is shorter."""
_TEXT_HINTS = Pattern(r"(?i)maxmemory|max_connections|timeout|pool")
_LEAST_CPU_UNITS = 128
"""Of which Amazon ECS has 1024 a CPU; no container has as many CPUs."""
_SLEEP = Pattern(r"(?:^|[\s;&|'\"])sleep[\s'\",]+(\d+(?:\.\d+)?)\b")


_Patterns = Mapping[str, list[Input]]
"""Inputs by the joined words of their suffixes."""


class Settings:
    """The inputs that the pairs of one source hold, indexed by name and owner."""

    def __init__(self, pairs: Iterable[Pair], inputs: Iterable[Input]) -> None:
        patterns: defaultdict[str, list[Input]] = defaultdict(list)
        for wanted in inputs:
            for suffix in wanted.suffix:
                patterns["".join(suffix.split())].append(wanted)
        ends = frozenset(suffix.split()[-1] for wanted in inputs for suffix in wanted.suffix)
        self._found: defaultdict[tuple[str, Owner], list[tuple[Pair, Pair, Input]]] = defaultdict(list)
        self._owners: defaultdict[str, dict[Owner, None]] = defaultdict(dict)
        for pair in pairs:
            if _last_word(pair.path) in ends:
                self._add(pair, pair, patterns)
            if _holds_parts(pair.target.value) or (pair.kind is not Kind.SAME and _holds_parts(pair.reference.value)):
                for part in composite.parts(pair):
                    if _last_word(part.path) in ends:
                        self._add(pair, part, patterns)

    def _add(self, whole: Pair, pair: Pair, patterns: _Patterns) -> None:
        found = _words(pair.path)
        words = [word.text for word in found]
        for start in range(max(0, len(words) - _LONGEST), len(words)):
            known = patterns.get("".join(words[start:]))
            if known is None:
                continue
            held = set(words)
            matching = [
                wanted
                for wanted in known
                if (not wanted.within or not held.isdisjoint(wanted.within)) and held.isdisjoint(wanted.without)
            ]
            for wanted in matching:
                owner = _owner(pair.path, found[:start], wanted)
                self._found[wanted.name, owner].append((whole, pair, wanted))
                self._owners[wanted.name][owner] = None
            if matching:
                return

    def owners(self, names_: Iterable[str]) -> list[Owner]:
        """Return the owners of any of these inputs, the narrowest of a workload alone where there are several."""
        found = dict.fromkeys(owner for name in names_ for owner in self._owners.get(name, ()))
        with_containers = {owner.workload for owner in found if owner.container}
        return [owner for owner in found if owner.container or owner.workload not in with_containers]

    def of(self, name: str, owner: Owner) -> Setting | None:
        """Return an owner's input; None where there is none, or several that do not say the same."""
        found = self._found.get((name, owner))
        if found is None and owner.container:
            found = self._found.get((name, Owner(owner.workload)))
        if found is None:
            found = self._found.get((name, _ANYWHERE))
        if found is None:
            return None
        settings = [Setting(whole, _amounts(pair, wanted)) for whole, pair, wanted in found]
        return settings[0] if all(map(settings[0].says_the_same, settings[1:])) else None


_ANYWHERE = Owner(("*",))
"""The owner of what is one of its kind in the whole source."""


def _holds_parts(value: Value) -> bool:
    """Whether a value may hold options or a configuration file; most are told from them at once."""
    if value is None or (type(value) is str and value[:1] != "-" and len(value) < _SHORTEST_TEXT):
        return False
    if isinstance(value, Secret):
        value = value.shown
    if isinstance(value, tuple):
        return any(isinstance(word, str) and word[:1] == "-" for word in value)
    if not isinstance(value, str):
        return False
    return value[:1] == "-" or ("\n" in value and _TEXT_HINTS.search(value) is not None)


class _Word(NamedTuple):
    """A word of a key; whether it stands in a list item's identity or position, and in a variable inside something."""

    text: str
    is_item: bool
    is_variable: bool


def _words(path: Path) -> list[_Word]:
    """Return the words of a key, units taken off."""
    last = len(path) - (len(path) > 1 and path[-1] in ("value", "Value", "default") and path[-2][0] == "[")
    found = [*_words_of(path[0], False)] if last else []
    for segment in path[1:last]:
        found += _words_of(segment, True)
    return found


@lru_cache(maxsize=1 << 14)
def _words_of(segment: str, is_inside: bool) -> tuple[_Word, ...]:
    is_item = segment[0] == "["
    if is_item and "=" not in segment:
        return (_Word(segment, True, False),)
    text = segment[segment.index("=") + 1 : -1] if is_item else segment
    is_variable = is_inside and text.isupper()
    return tuple([_Word(word, is_item, is_variable) for word in names.head(text)[0]])


def _last_word(path: Path) -> str:
    """Return the word that a key ends in: most keys need no look at any other."""
    last = path[-1]
    if len(path) > 1 and last in ("value", "Value", "default") and path[-2][0] == "[":
        last = path[-2]
    if last[0] == "[":
        if "=" not in last:
            return last
        last = last[last.index("=") + 1 : -1]
    return _final(last) or "".join(word.text for word in _words(path)[-1:])


@lru_cache(maxsize=1 << 14)
def _final(text: str) -> str:
    return "".join(names.head(text)[0][-1:])


def _owner(path: Path, before: list[_Word], wanted: Input) -> Owner:
    if wanted.reach is Reach.SOURCE:
        return _ANYWHERE
    container = ""
    if not _CONTAINERS.isdisjoint(path):
        for segment, following in pairwise(path):
            if segment in _CONTAINERS and following[0] == "[":
                container = following
    dropped = {word.text for word in _words((container,))} if container else frozenset()
    workload = tuple(
        [
            text
            for text, is_item, is_variable in before
            if text not in STRUCTURE
            and text not in wanted.about
            and not (is_item and text in dropped)
            and not (is_variable and wanted.prefixed)
        ]
    )
    return Owner(workload, container if wanted.reach is Reach.CONTAINER else "")


def _amounts(pair: Pair, wanted: Input) -> tuple[Meaning | None, Meaning | None]:
    """Return what both sides say; None for what one lacks or hides, or what is an expression."""
    unit = names.head(names.subject(pair.path)[-1])[1] or wanted.unit
    return _read(pair.target, wanted, unit), _read(pair.reference, wanted, unit)


def _read(side: Side, wanted: Input, unit: str) -> Meaning | None:
    if side.entry is None or isinstance(side.entry.value, Secret | Expression) or wanted.kind == "presence":
        return None
    return _amount(side.entry.value, wanted.kind, wanted.grammar, unit)


@lru_cache(maxsize=1 << 12, typed=True)
def _amount(value: Value, kind: str, grammar: str, unit: str) -> Meaning | None:
    """Return an amount; None for zero and below, which are never mere amounts, and for numbers of no known unit."""
    if kind == "sleep":
        return _slept(value)
    if value is None or isinstance(value, tuple | Secret):
        return None
    if kind == "switch":
        return boolean.parse(value, numbers=True)
    if isinstance(value, bool):
        return None
    meaning: Meaning | None
    if kind == "duration":
        meaning = duration.parse(value, unit)
    elif kind == "size":
        meaning = size.parse(value, grammar or "binary", unit)
    elif kind == "cpu":
        meaning = quantity.parse(value)
        if meaning is not None and meaning.magnitude is not None and meaning.magnitude >= _LEAST_CPU_UNITS:
            meaning = quantity.parse(float(meaning.magnitude / 1024))
    else:
        meaning = number.parse(value)
    if meaning is None or meaning.magnitude is None or meaning.magnitude <= 0 or isinstance(meaning.canonical, tuple):
        return None  # a tuple says "bare": a number without a unit
    return meaning


def _slept(value: Value) -> Meaning | None:
    """A hook's `sleep 15`, however it is called."""
    text = " ".join(str(word) for word in value) if isinstance(value, tuple) else str(value)
    found = _SLEEP.search(text)
    return duration.parse(found[1], "s") if found else None


def magnitude(meaning: Meaning) -> Fraction:
    """Return the amount that every input but a switch has."""
    assert meaning.magnitude is not None
    return meaning.magnitude
