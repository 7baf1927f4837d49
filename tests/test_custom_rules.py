"""Rules that a team writes in driftcheck.yaml: what they change, and what is said about one that is wrong.

Everything goes through the real command line, in a project with one env file for each environment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent, indent
from typing import Any, NamedTuple

import pytest

from driftcheck import cli, rules
from driftcheck.catalogue import custom

CONFIG = """\
version: 1
environments: [staging, production]
sources:
  app:
    collector: dotenv
    path: "{environment}.env"
rules:
"""


class Run(NamedTuple):
    """How a command line ended, and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    """Return a function that writes rules and two env files, and runs a command line on them."""
    monkeypatch.chdir(tmp_path)

    def run(rules: str, *command: str, staging: str = "A=1\n", production: str = "A=1\n") -> Run:
        Path("driftcheck.yaml").write_text(CONFIG + indent(dedent(rules).lstrip("\n"), "  "))
        Path("staging.env").write_text(staging)
        Path("production.env").write_text(production)
        capfd.readouterr()
        return Run(cli.run(list(command)), *capfd.readouterr())

    return run


@pytest.fixture
def found(project: Callable[..., Run]) -> Callable[..., dict[str, tuple[str, str]]]:
    """Return a function that checks and answers with rule and severity by key."""

    def check(rules: str, staging: str, production: str) -> dict[str, tuple[str, str]]:
        done = project(rules, "check", "-q", "-o", "json", staging=staging, production=production)
        assert done.code in (0, 1), done.err
        return {each["key"]: (each["rule"], each["severity"]) for each in json.loads(done.out)["findings"]}

    return check


Found = Callable[..., dict[str, tuple[str, Any]]]

OWN = """
- id: orders.profile
  match: {exact: [EINVOICE_PROFILE]}
  severity: critical
  rationale: The tax office takes one profile.
"""


# A rule of a team's own


def test_one_word_of_severity_is_for_whatever_the_rule_objects_to(found: Found) -> None:
    for staging, production in (("A", "B"), ("10", "20"), ("A", ""), ("", "B"), ("true", "false")):
        sides = [f"EINVOICE_PROFILE={value}\n" if value else "OTHER=1\n" for value in (staging, production)]
        assert found(OWN, *sides)["EINVOICE_PROFILE"] == ("orders.profile", "critical")
    assert found(OWN, "EINVOICE_PROFILE=A\n", "EINVOICE_PROFILE=A\n") == {}


@pytest.mark.parametrize(
    ("match", "key"),
    [
        ("exact: [SEAT_LIMIT]", "SEAT_LIMIT"),
        ("exact: SEAT_LIMIT", "SEAT_LIMIT"),
        ("exact: [seatLimit]", "SEAT_LIMIT"),
        ("exact: [seat.limit]", "SEAT_LIMIT"),
        ("suffix: [seat limit]", "THEATRE_SEAT_LIMIT"),
        ("suffix: [the great hall of the theatre seat limit]", "THE_GREAT_HALL_OF_THE_THEATRE_SEAT_LIMIT"),
        ("words: [seat]", "SEAT_LOOK"),
        ("words: [seat], within: [Theatre]", "THEATRE_SEAT_LOOK"),
        ("words: [seat], collectors: [dotenv]", "SEAT_LOOK"),
        ("collectors: [dotenv]", "ANYTHING_ELSE"),
    ],
)
def test_a_rule_matches_by_whole_words_however_they_are_written(found: Found, match: str, key: str) -> None:
    own = f"- {{id: seats.some, match: {{{match}}}, severity: high, rationale: Seats matter.}}"
    assert found(own, f"{key}=10\n", f"{key}=20\n")[key] == ("seats.some", "high")


@pytest.mark.parametrize("match", ["exact: [LIMIT]", "words: [eat]", "suffix: [seat]", "words: [seat], within: [hall]"])
def test_a_rule_leaves_other_keys_alone(found: Found, match: str) -> None:
    own = f"- {{id: seats.some, match: {{{match}}}, severity: high, rationale: Seats matter.}}"
    assert found(own, "SEAT_LOOK=10\n", "SEAT_LOOK=20\n")["SEAT_LOOK"][0] != "seats.some"


