"""`run`: how a script reaches a host, and what its answer is taken for."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccdeploy.errors import CommandFailed
from ccdeploy.secret import Secret
from ccdeploy.shell.command import Command
from ccdeploy.transport.ssh import SshTransport
from tests.support.ssh_host import SshHost


def test_a_script_answers_with_its_status_and_both_streams(transport: SshTransport) -> None:
    """Everything above the seam decides by these three."""
    command = Command("ask", "echo out; echo err >&2; exit 7", ok=frozenset({7}))
    result = transport.run(command)
    assert (result.status, result.stdout, result.stderr) == (7, b"out\n", b"err\n")


def test_a_status_that_nobody_expected_raises_with_the_end_of_stderr(transport: SshTransport) -> None:
    """A failed command must not look like an empty answer; its last words are the cause."""
    with pytest.raises(CommandFailed, match=r"^studio: stage release ended with 3$") as caught:
        transport.run(Command("stage release", "echo one >&2; echo two >&2; exit 3"))
    assert caught.value.status == 3
    assert caught.value.evidence == ("one", "two")


def test_a_script_of_300_kb_runs_whole(transport: SshTransport) -> None:
    """As an argument it would be refused at 128 KiB: 'Argument list too long'."""
    filler = "\n".join(f"value={number:08d}" for number in range(21_000))
    assert len(filler) > 300_000
    assert transport.run(Command("long", f"{filler}\necho $value")).text == "00020999\n"


def test_output_of_5_mb_comes_back_while_300_kb_are_written(transport: SshTransport) -> None:
    """Writing everything before reading anything would leave both sides waiting for each other."""
    filler = ": " + "x" * 300_000
    out, err = (f"dd if=/dev/zero bs=1048576 count={count}" for count in (5, 3))
    result = transport.run(Command("loud", f"{out} 2>/dev/null; {err} >&2 2>/dev/null\n{filler}"))
    assert (len(result.stdout), len(result.stderr)) == (5 * 1048576, 3 * 1048576)


def test_no_program_in_a_script_can_eat_the_rest_of_it(transport: SshTransport) -> None:
    """The script arrives on standard input, which an innocent `cat` or `ssh` would read."""
    assert transport.run(Command("hungry", "cat\necho still here")).text == "still here\n"


def test_a_script_runs_in_the_c_locale(transport: SshTransport) -> None:
    """`ps -o lstart` and sort orders follow the locale of whoever logs in."""
    assert transport.run(Command("locale", 'echo "$LC_ALL"; env | grep ^LC_ALL=')).text == "C\nLC_ALL=C\n"


def test_a_script_sees_no_arguments(transport: SshTransport) -> None:
    """The token on the shell's command line is ours; a script that asks for $1 means its own."""
    assert transport.run(Command("arguments", 'echo "$#"')).text == "0\n"


@pytest.mark.parametrize(
    ("script", "expected"),
    [("echo =x", "=x\n"), ("echo [no-such-file]*", "[no-such-file]*\n"), ("x='a b'; printf '%s,' $x", "a,b,")],
)
def test_a_script_means_the_same_whatever_the_login_shell(transport: SshTransport, script: str, expected: str) -> None:
    """zsh, the login shell of a Mac, refuses `=x` and globs without a match, and does not split words."""
    assert transport.run(Command("portable", script)).text == expected


def test_a_script_with_an_open_bracket_runs_nothing(transport: SshTransport, far: Path) -> None:
    """A shell that runs line by line would have done half of it before it met the mistake."""
    with pytest.raises(CommandFailed, match="did not begin"):
        transport.run(Command("broken", f"touch {far}/half\nif true; then"))
    assert transport.run(Command("look", f"ls {far}")).text == ""


def test_evidence_shows_no_secret_and_no_control_character(transport: SshTransport) -> None:
    """What a host says is printed in a terminal, and kept in logs."""
    script = "printf 'bad \\033[31mred\\033[0m \\007 token hunter2hunter2 sk-abcdef123456\\n' >&2; exit 1"
    with pytest.raises(CommandFailed) as caught:
        transport.run(Command("tell", script, secrets=(Secret("hunter2hunter2"),)))
    assert caught.value.evidence == ("bad red  token *** ***",)


def test_an_error_never_holds_the_script(transport: SshTransport) -> None:
    """Scripts carry the contents of .env files."""
    with pytest.raises(CommandFailed) as caught:
        transport.run(Command("quiet", "value=correct-horse-battery; exit 9"))
    assert "correct-horse" not in repr(caught.value) + str(caught.value.evidence) + str(caught.value.hint)


def test_a_background_child_that_keeps_the_output_does_not_hold_the_answer(
    ssh_host: SshHost, transport: SshTransport
) -> None:
    """Started carelessly, a proxy would keep every deploy waiting until its time-out."""
    if ssh_host.kind != "openssh":
        pytest.skip("the sandbox's server sends no status while anybody holds the output; sshd does")
    result = transport.run(Command("careless", "sleep 1000 & echo $!", timeout_s=10))
    pid = result.text.strip()
    transport.run(Command("end it", f"kill {pid}"))
    assert pid.isdigit()
