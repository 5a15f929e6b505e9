"""A fault of our own in the middle of a change: the host is brought back, and the attempt written down."""

from __future__ import annotations

import pytest

from ccdeploy.errors import DeployFailed, Stranded
from tests.support.studio import Studio


def break_down(*_: object, **__: object) -> None:
    """Do what no part of ours should."""
    raise RuntimeError("made up for this test")


def test_a_fault_of_ours_after_the_switch_goes_back(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """The new proxy runs by then, and nobody has verified it; 3 would say that nothing was touched."""
    first = studio.deployed("coder").release
    monkeypatch.setattr("ccdeploy.operations.switch._verify", break_down)
    with studio.watched() as promises, pytest.raises(DeployFailed, match="RuntimeError: made up") as caught:
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, gap_allowed=True, most_gaps=2, release=first)
    assert caught.value.exit_code == 6
    assert "in break_down" in "\n".join(caught.value.evidence)
    assert "fault of ccdeploy's own" in str(caught.value.hint)
    assert studio.history[-1]["outcome"] == "failed"
    assert "RuntimeError" in studio.history[-1]["detail"]


def test_a_fault_of_ours_before_the_switch_costs_nothing(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shadow that was booted is ended all the same."""
    first = studio.deployed("coder").release
    monkeypatch.setattr("ccdeploy.operations.shadow.demand_ready", break_down)
    with studio.watched() as promises, pytest.raises(DeployFailed, match="RuntimeError: made up") as caught:
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, release=first)
    assert caught.value.exit_code == 6
    assert studio.history[-1]["outcome"] == "failed"


def test_a_fault_of_ours_on_the_way_back_is_written_down(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing verified serves then: exit 7, with the first cause, and the lock is free."""
    studio.deployed("coder")
    studio.misbehave({"only_port": studio.port, "exit_while_booting": 3})
    monkeypatch.setattr("ccdeploy.operations.restore.restored", break_down)
    with studio.watched() as promises, pytest.raises(Stranded, match="it ended while booting") as caught:
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served=None, gap_allowed=True)
    assert caught.value.exit_code == 7
    assert studio.history[-1]["outcome"] == "stranded"
