"""How servers speak TLS: protocols, ciphers and certificates."""

from driftcheck.catalogue.rule import BY_VALUE, Match, Rule
from driftcheck.model import Severity

INFO, LOW, MEDIUM, HIGH, CRITICAL = Severity

_TLS = ("tls",)
_CERTIFICATE = ("certificate", "cert")
_BASELINE = "https://cabforum.org/working-groups/server/baseline-requirements/documents/"
_RENEW = "Renew it, and find out why it was not renewed by itself."
_RECOMMENDED = "https://www.rfc-editor.org/rfc/rfc9325.html"

RULES = (
    Rule(
        id="tls.floor",
        summary="The oldest version of TLS that a server accepts is another one",
        why=(
            "A client that speaks nothing newer works in staging and is refused in production, or the other way round; and "
            "what production accepts beyond need is there for attackers too."
        ),
        fix="Accept the same versions everywhere, TLS 1.2 at least.",
        kind="count",
        match=Match(exact=("floor",), within=("protocol",), collectors=_TLS),
        says="TLS {} at least",
        lower=((1, MEDIUM),),
        higher=((1, HIGH),),
        example=("protocol.floor", "1.2", "1.3"),
        near_miss="certificate.floor",
        source=_RECOMMENDED,
    ),
    Rule(
        id="tls.ceiling",
        summary="The newest version of TLS that a server speaks is another one",
        why="TLS 1.3 has other handshakes, ciphers and session tickets: what was tested is not what is spoken.",
        fix="Offer TLS 1.3 everywhere.",
        kind="count",
        match=Match(exact=("ceiling",), within=("protocol",), collectors=_TLS),
        says="TLS {} at most",
        lower=((1, MEDIUM),),
        higher=((1, MEDIUM),),
        example=("protocol.ceiling", "1.3", "1.2"),
        near_miss="certificate.ceiling",
        source=_RECOMMENDED,
    ),
    Rule(
        id="tls.verified",
        summary="The certificate of one environment is not trusted",
        why=(
            "Clients either refuse it, or have been told not to look, which they then do not in production either: the way "
            "that certificates are verified was never tested."
        ),
        fix="Use a certificate of an authority that clients trust, and send the whole chain; name a private one with `ca`.",
        kind="boolean",
        match=Match(exact=("verified",), collectors=_TLS),
        lower=((1, HIGH),),
        higher=((1, MEDIUM),),
        example=("verified", "true", "false"),
        near_miss="verified_by",
        source=_RECOMMENDED,
    ),
    Rule(
        id="tls.issuer",
        summary="Another authority issues the certificates",
        why="Clients that trust the one (an old device, a pinned authority, an own trust store) need not trust the other.",
        fix="Use one authority for both, or make sure that every client trusts both.",
        kind="text",
        match=Match(exact=("issuer",), within=_CERTIFICATE, collectors=_TLS),
        differs=MEDIUM,
        example=("certificate.issuer", "Let's Encrypt", "DigiCert Inc"),
        near_miss="issuer",
        source=_BASELINE,
    ),
    Rule(
        id="tls.key",
        summary="The certificate has a key or signature of another kind",
        why="Old clients know RSA only, new ones refuse short keys: who can connect was tested with another kind.",
        fix="Issue both certificates from one profile.",
        kind="text",
        match=Match(exact=("key", "signature"), within=_CERTIFICATE, collectors=_TLS),
        differs=MEDIUM,
        example=("certificate.key", "RSA 2048", "EC secp256r1"),
        near_miss="certificate.serial",
        source=_BASELINE,
    ),
    Rule(
        id="tls.lifetime",
        summary="Certificates are issued for another time",
        why="What is renewed by itself every two months in staging may be renewed by hand once a year in production.",
        fix="Renew both in the same way.",
        kind="text",
        match=Match(exact=("lifetime",), within=_CERTIFICATE, collectors=_TLS),
        differs=LOW,
        example=("certificate.lifetime", "up to 100 days", "up to 398 days"),
        near_miss="certificate.serial",
        source=_BASELINE,
    ),
    Rule(
        id="tls.expires",
        summary="A certificate ends within a month",
        why="Certificates that renew themselves do so a month before: this one did not.",
        fix=_RENEW,
        kind="text",
        match=BY_VALUE,
        differs=MEDIUM,
        source=_BASELINE,
    ),
    Rule(
        id="tls.expires-soon",
        summary="A certificate ends within a week, or has ended outside production",
        why="From its last second on, every client that verifies it refuses to connect.",
        fix=_RENEW,
        kind="text",
        match=BY_VALUE,
        differs=HIGH,
        source=_BASELINE,
    ),
    Rule(
        id="tls.expired",
        summary="A certificate of production has expired",
        why="Every client that verifies it refuses to connect.",
        fix=_RENEW,
        kind="text",
        match=BY_VALUE,
        differs=CRITICAL,
        source=_BASELINE,
    ),
)  # fmt: skip
