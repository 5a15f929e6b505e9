"""`put`: whole or not at all, and never for other eyes."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import asyncssh
import pytest

from ccdeploy.errors import CommandFailed
from ccdeploy.shell.command import Command
from ccdeploy.transport.local import LocalTransport
from ccdeploy.transport.seam import Transport
from ccdeploy.transport.ssh import SshTransport
from tests.support.asyncssh_server import rude_server, sandbox_server
from tests.support.openssh import sshd


@pytest.fixture(params=["ssh", "local"])
def way(request: pytest.FixtureRequest, transport: SshTransport) -> Transport:
    """A way to a host: the promises of `put` hold on each."""
    return transport if request.param == "ssh" else LocalTransport("studio")


@pytest.mark.parametrize("mode", [0o600, 0o444, 0o755])
def test_a_file_has_its_bytes_and_its_mode_whatever_the_umask(way: Transport, far: Path, mode: int) -> None:
    """Release files are 0444, secrets 0600: the umask of a login shell has no say."""
    data = bytes(range(256)) * 1000
    way.put(data, f"{far}/file", mode)
    assert (far / "file").read_bytes() == data
    assert stat.S_IMODE((far / "file").stat().st_mode) == mode
    assert [path.name for path in far.iterdir()] == ["file"], "the temporary file is gone"


def test_an_empty_file_is_a_file(way: Transport, far: Path) -> None:
    """An empty .env is not a missing one."""
    way.put(b"", f"{far}/empty", 0o600)
    assert (far / "empty").read_bytes() == b""


def test_missing_folders_are_made_for_the_user_alone(way: Transport, far: Path) -> None:
    """The first deploy finds no releases/."""
    way.put(b"x", f"{far}/a/b/c", 0o644)
    assert stat.S_IMODE((far / "a").stat().st_mode) == 0o700
    assert stat.S_IMODE((far / "a/b").stat().st_mode) == 0o700


def test_a_link_is_replaced_and_not_written_through(way: Transport, far: Path) -> None:
    """config.yaml is a link into a release, and a release never changes."""
    (far / "release").write_bytes(b"verified")
    (far / "link").symlink_to("release")
    way.put(b"new", f"{far}/link", 0o644)
    assert (far / "release").read_bytes() == b"verified"
    assert (far / "link").read_bytes() == b"new"


def test_a_reader_never_sees_half_a_file(way: Transport, far: Path) -> None:
    """Traefik and LiteLLM read whenever they like."""
    contents = [letter * 200_000 for letter in (b"a", b"b")]
    way.put(contents[0], f"{far}/file", 0o644)
    seen: set[bytes] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.add((far / "file").read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(10):
        way.put(contents[turn % 2], f"{far}/file", 0o644)
    stop.set()
    reader.join()
    assert seen <= set(contents)


def test_a_secret_is_never_readable_by_others_for_an_instant(transport: SshTransport, far: Path) -> None:
    """Who opens a file while it is still empty and open to all reads what is written into it later."""
    modes: set[int] = set()
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            with os.scandir(far) as entries:
                for entry in entries:
                    try:
                        modes.add(stat.S_IMODE(entry.stat(follow_symlinks=False).st_mode))
                    except FileNotFoundError:
                        continue

    watcher = threading.Thread(target=watch)
    watcher.start()
    for turn in range(30):
        transport.put(b"LITELLM_MASTER_KEY=x\n", f"{far}/env{turn % 3}", 0o600)
    stop.set()
    watcher.join()
    assert modes == {0o600}


@pytest.mark.parametrize("mode", [0o600, 0o444, 0o644])
def test_a_file_is_asked_for_with_its_mode_and_under_another_name(tmp_path: Path, mode: int) -> None:
    """Its first byte is as closed as its last, whatever the umask of the server: it is opened so, not closed later."""
    asked: list[tuple[str, int | None]] = []

    class Server(asyncssh.SFTPServer):
        """Keeps which files are opened, and with which mode."""

        def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
            asked.append((Path(os.fsdecode(path)).name, attrs.permissions))
            return super().open(path, pflags, attrs)

    async def nothing(process: object) -> None:
        """Run no command."""

    with rude_server(tmp_path / "host", nothing, sftp_factory=Server) as host:
        transport = SshTransport("studio", host.target)
        transport.put(b"KEY=x\n", f"{tmp_path}/file", mode)
        transport.close()
    ((name, opened),) = asked
    assert opened == mode
    assert name.startswith(".file.")
    assert (tmp_path / "file").read_bytes() == b"KEY=x\n"


def test_a_refused_write_is_one_sentence_and_leaves_the_old_file(way: Transport, far: Path) -> None:
    """A folder in the way stands for all that a host may refuse; root may write anywhere else."""
    (far / "folder").mkdir()
    (far / "folder" / "keep").touch()
    with pytest.raises(CommandFailed, match=rf"^studio: {far}/folder was not written: ") as caught:
        way.put(b"x", f"{far}/folder", 0o644)
    assert "df -P" in str(caught.value.hint)
    assert [path.name for path in far.iterdir()] == ["folder"]
    way.put(b"x", f"{far}/other", 0o644)


def test_a_file_in_the_place_of_a_folder_is_one_sentence(way: Transport, far: Path) -> None:
    """A hand-made `releases` file must not end in a traceback."""
    (far / "releases").touch()
    with pytest.raises(CommandFailed, match="was not written"):
        way.put(b"x", f"{far}/releases/1/config.yaml", 0o444)


def test_a_disk_that_takes_no_more_leaves_the_old_file(tmp_path: Path) -> None:
    """A limit on the size of files stands for a full disk: the write fails in the middle."""
    with sandbox_server(tmp_path / "host", setup="ulimit -f 200") as host:
        transport = SshTransport("studio", host.target)
        transport.put(b"old", f"{host.folder}/there/file", 0o600)
        with pytest.raises(CommandFailed, match="was not written"):
            transport.put(b"x" * 1_000_000, f"{host.folder}/there/file", 0o600)
        transport.close()
        assert (host.folder / "there/file").read_bytes() == b"old"
        assert [path.name for path in (host.folder / "there").iterdir()] == ["file"]


def test_a_path_that_is_not_absolute_is_our_own_mistake(way: Transport) -> None:
    """SFTP would start it in the server's folder, a shell in the home."""
    with pytest.raises(ValueError, match="no absolute path"):
        way.put(b"x", "~/file", 0o644)


