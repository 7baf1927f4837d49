"""A key that breaks its siblings' spelling, `group_mapping` among camelCase keys: it is probably read by nobody."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache

from driftcheck.model import Kind, Pair, Path, Severity, Side, key_of
from driftcheck.pattern import Pattern
from driftcheck.rules.base import Context, Judgement
from driftcheck.values import names

LEAST = 4
"""Siblings that must agree on a style before one that does not is odd."""

_STYLES = {
    "camelCase": Pattern(r"[a-z][a-z0-9]*(?:[A-Z][a-z0-9]*)+"),
    "snake_case": Pattern(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+"),
    "kebab-case": Pattern(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+"),
}
_FREE = frozenset(
    """
    annotations args arguments config configs configuration data env envs environment files file headers labels map
    maps metadata options parameters params properties secret secrets selector settings tags variables vars
    """.split()
)
"""Words of maps whose keys are not the chart's or module's own."""

_READ_BY_NAME = ("dotenv", "environment", "lockfile")

GENERAL = ("presence.reference-lacks", "presence.target-lacks")


def judge(
    judged: list[tuple[Pair, Judgement]], pairs: list[Pair], differing: list[Pair], context: Context
) -> list[tuple[Pair, Judgement]]:
    """Return the judgements with one for each odd key, in place of the one that says that the other side lacks it."""
    odd = {pair.path: (pair, judgement) for pair, judgement in _odd(pairs, differing, context)}
    if not odd:
        return judged
    result = []
    for pair, judgement in judged:
        if judgement.rule.id == "presence.near-miss":  # it says so already, of both keys
            odd.pop(pair.path, None)
            odd.pop(pair.target.entry.path if pair.target.entry else (), None)
        found = odd.pop(pair.path, None) if judgement.rule.id in GENERAL else None
        if found is not None:
            spelled = found[1]._replace(severity=max(found[1].severity, judgement.severity))
            judgement = spelled._replace(message=f"{judgement.message}; {spelled.message}")
        result.append((pair, judgement))
    return [*result, *odd.values()]


def _odd(pairs: list[Pair], differing: list[Pair], context: Context) -> Iterator[tuple[Pair, Judgement]]:
    """Yield each key that one environment has, the other lacks, and whose siblings there all agree on another style."""
    suspects: dict[Path, Pair] = {}
    for pair in differing:
        if pair.kind is not Kind.CHANGED and pair.collector not in _READ_BY_NAME:
            for n, segment in enumerate(pair.path):
                if _style(segment):
                    suspects.setdefault(pair.path[: n + 1], pair)
    parents = {path[:-1] for path in suspects if not _is_free(path[:-1])}
    if not parents:
        return
    children = _children(pairs, parents)
    rule = context.catalogue.rules["presence.spelling"]
    for path, pair in suspects.items():
        only_target = pair.kind is Kind.UNEXPECTED
        here, there = (children[kind][path[:-1]] for kind in ((0, 1) if only_target else (1, 0)))
        style = _of_siblings(path, here) if path[:-1] in parents and path[-1] not in there else ""
        if style:
            message = f"`{path[-1]}` among keys in {style}"
            spelled = "".join(names.words(path[-1]))
            twin = next((segment for segment in sorted(there) if "".join(names.words(segment)) == spelled), "")
            if twin:
                message += f"; {(context.reference if only_target else context.target).name} has `{twin}`"
            side = _branch(pair.target if only_target else pair.reference, path)
            whole = pair._replace(path=path, target=side) if only_target else pair._replace(path=path, reference=side)
            yield whole, Judgement(rule, Severity.LOW, message)


def _is_free(parent: Path) -> bool:
    return any(not _FREE.isdisjoint(names.words(segment)) for segment in parent)


def _children(pairs: list[Pair], parents: set[Path]) -> tuple[dict[Path, set[str]], dict[Path, set[str]]]:
    """Return the keys that target and reference have at each of the parents."""
    lengths = sorted({len(parent) for parent in parents})
    found: tuple[defaultdict[Path, set[str]], defaultdict[Path, set[str]]] = (defaultdict(set), defaultdict(set))
    for pair in pairs:
        for length in lengths:
            if length < len(pair.path) and (parent := pair.path[:length]) in parents:
                if pair.kind is not Kind.MISSING:
                    found[0][parent].add(pair.path[length])
                if pair.kind is not Kind.UNEXPECTED:
                    found[1][parent].add(pair.path[length])
    return found


def _of_siblings(path: Path, siblings: set[str]) -> str:
    """Return the style that all siblings but this one agree on, "" if there are too few, or others that do not."""
    own = _style(path[-1])
    styles = Counter(filter(None, map(_style, siblings)))
    if styles.pop(own, 0) != 1 or len(styles) != 1:
        return ""
    (style, count) = next(iter(styles.items()))
    names_a_chart = len(path) == 1 and "kebab-case" in (own, style)
    return style if count >= LEAST and not names_a_chart else ""


@cache
def _style(segment: str) -> str:
    """Return how a key of several words is written; "" for one word, and for what is no such key."""
    return next((style for style, pattern in _STYLES.items() if pattern.fullmatch(segment)), "")


def _branch(side: Side, path: Path) -> Side:
    """Return a side as one of the branch that it is in."""
    entry = side.entry
    if entry is None or entry.path == path or len(entry.path) <= len(path):
        return side
    return side._replace(entry=entry._replace(path=path, value=key_of(entry.path[len(path) :])))
