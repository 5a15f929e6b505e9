"""What a deploy refuses before anything is touched: exit 3, with a code and a remedy, and the host as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ccdeploy.errors import Refused
from ccdeploy.findings import Finding
from ccdeploy.operations import standing
from ccdeploy.remote.facts import Facts, gather
from tests.support.studio import Studio

ROOT = Path(__file__).resolve().parents[2]


def refused(studio: Studio, config: str = "second", **options: object) -> tuple[Finding, ...]:
    """Deploy, which must be refused and change nothing; return the findings."""
    before = studio.checksum()
    with pytest.raises(Refused) as caught:
        studio.deploy(config, **options)
    assert caught.value.exit_code == 3
    assert studio.checksum() == before
    return caught.value.findings


def _packages(studio: Studio) -> Path:
    return studio.root / "venv" / "lib" / "python3.11" / "site-packages"


def _compromise(studio: Studio) -> None:
    (_packages(studio) / "litellm-1.106.2.dist-info").rename(_packages(studio) / "litellm-1.82.7.dist-info")


def _remove_litellm(studio: Studio) -> None:
    (studio.root / "venv" / "bin" / "litellm").unlink()


def _remove_env(studio: Studio) -> None:
    (studio.root / ".env").unlink()


def _unset_reference(studio: Studio) -> None:
    (studio.root / ".env").write_text("LITELLM_MASTER_KEY=sk-made-up-for-studio\n")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (_compromise, "litellm-compromised"),
        (_remove_litellm, "no-litellm"),
        (_remove_env, "env-file"),
        (_unset_reference, "env-unset"),
    ],
)
def test_a_host_that_is_not_fit_is_refused(studio: Studio, spoil: Callable[[Studio], None], code: str) -> None:
    """Each would fail in the middle, or worse, work."""
    spoil(studio)
    studio.config("second", "coder")
    found = {finding.code: finding for finding in refused(studio)}
    assert code in found
    assert all(finding.hint for finding in found.values() if finding.severity.value == "error")


@pytest.mark.parametrize("port", ["port", "spare"])
def test_a_port_of_a_stranger_is_refused_and_the_stranger_named(studio: Studio, port: str) -> None:
    """Its owner would not thank us for stopping it."""
    studio.config("second", "coder")
    with studio.stranger_on(getattr(studio, port)) as stranger:
        found = refused(studio)
        assert stranger.is_listening
    assert [finding.code for finding in found if finding.severity.value == "error"] == ["port-taken"]
    assert "python" in found[0].message


def test_a_litellm_that_was_started_from_elsewhere_is_not_adopted(studio: Studio) -> None:
    """Its config is not known, so there would be no way back to it."""
    (studio.root / "elsewhere.yaml").write_text("")
    studio.by_hand("coder")
    (studio.root / "config.yaml").unlink()
    studio.config("second", "coder")
    assert "adopt" in [finding.code for finding in refused(studio)]


def test_every_fault_is_told_at_once(studio: Studio) -> None:
    """One run, one list: not one fault a run."""
    _remove_litellm(studio)
    _remove_env(studio)
    studio.config("second", "coder")
    with studio.stranger_on(studio.spare):
        codes = {finding.code for finding in refused(studio)}
    assert {"no-litellm", "env-file", "port-taken"} <= codes


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda facts: replace(facts, free_bytes=1_000_000), "disk-full"),
        (lambda facts: replace(facts, env=replace(facts.env, is_readable=False, values={})), "env-file"),
        (lambda facts: replace(facts, missing_tools=("awk",)), "tools"),
        (lambda facts: replace(facts, is_writable=False), "root"),
        (lambda facts: replace(facts, misplaced=("run/serving.json",)), "misplaced"),
        (lambda facts: replace(facts, root_exists=False, root_is_unreadable=True), "root"),
    ],
)
def test_a_host_that_cannot_take_it_is_refused(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, change: Callable[[Facts], Facts], code: str
) -> None:
    """A full disk and files that cannot be read cannot be had in a test that root runs: the facts are prepared."""
    monkeypatch.setattr(standing, "gather", lambda transport, host: change(gather(transport, host)))
    studio.config("second", "coder")
    assert code in [finding.code for finding in refused(studio) if finding.severity.value == "error"]


def test_an_env_file_that_others_may_read_is_warned_of(studio: Studio) -> None:
    """It is no reason to leave a host without its new config."""
    (studio.root / ".env").chmod(0o644)
    attempt = studio.deployed("coder")
    (finding,) = attempt.findings
    assert finding.code == "env-file-mode"
    said = f"{finding} [{finding.code}]".replace("studio", "sandbox")
    session = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert session.count(said) == session.count("[env-file-mode]") == 3  # the page shows what a reader will see


def _checked_at_boot(studio: Studio) -> None:
    studio.config("second", "coder", more="  background_health_checks: true\n  health_check_interval: 300\n")
    path = studio.folder / "configs" / "litellm" / "second.yaml"
    path.write_text(path.read_text().replace("    model_info: {disable_background_health_check: true}\n", ""))


def test_a_config_that_calls_models_while_it_boots_is_refused(studio: Studio) -> None:
    """Its shadow would load models beside the proxy that serves: the incident, once a deploy."""
    studio.deployed("coder")
    _checked_at_boot(studio)
    assert "background-checks" in [finding.code for finding in refused(studio)]


def test_with_leave_its_shadow_still_calls_no_model(studio: Studio) -> None:
    """The one who allows it wants the checks in service, not twice at once."""
    studio.deployed("coder")
    _checked_at_boot(studio)
    loads: list[int | None] = []
    studio.when("switch", lambda: loads.append(studio.site.loads()))
    before = studio.site.loads()
    with studio.watched() as promises:
        attempt = studio.deploy("second", allow=("background-checks",))
    promises.kept(served={"coder"}, gap_allowed=True, release=attempt.release, user_traffic=True)
    assert loads == [before]
