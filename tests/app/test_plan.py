"""Plan and replay as use cases: what is read, and what is asked of a host."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ccdeploy import app
from ccdeploy.errors import Refused, UsageFault
from ccdeploy.report.verdict import verdict

ROOT = Path(__file__).parents[2]
TRACES = ROOT / "tests" / "cases" / "traces"


def _never() -> Mapping[str, Any]:
    raise AssertionError("a plan brings no sandbox up")


@pytest.fixture
def project(tmp_path: Path) -> app.Project:
    """A project with the files that ship; its embedded host may be described and not brought up."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    return app.Project(tmp_path, lambda event: None, _never, lambda: "32GB")


def test_the_sandbox_is_planned_for_and_not_brought_up(project: app.Project) -> None:
    """A question about figures starts no process."""
    found = app.plan(project, None, "initial-thrashing")
    assert (found.exit_code, found.memory_bytes) == (3, 32_000_000_000)
    assert found.memory_from == "the settings of sandbox"


def test_a_host_whose_settings_name_its_memory_is_not_asked(project: app.Project) -> None:
    """It need not be there."""
    found = app.plan(project, "studio", None)
    assert (found.config, found.memory_bytes) == ("tdd-pipeline", 32_000_000_000)


def test_what_the_settings_say_of_ollama_is_planned_with(project: app.Project) -> None:
    """Whoever raised its limits is not refused for those that it ships with."""
    hosts = project.folder / "configs" / "hosts.yaml"
    more = "memory: 64GiB\n      max_loaded_models: 4\n      num_parallel: 2\n      kv_cache_type: q8_0"
    hosts.write_text(hosts.read_text().replace("memory: 32GB ", f"{more} "))
    before = app.plan(project, None, "two-model", app.Assumed(64 * 2**30)).phases[0].models[0]
    (phase,) = app.plan(project, "studio", "two-model").phases
    assert before.kv_bytes is not None
    assert phase.models[0].kv_bytes == round(before.kv_bytes * 2 * 1.0625 / 2)
    four = "".join(
        f"  - model_name: m{n}\n    litellm_params: {{model: 'ollama_chat/m{n}:1', api_base: 'http://127.0.0.1:11434'}}\n"
        for n in range(4)
    )
    (project.folder / "configs" / "litellm" / "four.yaml").write_text(f"model_list:\n{four}")
    shape = "layers: 4, heads: 4, kv_heads: 2, embedding: 256, trained_context: 8192"
    rows = "".join(f"  m{n}:1: {{file_size: {n + 1}GB, {shape}}}\n" for n in range(4))
    (project.folder / "configs" / "models.yaml").write_text(f"schema_version: 1\nmodels:\n{rows}")
    assert app.plan(project, "studio", "four").phases[0].verdict == "stable"
    assert app.plan(project, None, "four", app.Assumed(64 * 2**30)).phases[0].verdict == "thrash"


def test_what_is_said_comes_before_what_is_written(project: app.Project) -> None:
    """One asks what another machine would make of it."""
    found = app.plan(project, None, "tdd-pipeline", app.Assumed(48 * 2**30, every_s=60.0, load_bytes_per_s=1e9))
    assert (found.memory_bytes, found.memory_from, found.every_s) == (48 * 2**30, "--memory", 60.0)
    assert {phase.verdict for phase in found.phases} == {"stable"}


def test_without_models_everything_is_unknown(project: app.Project) -> None:
    """Nothing is guessed from a name."""
    (project.folder / "configs" / "models.yaml").unlink()
    found = app.plan(project, None, "tdd-pipeline")
    assert {phase.verdict for phase in found.phases} == {"unknown"}
    assert found.exit_code == 0


def test_a_config_that_is_named_nowhere_is_asked_for(project: app.Project) -> None:
    """With one config it is that one; with several nobody knows."""
    with pytest.raises(UsageFault, match="sandbox names no config to plan; name one: initial-thrashing, large-context"):
        app.plan(project, None, None)
    for name in ("initial-thrashing", "large-context", "two-model"):
        (project.folder / "configs" / "litellm" / f"{name}.yaml").unlink()
    assert app.plan(project, None, None).config == "tdd-pipeline"


def test_each_line_of_a_trace_is_replayed(project: app.Project) -> None:
    """A file of many lines is many traces."""
    lines = (TRACES / "random.jsonl").read_text().splitlines()[:3]
    path = project.folder / "traces.jsonl"
    path.write_text("\n".join(lines))
    found = app.replay(project, str(path)).documents
    assert [one["name"] for one in found] == [json.loads(line)["name"] for line in lines]


def test_a_mark_of_the_encoding_at_the_start_is_no_part_of_a_trace(project: app.Project) -> None:
    """Editors on Windows write one, and end lines in their own way."""
    path = project.folder / "traces.jsonl"
    line = (TRACES / "random.jsonl").read_bytes().splitlines()[0]
    path.write_bytes(b"\xef\xbb\xbf" + line + b"\r\n" + line + b"\r\n")
    assert len(app.replay(project, str(path)).documents) == 2


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"\xff\xfe\x00", "is no text"),
        (b"{}", "line 1: models is no object"),
        (b"", "line 1: there is no trace"),
    ],
)
def test_a_file_that_is_no_trace_is_refused(project: app.Project, data: bytes | None, says: str) -> None:
    """With its place, and the remedy."""
    path = project.folder / "traces.jsonl"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(Refused) as raised:
        app.replay(project, str(path))
    assert says in raised.value.message
    assert raised.value.hint


NONSENSE = """
model_list:
  - model_name: a
    litellm_params: {model: ollama_chat/qwen-fast:latest, api_base: "http://127.0.0.1:11434", num_ctx: VALUE}
litellm_settings: {fallbacks: [{a: [b]}, {b: [a]}]}
"""


@pytest.mark.parametrize("num_ctx", ["-1", "'many'", "0", ".inf", ".nan", "true"])
def test_a_config_with_nonsense_in_it_is_not_merely_stable(project: app.Project, num_ctx: str) -> None:
    """A verdict on a context that Ollama never gets reassures whoever mistyped it."""
    path = project.folder / "configs" / "litellm" / "bad.yaml"
    path.write_text(NONSENSE.replace("VALUE", num_ctx))
    found = app.plan(project, None, "bad")
    assert found.exit_code == 3
    assert {"num-ctx-type", "fallback-circular", "fallback-unknown"} <= {finding.code for finding in found.findings}
    assert verdict(found) == "bad has 2 errors, for which a deploy refuses it; nothing was touched"
