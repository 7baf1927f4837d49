"""What is said of a divergence when no rule knows its key."""

from driftcheck.catalogue.rule import Match, Rule
from driftcheck.model import Severity

INFO, LOW, MEDIUM, HIGH, CRITICAL = Severity

RULES = (
    Rule(
        id="presence.missing",
        summary="A key is set in staging and not in production",
        why="What staging tests with a value, production runs without one, or with a default that nobody looked at.",
        fix="Set it in production, or remove it from staging.",
        kind="presence",
        match=Match(exact=("any missing key",)),
        differs=HIGH,
        source="https://12factor.net/config",
    ),
    Rule(
        id="presence.unexpected",
        summary="A key is set in production and not in staging",
        why="Production's setting is never exercised before it is live.",
        fix="Set it in staging too, or accept the difference with its reason.",
        kind="presence",
        match=Match(exact=("any unexpected key",)),
        differs=MEDIUM,
        source="https://12factor.net/config",
    ),
    Rule(
        id="format.duplicate-key",
        summary="A key is written twice in one file",
        why="The later one wins silently, together with everything below it; readers see the first.",
        fix="Remove one of the two.",
        kind="text",
        match=Match(exact=("any duplicate key",)),
        differs=MEDIUM,
        source="https://yaml.org/spec/1.2.2/#3213-node-comparison",
    ),
    Rule(
        id="format.spelling",
        summary="The same members in another order",
        why="Where order means nothing the two are equal; where it does, they are not.",
        fix="Nothing to do, unless order matters here.",
        kind="list",
        match=Match(exact=("any reordered list",)),
        differs=INFO,
        source="https://json-schema.org/understanding-json-schema/reference/array",
    ),
    Rule(
        id="value.duplicate",
        summary="A list names one member twice and lacks one that the other environment has",
        why="It is probably a typing error: the lacking member is the one that was meant.",
        fix="Correct the member that is there twice.",
        kind="list",
        match=Match(exact=("any doubled member",)),
        differs=HIGH,
        source="https://cwe.mitre.org/data/definitions/694.html",
    ),
    Rule(
        id="unresolved",
        summary="A value is an expression that cannot be known without running it",
        why="It was not compared: neither equal nor different is known.",
        fix="Nothing to do, or compare what it renders to.",
        kind="text",
        match=Match(exact=("any expression",)),
        differs=INFO,
        source="https://developer.hashicorp.com/terraform/language/expressions",
    ),
    Rule(
        id="unclassified",
        summary="A difference that no rule knows",
        why="Staging does not show what production's value does.",
        fix="Set the same value, accept the difference with its reason, or add a rule for the key.",
        kind="text",
        match=Match(exact=("any other difference",)),
        differs=LOW,
        source="https://12factor.net/dev-prod-parity",
    ),
)  # fmt: skip
