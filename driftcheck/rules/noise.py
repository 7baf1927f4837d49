"""Differences of running servers that mean nothing: told as information, by their class, and not judged any further."""

from __future__ import annotations

from driftcheck.model import Kind, Noise, Note, Pair, Path, Severity, key_of
from driftcheck.rules.base import Context, Judgement

VERSION: Path = ("version",)
"""The key under which every probe tells its server's version."""

DESPITE_VERSION = frozenset(("password_encryption", "hash_mem_multiplier", "effective_io_concurrency"))
"""Settings of PostgreSQL whose new default changes how applications log in, or which plans they get."""

_NOTHING_KNOWN = Note()
_SAYS = {
    Noise.IDENTITY: "each server has its own",
    Noise.DERIVED: "computed by the server",
    Noise.STATE: "of this moment or session",
}


def settle(pairs: list[Pair], context: Context) -> tuple[list[Pair], list[tuple[Pair, Judgement]]]:
    """Return the pairs that have to be judged, and what there is to say of the others.

    A setting at its default on both sides, or at the default of the only side that has it, came with the version where
    the versions differ. What follows another key is settled where that key differs, or only one side has it. What the
    server computed is judged all the same where somebody set it by hand on the other side. What servers have alike of
    all that is no choice of anybody's: a folder of one name on two machines is no shared store.
    """
    if not context.target_notes and not context.reference_notes:
        return pairs, []
    differing = {pair.path for pair in pairs if pair.kind is not Kind.SAME}
    left: list[Pair] = []
    settled: list[tuple[Pair, Judgement]] = []
    for pair in pairs:
        if pair.kind is Kind.SAME and context.reference_notes.get(pair.path, _NOTHING_KNOWN).noise is not None:
            continue
        said = None if pair.kind is Kind.SAME else _said(pair, differing, context)
        if said is None:
            left.append(pair)
        else:
            rule, message = said
            settled.append((pair, Judgement(context.catalogue.rules[rule], Severity.INFO, message)))
    return left, settled


def _said(pair: Pair, differing: set[Path], context: Context) -> tuple[str, str] | None:
    """Return the rule and the message for a difference that means nothing."""
    sides = ((pair.target, context.target_notes), (pair.reference, context.reference_notes))
    notes = [known.get(side.entry.path, _NOTHING_KNOWN) for side, known in sides if side.entry is not None]
    for note in notes:
        if note.noise in (Noise.IDENTITY, Noise.STATE):
            return f"live.{note.noise}", _SAYS[note.noise]
    if not all(note.noise is not None or note.at_default for note in notes):
        return None  # somebody chose the value of one side
    for note in notes:
        if note.follows in differing:
            return "live.follows", f"follows from {key_of(note.follows)}"
    if VERSION in differing and all(note.at_default for note in notes) and pair.path[-1] not in DESPITE_VERSION:
        return "live.version-only", "came with the version"
    if any(note.noise is Noise.DERIVED for note in notes):
        return "live.derived", _SAYS[Noise.DERIVED]
    return None
