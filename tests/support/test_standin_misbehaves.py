"""What the stand-in refuses as LiteLLM does, and every way in which it can be told to misbehave."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import fake_venv
from tests.support.free_port import free_port
from tests.support.gateway import KEY, ask, gateway, is_open
from tests.support.stream import Stream
from tests.support.tiny_ollama import TinyOllama, tiny_ollama
from tests.support.waiting import until

CONFIG = """\
model_list:
  - {model_name: one, litellm_params: {model: ollama_chat/one, api_base: os.environ/URL}}
  - {model_name: two, litellm_params: {model: ollama_chat/two, api_base: os.environ/URL}}
"""
STANDIN = [sys.executable, "-S", str(Path(__file__).with_name("standin_litellm.py"))]
VACCINE = """\
general_settings: {health_check_skip_disabled_background_models: true}
model_list:
  - model_name: one
    litellm_params: {model: ollama_chat/one, api_base: os.environ/URL}
    model_info: {disable_background_health_check: true}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a good config in it."""
    (tmp_path / "config.yaml").write_text(CONFIG)
    return tmp_path


@pytest.fixture
def ollama(monkeypatch: pytest.MonkeyPatch) -> Iterator[TinyOllama]:
    """An Ollama, and its address where the config expects it."""
    with tiny_ollama() as running:
        monkeypatch.setenv("URL", running.url)
        yield running


def misbehave(folder: Path, *rules: dict[str, Any]) -> None:
    """Write the rules beside the config."""
    (folder / "misbehave.json").write_text(json.dumps(rules))


@pytest.mark.parametrize(
    ("config", "key", "status", "says"),
    [
        (CONFIG, "", 3, "no master key is set"),
        (CONFIG, "sk-1234", 3, "publicly known default"),
        (CONFIG + "litellm_settings: {callbacks: [no_such_module.handler]}\n", KEY, 3, "Could not import handler"),
        (CONFIG + "include: [not_there.yaml]\n", KEY, 1, "Config file not found"),
        ("", KEY, 1, "Config cannot be None or Empty"),
        ("model_list: [", KEY, 1, "Error loading yaml"),
        ("model_list: [{model_name: one}]", KEY, 3, "litellm_params"),
    ],
)
def test_a_config_that_litellm_refuses(tmp_path: Path, config: str, key: str, status: int, says: str) -> None:
    """A deploy meets these as a process that is gone, with the reason in its log."""
    (tmp_path / "config.yaml").write_text(config)
    with gateway(STANDIN, tmp_path, environment={"LITELLM_MASTER_KEY": key}) as running:
        assert running.ended() == status
        assert says in running.log
        assert not is_open(running.port)


def test_a_callback_beside_the_config_is_found(folder: Path) -> None:
    """Only a module that does not exist ends the boot."""
    (folder / "mine.py").write_text("handler = None\n")
    (folder / "config.yaml").write_text(CONFIG + "litellm_settings: {callbacks: [mine.handler]}\n")
    with gateway(STANDIN, folder) as running:
        assert running.ready().names() == ["one", "two"]


def test_a_busy_port_ends_it_after_its_start_up_log(folder: Path) -> None:
    """The log looks like success until its last lines."""
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        with gateway(STANDIN, folder, port=stranger.getsockname()[1]) as running:
            assert running.ended() == 3
            started = running.log.index("Application startup complete")
            assert started < running.log.index("address already in use")


def test_a_busy_default_port_is_left_for_a_random_one(folder: Path) -> None:
    """LiteLLM does it without a word, which is why port 4000 is refused."""
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            stranger.bind(("127.0.0.1", 4000))
            stranger.listen()
        except OSError:
            pass  # somebody else has it, which is just as good
        with gateway(STANDIN, folder, port=4000) as running:
            until(lambda: "Uvicorn running" in running.log, "a proxy on some port")
            assert "http://127.0.0.1:4000 " not in running.log


def test_background_checks_call_models_before_the_port_is_bound(folder: Path, ollama: TinyOllama) -> None:
    """A shadow with such a config would load every model."""
    (folder / "config.yaml").write_text(CONFIG + "general_settings: {background_health_checks: true}\n")
    with gateway(STANDIN, folder) as running:
        until(lambda: "Uvicorn running" in running.log, "the proxy")
        assert sorted(c["model"] for c in ollama.model_calls) == ["one", "two"]
        ollama.requests.clear()
        assert running.ready().ask("/health").json["healthy_count"] == 2
        assert ollama.model_calls == []  # it serves what the sweep found


@pytest.mark.parametrize(
    "config",
    [
        VACCINE,
        CONFIG + "general_settings: {background_health_checks: true, background_health_check_model_groups: []}\n",
    ],
)
def test_a_vaccinated_config_calls_no_model_when_polled(folder: Path, ollama: TinyOllama, config: str) -> None:
    """Both ways of switching health checks off that were seen to work."""
    (folder / "config.yaml").write_text(config)
    with gateway(STANDIN, folder) as running:
        assert running.ready().ask("/health").json["healthy_count"] == 0
        assert running.ask("/health?model=one").status == 503
    assert ollama.model_calls == []


def test_two_workers_are_three_processes_on_one_port(folder: Path) -> None:
    """A listener may have several pids, and the workers' command lines do not name litellm."""
    with gateway([*STANDIN, "--num_workers", "2"], folder) as running:
        until(lambda: running.log.count("Uvicorn running") == 2, "two workers")
        children = [line.split() for line in _ps("pid=,ppid=", "-A") if line.split()[1] == str(running.process.pid)]
        assert len(children) == 2
        assert running.names() == ["one", "two"]
        running.process.terminate()
        assert running.ended() == 0
        assert not is_open(running.port)


