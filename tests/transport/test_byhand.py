"""The `ssh` command of remedies, typed for real."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

from ccdeploy.transport.byhand import by_hand
from tests.support.ssh_host import SshHost


def test_a_known_hosts_file_with_spaces_in_its_path_is_one_file(ssh_host: SshHost, tmp_path: Path) -> None:
    """`ssh` takes the words of that option for several files, and would know no host: many a Mac has `My Projects`."""
    known, key = tmp_path / "my projects" / "known hosts", tmp_path / "a key"
    known.parent.mkdir()
    shutil.copy(str(ssh_host.target.known_hosts), known)
    shutil.copy(str(ssh_host.target.identity_file), key)
    target = replace(ssh_host.target, known_hosts=str(known), identity_file=str(key))
    line = f"{shlex.join(by_hand(target, '-o', 'BatchMode=yes', '-o', 'GlobalKnownHostsFile=none'))} 'echo it runs'"
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("it runs\n", "")
