"""What a login adds of its own: banners, start-up files that fail, another locale, another zone, no terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccdeploy import app
from tests.faults.course import deploy_and_go_back, go_on_and_back, refused
from tests.support.login import SERVERS, Login, logged_in, shell_at
from tests.support.studio import Studio

pytestmark = pytest.mark.faults

# What looks like an answer of ours is the rudest noise; the colours and the bell are the usual one.
BANNER = "printf '\\033[2J\\033]0;title\\007Welcome to studio\\n\\n==00== end\\nyes\\n 0 1 2\\n'; echo complaint >&2\n"
# Where each shell reads it though nobody sits at a terminal. bash does when an SSH server has started it.
STARTUP = {"zsh": ".zshenv", "bash": ".bashrc", "fish": ".config/fish/config.fish"}
BASH_READS = "unset SHLVL; SSH_CLIENT=${SSH_CLIENT:-127.0.0.1 1 2}; export SSH_CLIENT"
FAILING = "nosuchcommand\nfalse\ncat /nonexistent\ncd /nonexistent\nreturn 1\n"


def in_a_home(home: Path, shell: str, text: str) -> None:
    """Write what a shell reads at its start."""
    file = home / STARTUP[shell]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


@pytest.mark.parametrize("shell", STARTUP)
def test_a_banner_is_no_part_of_an_answer(studio: Studio, tmp_path: Path, shell: str) -> None:
    """An `echo` in a start-up file comes before everything that we ask."""
    in_a_home(tmp_path / "home", shell, BANNER)
    login = Login(tmp_path / "home", shell_at(shell, tmp_path), BASH_READS)
    with logged_in(studio, tmp_path / "login", "asyncssh", login):
        deploy_and_go_back(studio)


@pytest.mark.parametrize("shell", STARTUP)
def test_a_banner_that_garbles_sftp_is_refused_with_its_cause(studio: Studio, tmp_path: Path, shell: str) -> None:
    """OpenSSH starts its SFTP through the login shell; commands still work, and every verb that puts nothing."""
    home = tmp_path / "home"
    login = Login(home, shell_at(shell, tmp_path), BASH_READS)
    with logged_in(studio, tmp_path / "login", "openssh", login):
        studio.deployed("coder")
        in_a_home(home, shell, BANNER)
        assert "SFTP does not begin cleanly" in refused(studio, {"coder"}).message
        assert app.status(studio.project, None).release == studio.current
        in_a_home(home, shell, "[ -t 1 ] && echo Welcome\n" if shell != "fish" else "")
        go_on_and_back(studio, {"coder"})


def test_a_zshenv_that_fails_is_no_failure_of_ours(studio: Studio, tmp_path: Path) -> None:
    """The status of a script is the script's; what went wrong before it is not ours to judge."""
    in_a_home(tmp_path / "home", "zsh", FAILING)
    with logged_in(studio, tmp_path / "login", "openssh", Login(tmp_path / "home", shell_at("zsh", tmp_path))):
        deploy_and_go_back(studio)


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(
    ("first", "says"),
    [
        ("exit 3", "ended with 3 and ran no /bin/sh script"),
        ("echo 'This account is currently not available.'; exit 1", "ran no /bin/sh script"),
        ("exec /nonexistent/shell", "ran no /bin/sh script"),
    ],
    ids=["exits", "nologin", "absent"],
)
def test_a_login_shell_that_runs_nothing_is_refused(
    studio: Studio, tmp_path: Path, server: str, first: str, says: str
) -> None:
    """A .zshenv that exits, an account without a login, a shell that was uninstalled: nothing was touched."""
    home = tmp_path / "home"
    with logged_in(studio, tmp_path / "login", server, Login(home, first=f'[ ! -e "$HOME/off" ] || {{ {first}; }}')):
        studio.deployed("coder")
        (home / "off").touch()
        assert says in refused(studio, {"coder"}).message


def test_a_motd_and_a_banner_of_the_server_are_not_heard(studio: Studio, tmp_path: Path) -> None:
    """sshd sends the one before the login and the other to terminals."""
    (tmp_path / "banner").write_text("\033[31mAuthorised use only\n" * 200)
    more = f"Banner {tmp_path}/banner\nPrintMotd yes\nPrintLastLog yes\n"
    with logged_in(studio, tmp_path / "login", "openssh", Login(tmp_path / "home"), more):
        deploy_and_go_back(studio)


def test_a_banner_of_megabytes_delays_and_no_more(studio: Studio, tmp_path: Path) -> None:
    """A neofetch with pictures; it comes with each of our commands."""
    login = Login(tmp_path / "home", first="head -c 3000000 /dev/zero | tr '\\0' 'x'; echo")
    with logged_in(studio, tmp_path / "login", "asyncssh", login):
        deploy_and_go_back(studio)


@pytest.mark.parametrize(
    ("environment", "first"),
    [
        ({}, "unset TERM SHELL LANG"),
        ({"TERM": "no-such-terminal", "COLUMNS": "7", "LINES": "1"}, ""),
        ({"LC_ALL": "tr_TR.UTF-8", "LANG": "de_DE.UTF-8", "LC_NUMERIC": "de_DE.UTF-8"}, ""),
        ({"TZ": "Asia/Kathmandu", "LC_TIME": "ja_JP.UTF-8"}, ""),
        ({"CDPATH": "/:/tmp:.", "GREP_OPTIONS": "-v", "POSIXLY_CORRECT": "1", "PS_FORMAT": "pid"}, ""),
        ({"ENV": "/nonexistent", "BASH_ENV": "/nonexistent", "IFS": "/0123456789", "PS_PERSONALITY": "bsd"}, ""),
    ],
    ids=["no-term", "odd-term", "locale", "zone", "options", "start-up"],
)
def test_an_environment_of_its_own_changes_no_answer(
    studio: Studio, tmp_path: Path, environment: dict[str, str], first: str
) -> None:
    """Months in Turkish, a decimal comma, a zone of 5:45 h, a CDPATH that makes `cd` talk."""
    with logged_in(studio, tmp_path / "login", "openssh", Login(tmp_path / "home", "/bin/bash", first, environment)):
        deploy_and_go_back(studio)
