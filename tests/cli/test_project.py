"""Which folder a command is about."""

from __future__ import annotations

from pathlib import Path

from tests.cli.faces import Project


def test_a_command_finds_the_project_from_a_folder_inside(project: Project, face: str) -> None:
    """People edit in configs/litellm and deploy from there."""
    inside = project.folder / "configs" / "litellm"
    inside.mkdir()
    done = Project(inside).run_words(project.command("ccdeploy status", face))
    assert done.returncode == 0
    assert Project(inside).asked[0]["folder"] == str(project.folder)


def test_without_settings_the_current_folder_is_the_project(tmp_path: Path) -> None:
    """The use case then says what lacks, and where it looked."""
    done = Project(tmp_path).run("ccdeploy status")
    assert done.returncode == 0
    assert Project(tmp_path).asked[0]["folder"] == str(tmp_path)
