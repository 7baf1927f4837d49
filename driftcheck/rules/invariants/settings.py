"""Which settings invariants are made of: found by the words of their keys, and grouped by what they belong to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Set
from enum import Enum
from fractions import Fraction
from functools import cache, lru_cache
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
_SHORTEST_TEXT = 8
"""Characters. No line of a configuration file that is looked for is shorter."""
_TEXT_HINTS = Pattern(r"(?i)maxmemory|max_connections|timeout|pool")
_LEAST_CPU_UNITS = 128
"""Of which Amazon ECS has 1024 a CPU; no container has as many CPUs."""
_SLEEP = Pattern(r"(?:^|[\s;&|'\"])sleep[\s'\",]+(\d+(?:\.\d+)?)\b")


class _Index(NamedTuple):
    """Inputs by the joined words of their suffixes, what these end in, and the names of inputs by their last word."""

    patterns: Mapping[str, list[Input]]
    endings: Set[str]
    ends: Mapping[str, Set[str]]


@lru_cache(maxsize=1)
def _indexed(inputs: tuple[Input, ...]) -> _Index:
    patterns: defaultdict[str, list[Input]] = defaultdict(list)
    ends: defaultdict[str, set[str]] = defaultdict(set)
    for wanted in inputs:
        for suffix in wanted.suffix:
            patterns["".join(suffix.split())].append(wanted)
            ends[suffix.split()[-1]].add(wanted.name)
    return _Index(patterns, {pattern[n:] for pattern in patterns for n in range(len(pattern))}, ends)


class _Found(NamedTuple):
    """Where an input was found: the pair, the part of it that is the input, and how many last words say so."""

    whole: Pair
    pair: Pair
    wanted: Input
    length: int


class Settings:
    """The inputs that the pairs of one source hold, by name; whose they are is asked of those that matter alone."""

    def __init__(
        self, pairs: Iterable[Pair], inputs: tuple[Input, ...], of_use: Callable[[Set[str]], Set[str]]
    ) -> None:
        """`of_use` says which inputs are worth having, given the names of those that may be there."""
        self._index = index = _indexed(inputs)
        candidates = []
        for pair in pairs:
            if (end := _last_word(pair.path)) in index.ends:
                candidates.append((end, pair, pair))
            if _holds_parts(pair.reference) or (pair.kind is not Kind.SAME and _holds_parts(pair.target)):
                candidates += [
                    (end, pair, part) for part in composite.parts(pair) if (end := _last_word(part.path)) in index.ends
                ]
        self._useful = of_use(set[str]().union(*(index.ends[end] for end in {end for end, _, _ in candidates})))
        self._found: defaultdict[str, list[_Found]] = defaultdict(list)
        self._by_owner: dict[str, Mapping[Owner, list[_Found]]] = {}
        for end, whole, pair in candidates:
            if not self._useful.isdisjoint(index.ends[end]):
                self._add(whole, pair)

    def _add(self, whole: Pair, pair: Pair) -> None:
        for length, inputs in self._known_by(pair.path):
            matching = [wanted for wanted in inputs if _fits(wanted, pair.path)]
            for wanted in matching:
                if wanted.name in self._useful:
                    self._found[wanted.name].append(_Found(whole, pair, wanted, length))
            if matching:
                return

    def _known_by(self, path: Path) -> list[tuple[int, list[Input]]]:
        """Return how many words of a key's ending inputs are known by, and those inputs, the longest ending first."""
        found: list[tuple[int, list[Input]]] = []
        ending, length = "", 0
        for segment in reversed(_named(path)):
            for word in reversed(_texts_of(segment)):
                ending, length = word + ending, length + 1
                if ending not in self._index.endings:
                    return found
                if ending in self._index.patterns:
                    found.insert(0, (length, self._index.patterns[ending]))
        return found

    @property
    def names(self) -> Set[str]:
        """The inputs that are there."""
        return self._found.keys()

    def _owned(self, name: str) -> Mapping[Owner, list[_Found]]:
        if name not in self._by_owner:
            owned: defaultdict[Owner, list[_Found]] = defaultdict(list)
            for found in self._found.get(name, ()):
                owned[_owner(found)].append(found)
            self._by_owner[name] = owned
        return self._by_owner[name]

    def owners(self, names_: Iterable[str]) -> list[Owner]:
        """Return the owners of any of these inputs, the narrowest of a workload alone where there are several."""
        found = dict.fromkeys(owner for name in names_ for owner in self._owned(name))
        with_containers = {owner.workload for owner in found if owner.container}
        return [owner for owner in found if owner.container or owner.workload not in with_containers]

    def of(self, name: str, owner: Owner) -> Setting | None:
        """Return an owner's input; None where there is none, or several that do not say the same."""
        owned = self._owned(name)
        found = owned.get(owner)
        if found is None and owner.container:
            found = owned.get(Owner(owner.workload))
        if found is None:
            found = owned.get(_ANYWHERE)
        if found is None:
            return None
        settings = [Setting(each.whole, _amounts(each.pair, each.wanted)) for each in found]
        return settings[0] if all(map(settings[0].says_the_same, settings[1:])) else None