def test_threads_put_run_and_ask_at_the_same_time(transport: SshTransport, far: Path, web: int) -> None:
    """A heartbeat writes, a prober asks, and a verb runs commands, over one connection."""
    problems: list[BaseException] = []

    def repeat(work: object, times: int = 15) -> None:
        assert callable(work)
        try:
            for turn in range(times):
                work(turn)
        except BaseException as exc:
            problems.append(exc)

    client = transport.http(web)

    def run(turn: int) -> None:
        assert transport.run(Command("echo", f"echo {turn}; echo {turn} >&2")).text == f"{turn}\n"

    def ask(turn: int) -> None:
        assert client.get("/big").content == b"y" * 5_000_000

    def put(name: str) -> object:
        return lambda turn: transport.put(b"z" * 100_000, f"{far}/{name}", 0o600)

    jobs = [run, run, put("one"), put("two"), put("one")]
    threads = [threading.Thread(target=repeat, args=(job,)) for job in jobs]
    threads.append(threading.Thread(target=repeat, args=(ask, 3)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert problems == []
    assert sorted(path.name for path in far.iterdir()) == ["one", "two"]


def test_a_login_shell_that_prints_before_sftp_is_told_what_is_wrong(tmp_path: Path) -> None:
    """An `echo` in ~/.zshenv garbles SFTP; commands still work, so the sentence must name the cause."""
    noisy = tmp_path / "noisy"
    noisy.write_text('#!/bin/sh\necho Welcome\nexec /bin/sh "$@"\n')
    noisy.chmod(0o755)
    with sshd(tmp_path / "host", login_shell=str(noisy)) as host:
        transport = SshTransport("studio", host.target)
        assert transport.run(Command("ask", "echo answer")).text == "answer\n"
        with pytest.raises(CommandFailed, match="SFTP does not begin cleanly"):
            transport.put(b"x", f"{tmp_path}/file", 0o600)
        transport.close()
