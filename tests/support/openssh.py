"""A real OpenSSH sshd on loopback, with a configuration, keys and a login shell of its own."""

from __future__ import annotations

import getpass
import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.free_port import free_port
from tests.support.ssh_host import SshHost, make_folder, wait_for_banner

_SFTP_SERVERS = ("/usr/lib/openssh/sftp-server", "/usr/libexec/sftp-server", "/usr/lib/ssh/sftp-server")


def sshd_or_skip() -> str:
    """Return the path of sshd; without one, skip, and fail where the tests run for everyone."""
    return _needed("sshd", shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"))


def zsh_or_skip() -> str:
    """Return the path of zsh, as `sshd_or_skip` does."""
    return _needed("zsh", shutil.which("zsh"))


@contextmanager
def sshd(
    folder: Path,
    *,
    login_shell: str = "",
    environment: Mapping[str, str] | None = None,
    more: str = "",
    setup: str = "",
    address: str = "127.0.0.1",
) -> Iterator[SshHost]:
    """Run an sshd. `login_shell` runs every command, as a user's shell would; `setup` is sh run before sshd.

    `environment` is set for whatever it starts; `more` are lines of sshd_config.
    """
    sshd_or_skip()
    port = free_port()
    make_folder(folder, port, address)
    listens = f"{f'[{address}]' if ':' in address else address}:{port}"
    (folder / "sshd_config").write_text(_config(folder, listens, login_shell, environment or {}) + more)
    with _running(folder, port, address, setup) as pid:
        yield SshHost("openssh", port, getpass.getuser(), folder, pid, address)


@contextmanager
def sshd_again(host: SshHost) -> Iterator[SshHost]:
    """Run the sshd of a host once more, after `end` has ended it."""
    with _running(host.folder, host.port, host.address, "") as pid:
        yield replace(host, pid=pid)


def end(host: SshHost) -> None:
    """End an sshd and every session of it, as a reboot does."""
    assert host.pid is not None
    pids = [host.pid]
    command = ["ps", "-A", "-o", "pid=,ppid="]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    parents = {int(pid): int(parent) for pid, parent in map(str.split, listed.splitlines())}
    for pid in pids:  # grows by the children of each
        pids += [child for child, parent in parents.items() if parent == pid]
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@contextmanager
def _running(folder: Path, port: int, address: str, setup: str) -> Iterator[int]:
    """Run sshd with what is in its folder."""
    log = folder / "sshd.log"
    _privileged_folder()
    command = f"{setup}\nexec {sshd_or_skip()} -D -e -f {shlex.quote(str(folder / 'sshd_config'))}"
    with log.open("ab") as errors:
        process = subprocess.Popen(["/bin/sh", "-c", command], stderr=errors, stdin=subprocess.DEVNULL)
    try:
        wait_for_banner(port, process, log, address)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def _config(folder: Path, listens: str, login_shell: str, environment: Mapping[str, str]) -> str:
    # A bash that sshd starts reads the ~/.bashrc of whoever runs the tests, unless it is within another shell: what
    # stands there is not ours to wait for. Only the first SetEnv counts.
    every = {"SHLVL": "1", **environment}
    variables = " ".join(f'{name}="{value}"' for name, value in every.items())
    # sshd hands a command to the shell of /etc/passwd; this makes it hand it on to another one.
    force = f'ForceCommand {login_shell} -c "$SSH_ORIGINAL_COMMAND"\n' if login_shell else ""
    sftp = next((path for path in _SFTP_SERVERS if Path(path).exists()), "internal-sftp")
    return (
        f"ListenAddress {listens}\nHostKey {folder}/host_key\nAuthorizedKeysFile {folder}/authorized_keys\n"
        f"StrictModes no\nUsePAM no\nPasswordAuthentication no\nPidFile none\nLogLevel VERBOSE\n"
        f"PermitRootLogin yes\nSubsystem sftp {sftp}\nMaxStartups 100\nSetEnv {variables}\n{force}"
    )


def _privileged_folder() -> None:
    """Make the empty folder without which an sshd of root does not start; the package's service makes it too."""
    if os.getuid() == 0 and Path("/run").is_dir():
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)


def _needed(name: str, path: str | None) -> str:
    if path:
        return path
    if os.environ.get("CI"):
        pytest.fail(f"{name} is not installed, and CI is set: install it (.ci/run does)")
    pytest.skip(f"{name} is not installed")
