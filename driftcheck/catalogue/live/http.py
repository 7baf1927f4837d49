"""What servers answer over HTTP: the shape of payloads."""

from driftcheck.catalogue.rule import Match, Rule
from driftcheck.model import Severity

LOW, MEDIUM, HIGH = Severity.LOW, Severity.MEDIUM, Severity.HIGH

RULES = (
    Rule(
        id="payload.field",
        summary="A field of a payload is only in one environment's answer, or of another type there",
        why=(
            "Code is written and tested against what the sandbox answers: a field that the live API lacks, or sends as "
            "another type, fails on the first real customer."
        ),
        fix="Make the code cope with both answers, and the sandbox answer as the live API does.",
        kind="payload",
        match=Match(within=("payload",), collectors=("http",)),
        differs=HIGH,
        only_in_target=HIGH,
        only_in_reference=HIGH,
        example=("payload.customer.email.type", "text", "number"),
        near_miss="customer.email.type",
        source="https://www.rfc-editor.org/rfc/rfc9413.html",
    ),
    Rule(
        id="payload.optional",
        summary="Some items of a list lack a field that all items have in the other environment",
        why="What was never absent in staging is read without a check, and the first item without it fails in production.",
        fix="Treat the field as optional, and have an item without it among staging's data.",
        kind="boolean",
        match=Match(exact=("always",), within=("payload",), collectors=("http",)),
        lower=((1, MEDIUM),),
        higher=((1, LOW),),
        example=("payload.*.coupon.always", "true", "false"),
        near_miss="always",
        source="https://www.rfc-editor.org/rfc/rfc9413.html",
    ),
)  # fmt: skip
