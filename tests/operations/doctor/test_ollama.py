"""What is said of the Ollama behind a proxy, and of the ways to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ccdeploy.ollama.log.startup import Device, Startup
from ccdeploy.operations.doctor import forwarding, ollama
from ccdeploy.operations.doctor.seen import OllamaSeen, Seen
from ccdeploy.remote.ollama import Found
from ccdeploy.settings import Ollama
from ccdeploy.verify.ollama import Before
from tests.operations.doctor.words import Said, facts, heard, settings

GIB = 2**30
BASE = "http://127.0.0.1:11434"


def judged(seen: Seen, version: str | None, system: str = "Linux") -> Said:
    """Judge a host whose Ollama says that it is of this version."""
    return heard(ollama.judge(facts(replace(seen, ollamas=(OllamaSeen(BASE, version),)), system=system)))


@pytest.mark.parametrize(("version", "era"), [("0.11.4", 1), ("0.12.3", 2), ("0.33.0", 3)])
def test_the_version_is_told_with_its_era(plain_seen: Seen, version: str, era: int) -> None:
    """What fits into memory hangs on it."""
    said = judged(plain_seen, version)
    assert said.findings == ()
    assert said.in_order[0].startswith(f"ollama: {version} at {BASE}, era {era}: ")


@pytest.mark.parametrize("version", ["0.0.0", "0.9.6"])
def test_a_version_that_says_too_little_is_a_note(plain_seen: Seen, version: str) -> None:
    """A build of one's own, and one that does not tell contexts."""
    assert judged(plain_seen, version).only.code == "ollama-version"


@pytest.mark.parametrize(("system", "start"), [("Darwin", "open -a Ollama"), ("Linux", "systemctl start ollama")])
def test_one_that_is_silent_is_started_as_its_system_does(plain_seen: Seen, system: str, start: str) -> None:
    """Every request would fail, whatever the proxy says of itself."""
    said = judged(plain_seen, None, system)
    assert said.only.code == "ollama"
    assert start in str(said.only.hint)


def test_a_missing_model_is_pulled_there(plain_seen: Seen) -> None:
    """The remedy goes to the host, not to this machine's Ollama."""
    said = heard(ollama.judge(replace(plain_seen, before=Before(missing=frozenset({"qwen:7b"})))))
    assert said.only.hint == "ssh -t studio.example.com 'ollama pull qwen:7b'"


@pytest.mark.parametrize(("system", "reloads"), [("Darwin", False), ("Linux", True)])
def test_forwarding_is_allowed_for_the_user_alone(plain_seen: Seen, system: str, reloads: bool) -> None:
    """macOS starts an sshd for each connection; elsewhere it reads its settings when it is told to."""
    shut = replace(plain_seen, doors={"127.0.0.1:8081": "open", "127.0.0.1:8082": "forbidden"})
    said = heard(forwarding.judge(facts(shut, system=system)))
    assert "127.0.0.1:8082" in said.only.message
    assert "127.0.0.1:8081" not in said.only.message
    assert f"Match User {plain_seen.around.user}" in str(said.only.hint)
    assert ("systemctl reload" in str(said.only.hint)) is reloads


def test_memory_is_told_as_ollamas_log_has_it(plain_seen: Seen) -> None:
    """It is the budget of everything that is planned; 29.8 GiB is 32 GB, rounded by the log."""
    for stated in (None, 32 * 10**9, 20 * 10**9):
        assert with_memory(plain_seen, stated).in_order == ("memory: 29.8 GiB for models, as /var/o.log says",)


def test_settings_that_promise_more_memory_than_there_is_are_warned_of(plain_seen: Seen) -> None:
    """A plan would let two models go together that do not."""
    found = with_memory(plain_seen, 48 * GIB).only
    assert found.code == "ollama-memory"
    assert "give models 48.0 GiB, and Ollama found 29.8 GiB" in found.message


def test_a_log_without_a_gpu_says_nothing_of_memory(plain_seen: Seen) -> None:
    """Ollama on a CPU tests nothing against it."""
    assert heard(ollama.judge(replace(plain_seen, ollama_log=Found("log", Startup(tells_devices=True))))).in_order == ()


def with_memory(seen: Seen, stated: int | None) -> Said:
    """Judge a host whose log tells of 29.8 GiB, and whose settings state so much."""
    start = Startup(devices=(Device("Metal", "M4", round(29.8 * GIB)),))
    given = settings(seen, ollama=Ollama(memory_bytes=stated))
    return heard(ollama.judge(replace(given, ollama_log=Found("/var/o.log", start))))
