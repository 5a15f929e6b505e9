"""Writing files over SFTP: one session for a connection, one file at a time."""

from __future__ import annotations

import hashlib
import posixpath
import secrets
import shlex
from contextlib import suppress

import paramiko
from paramiko.sftp import (
    CMD_HANDLE,
    CMD_OPEN,
    SFTP_FLAG_CREATE,
    SFTP_FLAG_EXCL,
    SFTP_FLAG_READ,
    SFTP_FLAG_WRITE,
    SFTPError,
)

from ccdeploy.errors import CommandFailed
from ccdeploy.transport.connection import Connection

_ANSWERS_WITHIN_S = 10.0
FOLDER_MODE = 0o700  # configs name hosts and users; nobody else on the host needs them


class SftpFiles:
    """An SFTP session. It is not for two threads at once; its owner holds a lock."""

    def __init__(self, host: str, connection: Connection) -> None:
        self._host = host
        self._connection = connection
        channel = connection.session()
        channel.settimeout(_ANSWERS_WITHIN_S)
        try:
            channel.invoke_subsystem("sftp")
            self._sftp = _Sftp(channel)
        except (paramiko.SSHException, EOFError, OSError) as exc:
            channel.close()
            if not connection.is_active:
                raise connection.lost(exc) from exc
            raise CommandFailed(
                f"{host}: the SSH server offers no SFTP",
                status=None,
                hint="switch it on in the host's sshd_config: `Subsystem sftp internal-sftp`",
            ) from exc
        except SFTPError as exc:
            channel.close()
            raise CommandFailed(
                f"{host}: SFTP does not begin cleanly; the login shell prints something before it",
                status=None,
                hint="print nothing in ~/.zshenv, ~/.bashrc and the like on the host, or only to a terminal",
            ) from exc

    @property
    def is_usable(self) -> bool:
        """Whether the session can be used again."""
        return self._connection.is_active and not self._sftp.sock.closed

    def close(self) -> None:
        """End the session."""
        with suppress(paramiko.SSHException, EOFError, OSError):
            self._sftp.close()

    def put(self, data: bytes, path: str, mode: int) -> None:
        """Write `data` beside `path`, read it back, and rename it onto `path`.

        Raises CommandFailed, with the old file untouched, or ConnectionLost.
        """
        aside = posixpath.join(posixpath.dirname(path), f".{posixpath.basename(path)}.{secrets.token_hex(8)}.tmp")
        try:
            file = self._create(aside, mode)
            try:
                with file:
                    self._write(file, data, mode)
                self._sftp.posix_rename(aside, path)
            except BaseException:
                with suppress(paramiko.SSHException, EOFError, OSError):
                    self._sftp.remove(aside)
                raise
        except (paramiko.SSHException, SFTPError, EOFError, TimeoutError) as exc:
            self.close()  # an answer may still be on its way: it must not be taken for the next one's
            raise self._connection.lost(exc) from exc
        except OSError as exc:
            if self._sftp.sock.closed:
                raise self._connection.lost(exc) from exc
            raise _not_written(self._host, path, exc) from exc

    def _create(self, path: str, mode: int) -> paramiko.SFTPFile:
        try:
            return self._sftp.create(path, mode)
        except FileNotFoundError:
            self._make_folder(posixpath.dirname(path))
            return self._sftp.create(path, mode)

    def _write(self, file: paramiko.SFTPFile, data: bytes, mode: int) -> None:
        file.chmod(mode)  # the host's umask took bits away
        file.set_pipelined(True)
        file.write(data)
        file.set_pipelined(False)
        file.seek(0)
        if hashlib.sha256(file.read()).digest() != hashlib.sha256(data).digest():
            raise OSError("what was read back is not what was written")

    def _make_folder(self, path: str) -> None:
        try:
            self._sftp.mkdir(path, FOLDER_MODE)
        except FileNotFoundError:
            self._make_folder(posixpath.dirname(path))
            self._sftp.mkdir(path, FOLDER_MODE)
        except OSError:
            self._sftp.stat(path)  # somebody else made it meanwhile; or say what is wrong with it


def _not_written(host: str, path: str, exc: OSError) -> CommandFailed:
    """Return the error for a refused write. SFTP has hardly any error codes: often it only says "Failure"."""
    folder = shlex.quote(posixpath.dirname(path))
    reason = exc.strerror or str(exc) or "refused"
    return CommandFailed(
        f"{host}: {path} was not written: {reason[:1].lower() + reason[1:]}",
        status=None,
        hint=f"look at the disk (`df -P {folder}`) and at the folder (`ls -ld {folder}`) on the host",
    )


class _Sftp(paramiko.SFTPClient):
    """paramiko's client, whose `open` cannot say with which mode to create a file."""

    def create(self, path: str, mode: int) -> paramiko.SFTPFile:
        """Create a file that must not exist; it has its mode from its first instant."""
        flags = SFTP_FLAG_READ | SFTP_FLAG_WRITE | SFTP_FLAG_CREATE | SFTP_FLAG_EXCL
        attributes = paramiko.SFTPAttributes()
        attributes.st_mode = mode
        kind, answer = self._request(CMD_OPEN, path, flags, attributes)  # type: ignore[attr-defined]  # not in the stubs
        if kind != CMD_HANDLE:
            raise OSError("the SFTP server answered with something else than a file handle")
        return paramiko.SFTPFile(self, answer.get_binary(), "x+", -1)
