"""What every end of a face must look like, whatever the code."""

from __future__ import annotations

import subprocess

from tests.support.studio import KEY

REMEDY = "  → "


def assert_ends(done: subprocess.CompletedProcess[str], code: int, *said: str, remedy: bool = True) -> None:
    """Assert the code, one clear sentence, the remedy, no traceback and no secret."""
    shown = f"{done.stdout}\n--- stderr\n{done.stderr}"
    assert done.returncode == code, shown
    assert "Traceback (most recent call last)" not in done.stderr, shown
    assert KEY not in done.stdout + done.stderr
    if code == 0:
        return
    sentences = [line for line in done.stderr.splitlines() if line.startswith("ccdeploy: ")]
    assert len(sentences) == 1, shown
    for words in said:
        assert words in done.stderr + done.stdout, shown
    assert not remedy or REMEDY in done.stderr or "; " in sentences[0] or "; " in done.stderr, shown
