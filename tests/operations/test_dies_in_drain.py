"""The new proxy dies while the old one ends its streams, which may take minutes: that is no success."""

from __future__ import annotations

import os
import signal

import pytest

from ccdeploy import app
from ccdeploy.errors import Stranded
from tests.support.stream import Stream, endless
from tests.support.studio import KEY, Studio


@pytest.mark.parametrize("strategy", ["restart", "blue-green"])
def test_a_proxy_that_dies_while_the_old_one_drains_is_told(request: pytest.FixtureRequest, strategy: str) -> None:
    """It was verified and recorded; a command that ended with 0 would leave a host on which nobody serves."""
    studio: Studio = request.getfixturevalue("green" if strategy == "blue-green" else "studio")
    enough = endless(studio)
    studio.deployed("coder")

    def die() -> None:
        os.kill(studio.pid(), signal.SIGKILL)
        enough.touch()

    studio.when("drain", die)
    with Stream(studio.port, KEY, "coder") as stream:
        stream.wait_for_chunks(1)
        with pytest.raises(Stranded, match="ended while the old one ended its streams") as caught:
            studio.deploy(studio.config("second", "coder", "fast"))
        assert stream.finished().is_complete
    assert "ccdeploy restart --host studio" in str(caught.value.hint)
    assert [line["outcome"] for line in studio.history] == ["deployed", "stranded"]
    assert not (studio.root / "lock").exists()
    studio.at = lambda event: None
    assert app.status(studio.project, None).exit_code == 8
    with studio.watched() as promises:
        attempt = app.restart(studio.project, None)
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)
