"""What only one probe could see is not compared: to be out of sight is not to be missing."""

from __future__ import annotations

from driftcheck.model import Collected, Kind, Pair, Path


def to_both(pairs: list[Pair], target: Collected, reference: Collected) -> list[Pair]:
    """Return the pairs without those that one side lacks in a branch which it, and not the other, could not show.

    Where neither was shown a branch, what one of them has there is no matter of sight: other settings, another version.
    """
    here, there = _unseen(target), _unseen(reference)
    blind = {Kind.MISSING: here - there, Kind.UNEXPECTED: there - here}
    if not any(blind.values()):
        return pairs
    return [pair for pair in pairs if not _is_below(pair.path, blind.get(pair.kind, set()))]


def _unseen(collected: Collected) -> set[Path]:
    """Return the branches that a probe could not show in whole; a whole source (`()`) is left to the judging."""
    return {part.path for part in (*collected.gaps, *collected.hidden) if part.path}


def _is_below(path: Path, branches: set[Path]) -> bool:
    return any(path[:length] in branches for length in range(1, len(path) + 1))
