"""Keys of files, agents, certificates and security keys, shown to real servers in the order of `ssh`."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ccdeploy.errors import AuthenticationFailed
from ccdeploy.events import Event, Noted
from ccdeploy.shell.command import Command
from ccdeploy.transport.ssh import SshTransport
from ccdeploy.transport.target import SshTarget
from tests.support.agent import add, agent
from tests.support.openssh import sshd
from tests.support.security_key import SecurityKey, plugged_in
from tests.support.ssh_host import SshHost, make_key, public_key

ASK = Command("ask", "echo in")


def ask(target: SshTarget, config: Path | None = None, said: list[Event] | None = None) -> str:
    """Connect, ask, and close."""
    transport = SshTransport("studio", target, said.append if said is not None else None, config_file=config)
    try:
        return transport.run(ASK).text
    finally:
        transport.close()


def test_a_refused_key_names_the_user_and_the_keys(ssh_host: SshHost, tmp_path: Path) -> None:
    """Whoever reads it knows which key to put where."""
    key = make_key(tmp_path / "stranger")
    with pytest.raises(AuthenticationFailed) as caught:
        ask(replace(ssh_host.target, identity_file=str(key)))
    assert caught.value.message == (
        f"studio: {ssh_host.user}@127.0.0.1 port {ssh_host.port} does not let us in: tried {key}"
    )
    assert "authorized_keys" in str(caught.value.hint)


def test_a_key_that_is_not_there_is_named(ssh_host: SshHost, tmp_path: Path) -> None:
    """A path of somebody else's machine in hosts.yaml."""
    with pytest.raises(AuthenticationFailed, match=f"no key to try; {tmp_path}/none is not there"):
        ask(replace(ssh_host.target, identity_file=f"{tmp_path}/none"))


def test_a_locked_key_is_used_through_the_agent(
    ssh_host: SshHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The usual way to work with a passphrase: only the public half is read from the file."""
    client = ssh_host.folder / "client_key"
    locked = tmp_path / "locked"
    locked.write_bytes(client.read_bytes())
    locked.chmod(0o600)
    Path(f"{locked}.pub").write_text(Path(f"{client}.pub").read_text())
    with agent(tmp_path, client) as path:
        lock = ["/usr/bin/env", "ssh-keygen", "-q", "-p", "-P", "", "-N", "open sesame", "-f", str(locked)]
        subprocess.run(lock, check=True, capture_output=True)
        monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
        assert ask(replace(ssh_host.target, identity_file=str(locked))) == "in\n"


def test_the_identity_agent_of_the_config_is_asked(
    ssh_host: SshHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1Password and Secretive live behind it; paramiko knows only SSH_AUTH_SOCK."""
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    with agent(tmp_path, ssh_host.folder / "client_key") as path:
        config = tmp_path / "ssh_config"
        config.write_text(f"Host *\n  IdentityAgent {path}\n  IdentityFile {tmp_path}/none\n")
        assert ask(replace(ssh_host.target, identity_file=None), config) == "in\n"


def test_an_agent_with_many_keys_does_not_lock_out_the_named_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """sshd cuts the connection after six keys: an identity_file is offered alone."""
    with sshd(tmp_path / "host", more="MaxAuthTries 2\n") as host, agent(tmp_path, make_key(tmp_path / "k0")) as path:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
        for number in (1, 2, 3):
            key = make_key(tmp_path / f"k{number}")
            add(path, key)
        assert ask(host.target) == "in\n"


def test_too_many_refused_keys_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_config: Path) -> None:
    """Without a named key, every key of the agent is tried, until the server has enough."""
    with sshd(tmp_path / "host", more="MaxAuthTries 2\n") as host, agent(tmp_path, make_key(tmp_path / "k0")) as path:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
        for number in (1, 2, 3):
            key = make_key(tmp_path / f"k{number}")
            add(path, key)
        with pytest.raises(AuthenticationFailed, match="agent key test ed25519, agent key test ed25519"):
            ask(replace(host.target, identity_file=None), no_config)


def test_a_key_that_the_server_does_not_want_costs_no_signature(
    ssh_host: SshHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An agent may ask a person to allow each signature; the next key is shown all the same."""
    key = SecurityKey()
    with plugged_in(key, tmp_path) as path:
        config = tmp_path / "ssh_config"
        config.write_text(f"Host *\n  IdentityAgent {path}\n  IdentityFile {ssh_host.folder}/client_key\n")
        assert ask(replace(ssh_host.target, identity_file=None), config) == "in\n"
    assert key.touches == 0


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The key of a certificate authority."""
    return make_key(tmp_path_factory.mktemp("authority") / "ca")


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory, authority: Path) -> Iterator[SshHost]:
    """An sshd that trusts the authority."""
    more = f"TrustedUserCAKeys {authority}.pub\n"
    with sshd(tmp_path_factory.mktemp("keys") / "host", more=more) as made:
        yield made


