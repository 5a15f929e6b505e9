"""Units that would start the proxy beside ccdeploy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ccdeploy.operations.doctor import supervisor
from ccdeploy.operations.doctor.seen import Seen
from ccdeploy.remote.unit import Unit
from tests.operations.doctor.words import around, heard

UNIT = Unit("systemd-user", "gateway.service", "/h/gateway.service", ("litellm --port {port}",), None, True, True)


def unit(seen: Seen, **more: object) -> Unit:
    """A unit that starts a litellm on the port that serves."""
    port = seen.host.listen.ports[0]
    return replace(UNIT, **{"commands": (f"/opt/litellm --port {port}",), **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "remedy"),
    [
        ("systemd-user", "'systemctl --user disable --now gateway.service'"),
        ("systemd", "'sudo systemctl disable --now gateway.service'"),
        ("agent", "'launchctl bootout gui/$(id -u)/gateway.service; launchctl disable gui/$(id -u)/gateway.service'"),
        ("daemon", "'sudo launchctl bootout system/gateway.service; sudo launchctl disable system/gateway.service'"),
    ],
)
def test_a_unit_that_runs_is_an_error_with_the_line_that_ends_it(plain_seen: Seen, kind: str, remedy: str) -> None:
    """It brings back what a deploy stops, in the middle of the switch."""
    said = heard(supervisor.judge(around(plain_seen, units=(unit(plain_seen, kind=kind),))))
    assert (said.only.code, said.only.severity) == ("supervisor", "error")
    assert said.only.hint == f"ssh -t studio.example.com {remedy}"


def test_a_unit_that_only_waits_for_the_next_boot_is_a_warning(plain_seen: Seen) -> None:
    """Nothing is wrong until then."""
    said = heard(supervisor.judge(around(plain_seen, units=(unit(plain_seen, runs=False),))))
    assert (said.only.code, said.only.severity) == ("supervisor", "warning")


def test_a_unit_of_which_nothing_is_known_is_an_error(plain_seen: Seen) -> None:
    """The manager of the user cannot be asked without a session; the file is there all the same."""
    said = heard(supervisor.judge(around(plain_seen, units=(unit(plain_seen, runs=None, is_on=None),))))
    assert said.only.severity == "error"


def test_what_is_not_known_of_a_unit_is_not_claimed(plain_seen: Seen) -> None:
    """launchd tells nothing of a user's jobs while that user is not logged in."""
    said = heard(supervisor.judge(around(plain_seen, units=(unit(plain_seen, kind="agent", runs=None),))))
    assert said.only.severity == "warning"
    assert "whether it runs now is not known" in said.only.message


def test_a_unit_that_is_switched_off_is_in_order(plain_seen: Seen) -> None:
    """Its file may stay."""
    said = heard(supervisor.judge(around(plain_seen, units=(unit(plain_seen, runs=False, is_on=False),))))
    assert said.findings == ()
    assert "gateway.service is switched off" in said.in_order[0]


@pytest.mark.parametrize(
    ("command", "folder", "is_rival"),
    [
        ("{root}/venv/bin/litellm", None, True),
        ("venv/bin/litellm", "{root}", True),
        ("/bin/sh -c 'exec litellm --port {port}'", None, True),
        ("{root}/start.sh", None, True),
        ("/usr/bin/backup {root}", None, False),
        ("/opt/other/litellm --port 9", None, False),
        ("{root}-old/venv/bin/litellm --port 9", None, False),
        ("/usr/bin/true", "{root}", False),
    ],
)
def test_which_unit_is_meant(plain_seen: Seen, command: str, folder: str | None, is_rival: bool) -> None:
    """Another proxy on the same host is nobody's business, and a backup starts none."""
    known = {"root": plain_seen.facts.root, "port": plain_seen.host.listen.ports[0]}
    one = replace(UNIT, commands=(command.format(**known),), folder=folder and folder.format(**known))
    assert supervisor.is_rival(plain_seen, one) is is_rival


def test_a_secret_of_its_command_line_is_not_shown(plain_seen: Seen) -> None:
    """A unit's file is often readable for all, a report is read by more."""
    one = unit(plain_seen, commands=(f"litellm --port {plain_seen.host.listen.ports[0]} --api_key hunter2hunter2",))
    said = heard(supervisor.judge(around(plain_seen, units=(one,))))
    assert "--api_key ***" in said.only.message
