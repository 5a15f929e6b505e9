"""A host whose user has a home and a systemd, as far as either can be asked; and a boot of it."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ccdeploy import app
from ccdeploy.shell import unit
from tests.support.neighbourhood import Neighbourhood, way_to
from tests.support.openssh import sshd
from tests.support.studio import Studio, a_studio

LONG_AGO = "Mon Jan 1 00:00:00 2001"
SYSTEMCTL = """#!/bin/sh
echo "$*" >>{home}/systemctl.log
[ "$1" != is-system-running ] || echo {state}
"""
LOGINCTL = """#!/bin/sh
case $* in
  *enable-linger*) {allowed} && echo yes >{home}/linger ;;
  show-user*) echo "Linger=$(cat {home}/linger)" ;;
esac
"""


@dataclass(frozen=True)
class Boots:
    """A host whose user has a home, and a systemd as far as it can be asked."""

    studio: Studio
    home: Path

    @property
    def root(self) -> Path:
        """The root of the proxy."""
        return self.studio.root

    @property
    def script(self) -> Path:
        """What the unit runs."""
        return self.root / "run" / "at-boot.sh"

    @property
    def unit(self) -> Path:
        """The unit of systemd."""
        return Path(unit.systemd_path(str(self.home), str(self.root)))

    def systemd(self, state: str = "running", *, lingers: bool = True) -> None:
        """Let systemd be in a state, and let lingering be allowed or not."""
        (self.home / "linger").write_text("no\n")
        words = {"home": self.home, "state": state, "allowed": "true" if lingers else "false"}
        for name, text in (("systemctl", SYSTEMCTL), ("loginctl", LOGINCTL)):
            path = self.home / "bin" / name
            path.write_text(text.format(**words))
            path.chmod(0o755)

    def boot(self) -> int:
        """Restart the host: the proxy is gone, and the manager runs what its unit says."""
        self.studio.kill()
        record = self.root / "run" / "serving.json"
        if record.exists():
            record.write_text(json.dumps(json.loads(record.read_text()) | {"started": LONG_AGO}) + "\n")
        return self.start()

    def start(self) -> int:
        """Run the unit."""
        (line,) = [line for line in self.unit.read_text().splitlines() if line.startswith("ExecStart=")]
        env = {"PATH": "/usr/bin:/bin", "HOME": str(self.home), **self.studio.around.mark}
        words = shlex.split(line.removeprefix("ExecStart="))
        return subprocess.run(words, cwd="/", env=env, timeout=60, check=False).returncode

    def set_up(self) -> None:
        """Set up the start after a boot."""
        app.setup(self.studio.project, None, at_boot=True)


@contextmanager
def a_host_that_boots(folder: Path, around: Neighbourhood) -> Iterator[Boots]:
    """Make such a host."""
    home = folder / "home"
    (home / "bin").mkdir(parents=True)
    environment = {**around.mark, "HOME": str(home), "PATH": f"{home / 'bin'}:/usr/bin:/bin"}
    with sshd(folder / "sshd", environment=environment) as server, a_studio(folder, around, "asyncssh") as studio:
        studio.entry["ssh"] = way_to(server)
        studio.settle()
        made = Boots(studio, home)
        made.systemd()
        yield made
