"""The SSH server does what sshd does, as far as a deploy can tell."""

from __future__ import annotations

import shutil
import stat
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import paramiko
import pytest

from ccdeploy.sandbox.lifecycle import State, down, up
from tests.sandbox.clients import Ran, forward, open_channel, run, sessions, ssh_connection
from tests.sandbox.conftest import QUICK
from tests.support.waiting import until


@pytest.fixture(scope="module")
def client(sandbox: State) -> Iterator[paramiko.SSHClient]:
    """One connection, shared: each test opens channels of its own."""
    with ssh_connection(sandbox) as connection:
        yield connection


def home(sandbox: State) -> Path:
    """Return the home folder."""
    return Path(sandbox.host["root"]).parent


def test_a_command_answers_on_both_streams_with_its_status(client: paramiko.SSHClient) -> None:
    """A missing status is an error to the seam, and the streams must not mix."""
    assert run(client, "echo out; echo err >&2; exit 7") == Ran(7, b"out\n", b"err\n")


def test_the_input_ends_where_the_client_ends_it(client: paramiko.SSHClient) -> None:
    """Every script comes as the input of `/bin/sh -s`: without its end the shell would wait for ever."""
    assert run(client, "/bin/sh -s", b"echo one\nexit 3\necho two\n") == Ran(3, b"one\n", b"")


def test_a_command_runs_at_home_with_the_little_that_sshd_sets(client: paramiko.SSHClient, sandbox: State) -> None:
    """On a Mac neither Homebrew's programs nor the user's profile are there."""
    lines = run(client, "pwd; echo $HOME; echo $PATH; echo $SHELL; echo $LITELLM_MASTER_KEY").out.decode().splitlines()
    assert lines == [str(home(sandbox))] * 2 + ["/usr/bin:/bin:/usr/sbin:/sbin", "/bin/sh", ""]


def test_a_command_has_a_session_of_its_own(client: paramiko.SSHClient) -> None:
    """A signal to its group must not reach the server."""
    shell, session = run(client, 'ps -o pid=,sess= -p "$$"').out.split()
    assert shell == session


def test_interrupts_are_not_ignored_in_a_command(client: paramiko.SSHClient) -> None:
    """A shell that starts a background process ignores them for it, and that would be inherited."""
    assert run(client, "/bin/sh -s", b"trap 'echo caught' INT\nkill -INT $$\n").out == b"caught\n"


def test_a_background_process_with_its_streams_redirected_is_not_waited_for(client: paramiko.SSHClient) -> None:
    """It is how a proxy is started."""
    answer = run(client, "nohup sleep 1000 > /dev/null 2>&1 < /dev/null & echo $!")
    assert answer.status == 0
    assert run(client, f"kill {int(answer.out)}").status == 0


def test_a_background_process_that_keeps_a_stream_is_waited_for(client: paramiko.SSHClient, sandbox: State) -> None:
    """It is how the incident's command hung: sshd keeps the channel while anybody can write to it."""
    gate = home(sandbox) / "gate"
    channel = open_channel(client)
    channel.exec_command(f"while [ ! -e {gate} ]; do sleep 0.05; done & echo started")
    assert channel.recv(100) == b"started\n"
    channel.settimeout(0.5)
    with pytest.raises(TimeoutError):
        channel.recv(100)
    gate.touch()
    channel.settimeout(10)
    assert channel.recv(100) == b""
    assert channel.recv_exit_status() == 0


def test_closing_a_channel_kills_nothing(client: paramiko.SSHClient, sandbox: State) -> None:
    """As OpenSSH: whoever wants an end must bring it about."""
    gate, proof = home(sandbox) / "go-on", home(sandbox) / "proof"
    channel = open_channel(client)
    channel.exec_command(f"echo begun; while [ ! -e {gate} ]; do sleep 0.05; done; touch {proof}")
    assert channel.recv(100) == b"begun\n"
    channel.close()
    gate.touch()
    until(proof.exists, "the command went on")


def test_losing_the_connection_kills_nothing(sandbox: State) -> None:
    """A laptop that closes its lid in the middle of a switch."""
    gate, proof = home(sandbox) / "go-on-2", home(sandbox) / "proof-2"
    with ssh_connection(sandbox) as short:
        channel = open_channel(short)
        channel.exec_command(f"echo begun; while [ ! -e {gate} ]; do sleep 0.05; done; touch {proof}")
        assert channel.recv(100) == b"begun\n"
    gate.touch()
    until(proof.exists, "the command went on")


def test_output_after_one_stream_has_ended_still_arrives(client: paramiko.SSHClient) -> None:
    """The end of one stream is not the end of the other."""
    assert run(client, "exec >&-; echo late >&2") == Ran(0, b"", b"late\n")


def test_large_input_and_output_arrive_whole(client: paramiko.SSHClient) -> None:
    """Neither side may drop what the other has no room for yet."""
    data = bytes(range(256)) * 20_000
    answers: list[Ran] = []
    thread = threading.Thread(target=lambda: answers.append(run(client, "cksum", data)))
    thread.start()
    out = run(client, "head -c 5000000 /dev/zero").out
    thread.join()
    assert len(out) == 5_000_000
    assert answers[0].out.split()[1] == str(len(data)).encode()


