"""Models: what is found in the sandbox's Ollama, through SSH, and what is kept of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ccdeploy.app import Project, models
from ccdeploy.errors import Refused, Unhealthy
from ccdeploy.results import AbsentModel, Inventory
from ccdeploy.sandbox.lifecycle import State, down, up
from ccdeploy.sandbox.options import SandboxOptions
from ccdeploy.settings import load_models
from tests.sandbox.clients import http_call

CONFIG = """\
model_list:
  - {model_name: a, litellm_params: {model: "ollama_chat/qwen-fast", api_base: "http://127.0.0.1:1"}}
  - {model_name: b, litellm_params: {model: "ollama/absent:7b", api_base: "http://127.0.0.1:1"}}
  - {model_name: c, litellm_params: {model: openai/gpt-4o}}
"""
KNOWN = """\
models:
  # the quick one
  qwen-fast:latest: {file_size: 4.68GB, layers: 29}
  other:1b:
    layers: 3   # of another host
"""


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    """An SSH server and a stand-in for Ollama."""
    folder = tmp_path_factory.mktemp("sandbox")
    yield up(folder, options=SandboxOptions(hand_started=False, traefik=False))
    down(folder)


@pytest.fixture
def project(sandbox: State, tmp_path: Path) -> Project:
    """A project of one host and one config, in which two models are known."""
    (tmp_path / "configs" / "litellm").mkdir(parents=True)
    (tmp_path / "configs" / "hosts.yaml").write_text("hosts: {sandbox: embedded}\n")
    (tmp_path / "configs" / "litellm" / "mine.yaml").write_text(CONFIG)
    (tmp_path / "configs" / "models.yaml").write_text(KNOWN)
    entry = {**sandbox.host, "ollama": {**sandbox.host["ollama"], "memory": None}}
    return Project(tmp_path, lambda _event: None, lambda: entry)


def text(project: Project) -> str:
    """What models.yaml says."""
    return (project.folder / "configs" / "models.yaml").read_text()


def drift(found: Inventory) -> dict[str, list[tuple[str, str | None, str]]]:
    """What the file says otherwise, by model."""
    told = {one.name: [(f.key, f.written, f.found) for f in one.drift] for one in found.models}
    return {name: figures for name, figures in told.items() if figures}


def test_the_shape_of_every_model_is_told_and_none_is_loaded(sandbox: State, project: Project) -> None:
    """What a plan needs to know is known without a byte of memory."""
    found = models(project, "sandbox")
    fast = next(one for one in found.models if one.name == "qwen-fast:latest")
    assert (fast.layers, fast.heads, fast.kv_heads, fast.embedding, fast.head_dim) == (28, 28, 4, 3584, 128)
    assert (fast.file_size, fast.vocabulary, fast.trained_context) == (4_683_087_332, 152_064, 32_768)
    assert (fast.completion, fast.num_ctx, len(fast.blob or "")) == (True, None, 71)
    assert http_call(sandbox.ports["ollama"], "/sandbox/log").json["loads"] == 0
    assert text(project) == KNOWN


def test_memory_is_what_ollamas_own_log_says(sandbox: State, project: Project) -> None:
    """Where the settings name none; never a share of the RAM."""
    found = models(project, "sandbox")
    assert found.memory_bytes == round(29.8 * 2**30)
    assert found.memory_from == sandbox.host["ollama"]["log"]


def test_what_the_file_says_otherwise_and_what_is_not_there_is_told(project: Project) -> None:
    """A rounded size is the same file; a model of another host is no fault."""
    found = models(project, "sandbox")
    assert drift(found) == {"qwen-fast:latest": [("layers", "29", "28")]}
    assert found.absent == (AbsentModel("absent:7b", ("mine",)), AbsentModel("other:1b"))


def test_what_was_found_is_kept_and_all_else_stays(project: Project) -> None:
    """The next time, there is nothing to add."""
    found = models(project, "sandbox", save=True)
    assert found.saved is not None
    assert [line.partition(":latest")[0].partition(": ")[0] for line in found.saved] == [
        "qwen-fast", "qwen-quality-128k", "qwen2.5-coder:32b-instruct", "tiny",
    ]  # fmt: skip
    assert "file_size 4680000000 -> 4683087332, layers 29 -> 28, " in found.saved[0]
    saved = text(project)
    assert saved.startswith("models:\n  # the quick one\n  qwen-fast:latest: {file_size: 4683087332, layers: 28, ")
    assert "    layers: 3   # of another host\n\n  qwen-quality-128k:latest:\n" in saved
    again = models(project, "sandbox", save=True)
    assert (again.saved, drift(again), text(project)) == ((), {}, saved)


def test_a_file_is_made_where_there_is_none(project: Project) -> None:
    """And read as one of ours."""
    (project.folder / "configs" / "models.yaml").unlink()
    assert models(project, "sandbox", save=True).saved
    known = load_models(text(project), "m").models
    assert known["tiny:latest"].trained_context_tokens == 8192


def test_a_faulty_file_is_refused_and_left_alone(project: Project) -> None:
    """Before anybody is asked."""
    path = project.folder / "configs" / "models.yaml"
    path.write_text("models: [\n")
    with pytest.raises(Refused) as caught:
        models(project, "sandbox", save=True)
    assert caught.value.findings
    assert text(project) == "models: [\n"


def test_a_link_and_a_mode_stay(project: Project) -> None:
    """The file may be kept elsewhere, and be closed to others."""
    path, kept = project.folder / "configs" / "models.yaml", project.folder / "kept.yaml"
    kept.write_bytes(b"\xef\xbb\xbf" + KNOWN.replace("\n", "\r\n").encode())
    kept.chmod(0o600)
    path.unlink()
    path.symlink_to(kept)
    models(project, "sandbox", save=True)
    assert path.is_symlink()
    assert kept.stat().st_mode & 0o777 == 0o600
    data = kept.read_bytes()
    assert data.startswith(b"\xef\xbb\xbfmodels:\r\n  # the quick one\r\n")
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert [one.name for one in project.folder.iterdir() if one.name.startswith(".kept")] == []


def test_a_file_that_cannot_be_written_is_as_it_was(project: Project) -> None:
    """What would have been written is told, so that it is not lost."""
    (project.folder / "configs" / ".models.yaml.new").mkdir()
    with pytest.raises(Refused, match="cannot be written") as caught:
        models(project, "sandbox", save=True)
    assert any("layers 29 -> 28" in line for line in caught.value.evidence)
    assert text(project) == KNOWN


def test_an_ollama_that_does_not_answer_is_named(project: Project) -> None:
    """The address as the host reaches it, and what to do."""
    entry = {**project.embedded()}
    entry["ollama"] = {"url": "http://127.0.0.1:1"}
    gone = Project(project.folder, project.observer, lambda: entry)
    with pytest.raises(Unhealthy, match=r"Ollama at http://127.0.0.1:1, .*nothing listens there"):
        models(gone, "sandbox")


def test_without_settings_the_ollama_of_the_serving_config_is_asked(sandbox: State, project: Project) -> None:
    """And where nothing names one, nobody is: a guess would ask a stranger."""
    entry = {**project.embedded(), "ollama": None}
    found = models(Project(project.folder, project.observer, lambda: entry), "sandbox")
    assert found.ollama == f"http://127.0.0.1:{sandbox.ports['ollama']}"
    elsewhere = {**entry, "root": str(project.folder)}
    with pytest.raises(Refused, match="names an Ollama"):
        models(Project(project.folder, project.observer, lambda: elsewhere), "sandbox")