def certified(authority: Path, key: Path, user: str, validity: str = "+1h") -> Path:
    """Let the authority vouch for a key; return the certificate."""
    argv = ["/usr/bin/env", "ssh-keygen", "-q", "-s", str(authority), "-I", "ada", "-n", user, "-V", validity]
    subprocess.run([*argv, f"{key}.pub"], check=True, capture_output=True)
    return Path(f"{key}-cert.pub")


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_a_certificate_beside_its_key_is_shown(host: SshHost, authority: Path, tmp_path: Path, kind: str) -> None:
    """Many companies sign keys for a day instead of keeping authorized_keys."""
    key = make_key(tmp_path / "key", kind)
    certified(authority, key, host.user)
    assert ask(replace(host.target, identity_file=str(key))) == "in\n"


def test_a_certificate_that_the_config_names_is_shown(host: SshHost, authority: Path, tmp_path: Path) -> None:
    """`CertificateFile` points to where a login helper keeps it."""
    elsewhere = certified(authority, key := make_key(tmp_path / "key"), host.user).rename(tmp_path / "of-today.pub")
    config = tmp_path / "ssh_config"
    config.write_text(f"Host *\n  CertificateFile {elsewhere}\n  CertificateFile {tmp_path}/none\n")
    assert ask(replace(host.target, identity_file=str(key)), config) == "in\n"


def test_a_certificate_of_the_agent_is_shown(
    host: SshHost, authority: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_config: Path
) -> None:
    """`ssh-add` takes it along with its key, and login helpers put it there."""
    key = make_key(tmp_path / "key")
    certified(authority, key, host.user)
    with agent(tmp_path, key) as path:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
        target = replace(host.target, identity_file=None)
        assert ask(target, no_config) == "in\n"


def test_a_certificate_that_has_run_out_leaves_the_key_itself(host: SshHost, authority: Path, tmp_path: Path) -> None:
    """One from last year beside the key must not lock out whoever is in authorized_keys."""
    key = make_key(tmp_path / "key")
    certified(authority, key, host.user, "20200101:20200102")
    target = replace(host.target, identity_file=str(key))
    with pytest.raises(AuthenticationFailed, match=rf"tried {key} with its certificate, {key}"):
        ask(target)
    with (host.folder / "authorized_keys").open("a") as file:
        file.write(public_key(key) + "\n")
    assert ask(target) == "in\n"


@pytest.fixture
def security_key(host: SshHost) -> SecurityKey:
    """A security key that the host lets in."""
    key = SecurityKey()
    with (host.folder / "authorized_keys").open("a") as file:
        file.write(key.public_line + "\n")
    return key


def test_a_security_key_signs_through_the_agent(host: SshHost, security_key: SecurityKey, tmp_path: Path) -> None:
    """A FIDO key is how careful owners log in; sshd itself checks the signature here. Somebody has to touch it."""
    named = security_key.write_files(tmp_path / "id_ed25519_sk")
    said: list[Event] = []
    with plugged_in(security_key, tmp_path) as path:
        config = tmp_path / "ssh_config"
        config.write_text(f"Host *\n  IdentityAgent {path}\n")
        assert ask(replace(host.target, identity_file=str(named)), config, said) == "in\n"
    assert security_key.touches == 1
    assert said == [Noted("studio: touch the security key of agent key made of software, if it blinks")]


def test_a_security_key_that_nobody_touches_is_told(host: SshHost, security_key: SecurityKey, tmp_path: Path) -> None:
    """The agent says no after a while; that is no fault of the server, and other keys still have their turn."""
    security_key.is_willing = False
    with plugged_in(security_key, tmp_path) as path:
        config = tmp_path / "ssh_config"
        config.write_text(f"Host *\n  IdentityAgent {path}\n  IdentityFile {tmp_path}/none\n")
        target = replace(host.target, identity_file=None)
        with pytest.raises(AuthenticationFailed, match="the agent did not sign with agent key made of software"):
            ask(target, config)
        config.write_text(f"Host *\n  IdentityAgent {path}\n  IdentityFile {host.folder}/client_key\n")
        assert ask(target, config) == "in\n"


def test_a_security_key_without_an_agent_names_ssh_add(
    host: SshHost, security_key: SecurityKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file holds a handle, no key: only the agent talks to the hardware."""
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    named = security_key.write_files(tmp_path / "id_ed25519_sk")
    with pytest.raises(AuthenticationFailed, match=r"is of a security key \(sk-ssh-ed25519@openssh\.com\)") as caught:
        ask(replace(host.target, identity_file=str(named)))
    assert f"`ssh-add {named}`" in str(caught.value.hint)
