"""What a process ends with, and what it says then, through both faces."""

from __future__ import annotations

import re

import pytest

from ccdeploy import errors
from tests.cli.faces import Project


def error_types(kind: type[errors.CcdeployError] = errors.CcdeployError) -> list[type[errors.CcdeployError]]:
    """Return every error type that a use case may raise like the others."""
    below = [deeper for sub in kind.__subclasses__() for deeper in error_types(sub)]
    return [*kind.__subclasses__(), *below]


RAW_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@pytest.mark.parametrize("kind", ["Refused", "UsageFault", "ConnectFailed", "Locked", "DeployFailed", "Stranded",
                                  "Unhealthy", "RouteFaulty", "NothingToRollBackTo", "Interrupted"])  # fmt: skip
def test_an_error_ends_the_process_with_its_code(project: Project, face: str, kind: str) -> None:
    """Scripts decide by the code; a face that loses it makes a failed deploy look like a good one."""
    done = project.run("ccdeploy deploy tdd", face, ends=kind)
    assert done.returncode == getattr(errors, kind).exit_code
    assert "ccdeploy: " in done.stderr
    assert "Traceback (most recent" not in done.stderr


def test_the_contract_has_no_code_that_no_error_carries() -> None:
    """A code that nothing can end with is a promise that nobody keeps."""
    assert {kind.exit_code for kind in error_types()} | {0} == set(errors.EXIT_CODES)


@pytest.mark.parametrize(
    ("line", "ends", "code"),
    [
        ("ccdeploy check", "bad_config", 3),
        ("ccdeploy status", "drift", 8),
        ("ccdeploy verify", "sick", 8),
        ("ccdeploy doctor", "unfit", 8),
        ("ccdeploy verify", "route", 9),
        ("ccdeploy deploy tdd", "route", 9),
        ("ccdeploy status", "", 0),
    ],
)
def test_a_result_ends_the_process_with_its_code(project: Project, face: str, line: str, ends: str, code: int) -> None:
    """A verification that found a fault is no error, yet must not end with 0."""
    done = project.run(line, face, ends=ends)
    assert done.returncode == code
    assert done.stdout
    assert ("ccdeploy: " in done.stderr) == (code != 0)


def test_an_error_tells_the_sentence_then_the_evidence_then_the_remedy(project: Project, face: str) -> None:
    """Whoever reads only the first line knows what happened, whoever reads the last what to do."""
    lines = project.run("ccdeploy rollback", face, ends="DeployFailed").stderr.splitlines()
    assert lines == ["ccdeploy: studio: it ended", "  │ Traceback of LiteLLM", "  │ last line", "  → look at it"]


def test_a_refusal_lists_each_finding_with_place_remedy_and_code(project: Project, face: str) -> None:
    """One run shows all that is wrong, and what `--allow` would take."""
    text = project.run("ccdeploy deploy tdd", face, ends="Refused").stderr
    assert "configs/litellm/tdd.yaml:14: alias 'gpt-4' names no provider; write 'ollama_chat/x' [no-provider]" in text
    assert text.index("[no-provider]") < text.index("[big-context]")


@pytest.mark.parametrize("line", ["ccdeploy logs", "ccdeploy logs --json", "ccdeploy deploy"])
def test_what_a_host_says_cannot_touch_the_terminal(project: Project, face: str, line: str) -> None:
    """A log line may hold sequences that clear the screen or retitle the window."""
    done = project.run(line, face, ends="" if "logs" in line else "Stranded")
    assert not RAW_CONTROL.search(done.stdout + done.stderr)


def test_a_key_in_a_log_is_masked(project: Project, face: str) -> None:
    """LiteLLM writes keys into its log when a request fails; a deploy's output lands in CI logs."""
    done = project.run("ccdeploy logs", face)
    assert "sk-abcdef" not in done.stdout
    assert "***" in done.stdout