def test_a_message_that_comes_after_a_channel_has_closed_is_dropped(client: paramiko.SSHClient) -> None:
    """paramiko's threads cross a close with a window adjustment; the other channels must live on."""
    transport = client.get_transport()
    assert transport
    for command in ("true", "head -c 100000 /dev/zero"):
        channel = open_channel(client)
        channel.exec_command(command)
        channel.makefile("rb").read()
        channel.recv_exit_status()
        until(partial(getattr, channel, "closed"), "the channel is closed")
        late = paramiko.Message()
        late.add_byte(paramiko.common.cMSG_CHANNEL_WINDOW_ADJUST)
        late.add_int(channel.remote_chanid)
        late.add_int(1000)
        transport._send_user_message(late)  # type: ignore[attr-defined]
    assert run(client, "echo well") == Ran(0, b"well\n", b"")


def test_many_channels_at_once(client: paramiko.SSHClient) -> None:
    """A slow command must not hold up the others."""
    slow = open_channel(client)
    slow.exec_command("cat")
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda n=n: statuses.append(run(client, f"exit {n}").status)) for n in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    slow.shutdown_write()
    assert sorted(statuses) == list(range(30))
    assert slow.recv_exit_status() == 0


def test_files_arrive_by_sftp_and_replace_others_in_one_rename(client: paramiko.SSHClient, sandbox: State) -> None:
    """`put` is built on this."""
    sftp = client.open_sftp()
    old, new = home(sandbox) / "old", home(sandbox) / "new"
    old.write_text("old")
    with sftp.open(str(new), "wx") as file:
        file.write(b"new")
    sftp.posix_rename(str(new), str(old))
    assert old.read_text() == "new"
    assert not new.exists()
    assert sftp.normalize(".") == str(home(sandbox))
    sftp.close()


def test_forwarding_reaches_a_port_and_tells_a_closed_one(client: paramiko.SSHClient, sandbox: State) -> None:
    """Code 2 is downtime, code 1 is policy: a probe must be able to tell."""
    channel = forward(client, sandbox.ports["ollama"])
    channel.sendall(b"GET / HTTP/1.0\r\n\r\n")
    assert channel.makefile("rb").read().endswith(b"Ollama is running")
    with pytest.raises(paramiko.ChannelException) as caught:
        forward(client, sandbox.ports["listen_2"])
    assert caught.value.code == 2


def test_forwarding_leads_to_loopback_only(client: paramiko.SSHClient) -> None:
    """Nothing of the project ever connects to another address."""
    with pytest.raises(paramiko.ChannelException) as caught:
        forward(client, 80, "192.0.2.1")
    assert caught.value.code == 1


def test_forwarding_can_be_forbidden(folder: Path) -> None:
    """`AllowTcpForwarding no` is met in the wild."""
    state = up(folder, options=replace(QUICK, hand_started=False, traefik=False, forwarding=False))
    with ssh_connection(state) as client:
        with pytest.raises(paramiko.ChannelException) as caught:
            forward(client, state.ports["ollama"])
        assert caught.value.code == 1
        assert run(client, "echo well").out == b"well\n"


def test_every_session_is_logged(client: paramiko.SSHClient, sandbox: State) -> None:
    """A deploy may use eight exec channels, and no secret may stand in a command line."""
    before = len(sessions(sandbox, "exec")), len(sessions(sandbox, "sftp")), len(sessions(sandbox, "forward"))
    run(client, "true")
    client.open_sftp().close()
    forward(client, sandbox.ports["ollama"]).close()
    after = len(sessions(sandbox, "exec")), len(sessions(sandbox, "sftp")), len(sessions(sandbox, "forward"))
    assert [b - a for a, b in zip(before, after, strict=True)] == [1, 1, 1]
    assert sessions(sandbox, "exec")[-1]["command"] == "true"


def test_another_user_is_not_let_in(sandbox: State) -> None:
    """A wrong `user` in the settings must fail as on any host."""
    with pytest.raises(paramiko.AuthenticationException), ssh_connection(sandbox, user="nobody-here"):
        pass


def test_keys_are_for_their_owner_only(sandbox: State) -> None:
    """OpenSSH refuses a private key that others may read."""
    for name in ("id_ed25519", "host_key"):
        path = Path(sandbox.host["ssh"]["identity_file"]).with_name(name)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_openssh_itself_gets_in_with_strict_host_keys(sandbox: State) -> None:
    """People will try it by hand; and the key files must be in OpenSSH's own formats."""
    entry = sandbox.host["ssh"]
    done = subprocess.run(
        [
            *("ssh", "-F", "none", "-p", str(entry["port"]), "-i", entry["identity_file"]),
            *("-o", f"UserKnownHostsFile={entry['known_hosts']}", "-o", "StrictHostKeyChecking=yes"),
            *("-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", f"{entry['user']}@{entry['address']}"),
            "echo here; exit 5",
        ],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert (done.returncode, done.stdout) == (5, "here\n")


def test_the_login_shell_is_the_one_that_was_asked_for(folder: Path) -> None:
    """A Mac's login shell is zsh, which refuses what sh takes: an unmatched glob, `echo =x`."""
    zsh = shutil.which("zsh")
    if not zsh:
        pytest.skip("zsh is not installed")
    state = up(folder, options=replace(QUICK, hand_started=False, traefik=False, login_shell=zsh))
    with ssh_connection(state) as client:
        assert run(client, "echo =nothing-of-this-name").status != 0
        assert run(client, "/bin/sh -s", b"echo =x\n").out == b"=x\n"


def test_the_server_goes_while_a_command_runs(folder: Path) -> None:
    """`down` must not wait for a session that never ends."""
    state = up(folder, options=replace(QUICK, hand_started=False, traefik=False))
    with ssh_connection(state) as client:
        open_channel(client).exec_command("sleep 1000")
        until(lambda: sessions(state, "exec"), "the command was taken")
        assert len(down(folder)) >= 2