def _ps(columns: str, *which: str) -> list[str]:
    # -ww: a command line is otherwise cut where ps believes that a screen ends.
    listing = subprocess.run(["/bin/ps", "-ww", "-o", columns, *which], capture_output=True, text=True, check=True)
    return listing.stdout.splitlines()


def test_it_can_exit_while_booting(folder: Path) -> None:
    """With a status of choice, after lines of log."""
    misbehave(folder, {"exit_while_booting": 7, "log_flood": 50})
    with gateway(STANDIN, folder) as running:
        assert running.ended() == 7
        assert running.log.count("flood.py") == 50


def test_it_can_die_after_it_was_ready(folder: Path) -> None:
    """The listener goes without the words of a shutdown."""
    misbehave(folder, {"die_after_ready_s": 0.05})
    with gateway(STANDIN, folder) as running:
        assert running.ended() == 1
        assert "Uvicorn running" in running.log
        assert "Shutting down" not in running.log


def test_it_can_stay_unready_and_still_be_stopped(folder: Path) -> None:
    """It lives, and its port stays closed."""
    misbehave(folder, {"never_ready": True})
    with gateway(STANDIN, folder) as running:
        until(lambda: "startup complete" in running.log, "its log")
        assert not is_open(running.port)
        running.process.terminate()
        assert running.ended() == -signal.SIGTERM


def test_it_can_be_deaf_to_sigterm(folder: Path) -> None:
    """Only SIGKILL ends it."""
    misbehave(folder, {"deaf_to_sigterm": True})
    with gateway(STANDIN, folder) as running:
        running.ready()
        running.process.terminate()
        assert running.ask("/health/liveliness").status == 200
        running.process.kill()
        assert running.ended() == -signal.SIGKILL


def test_it_can_bind_another_port(folder: Path) -> None:
    """The port that was asked for stays closed while its log says that all is well."""
    misbehave(folder, {"bind_other_port": True})
    with gateway(STANDIN, folder) as running:
        until(lambda: "Uvicorn running" in running.log, "its log")
        assert not is_open(running.port)
        assert ask(int(running.log.split("127.0.0.1:")[1].split()[0]), "/health/liveliness").status == 200


