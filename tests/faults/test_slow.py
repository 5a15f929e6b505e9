"""A slow link and a slow disk: everything takes longer, and nothing is given up."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ccdeploy import app
from tests.faults.course import deploy_over, go_back, go_on_and_back
from tests.support.login import Login, logged_in
from tests.support.relay import relay
from tests.support.studio import Studio

pytestmark = pytest.mark.faults

DELAY_S = 0.1  # each way: a round trip takes 200 ms more
BITS_PER_S = 256_000
# Programs that read or write a disk, each of which waits for it as on a disk that is busy with something else.
ON_DISK = ("cat", "cp", "mv", "ln", "mkdir", "rm", "rmdir", "chmod", "find", "ls", "tail", "sha256sum", "readlink")
SLOW = '#!/bin/sh\nsleep 0.1\nexec {real} "$@"\n'


@pytest.mark.xdist_group("waits")
def test_a_deploy_over_a_slow_link_is_done(
    studio: Studio, tmp_path: Path, record_property: Callable[..., None]
) -> None:
    """A phone in a train; what a deploy costs there are its round trips, which are counted and reported."""
    studio.deployed("coder")
    way = studio.entry["ssh"]
    with relay(way["port"], delay_s=DELAY_S, bits_per_s=BITS_PER_S) as link:
        known = tmp_path / "known_hosts"
        known.write_text(Path(way["known_hosts"]).read_text().replace(str(way["port"]), str(link.port)))
        way |= {"port": link.port, "known_hosts": str(known)}
        studio.settle()
        for verb, does in (("deploy", deploy_over), ("rollback", go_back)):
            before, commands = (link.traffic.turns, link.traffic.sent_bytes), studio.around.commands()
            does(studio, {"coder"})
            record_property(f"{verb}: commands", studio.around.commands() - commands)
            record_property(f"{verb}: turns of the line", link.traffic.turns - before[0])
            record_property(f"{verb}: bytes sent", link.traffic.sent_bytes - before[1])
        assert link.traffic.turns > 20  # it did go this way
        assert app.status(studio.project, None).release == studio.current


def test_a_deploy_on_a_slow_disk_is_done(studio: Studio, tmp_path: Path) -> None:
    """Nothing here can slow a disk down: the programs of the host that use it stand in, a tenth of a second late each.

    The proxy boots later too, as one does whose thousand modules come from such a disk.
    """
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ON_DISK:
        (programs / name).write_text(SLOW.format(real=shutil.which(name)))
        (programs / name).chmod(0o755)
    studio.deployed("coder")
    studio.misbehave({"boot_s": 1.0})
    login = Login(tmp_path / "home", environment={"PATH": f"{programs}:{os.environ['PATH']}"})
    with logged_in(studio, tmp_path / "login", "openssh", login):
        go_on_and_back(studio, {"coder"})
