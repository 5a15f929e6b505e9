"""Check: which files are judged, and what a fault in each of them does."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccdeploy.app import Project, check
from ccdeploy.errors import Refused
from ccdeploy.results import CheckReport

CONFIG = """\
model_list:
  - model_name: a
    litellm_params: {model: "ollama_chat/tiny:latest", api_base: "http://127.0.0.1:11434", num_ctx: 4096}
general_settings:
  master_key: os.environ/LITELLM_MASTER_KEY
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with one host and one config."""
    (tmp_path / "configs" / "litellm").mkdir(parents=True)
    (tmp_path / "configs" / "hosts.yaml").write_text("hosts: {sandbox: embedded}\n")
    (tmp_path / "configs" / "litellm" / "mine.yaml").write_text(CONFIG)
    return tmp_path


def report(folder: Path) -> CheckReport:
    """What `check` says without a config named."""
    return check(Project(folder, lambda _event: None, dict), ())


def test_a_project_without_models_yaml_is_in_order(folder: Path) -> None:
    """It is for those who want their memory planned; nobody has to."""
    assert (report(folder).files, report(folder).exit_code) == ((), 0)


def test_a_good_models_yaml_is_named(folder: Path) -> None:
    """Whoever wrote one wants to know that it was read."""
    (folder / "configs" / "models.yaml").write_text("models: {}\n")
    assert [(file.path, file.findings) for file in report(folder).files] == [("configs/models.yaml", ())]


def test_a_fault_in_models_yaml_refuses_and_hides_nothing_else(folder: Path) -> None:
    """Everything is judged in one go, so that one run shows all there is to mend."""
    (folder / "configs" / "models.yaml").write_text("models: {tiny:latest: {layers: 0}}\n")
    (folder / "configs" / "hosts.yaml").write_text("hosts: {}\n")
    found = report(folder)
    assert [f.where for f in found.everything if f.code.startswith("settings-")] == [
        "configs/hosts.yaml:1", "configs/models.yaml:1",
    ]  # fmt: skip
    assert found.exit_code == 3
    assert [config.config for config in found.configs] == ["mine"]


@pytest.mark.parametrize("name", ["hosts", "models"])
def test_a_file_of_a_newer_format_is_refused_in_one_sentence(folder: Path, name: str) -> None:
    """A colleague has upgraded: the remedy is to do so too, and not to mend what this ccdeploy cannot read."""
    (folder / "configs" / f"{name}.yaml").write_text(f"schema_version: 2\n{name}: [of, another, shape]\n")
    found = report(folder)
    (newer,) = [finding for finding in found.everything if finding.code.startswith("settings-")]
    said = f"configs/{name}.yaml:1: the file is of format 2, and this ccdeploy reads formats up to 1; upgrade ccdeploy"
    assert (str(newer), found.exit_code) == (said, 3)


def test_a_models_yaml_that_cannot_be_read_is_said(folder: Path) -> None:
    """A folder of that name, or a file of somebody else's, is no file that is not there."""
    (folder / "configs" / "models.yaml").mkdir()
    with pytest.raises(Refused, match=r"models\.yaml cannot be read"):
        report(folder)


def test_a_pin_to_a_version_that_steals_is_refused_offline(folder: Path) -> None:
    """Otherwise `status` and `doctor` send one to an upgrade that is then refused."""
    pinned = "  studio: {ssh: {address: studio.example.com}, root: ~/ccproxy, litellm_version: 1.82.8}\n"
    (folder / "configs" / "hosts.yaml").write_text(f"hosts:\n{pinned}")
    said = report(folder)
    assert [(finding.code, finding.where) for finding in said.findings] == [
        ("litellm-compromised", "configs/hosts.yaml")
    ]
    assert "hosts.studio.litellm_version" in str(said.findings[0])
    assert said.exit_code == 3