@pytest.mark.parametrize(
    ("match", "key"),
    [
        ("exact: [APP_DEBUG]", "APP_DEBUG"),
        ("suffix: [pool size]", "DB_POOL_SIZE"),
        ("words: [feature]", "FEATURE_X"),
        ("exact: [DB_POOL_SIZE]", "DB_POOL_SIZE"),
    ],
)
def test_a_rule_of_ones_own_wins_over_a_built_in_one_of_the_same_reach(found: Found, match: str, key: str) -> None:
    own = f"- {{id: own.rule, match: {{{match}}}, severity: critical, rationale: Ours.}}"
    assert found(own, f"{key}=0\n", f"{key}=1\n")[key] == ("own.rule", "critical")


def test_a_built_in_rule_that_knows_more_of_a_key_wins_over_a_rule_of_ones_own(found: Found) -> None:
    own = "- {id: own.rule, match: {words: [size]}, severity: critical, rationale: Ours.}"
    assert found(own, "DB_POOL_SIZE=10\n", "DB_POOL_SIZE=11\n")["DB_POOL_SIZE"][0] == "pool.size"


@pytest.mark.parametrize(
    ("staging", "production", "severity"),
    [("60", "30", "high"), ("60s", "59", "medium"), ("30", "60", "low"), ("60s", "60", None), ("60", "PT1M", None),
     ("0", "60", "high"), ("0", "-1", None)],
)  # fmt: skip
def test_severities_by_direction_and_ratio_sentinels_and_units(
    found: Found, staging: str, production: str, severity: str | None
) -> None:
    own = """
    - id: orders.patience
      match: {exact: [PATIENCE]}
      kind: duration
      unit: s
      sentinels: {0: for ever, -1: for ever}
      lower: {1: medium, 2: high}
      higher: low
      rationale: Nobody waits longer.
    """
    told = found(own, f"PATIENCE={staging}\n", f"PATIENCE={production}\n").get("PATIENCE")
    assert told == (severity and ("orders.patience", severity))


@pytest.mark.parametrize(
    ("staging", "production", "severity"),
    [("1.2.3", "1.2.4", "low"), ("1.2.3", "1.3.0", "low"), ("1.2.3", "2.0.0", "critical"), ("2.0.0", "1.2.3", "info")],
)
def test_steps_of_a_version_are_releases(found: Found, staging: str, production: str, severity: str) -> None:
    own = """
    - id: orders.schema
      match: {exact: [SCHEMA]}
      kind: version
      severity: info
      higher: {patch: low, major: critical}
      rationale: Clients read it.
    """
    assert found(own, f"SCHEMA={staging}\n", f"SCHEMA={production}\n")["SCHEMA"] == ("orders.schema", severity)


@pytest.mark.parametrize(("pool", "severity"), [("1", "critical"), ("2", "info")])
def test_one_against_many_has_a_severity_of_its_own(found: Found, pool: str, severity: str) -> None:
    own = """
    - id: orders.printers
      match: {exact: [PRINTERS]}
      kind: count
      relation: may differ
      one_against_many: critical
      rationale: One printer hides the queue.
    """
    assert found(own, f"PRINTERS={pool}\n", "PRINTERS=8\n")["PRINTERS"] == ("orders.printers", severity)


def test_a_key_that_one_side_lacks_has_severities_of_its_own(found: Found) -> None:
    own = OWN + "  only_in_target: medium\n  only_in_reference: low\n"
    assert found(own, "EINVOICE_PROFILE=A\n", "B=1\n")["EINVOICE_PROFILE"] == ("orders.profile", "medium")
    assert found(own, "B=1\n", "EINVOICE_PROFILE=A\n")["EINVOICE_PROFILE"] == ("orders.profile", "low")
    assert found(own, "EINVOICE_PROFILE=A\n", "EINVOICE_PROFILE=B\n")["EINVOICE_PROFILE"][1] == "critical"


