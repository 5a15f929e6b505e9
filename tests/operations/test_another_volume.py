"""A root on a volume of its own, and no home: nothing is moved between volumes, linked hard, or kept outside.

A home on a network mount has no more than `mkdir` and `rename` to count on; a rename between volumes is a
copy, which a reader can catch half-way.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccdeploy import app
from ccdeploy.shell.launch import LOG_KEPT_BYTES
from tests.support.neighbourhood import Neighbourhood
from tests.support.openssh import sshd
from tests.support.studio import Studio, a_studio

VOLUME = Path("/dev/shm")
# `mv` that refuses to copy, and `ln` that refuses to link hard; both write down what they refused.
CAREFUL = {
    "mv": """for last; do :; done
[ -d "$last" ] || last=$(dirname "$last")
for each; do
  case $each in -*) continue ;; esac
  [ -e "$each" ] || [ -L "$each" ] || continue
  [ "$(stat -c %d "$each")" = "$(stat -c %d "$last")" ] || { echo "mv $*" >>{log}; exit 1; }
done
exec {real} "$@"
""",
    "ln": """case $1 in -s*) exec {real} "$@" ;; esac
echo "ln $*" >>{log}
exit 1
""",
}


@pytest.fixture
def volume(tmp_path: Path) -> Iterator[Path]:
    """A folder on another volume than the test's own."""
    if not VOLUME.is_dir() or VOLUME.stat().st_dev == tmp_path.stat().st_dev:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{VOLUME} is no volume of its own here")
    with tempfile.TemporaryDirectory(dir=VOLUME) as made:
        yield Path(made)


@pytest.fixture
def refused(tmp_path: Path) -> Path:
    """The file in which the careful utilities write down what they refused; they stand beside it."""
    log = tmp_path / "bin" / "refused"
    log.parent.mkdir()
    for name, text in CAREFUL.items():
        program = log.parent / name
        real = shutil.which(name)
        program.write_text(f"#!/bin/sh\n{text.replace('{log}', str(log)).replace('{real}', str(real))}")
        program.chmod(0o755)
    return log


@pytest.fixture
def studio(tmp_path: Path, around: Neighbourhood, volume: Path, refused: Path) -> Iterator[Studio]:
    """A host whose root is a link to the other volume, and whose user has no home and no folder for temporary files."""
    none = f"{tmp_path}/none"
    environment = {**around.mark, "PATH": f"{refused.parent}:{os.environ['PATH']}", "HOME": none, "TMPDIR": none}
    with sshd(tmp_path / "sshd", environment=environment) as host, a_studio(tmp_path, around, "asyncssh") as made:
        shutil.move(made.root, volume / "ccproxy")
        made.root.symlink_to(volume / "ccproxy")
        target = host.target
        made.entry["ssh"] = {
            "address": target.address, "port": target.port, "user": target.user,
            "identity_file": target.identity_file, "known_hosts": target.known_hosts,
        }  # fmt: skip
        made.settle()
        yield made


def test_a_deploy_and_its_way_back_stay_on_the_volume_of_root(studio: Studio, refused: Path, volume: Path) -> None:
    """Every rename is one: staging, the lock, `current`, files put there, the adopted config, logs turned over."""
    studio.by_hand("coder")
    with (studio.root / "logs" / "litellm.log").open("a") as log:
        log.write("x" * (LOG_KEPT_BYTES + 1))
    studio.deployed("coder", "fast")
    assert app.rollback(studio.project, None).outcome == "rolled-back"
    assert not refused.exists(), refused.read_text()
    assert (studio.root / "logs" / "litellm.log.1").exists()
    assert studio.root.is_symlink()
    assert (volume / "ccproxy" / "current").is_symlink()


def test_the_careful_utilities_do_refuse(refused: Path, volume: Path, tmp_path: Path) -> None:
    """Or the test above would see nothing."""
    (tmp_path / "file").touch()
    for line in (f"mv -f {tmp_path}/file {volume}", f"ln {tmp_path}/file"):
        assert subprocess.run(f"{refused.parent}/{line}".split(), check=False).returncode == 1
    assert [line.split()[0] for line in refused.read_text().splitlines()] == ["mv", "ln"]
