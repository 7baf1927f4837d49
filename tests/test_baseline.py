"""The baseline: what it excuses, what it does not, and what is said of a file that is none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from driftcheck import baseline, config, pipeline
from driftcheck.baseline import Baseline, Recorded
from driftcheck.errors import ConfigError
from driftcheck.model import Finding, Location, Report, Severity
from driftcheck.reporters.base import totals

CONFIG = """\
version: 1
environments: [staging, production]
sources:
  orders:
    collector: dotenv
    path: "{environment}.env"
  billing:
    collector: dotenv
    path: "{environment}-billing.env"
    optional: true
"""


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Report]:
    """Return a function that writes both environments' settings and runs the check with what is recorded so far."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "driftcheck.yaml").write_text(CONFIG)

    def run(staging: str, production: str, only: tuple[str, ...] = ()) -> Report:
        Path("staging.env").write_text(staging)
        Path("production.env").write_text(production)
        return pipeline.run(config.load("driftcheck.yaml"), fail_on=Severity.HIGH, only=only)

    return run


def record(report: Report, reason: str = "old", earlier: Baseline | None = None, unread: str = "") -> Baseline:
    written = baseline.record(report.findings, reason, earlier, lambda source: source != unread)
    Path(baseline.FILE_NAME).write_text(baseline.text_of(written))
    return written


def suppressed(report: Report) -> dict[str, str]:
    return {f.path[0]: f.suppression.kind if f.suppression else "" for f in report.findings}


# What it does


def test_recorded_findings_are_marked_and_new_ones_count(check: Callable[..., Report]) -> None:
    record(check("POOL_SIZE=10\nTIMEOUT=3s", "POOL_SIZE=500\nTIMEOUT=1s"))
    report = check("POOL_SIZE=10\nTIMEOUT=3s\nRETRIES=1", "POOL_SIZE=500\nTIMEOUT=1s\nRETRIES=9")
    assert suppressed(report) == {"POOL_SIZE": "baseline", "TIMEOUT": "baseline", "RETRIES": ""}
    excuse = report.findings[0].suppression
    assert excuse == ("baseline", "old", "", "")
    assert "2 in the baseline" in totals(report)


def test_a_value_may_move_as_long_as_it_gets_no_worse(check: Callable[..., Report]) -> None:
    before = check("POOL_SIZE=400", "POOL_SIZE=500")
    record(before)
    assert suppressed(check("POOL_SIZE=450", "POOL_SIZE=500")) == {"POOL_SIZE": "baseline"}
    report = check("POOL_SIZE=1", "POOL_SIZE=500")
    assert report.findings[0].severity > before.findings[0].severity
    assert suppressed(report) == {"POOL_SIZE": ""}
    assert report.findings[0].message.endswith(f"; the baseline has it as {before.findings[0].severity}")


def test_a_reason_of_its_own_goes_before_the_baseline(check: Callable[..., Report]) -> None:
    record(check("POOL_SIZE=10", "POOL_SIZE=500"))
    with Path("driftcheck.yaml").open("a") as file:
        file.write("expected:\n  - {key: POOL_SIZE, reason: smaller}\n")
    report = check("POOL_SIZE=10", "POOL_SIZE=500")
    assert suppressed(report) == {"POOL_SIZE": "expected"}
    assert record(report).findings == ()


def test_what_is_wrong_with_an_entry_is_no_matter_for_the_baseline(check: Callable[..., Report]) -> None:
    with Path("driftcheck.yaml").open("a") as file:
        file.write("expected:\n  - {source: orders, key: GONE, reason: smaller}\n")
    report = check("A=1", "A=1")
    assert [finding.rule for finding in report.findings] == ["expected.unmatched"]
    assert record(report).findings == ()


# What is resolved


def test_what_is_resolved_is_counted_once_and_told_how_to_go(check: Callable[..., Report]) -> None:
    record(check("POOL_SIZE=10\nTIMEOUT=3s", "POOL_SIZE=500\nTIMEOUT=1s"))
    assert "resolved" not in totals(check("POOL_SIZE=10\nTIMEOUT=3s", "POOL_SIZE=500\nTIMEOUT=1s"))
    report = check("POOL_SIZE=500\nTIMEOUT=3s", "POOL_SIZE=500\nTIMEOUT=1s")
    assert totals(report).endswith(
        "1 in the baseline; 1 of 2 baseline findings is resolved; `driftcheck accept --baseline` rewrites it"
    )
    assert len(report.findings) == 1


def test_nothing_is_resolved_in_what_was_not_read(check: Callable[..., Report]) -> None:
    record(check("POOL_SIZE=10", "POOL_SIZE=500"))
    Path("staging-billing.env").write_text("A=1")
    Path("production-billing.env").write_text("A=1")
    assert check("POOL_SIZE=500", "POOL_SIZE=500", only=("billing",)).baseline_resolved == 0
    Path("driftcheck.yaml").write_text(CONFIG.replace('"{environment}.env"', '"{environment}.envv"'))
    report = check("POOL_SIZE=500", "POOL_SIZE=500")
    assert report.failures
    assert report.baseline_resolved == 0


def test_the_findings_of_a_source_that_is_gone_are_resolved(check: Callable[..., Report]) -> None:
    record(check("POOL_SIZE=10", "POOL_SIZE=500"))
    Path("driftcheck.yaml").write_text(CONFIG.replace("  orders:\n", "  renamed:\n"))
    report = check("POOL_SIZE=10", "POOL_SIZE=500")
    assert (report.baseline_resolved, report.baseline_size) == (1, 1)


