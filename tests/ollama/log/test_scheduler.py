"""What Ollama's log says of loads: lines of real logs, of three of its eras, and what each is taken for."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccdeploy.ollama.log.scheduler import load_line

CASES = Path(__file__).resolve().parents[2] / "cases" / "ollama" / "log" / "scheduler.txt"


def cases() -> list[tuple[str, str]]:
    """Return each line of a log, and what stands before it: what it tells, or - for nothing of loads."""
    lines = [line for line in CASES.read_text().splitlines() if line and not line.startswith("#")]
    return [(line.split(" ", 1)[1].strip(), line.split(" ", 1)[0]) for line in lines]


@pytest.mark.parametrize(("line", "told"), cases(), ids=lambda text: text[:30])
def test_each_line_tells_what_it_should(line: str, told: str) -> None:
    """The words changed with each era, and most lines of a log are of something else."""
    found = load_line(line)
    assert (found.told if found else "-") == told


def test_an_eviction_tells_the_sizes_and_whose_memory_was_short() -> None:
    """The GPU had room for 6.3 GiB; the host had not: that is another program's doing."""
    (pressed, crowded) = [found for line, told in cases() if told == "evicts" and (found := load_line(line))][:2]
    assert pressed.text == (
        "the next model is predicted to need 6.3 GiB with context 4096, more than 80 % of the 7.2 GiB of free memory "
        "of the host: one is evicted for it"
    )
    assert (pressed.is_pressed, crowded.is_pressed) == (True, False)


def test_a_load_that_begins_names_its_file_and_its_context() -> None:
    """The model's name is not in the log, its file is."""
    line = next(line for line, told in cases() if told == "starts")
    found = load_line(line)
    assert found
    assert found.blob == "sha256:c8985d236593f7a17da2a3da49588aa951a9b1e57ce97753364fbf59e63af84a"
    assert found.text == "a load begins, context 32768"