def test_it_can_serve_other_names_than_its_config(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Missing names, wrong names, and those of an old config: verify has to see each."""
    misbehave(folder, {"drop_models": ["two"]})
    with gateway(STANDIN, folder) as running:
        assert running.ready().names() == ["one"]
    misbehave(folder, {"serve_wrong_models": ["three"]})
    with gateway(STANDIN, folder) as running:
        assert running.ready().names() == ["three"]
    old = tmp_path_factory.mktemp("old") / "config.yaml"
    old.write_text(CONFIG.replace("one", "former"))
    misbehave(folder, {"ignore_config": str(old)})
    with gateway(STANDIN, folder) as running:
        assert running.ready().names() == ["former", "two"]


def test_it_can_be_unready_and_show_other_parameters(folder: Path) -> None:
    """Readiness and model info can lie separately from the names."""
    misbehave(folder, {"readiness_status": 503, "model_info_changes": {"one": {"num_ctx": 1}}})
    with gateway(STANDIN, folder) as running:
        assert running.ready().ask("/health/readiness").status == 503
        shown = {e["model_name"]: e["litellm_params"] for e in running.ask("/v1/model/info").json["data"]}
        assert (shown["one"].get("num_ctx"), shown["two"].get("num_ctx")) == (1, None)


def test_it_can_boot_slowly(folder: Path) -> None:
    """The port is closed while it says that it starts."""
    misbehave(folder, {"boot_s": 30})
    with gateway(STANDIN, folder) as running:
        until(lambda: "Proxy initialized" in running.log, "its log")
        assert not is_open(running.port)
        assert running.is_alive


def test_it_can_stream_by_itself_and_a_killed_stream_shows_as_cut(folder: Path) -> None:
    """The client of the tests must notice a cut, or every promise about streams is empty."""
    misbehave(folder, {"stream_s": 0.3})
    with gateway(STANDIN, folder) as running, Stream(running.ready().port, KEY, "one") as stream:
        outcome = stream.finished()
        assert (outcome.is_complete, outcome.numbers) == (True, (0, 1, 2))
    misbehave(folder, {"stream_s": 60})
    with gateway(STANDIN, folder) as running, Stream(running.ready().port, KEY, "one") as stream:
        stream.wait_for_chunks(1)
        running.process.kill()
        assert "cut after" in str(stream.finished())


def test_it_can_be_without_a_counter(folder: Path) -> None:
    """Whoever counts requests has to do without."""
    misbehave(folder, {"no_backlog": True})
    with gateway(STANDIN, folder) as running:
        assert running.ready().ask("/health/backlog").status == 404


def test_rules_hold_for_a_port_a_start_and_a_config(folder: Path) -> None:
    """So a test can say: the second start on this port is ill, and the third is well again."""
    port, other = free_port(), free_port()
    ill = {"exit_while_booting": 9}
    misbehave(folder, {"only_port": port, "from_start": 2, "until_start": 2, **ill}, {"config_contains": "bad", **ill})

    def outcome(port: int) -> str:
        with gateway(STANDIN, folder, port=port) as running:
            until(lambda: is_open(port) or not running.is_alive, "an outcome")
            return "well" if running.is_alive else f"ended {running.ended()}"

    assert [outcome(p) for p in (port, other, port, other, port)] == ["well", "well", "ended 9", "well", "well"]
    (folder / "config.yaml").write_text(CONFIG.replace("two", "bad"))
    assert outcome(port) == "ended 9"


def test_a_typo_in_a_rule_is_loud(folder: Path) -> None:
    """A misbehaviour that silently does not happen would make a test pass for nothing."""
    misbehave(folder, {"die_after_redy_s": 1})
    with gateway(STANDIN, folder) as running:
        assert running.ended() == 1
        assert "unknown die_after_redy_s" in running.log


def test_the_venv_looks_like_one_with_litellm_in_it(folder: Path) -> None:
    """The version is told from a folder's name, the process by its command line, misbehaviour from venv/bin."""
    executable = fake_venv.make(folder, version="1.82.7")
    assert executable == folder / "venv" / "bin" / "litellm"
    assert os.access(executable, os.X_OK)
    assert list(folder.glob("venv/lib/python3*/site-packages/litellm-1.82.7.dist-info/METADATA"))
    (executable.parent / "misbehave.json").write_text('{"drop_models": ["one"]}')
    with gateway([str(executable)], folder) as running:
        assert running.ready().names() == ["two"]
        (line,) = _ps("command=", "-p", str(running.process.pid))
        assert line.split()[1:3] == [str(executable), "--config"]


def test_the_venv_can_run_another_program(tmp_path: Path) -> None:
    """A host whose litellm is something else entirely."""
    executable = fake_venv.make(tmp_path, argv=["/bin/echo", "it's me"])
    assert subprocess.run([executable, "--port", "1"], capture_output=True, text=True, check=True).stdout == (
        "it's me --port 1\n"
    )