_ANYWHERE = Owner(("*",))
"""The owner of what is one of its kind in the whole source."""


def _holds_parts(side: Side) -> bool:
    """Whether a value may hold options or a configuration file; most are told from them at once."""
    value = side.entry.value if side.entry is not None else None
    if type(value) is str:
        return value[:1] == "-" or (len(value) >= _SHORTEST_TEXT and _is_text(value))
    if isinstance(value, tuple):
        return any(isinstance(word, str) and word[:1] == "-" for word in value)
    if isinstance(value, Secret):
        return value.shown[:1] == "-" or _is_text(value.shown)
    return isinstance(value, str) and (value[:1] == "-" or _is_text(value))


def _is_text(value: str) -> bool:
    return "\n" in value and _TEXT_HINTS.search(value) is not None


class _Word(NamedTuple):
    """A word of a key; whether it stands in a list item's identity or position, and in a variable inside something."""

    text: str
    is_item: bool
    is_variable: bool


def _named(path: Path) -> Path:
    """Return the segments that name a setting: all but the `value` of a list item."""
    return path[:-1] if len(path) > 1 and path[-1] in ("value", "Value", "default") and path[-2][0] == "[" else path


def _words(path: Path) -> list[_Word]:
    """Return the words of a key, units taken off."""
    return [word for n, segment in enumerate(_named(path)) for word in _words_of(segment, n > 0)]


@cache
def _words_of(segment: str, is_inside: bool) -> tuple[_Word, ...]:
    is_item = segment[0] == "["
    is_variable = (
        is_inside and (segment[segment.index("=") + 1 : -1] if is_item and "=" in segment else segment).isupper()
    )
    return tuple([_Word(text, is_item, is_variable) for text in _texts_of(segment)])


@cache
def _texts_of(segment: str) -> tuple[str, ...]:
    """Return the words of one segment, for a list item those of its identity; a position is a word by itself."""
    if segment[0] != "[":
        return names.head(segment)[0]
    return names.head(segment[segment.index("=") + 1 : -1])[0] if "=" in segment else (segment,)


def _last_word(path: Path) -> str:
    """Return the word that a key ends in: most keys need no look at any other."""
    segment = path[-1]
    if len(path) > 1 and segment in ("value", "Value", "default") and path[-2][0] == "[":
        segment = path[-2]
    found = _texts_of(segment)
    return found[-1] if found else "".join(word.text for word in _words(path)[-1:])


def _fits(wanted: Input, path: Path) -> bool:
    """Whether what has to stand elsewhere in a key does, and nothing that must not."""
    if not wanted.within and not wanted.without:
        return True
    words = {text for segment in _named(path) for text in _texts_of(segment)}
    return (not wanted.within or not words.isdisjoint(wanted.within)) and words.isdisjoint(wanted.without)


def _owner(found: _Found) -> Owner:
    path, wanted = found.pair.path, found.wanted
    if wanted.reach is Reach.SOURCE:
        return _ANYWHERE
    container = ""
    if not _CONTAINERS.isdisjoint(path):
        for segment, following in pairwise(path):
            if segment in _CONTAINERS and following[0] == "[":
                container = following
    dropped = _texts_of(container) if container else ()
    workload = tuple(
        [
            text
            for text, is_item, is_variable in _words(path)[: -found.length]
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
    reference = _read(pair.reference, wanted, unit)
    return (reference if pair.kind is Kind.SAME else _read(pair.target, wanted, unit)), reference


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
