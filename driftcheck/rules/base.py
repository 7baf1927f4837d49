"""What every rule module is told and what it answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from driftcheck.catalogue import Catalogue
from driftcheck.catalogue.rule import Rule
from driftcheck.model import NO_NOTES, Confidence, Environment, Expression, Note, Pair, Path, Secret, Severity, Value
from driftcheck.values import boolean, names


class Context(NamedTuple):
    """Between which two environments a pair is judged, and by which rules.

    `fallback` names the one whose value nobody wrote: what it does by default. The notes are what probes know of the
    settings of running servers, by path.
    """

    target: Environment
    reference: Environment
    catalogue: Catalogue
    fallback: str = ""
    target_notes: Mapping[Path, Note] = NO_NOTES
    reference_notes: Mapping[Path, Note] = NO_NOTES

    @property
    def target_tokens(self) -> tuple[str, ...]:
        """The words that stand for the target."""
        return names.tokens(self.target.name, self.target.tier)

    @property
    def reference_tokens(self) -> tuple[str, ...]:
        """The words that stand for the reference."""
        return names.tokens(self.reference.name, self.reference.tier)

    def alike(self, target: str, reference: str) -> bool:
        """Return whether two texts are the same once each is freed of its own environment's name."""
        return names.skeleton(target, self.target_tokens) == names.skeleton(reference, self.reference_tokens)

    def both(self, target: str, reference: str) -> str:
        """Return the two sides as a sentence: `10 in staging, 500 in production`."""
        if self.fallback == self.reference.name:
            return f"{target} in {self.target.name}, falls back to {reference} in {self.reference.name}"
        if self.fallback == self.target.name:
            return f"{reference} in {self.reference.name}, falls back to {target} in {self.target.name}"
        return f"{target} in {self.target.name}, {reference} in {self.reference.name}"


class Judgement(NamedTuple):
    """What a rule says of a pair. `severity` is before confidence is taken into account."""

    rule: Rule
    severity: Severity
    message: str
    confidence: Confidence = Confidence.HIGH


class Judge(Protocol):
    """What a rule module offers: it judges changed pairs whose rule has one of its value kinds."""

    def judge(self, pair: Pair, rule: Rule, context: Context) -> Judgement | Unfit | None:
        """Return a judgement, None if both sides mean the same, or UNFIT if the values are not of the rule's kind."""
        ...


class Unfit:
    """A value is not of the kind that the rule is for: another rule has to judge."""


UNFIT = Unfit()


def worst(judgements: Iterable[Judgement]) -> Judgement | None:
    """Return the most severe judgement, with the messages of all, or None if there is none."""
    ranked = sorted(judgements, key=lambda j: (-j.severity, j.message))
    if not ranked:
        return None
    return ranked[0]._replace(message="; ".join(dict.fromkeys(judgement.message for judgement in ranked)))


def on(value: Value) -> bool | None:
    """Return whether a switch is on, however it is spelled, or None if the value is no switch."""
    if isinstance(value, Secret | Expression | tuple):
        return None
    meaning = boolean.parse(value, numbers=True)
    return None if meaning is None else bool(meaning.canonical)


def show(value: Value, longest: int = 60) -> str:
    """Return a value as a message quotes it: one line, shortened."""
    text = (
        ", ".join(show(part) for part in value) if isinstance(value, tuple) else "null" if value is None else str(value)
    )
    if isinstance(value, bool):
        text = text.lower()
    text = text or '""'
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1] + "…"
