"""`logs -f` with both faces, against a host: what it shows, and how it ends."""

from __future__ import annotations

import signal
import subprocess

import pytest

from tests.support.at_terminal import at_terminal
from tests.support.processes import is_alive
from tests.support.studio import Studio


@pytest.mark.parametrize(("face", "number"), [("ccdeploy", signal.SIGINT), ("fab", signal.SIGTERM)])
def test_whoever_has_seen_enough_ends_it_without_an_error(studio: Studio, face: str, number: int) -> None:
    """130, as `tail -f` in a shell: nothing failed, so nothing is said, and nothing is left on the host."""
    log = studio.root / "logs" / "litellm.log"
    log.write_text("one\n")
    process = subprocess.Popen(
        studio.command("ccdeploy logs -f", face),
        cwd=studio.folder,
        env=studio.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "one\n"
    with log.open("a") as file:
        file.write("two\n")
    assert process.stdout.readline() == "two\n"
    process.send_signal(number)
    rest, said = process.communicate(timeout=180)
    assert (process.returncode, rest, said) == (130, "", "")
    assert not is_alive(process.pid)


def test_after_ctrl_c_the_prompt_begins_a_line_of_its_own(studio: Studio) -> None:
    """The terminal shows ^C where the cursor is; the shell's prompt would stand right behind it."""
    (studio.root / "logs" / "litellm.log").write_text("one\n")
    with at_terminal(studio.command("ccdeploy logs -f"), studio.environment(), studio.folder) as seat:
        seat.see("one")
        seat.type("\x03")
        assert seat.end() == 130
        assert seat.screen.endswith("^C\r\n")
