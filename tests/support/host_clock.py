"""A host whose clock is wrong: the programs that tell the time there stand first in its PATH, and are all off alike.

There is no namespace for the time of day, and a machine that runs tests keeps its own. So `date`, `stat` and `ps`
stand in: Linux reckons when a process started from the time of day, so `ps` moves with it.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

_DATE = """#!/bin/sh
if [ "$*" = +%s ]; then echo $(($({real} +%s) + $(cat {offset}))); else exec {real} "$@"; fi
"""
_STAT = """#!/bin/sh
if [ "$1 $2" = "-c %Y" ]; then shift 2; echo $(($({real} -c %Y "$@") + $(cat {offset}))); else exec {real} "$@"; fi
"""
_PS = """#!{python} -ISs
import re, subprocess, sys, time, calendar
offset, form = int(open({offset!r}).read()), "%a %b %d %H:%M:%S %Y"
def moved(found):
    return time.strftime(form, time.gmtime(calendar.timegm(time.strptime(found[0], form)) + offset))
done = subprocess.run([{real!r}, *sys.argv[1:]], capture_output=True, text=True)
sys.stdout.write(re.sub(r"[A-Z][a-z]{{2}} [A-Z][a-z]{{2}} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d \\d{{4}}", moved, done.stdout))
sys.exit(done.returncode)
"""


@dataclass(frozen=True)
class HostClock:
    """The clock of a host; `folder` is to stand first in the PATH there."""

    folder: Path

    @property
    def path(self) -> str:
        """The PATH of the host."""
        return f"{self.folder}:{os.environ['PATH']}"

    def set(self, offset_s: int) -> None:
        """Let it be so far ahead of ours; behind, if that is negative."""
        new = self.folder / ".offset"
        new.write_text(f"{offset_s}\n")
        new.replace(self.folder / "offset")

    @property
    def now(self) -> int:
        """What it shows."""
        return int(time.time()) + int((self.folder / "offset").read_text())


def host_clock(folder: Path) -> HostClock:
    """Make such a clock, which is right yet."""
    folder.mkdir()
    for name, text in (("date", _DATE), ("stat", _STAT), ("ps", _PS)):
        words = {"real": shutil.which(name), "offset": str(folder / "offset"), "python": sys.executable}
        (folder / name).write_text(text.format(**words))
        (folder / name).chmod(0o755)
    made = HostClock(folder)
    made.set(0)
    return made
