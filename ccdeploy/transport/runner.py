"""What `run` means, the same for every way to a host: time-outs, Ctrl-C, and the judging of the answer.

It leaves to the transports how a shell is started, and to frame.py what is said to it.
"""

from __future__ import annotations

import re
import time
from typing import Protocol

from ccdeploy.errors import CommandFailed, CommandTimedOut, ConnectionLost
from ccdeploy.secret import mask
from ccdeploy.shell.command import Command, Result
from ccdeploy.transport.exchange import Exchange, Process
from ccdeploy.transport.frame import Answer, Frame, ending, frame, read_answer
from ccdeploy.units import human_bytes, human_seconds


class Shell(Protocol):
    """A way to start shells on one host."""

    def start(self, framed: Frame) -> Process:
        """Start a shell for `framed`. Raises ConnectFailed."""
        ...

    def give_up(self) -> None:
        """The host no longer answers: let the next start find another way to it."""
        ...


# Ctrl-C is answered within two seconds, whatever the network does.
_ENDING_AFTER_CTRL_C_S = 1.8
_ENDING_AFTER_TIMEOUT_S = 5.0
_EVIDENCE_LINES = 10
_EVIDENCE_WIDTH = 500
_ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def run_script(host: str, command: Command, shell: Shell) -> Result:
    """Run `command` in the shell that `shell` starts, and return its answer.

    A time-out ends what the command started on the host; so does Ctrl-C, which is then raised
    again. A command that `finishes` is left to its end: a time-out only stops waiting for it, and
    Ctrl-C is raised once it has answered, or once its time is over.
    """
    framed = frame(command)
    exchange = Exchange(lambda: shell.start(framed), framed.stdin, command.most_bytes)
    try:
        has_ended = _wait(exchange, command)
    except BaseException:
        if not command.finishes:
            _end(exchange, framed, shell, _ENDING_AFTER_CTRL_C_S)
        raise
    if not has_ended:
        raise _timed_out(host, command, exchange, framed, shell)
    if exchange.is_too_long:
        raise _too_long(host, command, exchange, framed, shell)
    if exchange.error is not None:
        raise exchange.error
    return _judged(host, command, exchange, read_answer(framed.token, exchange.stdout))


def evidence(stderr: bytes | bytearray, command: Command) -> list[str]:
    """Return the last lines of `stderr`, safe to print: no control characters, no secrets."""
    text = _ESCAPE_SEQUENCE.sub("", bytes(stderr[-64_000:]).decode("utf-8", "replace"))
    lines = [_CONTROL.sub("", line).rstrip() for line in text.splitlines()]
    masked = [mask(line, command.secrets)[:_EVIDENCE_WIDTH] for line in lines if line]
    return masked[-_EVIDENCE_LINES:]


def _wait(exchange: Exchange, command: Command) -> bool:
    deadline = time.monotonic() + command.timeout_s
    interruption: BaseException | None = None
    while True:
        try:
            has_ended = exchange.wait(deadline - time.monotonic())
            break
        except BaseException as exc:  # Ctrl-C, or what a signal handler raised
            if not command.finishes:
                raise
            interruption = exc
    if interruption is not None:
        raise interruption
    return has_ended


def _end(exchange: Exchange, framed: Frame, shell: Shell, within_s: float) -> bool:
    exchange.abandon()
    pid = read_answer(framed.token, exchange.stdout).pid
    return _does(ending(framed.token, pid), shell, within_s)


def _does(command: Command, shell: Shell, within_s: float) -> bool:
    """Whether the host does `command` in time; if not, it is deaf, and the connection is given up."""
    framed = frame(command)
    exchange = Exchange(lambda: shell.start(framed), framed.stdin)
    if exchange.wait(within_s) and exchange.error is None and exchange.status == 0:
        return True
    exchange.abandon()
    shell.give_up()
    return False


def _timed_out(host: str, command: Command, exchange: Exchange, framed: Frame, shell: Shell) -> CommandTimedOut:
    said = f"{host}: {command.name} did not end within {human_seconds(command.timeout_s)}"
    lines = evidence(exchange.stderr, command)
    if command.finishes:
        exchange.abandon()
        _does(Command("answer", ":"), shell, _ENDING_AFTER_TIMEOUT_S)
        return CommandTimedOut(f"{said}; it goes on there", evidence=lines)
    if _end(exchange, framed, shell, _ENDING_AFTER_TIMEOUT_S):
        return CommandTimedOut(f"{said}; what it had started there was ended", evidence=lines)
    hint = f"look on the host for a shell with {framed.token} in its command line (`ps -A -o pid= -o args=`)"
    return CommandTimedOut(f"{said}, and could not be ended there", hint=hint, evidence=lines)


def _too_long(host: str, command: Command, exchange: Exchange, framed: Frame, shell: Shell) -> CommandFailed:
    """Stop reading, end what still writes unless it is to finish, and return the error."""
    if command.finishes:
        exchange.abandon()
    else:
        _end(exchange, framed, shell, _ENDING_AFTER_TIMEOUT_S)
    return CommandFailed(
        f"{host}: '{command.name}' answered more than {human_bytes(command.most_bytes)}, which were not read",
        status=None,
        hint="look for a very large file below root on the host: `find . -size +10000k`",
    )


def _judged(host: str, command: Command, exchange: Exchange, answer: Answer) -> Result:
    status, lines = exchange.status, evidence(exchange.stderr, command)
    if status is None:
        raise ConnectionLost(
            f"{host}: {command.name} ended without an exit status; what it did is unknown", evidence=lines
        )
    if answer.pid is None:
        raise CommandFailed(
            f"{host}: {command.name} did not begin; the login shell ended with {status} and ran no /bin/sh script",
            status=status,
            hint="try it by hand: `echo 'echo it runs' | ssh HOST /bin/sh -s`",
            evidence=lines or evidence(exchange.stdout, command),
        )
    if status not in command.ok:
        raise CommandFailed(f"{host}: {command.name} ended with {status}", status=status, evidence=lines)
    return Result(status, answer.stdout, bytes(exchange.stderr))
