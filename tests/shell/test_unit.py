"""The unit that starts the proxy after a boot: its exact text, whose it is, and systemd's own opinion of it."""

from __future__ import annotations

import os
import plistlib
import shutil
import subprocess
from pathlib import Path

import pytest

from ccdeploy.shell import unit

ROOT = "/home/ada/ccproxy"
SYSTEMD = """\
# Written by ccdeploy to start a proxy after a boot, sha256 DIGEST
[Unit]
Description=Start the LiteLLM proxy of /home/ada/ccproxy once after a boot

[Service]
Type=oneshot
RemainAfterExit=yes
KillMode=process
TimeoutStartSec=infinity
ExecStart=/bin/sh "/home/ada/ccproxy/run/at-boot.sh"

[Install]
WantedBy=default.target
"""
LAUNCHD = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- Written by ccdeploy to start a proxy after a boot, sha256 DIGEST -->
<plist version="1.0">
<dict>
	<key>AbandonProcessGroup</key>
	<true/>
	<key>Label</key>
	<string>ccdeploy-home-ada-ccproxy</string>
	<key>LimitLoadToSessionType</key>
	<array>
		<string>Aqua</string>
		<string>Background</string>
	</array>
	<key>ProgramArguments</key>
	<array>
		<string>/bin/sh</string>
		<string>/home/ada/ccproxy/run/at-boot.sh</string>
	</array>
	<key>RunAtLoad</key>
	<true/>
</dict>
</plist>
"""
HOSTILE = ["/srv/100% of $HOME", '/srv/a "root" \\ here', "/srv/it's & <that>", "/srv/Größe", "/srv/${X}%h"]


def without_digest(text: str) -> str:
    """Return a text with a word in the place of its digest."""
    (line,) = [line for line in text.splitlines() if "sha256 " in line]
    return text.replace(line.partition("sha256 ")[2].split()[0], "DIGEST")


def test_the_unit_of_systemd_says_this() -> None:
    """Whoever finds it on a host reads what it does, and sees that it keeps nothing running."""
    assert without_digest(unit.systemd(ROOT)) == SYSTEMD


def test_the_agent_of_launchd_says_this() -> None:
    """No KeepAlive: launchd would start what ccdeploy stops."""
    assert without_digest(unit.launchd(ROOT)) == LAUNCHD


@pytest.mark.parametrize("root", [ROOT, *HOSTILE])
@pytest.mark.parametrize("text", [unit.systemd, unit.launchd])
def test_an_edit_makes_it_another_hands(text: object, root: str) -> None:
    """An edit is somebody's work: it is not written over."""
    made = text(root)  # type: ignore[operator]
    assert unit.is_ours(made)
    assert not unit.is_ours(made + "\n")
    assert not unit.is_ours(made.replace("Written by ccdeploy", "Written by ada"))
    assert not unit.is_ours("")


@pytest.mark.parametrize("root", [ROOT, *HOSTILE])
def test_a_property_list_means_the_very_path(root: str) -> None:
    """What XML takes for its own is escaped."""
    job = plistlib.loads(unit.launchd(root).encode())
    assert job["ProgramArguments"] == ["/bin/sh", f"{root}/run/at-boot.sh"]
    assert job["Label"] == unit.name(root)


def test_each_root_has_a_unit_of_its_own() -> None:
    """Two proxies of one user on one host start both."""
    assert unit.name("/home/ada/ccproxy") == "ccdeploy-home-ada-ccproxy"
    assert len({unit.name(root) for root in (ROOT, "/home/ada/other", *HOSTILE)}) == 2 + len(HOSTILE)


@pytest.mark.parametrize("root", [ROOT, *HOSTILE])
def test_systemd_takes_the_unit_and_means_the_very_path(root: str, tmp_path: Path) -> None:
    """Its quoting is its own: % and $ mean something within quotes too."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("there is no systemd-analyze")
    path = tmp_path / f"{unit.name(root)}.service"
    path.write_text(unit.systemd(root).replace("/bin/sh", "/bin/echo"))
    command = [analyze, "verify", "--user", "--man=no", str(path)]
    env = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    told = [line for line in done.stderr.splitlines() if path.name in line]
    assert (done.returncode, told) == (0, []), done.stderr
