"""A real systemd of a user runs the unit as it would after a boot, and leaves alone what it has started."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from ccdeploy.shell import at_boot, unit
from ccdeploy.shell.at_boot import SCRIPT, BootStart
from ccdeploy.shell.lock import Hold
from tests.shell.tiny import tiny
from tests.support.free_port import free_port

pytestmark = pytest.mark.faults

SYSTEMD = Path("/lib/systemd/systemd")
OWNER = '{"id": "at-boot", "who": "the host itself", "manual": false}'
# A machine of its own for processes and for /run, as after a boot: the manager starts, and so what it is to start.
AS_AFTER_A_BOOT = """
mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system /run/user/0 && chmod 700 /run/user/0 || exit 77
export XDG_RUNTIME_DIR=/run/user/0 HOME={home}
unset DBUS_SESSION_BUS_ADDRESS
{systemd} --user --log-target=console >{home}/manager.log 2>&1 &
manager=$!
wait_for() {{ looks=0; until "$@"; do looks=$((looks + 1)); [ $looks -lt 200 ] || exit 78; sleep 0.1; done; }}
is_over() {{ case $(systemctl --user show -p ActiveState --value {unit}) in active|failed) ;; *) false ;; esac; }}
wait_for is_over
told() {{ systemctl --user show -p ActiveState -p SubState -p Result -p UnitFileState {unit}; }}
told
cp {root}/run/serving.json {home}/first.json
systemctl --user restart {unit}; told
cp {root}/run/serving.json {home}/second.json
systemctl --user stop {unit}; told
pid=$(sed -n 's/.*"pid": *\\([0-9][0-9]*\\).*/\\1/p' {root}/run/serving.json)
kill -0 "$pid" && echo lives
kill -TERM "$pid"; kill -TERM $manager
"""


def test_systemd_starts_the_proxy_once_and_never_ends_it(tmp_path: Path) -> None:
    """As after a boot of the machine: the unit is wanted by the manager's default target, and nobody types anything."""
    tools = [shutil.which("unshare"), shutil.which("systemctl"), str(SYSTEMD) if SYSTEMD.exists() else None]
    if None in tools or os.getuid() != 0:
        pytest.skip("a systemd of its own needs systemd, unshare and root")
    home, root = tmp_path / "home", tmp_path / "a 100% root"
    (root / "run").mkdir(parents=True)
    (root / "releases" / "r1").mkdir(parents=True)
    boot = BootStart("r1", "", tiny(root, free_port()))
    (root / SCRIPT).write_text(at_boot.boot_script(Hold(str(root), "at-boot"), OWNER, 60, boot))
    path = Path(unit.systemd_path(str(home), str(root)))
    wants = path.parent / "default.target.wants"
    wants.mkdir(parents=True)
    path.write_text(unit.systemd(str(root)))
    (wants / path.name).symlink_to(path)
    words = {"home": str(home), "root": str(root), "unit": path.name, "systemd": str(SYSTEMD)}
    lines = AS_AFTER_A_BOOT.format(**{name: shlex.quote(word) for name, word in words.items()})
    alone = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    done = subprocess.run([*alone, "/bin/sh", "-c", lines], capture_output=True, text=True, timeout=90, check=False)
    if done.returncode in (1, 77) and not done.stdout:
        pytest.skip(f"no machine of its own can be made here: {done.stderr.strip()}")
    log = (home / "manager.log").read_text()
    started, restarted, stopped, rest = done.stdout.split("UnitFileState=enabled\n")
    for told in (started, restarted):
        assert {"ActiveState=active", "SubState=exited", "Result=success"} == set(told.split()), (done, log)
    assert "ActiveState=inactive" in stopped
    assert rest == "lives\n", "systemd ended what it had started"
    first, second = (json.loads((home / f"{name}.json").read_text()) for name in ("first", "second"))
    assert first == second, "a restart of the unit started a second proxy"
