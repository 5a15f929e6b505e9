"""What the user's OpenSSH config says of a host, asked of the real `ssh -G`."""

from __future__ import annotations

import getpass
from pathlib import Path

import pytest

from ccdeploy.errors import HostUnreachable
from ccdeploy.settings import Ssh
from ccdeploy.transport.openssh import parse, resolve, route
from ccdeploy.transport.route import Named, Route
from ccdeploy.transport.target import SshTarget


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config that includes another one, as people's do."""
    (tmp_path / "included").write_text(
        f"""Host studio
  HostName studio.example.com
  User deploy
  HostKeyAlias studio-key
  IdentityAgent {tmp_path}/agent.sock
  IdentityFile {tmp_path}/key_%r_%h
  IdentitiesOnly yes
  UserKnownHostsFile {tmp_path}/known_hosts
  GlobalKnownHostsFile none
Match host *.example.com user other
  Port 2200
Host *
  Port 2222
"""
    )
    config = tmp_path / "config"
    config.write_text(f"Include {tmp_path}/included\n")
    return config


def test_includes_aliases_and_agents_are_honoured(config: Path, tmp_path: Path) -> None:
    """paramiko's own reader knows neither Include nor HostKeyAlias nor IdentityAgent."""
    assert resolve(SshTarget("studio"), config) == Route(
        address="studio",
        hostname="studio.example.com",
        port=2222,
        user="deploy",
        identity_files=(tmp_path / "key_deploy_studio.example.com",),
        certificate_files=(),
        identities_only=True,
        agent_socket=f"{tmp_path}/agent.sock",
        known_hosts=(tmp_path / "known_hosts",),
        new_keys_file=tmp_path / "known_hosts",
        hashes_names=False,
        host_key_alias="studio-key",
        accepts_new_keys=False,
        proxy_jump=None,
        proxy_command=None,
        timeout_s=10.0,
        by_hand="ssh studio",
        named=Named(),
    )


def test_the_settings_win_over_the_config(config: Path, tmp_path: Path) -> None:
    """What stands in hosts.yaml is the same for the whole team."""
    found = resolve(SshTarget("studio", 22, "me", f"{tmp_path}/mine", f"{tmp_path}/hosts", "accept-new", 3.0), config)
    assert (found.port, found.user, found.timeout_s, found.accepts_new_keys) == (22, "me", 3.0, True)
    assert found.identity_files == (tmp_path / "mine",)
    assert found.known_hosts == (tmp_path / "hosts",)
    assert found.by_hand == f"ssh -p 22 -i {tmp_path}/mine -o UserKnownHostsFile={tmp_path}/hosts me@studio"


def test_a_match_sees_the_user_of_the_settings(config: Path) -> None:
    """`Match user` decides by who logs in."""
    assert resolve(SshTarget("studio", user="other"), config).port == 2200


def test_the_settings_of_a_host_fit() -> None:
    """The type of the settings room is what the transport takes."""
    settings = Ssh(address="studio.example.com", port=2022)
    assert route(settings, {}).port == 2022


def test_an_address_that_looks_like_an_option_is_none(tmp_path: Path) -> None:
    """`-oProxyCommand=…` as an address would run a program."""
    with pytest.raises(HostUnreachable):
        resolve(SshTarget(f"-oProxyCommand=touch {tmp_path}/ran"), None)
    assert not (tmp_path / "ran").exists()


def test_a_config_that_ssh_refuses_is_told_in_its_words(tmp_path: Path) -> None:
    """The line that is wrong is in the user's file, not in ours."""
    (tmp_path / "config").write_text("Hots studio\n")
    with pytest.raises(HostUnreachable, match="studio: OpenSSH does not accept") as caught:
        resolve(SshTarget("studio"), tmp_path / "config")
    assert "Bad configuration option" in " ".join(caught.value.evidence)


def test_without_ssh_its_own_defaults_count(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A container that deploys may have no OpenSSH at all."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    found = resolve(SshTarget("studio.example.com"), None)
    home = Path.home()
    assert (found.hostname, found.port, found.user) == ("studio.example.com", 22, getpass.getuser())
    assert home / ".ssh/id_ed25519" in found.identity_files
    assert found.known_hosts[0] == home / ".ssh/known_hosts"


@pytest.mark.parametrize(
    ("answer", "socket"),
    [
        ("identityagent none", None),
        ("identityagent SSH_AUTH_SOCK", "/from/the/environment"),
        ("identityagent $OTHER_AGENT", "/from/another"),
        ("identityagent /home/%u-agent", f"/home/{getpass.getuser()}-agent"),
        ("", "/from/the/environment"),
    ],
)
def test_the_agent_is_the_one_that_ssh_would_ask(
    monkeypatch: pytest.MonkeyPatch, answer: str, socket: str | None
) -> None:
    """1Password and Secretive are set up by IdentityAgent."""
    monkeypatch.setenv("SSH_AUTH_SOCK", "/from/the/environment")
    monkeypatch.setenv("OTHER_AGENT", "/from/another")
    assert route(SshTarget("studio"), parse(answer)).agent_socket == socket


def test_a_known_hosts_path_with_spaces_is_one_path(tmp_path: Path) -> None:
    """`ssh -G` prints it without quotes; macOS has `Application Support`."""
    file = tmp_path / "Application Support"
    file.touch()
    options = parse(f"userknownhostsfile {file}\nglobalknownhostsfile /a /b\n")
    assert route(SshTarget("studio"), options).known_hosts == (file, Path("/a"), Path("/b"))


def test_a_proxy_command_has_its_tokens_replaced() -> None:
    """`ssh -G` prints them as they were written."""
    options = parse("hostname studio.example.com\nport 2222\nproxycommand nc -x proxy %h %p %%\n")
    assert route(SshTarget("studio"), options).proxy_command == "nc -x proxy studio.example.com 2222 %"
