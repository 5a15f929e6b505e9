"""Every finding of doctor, and its remedy."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from ccdeploy import app
from tests.operations.test_refusals import _compromise, _remove_env, _remove_litellm, _unset_reference
from tests.support.gateway import free_port
from tests.support.studio import Studio, config_text


def _open_env(studio: Studio) -> None:
    (studio.root / ".env").chmod(0o644)


def _no_root(studio: Studio) -> None:
    studio.entry["root"] = str(studio.root / "nowhere")
    studio.settle()


def _ollama_down(studio: Studio) -> None:
    studio.env(OLLAMA_API_BASE=f"http://127.0.0.1:{free_port()}")


def _model_missing(studio: Studio) -> None:
    (studio.root / "config.yaml").write_text(config_text("coder", model="qwen3-absent:7b"))


def _rebooted(studio: Studio) -> None:
    studio.deployed("coder")
    studio.kill()


def _route_down(studio: Studio) -> None:
    studio.entry["traefik"] = {"url": f"http://127.0.0.1:{free_port()}"}
    studio.settle()
    studio.by_hand("coder")


def _lock_left(studio: Studio) -> None:
    (studio.root / "lock").mkdir()
    os.utime(studio.root / "lock", (1_000_000, 1_000_000))


def _foreign_folder(studio: Studio) -> None:
    (studio.root / "releases" / "20260101-000000-abcd").mkdir(parents=True)


FINDINGS = [
    (_compromise, "litellm-compromised", 8),
    (_remove_litellm, "no-litellm", 8),
    (_remove_env, "env-file", 8),
    (_unset_reference, "env-unset", 8),
    (_open_env, "env-file-mode", 0),
    (_no_root, "root", 8),
    (_ollama_down, "ollama", 8),
    (_model_missing, "model-missing", 8),
    (_rebooted, "stopped", 8),
    (_route_down, "route", 8),
    (_lock_left, "lock", 0),
    (_foreign_folder, "release", 0),
]


@pytest.mark.parametrize(("spoil", "code", "exit_code"), FINDINGS, ids=[code for _, code, _ in FINDINGS])
def test_doctor_finds_it_and_says_what_to_do(
    studio: Studio, spoil: Callable[[Studio], None], code: str, exit_code: int
) -> None:
    """One look at a host that is in trouble."""
    (studio.root / "config.yaml").write_text(config_text("coder"))
    spoil(studio)
    before = studio.checksum() if studio.root.exists() else ""
    seen = app.doctor(studio.project, None)
    found = {finding.code: finding for finding in seen.findings}
    assert code in found
    assert found[code].hint
    assert seen.exit_code == exit_code
    assert before == (studio.checksum() if studio.root.exists() else "")


def test_doctor_finds_a_stranger_on_a_port(studio: Studio) -> None:
    """And says who it is."""
    with studio.stranger_on(studio.spare):
        seen = app.doctor(studio.project, None)
    assert "port-taken" in [finding.code for finding in seen.findings]


def test_doctor_of_a_host_in_order_lists_what_is(host: Studio) -> None:
    """A person wants to see what was looked at."""
    host.deployed("coder")
    seen = app.doctor(host.project, None)
    assert seen.exit_code == 0
    told = " ".join(seen.in_order)
    for word in ("root:", "litellm: 1.106.2", "env_file:", "mode 0600", "disk:", f"port {host.port}: pid", "ollama:"):
        assert word in told
    assert "sk-" not in told
