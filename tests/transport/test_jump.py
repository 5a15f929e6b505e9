"""Jumps between real sshds: each hop with its own key, its own host key, and its own sentence when it refuses."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ccdeploy.errors import AuthenticationFailed, HostKeyChanged, HostKeyUnknown, HostUnreachable
from ccdeploy.shell.command import Command
from ccdeploy.transport.ssh import SshTransport
from ccdeploy.transport.target import SshTarget
from tests.support.free_port import free_port
from tests.support.openssh import sshd
from tests.support.ssh_host import SshHost, make_key, public_key

ASK = Command("ask", "echo in")


@dataclass(frozen=True)
class Chain:
    """`inner` behind `middle` behind `outer`, none of which lets in the keys of another; `mute` forwards nothing."""

    outer: SshHost
    middle: SshHost
    inner: SshHost
    mute: SshHost

    def config(self, folder: Path, more: str = "") -> Path:
        """Write an OpenSSH config that knows them all; `more` comes first, and so wins."""
        known = folder / "known_hosts"
        known.touch()
        for name, host in vars(self).items():
            with known.open("a") as file:
                file.write(f"{name}-key {public_key(host.folder / 'host_key')}\n")
        parts = [
            f"Host {name}\n  HostName 127.0.0.1\n  Port {host.port}\n  HostKeyAlias {name}-key\n"
            f"  IdentityFile {host.folder}/client_key\n"
            for name, host in vars(self).items()
        ]
        config = folder / "ssh_config"
        common = f"Host *\n  IdentitiesOnly yes\n  UserKnownHostsFile {known}\n  GlobalKnownHostsFile none\n"
        config.write_text("\n".join([more, *parts, common]))
        return config


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """Four sshds."""
    folder = tmp_path_factory.mktemp("chain")
    with ExitStack() as entered:
        outer, middle, inner = (entered.enter_context(sshd(folder / name)) for name in ("outer", "middle", "inner"))
        yield Chain(outer, middle, inner, entered.enter_context(sshd(folder / "mute", more="AllowTcpForwarding no\n")))


def ask(target: SshTarget, config: Path) -> str:
    """Connect, ask, and close."""
    transport = SshTransport("studio", target, config_file=config)
    try:
        return transport.run(ASK).text
    finally:
        transport.close()


def logins(host: SshHost) -> int:
    """Return how often anybody was let in."""
    return (host.folder / "sshd.log").read_text().count("Accepted publickey")


@pytest.mark.parametrize(
    ("more", "jump", "through"),
    [
        ("Host inner\n  ProxyJump outer\n", None, ("outer",)),
        ("Host inner\n  ProxyJump outer,middle\n", None, ("outer", "middle")),
        ("Host inner\n  ProxyJump middle\nHost middle\n  ProxyJump outer\n", None, ("outer", "middle")),
        ("", "outer", ("outer",)),
        ("", "outer,middle", ("outer", "middle")),
        ("Host inner\n  ProxyJump outer\n", "middle", ("middle",)),
        ("Host inner\n  ProxyJump outer\n", "none", ()),
        ("Host inner\n  ProxyJump none\nHost *\n  ProxyJump outer\n", None, ()),
        ("Host inner\n  ProxyCommand false\n", "outer", ("outer",)),
    ],
)
def test_the_jumps_of_the_config_and_of_the_settings_are_gone_through(
    chain: Chain, tmp_path: Path, more: str, jump: str | None, through: tuple[str, ...]
) -> None:
    """A studio behind a home router, or behind an office's bastion and its own gateway; settings win."""
    jumps = {name: getattr(chain, name) for name in ("outer", "middle")}
    before = {name: logins(host) for name, host in jumps.items()}
    assert ask(SshTarget("inner", jump=jump), chain.config(tmp_path, more)) == "in\n"
    assert {name: logins(host) - before[name] for name, host in jumps.items()} == {
        name: int(name in through) for name in jumps
    }


def test_a_jump_of_the_settings_needs_no_config(chain: Chain, tmp_path: Path) -> None:
    """Names, ports, key and known hosts in hosts.yaml are the same for the whole team, on a fresh machine too."""
    known = tmp_path / "known_hosts"
    known.write_text("".join((host.folder / "known_hosts").read_text() for host in (chain.outer, chain.inner)))
    key = make_key(tmp_path / "team")
    for host in (chain.outer, chain.inner):
        with (host.folder / "authorized_keys").open("a") as file:
            file.write(public_key(key) + "\n")
    (tmp_path / "empty").touch()
    jump = f"{chain.outer.user}@127.0.0.1:{chain.outer.port}"
    target = replace(chain.inner.target, identity_file=str(key), known_hosts=str(known), jump=jump)
    assert ask(target, tmp_path / "empty") == "in\n"


def test_a_jump_that_refuses_our_keys_is_named(chain: Chain, tmp_path: Path) -> None:
    """The key has to go to the jump, not to the host behind it."""
    stranger = make_key(tmp_path / "stranger")
    config = chain.config(tmp_path, f"Host mute\n  HostName 127.0.0.1\n  IdentityFile {stranger}\n")
    config.write_text(config.read_text().replace(f"  IdentityFile {chain.mute.folder}/client_key\n", ""))
    with pytest.raises(AuthenticationFailed) as caught:
        ask(SshTarget("inner", jump="mute"), config)
    where = f"mute (on the way to studio): {chain.mute.user}@127.0.0.1 port {chain.mute.port}"
    assert caught.value.message == f"{where} does not let us in: tried {stranger}"
    assert f"~/.ssh/authorized_keys of {chain.mute.user} on mute" in str(caught.value.hint)