def test_what_was_not_read_stays_recorded(check: Callable[..., Report]) -> None:
    first = record(check("POOL_SIZE=10", "POOL_SIZE=500"))
    assert record(check("A=1", "A=1"), earlier=first, unread="orders") == first
    assert record(check("A=1", "A=1"), earlier=first).findings == ()


# Where it is


def test_a_baseline_can_be_named(check: Callable[..., Report]) -> None:
    record(check("POOL_SIZE=10", "POOL_SIZE=500"))
    Path("ops").mkdir()
    Path(baseline.FILE_NAME).rename("ops/known.json")
    assert suppressed(check("POOL_SIZE=10", "POOL_SIZE=500")) == {"POOL_SIZE": ""}
    Path("driftcheck.yaml").write_text(CONFIG + "baseline: ops/known.json\n")
    assert suppressed(check("POOL_SIZE=10", "POOL_SIZE=500")) == {"POOL_SIZE": "baseline"}


def test_one_that_is_named_has_to_be_there(check: Callable[..., Report]) -> None:
    Path("driftcheck.yaml").write_text(CONFIG + "baseline: known.json\n")
    with pytest.raises(ConfigError) as caught:
        check("A=1", "A=1")
    assert str(caught.value) == "driftcheck.yaml:11: the baseline known.json cannot be read: no such file"
    assert caught.value.hint == "write it with `driftcheck accept --baseline`, or correct the path"


# The file

KNOWN = Recorded("orders", "POOL_SIZE", "pool.size", "staging", "production", Severity.HIGH, "f1")


def test_the_file_holds_one_finding_a_line_sorted_and_no_values(check: Callable[..., Report]) -> None:
    report = check("B_POOL_SIZE=4711\nA_TOKEN=hunter2-hunter2", "B_POOL_SIZE=815\nA_TOKEN=hunter2-hunter2")
    text = baseline.text_of(record(report))
    assert text == baseline.text_of(record(report._replace(findings=report.findings[::-1])))
    assert [json.loads(line.rstrip(",]}") + "}")["key"] for line in text.splitlines()[3:]] == ["A_TOKEN", "B_POOL_SIZE"]
    assert not any(value in text for value in ("4711", "815", "hunter2"))
    assert set(json.loads(text)["findings"][0]) == set(Recorded._fields)


@pytest.mark.parametrize("findings", [(), (KNOWN,), (KNOWN, KNOWN._replace(key='ü"\\', fingerprint="f2"))])
def test_what_is_written_is_read_again(tmp_path: Path, findings: tuple[Recorded, ...]) -> None:
    written = Baseline('older than "driftcheck"\n', findings)
    path = tmp_path / "baseline.json"
    path.write_text(baseline.text_of(written), encoding="utf-8")
    assert baseline.read(str(path)) == written


LINE = (
    '{"source": "a", "key": "K", "rule": "r", "target": "s", "reference": "p", "severity": "high", "fingerprint": "f"}'
)


@pytest.mark.parametrize(
    ("text", "line", "reason", "hint"),
    [
        ("", 1, "the baseline ", "remove it, and write it anew with `driftcheck accept --baseline`"),
        ('{"version": 1,\n "findings": [}', 2, "the baseline ", "remove it"),
        ("[]", 1, "is no baseline", "remove it"),
        ("{}", 1, "is no baseline", "remove it"),
        ('{\n"version": 2}', 2, "is a baseline of a newer version", "this driftcheck reads version 1: update it"),
        ('{\n"version": "x"}', 2, "is a baseline of no known version", "this driftcheck reads version 1: remove it"),
        ('{"version": 1, "reason": "r"}', 1, "is a baseline without a list of `findings`", "remove it"),
        ('{"version": 1, "findings": []}', 1, "the baseline lacks a `reason` that is text", "remove it"),
        ('{"version": 1, "reason": "r", "findings": [\n1]}', 2, "a finding of the baseline is no mapping", "remove it"),
        (
            f'{{"version": 1, "reason": "r", "findings": [\n{LINE.replace("high", "hgh")}]}}',
            2,
            "a finding of the baseline has no known `severity`",
            "did you mean `high`?",
        ),
        (
            f'{{"version": 1, "reason": "r", "findings": [\n{LINE},\n{LINE.replace("fingerprint", "print")}]}}',
            3,
            "the baseline lacks a `fingerprint` that is text",
            "remove it",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_baseline_is_told_with_its_line(
    tmp_path: Path, text: str, line: int, reason: str, hint: str
) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        baseline.read(str(path))
    assert caught.value.location == Location(str(path), line)
    assert caught.value.reason.startswith(reason)
    assert caught.value.hint.startswith(hint)


def test_the_graver_of_two_findings_under_one_name_counts(check: Callable[..., Report]) -> None:
    """Names leave out where something is written: two slips of one kind at one key share theirs."""
    finding: Finding = check("POOL_SIZE=10", "POOL_SIZE=500").findings[0]
    known = Baseline("old", (KNOWN._replace(fingerprint=finding.fingerprint, severity=Severity.MEDIUM),))
    mild = finding._replace(severity=Severity.LOW)
    assert [bool(found.suppression) for found in baseline.apply([mild, finding], known)] == [True, False]