def test_an_address_that_must_match_is_found_when_it_does_not(found: Found) -> None:
    own = "- {id: own.tax, match: {exact: [TAX_URL]}, kind: url, severity: high, rationale: There is one tax office.}"
    assert (
        found(own, "TAX_URL=https://a.example.org/v1\n", "TAX_URL=https://b.example.org/v1\n")["TAX_URL"][1] == "high"
    )
    assert found(own, "TAX_URL=https://a.example.org:443/v1\n", "TAX_URL=https://a.example.org/v1\n") == {}


# Relations


def test_what_may_differ_is_info_at_most(found: Found) -> None:
    own = "- {id: own.pool, match: {suffix: [pool size]}, kind: count, relation: may differ, rationale: By design.}"
    assert found(own, "DB_POOL_SIZE=1\n", "DB_POOL_SIZE=500\n")["DB_POOL_SIZE"] == ("own.pool", "info")


def test_what_must_differ_is_found_when_it_is_equal(found: Found) -> None:
    own = """
    - id: orders.tenant
      match: {exact: [TENANT]}
      relation: must differ
      severity: critical
      rationale: One tenant would get the other's invoices.
    """
    assert found(own, "TENANT=acme\n", "TENANT=acme\n")["TENANT"] == ("orders.tenant", "critical")
    assert found(own, "TENANT=acme\n", "TENANT=blue\n")["TENANT"] == ("orders.tenant", "info")
    assert found(own, "TENANT=\n", "TENANT=\n") == {}


def test_what_must_differ_is_equal_in_other_spellings_too(found: Found) -> None:
    own = "- {id: a.b, match: {exact: [SLOT]}, kind: duration, relation: must differ, severity: high, rationale: R.}"
    assert found(own, "SLOT=60s\n", "SLOT=1m\n")["SLOT"] == ("a.b", "high")
    assert found(own, "SLOT=60s\n", "SLOT=2m\n")["SLOT"] == ("a.b", "info")


def test_a_secret_that_must_differ_is_not_shown(project: Callable[..., Run]) -> None:
    own = "- {id: a.b, match: {exact: [DB_PASSWORD]}, relation: must differ, severity: critical, rationale: R.}"
    both = "DB_PASSWORD=hunter2hunter2\n"
    done = project(own, "check", staging=both, production=both)
    assert "the same in staging and production" in done.out
    assert "CRITICAL" in done.out
    assert "hunter2" not in done.out


def test_a_value_can_be_wrong_in_production_whatever_staging_has(found: Found) -> None:
    own = """
    - id: orders.cors
      match: {exact: [CORS]}
      unsafe: ["*", any]
      severity: high
      rationale: Anybody could call it.
    """
    assert found(own, "CORS=*\n", "CORS=*\n")["CORS"] == ("orders.cors", "high")
    assert found(own, "CORS=Any\n", "CORS=Any\n")["CORS"] == ("orders.cors", "high")
    assert found(own, "CORS=shop\n", "CORS=shop\n") == {}
    override = "- {id: switch.feature, unsafe: [off]}"
    assert found(override, "FEATURE_X=false\n", "FEATURE_X=false\n")["FEATURE_X"] == ("switch.feature", "high")
    assert found(override, "FEATURE_X=true\n", "FEATURE_X=off\n")["FEATURE_X"] == ("switch.feature", "high")
    assert found(override, "FEATURE_X=false\n", "FEATURE_X=true\n")["FEATURE_X"] == ("switch.feature", "medium")


# Overriding a built-in rule


