"""The last rows of a terminal, drawn anew."""

from __future__ import annotations

import io
import threading

import pytest
from rich.console import Console

from ccdeploy.report.region import Region


def test_a_ctrl_c_while_it_begins_is_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever ends `watch` in its first moment gets the cursor back, and no report of a fault."""
    console = Console(file=io.StringIO(), force_terminal=True)

    def interrupted(hook: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(console, "push_render_hook", interrupted)
    region = Region("rows", console, threading.RLock())
    with pytest.raises(KeyboardInterrupt):
        region.start()
    region.stop()
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().endswith("\x1b[?25h")
