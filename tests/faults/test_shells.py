"""Every SSH server with every login shell, and every shell that a system may call /bin/sh."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.course import deploy_and_go_back
from tests.support.login import SERVERS, SHELLS, Login, logged_in, shell_at
from tests.support.studio import Studio

pytestmark = pytest.mark.faults

# Runs another shell than the one that is asked for, under the name that it has as its system's /bin/sh.
ANOTHER = """case $2 in
  '/bin/sh -s '*) echo "$2" >>{told}; token=${{2##* }}; exec {link} -s "$token" ;;
esac"""


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("server", SERVERS)
def test_a_deploy_means_the_same_whatever_the_login_shell(
    studio: Studio, tmp_path: Path, server: str, shell: str
) -> None:
    """A user's shell is the user's own choice, and reads its start-up files before anything of ours."""
    login = Login(tmp_path / "home", shell_at(shell, tmp_path))
    with logged_in(studio, tmp_path / "login", server, login):
        deploy_and_go_back(studio)


@pytest.mark.parametrize("shell", ["bash", "zsh", "busybox"])
def test_a_deploy_means_the_same_whatever_the_system_calls_sh(studio: Studio, tmp_path: Path, shell: str) -> None:
    """macOS has bash 3.2 there, or zsh by a link, and Alpine has busybox: here for whole verbs."""
    link, told = tmp_path / "sh", tmp_path / "told"
    link.symlink_to(shell_at(shell, tmp_path))
    login = Login(tmp_path / "home", first=ANOTHER.format(told=told, link=link))
    with logged_in(studio, tmp_path / "login", "asyncssh", login):
        deploy_and_go_back(studio)
    assert len(told.read_text().splitlines()) >= 10