@pytest.mark.parametrize(
    ("rule", "staging", "production"),
    [
        ("pool.size", "DB_POOL_SIZE=0", "DB_POOL_SIZE=500"),
        ("limit.workers", "WEB_CONCURRENCY=1", "WEB_CONCURRENCY=0"),
        ("scale.machine", "INSTANCE_TYPE=t3.large", "INSTANCE_TYPE=m5.large"),
        ("version.image", "APP_IMAGE=a.example.org/shop:1", "APP_IMAGE=a.example.org/till:1"),
        ("secret.shared", "DB_PASSWORD=hunter2hunter2", "DB_PASSWORD=hunter2hunter2"),
        ("secret.placeholder", "GREETING=hello", "GREETING=changeme"),
        ("wiring.crossed", "HOOK=https://a.example.org", "HOOK=https://a.staging.example.org"),
        ("presence.reference-lacks", "COLOUR=blue", "OTHER=1"),
        ("presence.near-miss", "COLOUR_SCHEME=blue", "COLOR_SCHEME=blue"),
        ("switch.mock", "PAYMENT_MOCK=false", "PAYMENT_MOCK=true"),
        ("unclassified", "COLOUR=blue", "COLOUR=red"),
    ],
)
def test_a_built_in_rule_takes_the_severity_that_a_team_gives_it(
    found: Found, rule: str, staging: str, production: str
) -> None:
    for severity in ("low", "critical"):
        told = found(f"- {{id: {rule}, severity: {severity}}}", staging + "\n", production + "\n")
        assert (rule, severity) in told.values()


def test_an_override_changes_only_what_it_names(found: Found) -> None:
    override = "- {id: timeout.general, lower: critical}"
    assert found(override, "HTTP_TIMEOUT=60s\n", "HTTP_TIMEOUT=59s\n")["HTTP_TIMEOUT"][1] == "critical"
    assert found(override, "HTTP_TIMEOUT=60s\n", "HTTP_TIMEOUT=61s\n")["HTTP_TIMEOUT"][1] == "low"
    assert found(override, "HTTP_TIMEOUT=60s\n", "HTTP_TIMEOUT=60000ms\n") == {}
    assert found(override, "HTTP_TIMEOUT=60s\n", "B=1\n")["HTTP_TIMEOUT"] == ("timeout.general", "medium")


def test_an_override_of_severity_leaves_what_is_meant_to_differ_alone(found: Found) -> None:
    hosts = "DB_HOST=db.staging.example.org\n", "DB_HOST=db.example.org\n"
    assert found("- {id: secret.value, severity: high}", "DB_PASSWORD=hunter2a\n", "DB_PASSWORD=hunter2b\n") == {
        "DB_PASSWORD": ("secret.value", "info")
    }
    assert found("- {id: identity.address, relation: may differ}", *hosts)["DB_HOST"][1] == "info"


def test_an_overridden_rule_matches_what_it_is_told_to(found: Found) -> None:
    override = "- {id: pool.size, match: {exact: [BATHERS]}}"
    assert found(override, "BATHERS=10\n", "BATHERS=500\n")["BATHERS"] == ("pool.size", "high")
    assert found(override, "DB_POOL_SIZE=10\n", "DB_POOL_SIZE=500\n")["DB_POOL_SIZE"][0] != "pool.size"


# Reading about them


def test_explain_and_rules_show_rules_of_ones_own(project: Callable[..., Run]) -> None:
    own = """
    - id: orders.patience
      match: {suffix: [patience], within: [checkout]}
      kind: duration
      unit: ms
      sentinels: {0: for ever}
      lower: {1: medium, 2: critical}
      higher: low
      one_against_many: high
      only_in_reference: info
      summary: Checkout gives up at another time
      rationale: Customers leave.
      example: [CHECKOUT_PATIENCE, 9s, 3000]
      near_miss: PATIENCE_MESSAGE
      fix: Set 5 s.
      source: https://wiki.example.org/patience
    """
    page = project(own, "explain", "orders.patience").out
    for line in (
        "orders.patience: Checkout gives up at another time",
        "  at most critical; the two sides must match",
        "  Customers leave.",
        "  keys that end in `patience`; only where the key also has the word `checkout`; not",
        "  as duration; in ms where no unit is written; 0 is for ever",
        "  lower in production: medium, critical from 2 times",
        "  higher in production: low",
        "  one against many: high",
        "  only in production: info",
        "  CHECKOUT_PATIENCE: 9s in staging, 3000 in production",
        "  Set 5 s.",
        "  https://wiki.example.org/patience",
    ):
        assert line.strip() in " ".join(page.split())
    assert "orders.patience" in project(own, "rules").out


