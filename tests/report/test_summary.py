"""The summary of a run, as Markdown."""

from __future__ import annotations

from ccdeploy.errors import DeployFailed, Refused
from ccdeploy.findings import error, note, warning
from ccdeploy.report.summary import error_summary, result_summary
from ccdeploy.results import (
    Attempt,
    Check,
    CheckReport,
    CommandRun,
    ConfigReport,
    Doctor,
    HookRun,
    Run,
    Status,
    Verification,
)

CHECKS = (Check("listener", "process", "ok", "pid 1"), Check("models", "proxy", "failed", "missing: a|b <b>*x*</b>"))
SEEN = Verification(CHECKS, 2, 1, ("coder", "fast"), 0, "not polled")


def test_a_deploy_says_what_serves_and_what_it_cost() -> None:
    """The page of a run is all that most people read of it."""
    hooks = (HookRun("post-deploy", "timed-out"),)
    seen = Verification(CHECKS[:1], 1, 0, ("coder",), 0, "not polled")
    attempt = Attempt("deploy", "studio", "deployed", "8b21", "7f3a", "tdd", 21.4, 850, verification=seen, hooks=hooks)
    text = result_summary("deploy", attempt) or ""
    assert text.startswith("### ✅ ccdeploy deploy: studio serves config 'tdd', release 8b21\n")
    for row in (
        "| downtime | 850 ms |",
        "| before | 7f3a |",
        "| models | coder |",
        "| hooks | post-deploy timed-out |",
    ):
        assert row in text
    assert "<details><summary>1 check, 0 failed; model loads 0</summary>" in text


def test_what_a_host_says_is_no_markup() -> None:
    """A row would end early, and a page of one's CI would show somebody else's link."""
    text = result_summary("verify", SEEN) or ""
    assert "| models | failed | missing: a&#124;b &#60;b&#62;&#42;x&#42;&#60;/b&#62; |" in text
    assert "<details open>" in text
    assert text.startswith("### ❌ ccdeploy verify: 1 check failed: models")


def test_a_rehearsal_lists_its_steps() -> None:
    """A pull request shows what the deploy of it would do."""
    text = result_summary("deploy", Attempt("deploy", "studio", "rehearsed", planned=("stage", "boot"))) or ""
    assert "1. stage\n2. boot\n" in text


def test_a_run_says_what_serves_again_and_how_the_command_ended() -> None:
    """A nightly task on a large config: whose code the job ended with is to be seen without its log."""
    back = Attempt("run", "studio", "rolled-back", "7f3a", "8b21", "tdd")
    page = result_summary("run", Run("studio", "large", "gone-back", back, CommandRun("./task", 5, 3.0), back))
    assert page
    assert "./task ended with 5 after 3.0 s; studio serves config 'tdd', release 7f3a again" in page
    assert "| config | large |" in page


def test_check_and_doctor_list_their_findings_the_worst_first() -> None:
    """What refuses must not drown in notes."""
    found = (note("n", "a.yaml:1", "first"), error("e", "a.yaml:9", "last", "mend it"))
    text = result_summary("check", CheckReport("hosts.yaml", (), (ConfigReport("a", "a.yaml", found),))) or ""
    assert "- ❌ a.yaml:9: last; mend it (e)\n- · a.yaml:1: first (n)\n" in text
    assert "the host is fit" in (result_summary("doctor", Doctor("studio", ())) or "")


def test_a_verb_that_only_looks_has_no_summary() -> None:
    """It would push the one of the deploy off the page."""
    assert result_summary("status", Status("studio", "serving", 8081)) is None


def test_an_error_says_why_with_evidence_that_cannot_leave_its_block() -> None:
    """The log of a proxy is no text of ours."""
    failed = DeployFailed(
        "studio: it died; release 7f3a serves",
        hint="see logs/a.log",
        evidence=("```", "# no heading", "sk-abcdef123456"),
        result={"host": "studio", "outcome": "failed", "release": "8b21", "downtime_ms": 0},
    )
    text = error_summary("deploy", failed)
    assert text.startswith("### ❌ ccdeploy deploy: studio: it died; release 7f3a serves\n")
    assert "````text\n```\n# no heading\n***\n````\n" in text
    for part in ("→ see logs/a.log", "| exit code | 6 |", "| downtime | 0 ms |"):
        assert part in text


def test_a_refusal_lists_its_findings() -> None:
    """They are the reason."""
    assert "- ⚠️ a.yaml:1: big (w)" in error_summary("deploy", Refused("no", findings=[warning("w", "a.yaml:1", "big")]))
