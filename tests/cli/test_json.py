"""`--json`: one document on stdout, whatever happens."""

from __future__ import annotations

import json

import pytest

from ccdeploy.cli.registry import all_verbs
from tests.cli.faces import PROGRAMS, Project

HEAD = ["schema_version", "ok", "verb", "host", "exit_code"]
VERBS = [
    verb.name
    for verb in all_verbs()
    if not verb.name.startswith("sandbox") and verb.name != "lock acquire" and not verb.prints_lines
]

NEEDS = {"run": " tdd -- true", "phase": " 2", "trace": " --from-log a.log"}  # what a verb will not go without


@pytest.mark.parametrize("name", VERBS)
def test_a_good_end_is_one_document(project: Project, name: str) -> None:
    """A script reads one document, without knowing which verb made it."""
    done = project.run(f"ccdeploy {name} --json{NEEDS.get(name, '')}")
    document = json.loads(done.stdout)
    assert list(document)[:5] == HEAD
    assert (document["ok"], document["verb"], document["exit_code"]) == (True, {"phase": "deploy"}.get(name, name), 0)
    assert "error" not in document


def test_the_faces_print_the_same_document(project: Project) -> None:
    """Whichever face a script runs, it reads the same."""
    documents = {project.run("ccdeploy deploy tdd --host studio --json", face).stdout for face in PROGRAMS}
    assert len(documents) == 1


def test_an_error_is_one_document(project: Project, face: str) -> None:
    """On failure most of all, a script must not parse prose."""
    done = project.run("ccdeploy deploy tdd --host studio --json", face, ends="DeployFailed")
    document = json.loads(done.stdout)
    assert list(document) == [*HEAD, "error", "findings", "result"]
    assert (document["ok"], document["host"], document["exit_code"]) == (False, "studio", 6)
    assert document["error"]["type"] == "DeployFailed"
    assert document["error"]["hint"] == "look at it"
    assert document["error"]["evidence"][0] == "Traceback of LiteLLM"


def test_a_refusal_carries_its_findings(project: Project, face: str) -> None:
    """A script can name each code to a person, or pass it to `--allow`."""
    document = json.loads(project.run("ccdeploy deploy --json", face, ends="Refused").stdout)
    assert [finding["code"] for finding in document["findings"]] == ["no-provider", "big-context"]
    assert document["findings"][0]["where"] == "configs/litellm/tdd.yaml:14"


def test_a_result_that_is_not_well_says_why_and_keeps_its_fields(project: Project, face: str) -> None:
    """A script that asks for the status wants it most when something drifted."""
    document = json.loads(project.run("ccdeploy status --json", face, ends="drift").stdout)
    assert (document["ok"], document["exit_code"], document["state"]) == (False, 8, "serving")
    assert document["error"]["type"] == "Unhealthy"
    assert document["drift"]


def test_verify_carries_the_summary(project: Project, face: str) -> None:
    """The four names are a contract with whoever watches a host."""
    document = json.loads(project.run("ccdeploy verify --json --host studio", face).stdout)
    summary = {key: document[key] for key in ("host", "healthy", "unhealthy", "models", "model_loads")}
    assert summary == {
        "host": "studio", "healthy": 3, "unhealthy": 0, "models": ["claude-3-5-sonnet", "gpt-4"], "model_loads": 0,
    }  # fmt: skip


@pytest.mark.parametrize("face", ["ccdeploy", "fab"])
def test_a_wrong_command_line_is_a_document_too(project: Project, face: str) -> None:
    """A script with a typo reads an error, instead of failing on empty input."""
    document = json.loads(project.run_words([*PROGRAMS[face], "deploy", "--nope", "--json"]).stdout)
    assert (document["exit_code"], document["error"]["type"]) == (2, "UsageFault")


def test_progress_goes_to_stderr(project: Project, face: str) -> None:
    """One stray line on stdout, and no script can read the document."""
    done = project.run("ccdeploy deploy --json", face)
    assert json.loads(done.stdout)["outcome"] == "deployed"
    assert "boot the shadow" in done.stderr