def test_a_jump_that_forbids_going_on_is_named(chain: Chain, tmp_path: Path) -> None:
    """It lets us in and not on: only whoever runs it can mend that."""
    with pytest.raises(HostUnreachable) as caught:
        ask(SshTarget("inner", jump="mute"), chain.config(tmp_path))
    assert caught.value.message == f"studio: the jump mute forbids going on to 127.0.0.1 port {chain.inner.port}"
    assert f"PermitOpen 127.0.0.1:{chain.inner.port}" in str(caught.value.hint)
    assert caught.value.exit_code == 4


def test_a_host_that_the_jump_cannot_reach_is_told(chain: Chain, tmp_path: Path) -> None:
    """The fault is behind the jump, not on this machine's network."""
    port = free_port()
    with pytest.raises(
        HostUnreachable, match=f"studio: the jump middle cannot reach 127.0.0.1 port {port}: "
    ) as caught:
        ask(SshTarget("inner", port=port, jump="outer,middle"), chain.config(tmp_path))
    assert f"`ssh -p {port} -J outer,middle inner` goes the same way" in str(caught.value.hint)


def test_a_jump_that_is_down_is_named(chain: Chain, tmp_path: Path) -> None:
    """`ssh.port` would be the wrong place to look."""
    config = chain.config(tmp_path, f"Host outer\n  HostName 127.0.0.1\n  Port {free_port()}\n")
    with pytest.raises(HostUnreachable, match=r"^outer \(on the way to studio\): .* refuses connections") as caught:
        ask(SshTarget("inner", jump="outer"), config)
    assert "`Host outer` in ~/.ssh/config" in str(caught.value.hint)


def test_a_jump_whose_name_has_no_address_is_named(tmp_path: Path) -> None:
    """A typo in `ssh.jump`, or a name that only the office's DNS knows."""
    (tmp_path / "empty").touch()
    with pytest.raises(HostUnreachable, match=r"^no-such.invalid \(on the way to studio\): the name") as caught:
        ask(SshTarget("inner", jump="no-such.invalid", connect_timeout_s=5), tmp_path / "empty")
    assert "`ssh.jump` in the settings" in str(caught.value.hint)


def test_a_jump_must_be_known_too(chain: Chain, tmp_path: Path) -> None:
    """It sees where we go, and could send us elsewhere."""
    config = chain.config(tmp_path)
    known = tmp_path / "known_hosts"
    known.write_text(known.read_text().replace("outer-key", "somebody-else"))
    with pytest.raises(HostKeyUnknown, match=r"^outer \(on the way to studio\): the host key of outer-key"):
        ask(SshTarget("inner", jump="outer,middle"), config)


def test_a_jump_whose_key_changed_is_refused(chain: Chain, tmp_path: Path) -> None:
    """Somebody who took its place sees every byte go by, and is offered our agent's signatures."""
    config = chain.config(tmp_path)
    known = tmp_path / "known_hosts"
    ours, theirs = (public_key(host.folder / "host_key") for host in (chain.middle, chain.outer))
    known.write_text(known.read_text().replace(f"middle-key {ours}", f"middle-key {theirs}"))
    with pytest.raises(HostKeyChanged, match=r"^middle \(on the way to studio\): .* is not the one in"):
        ask(SshTarget("inner", jump="outer,middle"), config)


def test_the_host_behind_a_jump_is_proven_by_its_own_key(chain: Chain, tmp_path: Path) -> None:
    """The jump forwards bytes; that it is the right host is for us to see. It cannot be scanned from here."""
    config = chain.config(tmp_path)
    known = tmp_path / "known_hosts"
    known.write_text(known.read_text().replace("inner-key", "somebody-else"))
    with pytest.raises(HostKeyUnknown, match=r"^studio: the host key of inner-key") as caught:
        ask(SshTarget("inner", jump="outer"), config)
    assert "connect once with `ssh -J outer inner`" in str(caught.value.hint)
    assert "ssh-keyscan" not in str(caught.value.hint)


def test_every_new_host_on_the_way_is_written_down(chain: Chain, tmp_path: Path) -> None:
    """`accept-new` holds for the jumps as well: a fresh CI machine knows none of them."""
    config = chain.config(tmp_path)
    (tmp_path / "known_hosts").write_text("")
    assert ask(SshTarget("inner", jump="outer,middle", host_key_policy="accept-new"), config) == "in\n"
    names = [line.split()[0] for line in (tmp_path / "known_hosts").read_text().splitlines()]
    assert names == ["outer-key", "middle-key", "inner-key"]


def test_a_jump_that_leads_to_itself_ends(chain: Chain, tmp_path: Path) -> None:
    """A slip in ~/.ssh/config must not open connections until the machine has none left."""
    before = logins(chain.outer)
    config = chain.config(tmp_path, "Host inner middle\n  ProxyJump middle\n")
    with pytest.raises(HostUnreachable, match="leads to itself"):
        ask(SshTarget("inner"), config)
    assert logins(chain.outer) == before


def test_files_and_requests_go_over_the_jump_too(chain: Chain, tmp_path: Path) -> None:
    """A deploy is more than commands."""
    transport = SshTransport("studio", SshTarget("inner", jump="outer,middle"), config_file=chain.config(tmp_path))
    try:
        transport.put(b"new", str(tmp_path / "far" / "file"), 0o600)
        assert (tmp_path / "far" / "file").read_bytes() == b"new"
    finally:
        transport.close()
        shutil.rmtree(tmp_path / "far", ignore_errors=True)