def test_what_a_rule_does_not_say_is_said_for_it(project: Callable[..., Run]) -> None:
    page = project(OWN, "explain", "orders.profile").out
    assert "orders.profile: The tax office takes one profile." in page
    assert "  always critical\n" in page
    assert "  driftcheck.yaml:8\n" in page


# What is wrong with a rule


@pytest.mark.parametrize(
    ("rule", "line", "reason", "hint"),
    [
        ("severty: high", 12, "has no field `severty`", "did you mean `severity`?"),
        ("severity: hihg", 12, "has an unknown `severity`", "did you mean `high`?"),
        ("severity: off", 12, "has an unknown `severity`", "known: critical, high, info, low, medium; info keeps"),
        ("severity: [high]", 12, "has an unknown `severity`", "known: "),
        ("relation: must difer", 12, "has an unknown `relation`", "did you mean `must differ`?"),
        ("kind: durations", 12, "has an unknown `kind`", "did you mean `duration`?"),
        ("summary: 5", 12, "needs text as `summary`", 'write `summary: "..."`'),
        ("fix:", 12, "needs text as `fix`", 'write `fix: "..."`'),
        ("unit: ms", 12, "is for values of kind text, which take no `unit`", "add a `kind`, one of duration, size"),
        ("kind: duration\nunit: fortnights", 13, "has no known `unit` of a duration", "write ms, s, min, h or d"),
        ("kind: size\nunit: lots", 13, "has no known `unit` of a size", "write B, MB, MiB or GiB"),
        ("kind: size\ngrammar: kubernetes", 13, "has an unknown `grammar`", "known: binary, jvm, k8s, redis"),
        ("lower: high", 12, "is for values of kind text, which take no `lower`", "add a `kind`, one of boolean"),
        ("kind: count\nlower: {1: low, 2: hi}", 13, "has an unknown `lower.2`", "did you mean `high`?"),
        (
            "kind: count\nlower:\n  1: low\n  0.5: high",
            15,
            "has a step in `lower` that is no ratio from 1",
            "write how",
        ),
        ("kind: count\nlower: {}", 13, "needs a mapping as `lower`", "write `lower: {1: medium, 2: high}`"),
        ("kind: version\nhigher: {majr: high}", 13, "has a step `majr` in `higher`", "did you mean `major`?"),
        ("kind: count\nsentinels: [0]", 13, "needs a mapping as `sentinels`", "write `sentinels: {0: unlimited}`"),
        ("kind: count\nsentinels: {0: }", 13, "needs text as `sentinels.0`", "write"),
        ("unsafe: {}", 12, "needs a list of names as `unsafe`", "write `unsafe: [NAME]`"),
        ("example: [A, 1]", 12, "needs a key and two values as `example`", "write `example: [KEY, staging's value"),
        ("only_in_target: never", 12, "has an unknown `only_in_target`", "known: "),
    ],
)
def test_a_wrong_field_is_named_with_its_line_and_a_way_out(
    project: Callable[..., Run], rule: str, line: int, reason: str, hint: str
) -> None:
    own = "- id: own.rule\n  match: {exact: [X]}\n  rationale: R.\n  near_miss: EXTRA\n" + indent(rule, "  ")
    done = project(own, "check")
    first, second = done.err.splitlines()
    name = "a rule" if "no field" in reason else "rule `own.rule`"
    assert (done.code, done.out) == (2, "")
    assert first == f"driftcheck: error: driftcheck.yaml:{line}: {name} {reason}"
    assert second.startswith(f"  {hint}")


