"""What must differ, or must not be what it is."""

from driftcheck.catalogue.rule import BY_VALUE, Relation, Rule
from driftcheck.model import Severity

INFO, LOW, MEDIUM, HIGH, CRITICAL = Severity

RULES = (
    Rule(
        id="secret.shared",
        summary="Two environments use the same secret",
        why="Whoever can read the weaker environment owns the stronger one.",
        fix="Issue a secret for each environment and rotate this one.",
        kind="secret",
        match=BY_VALUE,
        relation=Relation.MUST_DIFFER,
        differs=HIGH,
        source="https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html",
    ),
    Rule(
        id="secret.value",
        summary="A secret, different in each environment, as it should be",
        why="A secret for each environment keeps a leak in one.",
        fix="Nothing to do. Where one side lacks it, set it there.",
        kind="secret",
        match=BY_VALUE,
        relation=Relation.MUST_DIFFER,
        differs=INFO,
        only_in_target=HIGH,
        only_in_reference=MEDIUM,
        source="https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html",
    ),
    Rule(
        id="secret.placeholder",
        summary="A placeholder stands where a value belongs",
        why="Somebody meant to fill it in; until then the feature behind it fails, in this environment only.",
        fix="Set the real value.",
        kind="text",
        match=BY_VALUE,
        differs=HIGH,
        source="https://cwe.mitre.org/data/definitions/1188.html",
    ),
    Rule(
        id="secret.wrong-tier",
        summary="A test key in production, or a live key in staging",
        why="Test keys make payments that nobody pays; live keys let a test charge a customer.",
        fix="Swap the keys.",
        kind="secret",
        match=BY_VALUE,
        differs=CRITICAL,
        source="https://docs.stripe.com/keys",
    ),
    Rule(
        id="sharing.store",
        summary="Two environments share what holds data",
        why="A test that writes, migrates or deletes does it to production's data.",
        fix="Give each environment its own database, bucket, queue or state.",
        kind="text",
        match=BY_VALUE,
        relation=Relation.MUST_DIFFER,
        differs=HIGH,
        source="https://12factor.net/backing-services",
    ),
    Rule(
        id="wiring.third",
        summary="An environment uses what belongs to a third one",
        why="Staging that borrows from development shows how development's part behaves, not its own.",
        fix="Give the environment its own.",
        kind="text",
        match=BY_VALUE,
        differs=MEDIUM,
        source="https://12factor.net/config",
    ),
    Rule(
        id="wiring.crossed",
        summary="One environment points at another",
        why="Tests that write into production's systems, or users served from staging's, end in lost data.",
        fix="Point each environment at its own.",
        kind="text",
        match=BY_VALUE,
        differs=HIGH,
        source="https://12factor.net/config",
    ),
)  # fmt: skip