@pytest.mark.parametrize(
    ("match", "line", "reason", "hint"),
    [
        ("[X]", 9, "needs a mapping as `match`", "write `match: {exact: [KEY]}`"),
        ("{}", 9, "needs a mapping as `match`", "write `match: {exact: [KEY]}`"),
        ("{exakt: [X]}", 9, "has no field `exakt` in `match`", "did you mean `exact`?"),
        ("\n    exact: [X]\n    sufix:\n      - X", 11, "has no field `sufix` in `match`", "did you mean `suffix`?"),
        ("{exact: []}", 9, "needs a list of names as `match.exact`", "write `exact: [NAME]`"),
        ("{exact: [[X]]}", 9, "needs a list of names as `match.exact`", "write `exact: [NAME]`"),
        ("{exact: ['*']}", 9, "has no word to look for in `match.exact`", "write a key, or its words"),
        ("{words: [pool_size]}", 9, "has several words as one in `match.words`", "write `suffix: [pool size]`"),
        ("{exact: [X], within: [the chart]}", 9, "has several words as one in `match.within`", "write `suffix: "),
        ("{exact: [X], collectors: [dotnev]}", 9, "names an unknown collector `dotnev`", "did you mean `dotenv`?"),
    ],
)
def test_a_match_that_could_never_match_is_refused(
    project: Callable[..., Run], match: str, line: int, reason: str, hint: str
) -> None:
    done = project(f"- id: own.rule\n  match: {match}\n  severity: high\n  rationale: R.", "check")
    first, second = done.err.splitlines()
    assert done.code == 2
    assert first.startswith(f"driftcheck: error: driftcheck.yaml:{line}: rule `own.rule` {reason}")
    assert second.startswith(f"  {hint}")


@pytest.mark.parametrize(
    ("rule", "line", "reason", "hint"),
    [
        ("- match: {exact: [X]}", 8, "a rule has no `id`", "add `id: ...`"),
        ("- id: two words", 8, "a rule has an `id` that is no name", "write `id: family.what`"),
        ("- id: pool.sise\n  severity: low", 8, "rule `pool.sise` has no `match`", "did you mean `pool.size`?"),
        ("- id: own\n  severity: low", 8, "rule `own` has no `match`", "say which keys: `match: {exact: [KEY]}`"),
        ("- id: own\n  match: {exact: [X]}", 8, "rule `own` has no `rationale`", "say in a sentence"),
        ("- id: own\n  match: {exact: [X]}\n  rationale: R.", 8, "rule `own` has no `severity`", "add one of critical"),
        ("- id: mode.locale\n  relation: must differ", 8, "rule `mode.locale` has no `severity`", "add one of"),
        ("- id: secret.shared\n  match: {exact: [X]}", 9, "rule `secret.shared` goes by values", "override its sever"),
        ("- {id: unclassified, severity: high}\n- {id: unclassified, severity: low}", 9,
         "rule `unclassified` is already described on line 8", "keep one of the two"),
    ],
)  # fmt: skip
def test_a_rule_that_lacks_something_is_named_with_its_line(
    project: Callable[..., Run], rule: str, line: int, reason: str, hint: str
) -> None:
    for command in (("check",), ("rules", "-c", "driftcheck.yaml")):
        done = project(rule, *command)
        first, second = done.err.splitlines()
        assert done.code == 2
        assert first.startswith(f"driftcheck: error: driftcheck.yaml:{line}: {reason}")
        assert second.startswith(f"  {hint}")


def test_every_kind_of_value_can_be_asked_for() -> None:
    assert set(custom.KINDS) == set(rules.KINDS)


def test_the_readme_tells_of_every_field_and_kind() -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text()
    rows = readme.partition("| field | says |\n| --- | --- |\n")[2].partition("\n\n")[0].splitlines()
    told = [field for row in rows for field in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert sorted(told) == sorted(custom.FIELDS)
    cells = {field: row for row in rows for field in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert set(re.findall(r"`(\w+)`", cells["kind"].split("|")[2])) == set(custom.KINDS)
    assert all(f"`{field}`" in cells["match"] for field in ("exact", "suffix", "words", "within"))
