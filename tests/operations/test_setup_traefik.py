"""`setup --traefik`: the first dynamic file, taken by the real Traefik; another hand's file is never touched."""

from __future__ import annotations

import dataclasses
import http.client
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccdeploy import app
from ccdeploy.errors import Refused
from ccdeploy.sandbox.layout import layout_of
from ccdeploy.traefik.dynamic import Written, read
from tests.support.gateway import ask
from tests.support.studio import Studio
from tests.support.waiting import until

NAME = "studio.example.com"


@pytest.fixture
def file(studio: Studio) -> Iterator[Path]:
    """A dynamic file in the folder that the real Traefik watches; it goes with the test."""
    found = layout_of(studio.around.state.folder).dynamic_file.with_name("studio.yml")
    route(studio, dynamic_file=str(found))
    yield found
    found.unlink(missing_ok=True)
    api = studio.around.state.ports["traefik_api"]
    until(lambda: ask(api, "/api/http/routers/studio@file").status == 404, "Traefik has forgotten the studio")


def route(studio: Studio, **more: Any) -> None:
    """Give the host a way through Traefik of its own name."""
    around = studio.around.traefik
    names = {"rule": f"Host(`{NAME}`)", "router": "studio", "service": "studio", "entry_points": ["web"]}
    studio.entry["traefik"] = {"url": around["url"], "api": around["api"], "switch_timeout": "10s", **names, **more}
    studio.settle()


def through(studio: Studio) -> str | None:
    """Return the slot that Traefik says the way leads to."""
    connection = http.client.HTTPConnection("127.0.0.1", studio.around.state.ports["traefik"], timeout=20)
    try:
        connection.request("GET", "/health/readiness", headers={"Host": NAME})
        return connection.getresponse().getheader("X-Ccdeploy-Slot")
    finally:
        connection.close()


def refusal(studio: Studio) -> str:
    """Return all that a refusal says, in one line."""
    before = studio.checksum()
    with pytest.raises(Refused) as caught:
        app.setup(studio.project, None, traefik=True)
    assert studio.checksum() == before
    assert caught.value.exit_code == 3
    return " ".join(map(str, (caught.value, caught.value.hint, *caught.value.findings)))


def test_the_first_file_leads_to_what_serves_and_is_taken(studio: Studio, file: Path) -> None:
    """From a hand-started proxy to a way that can be switched, in one command."""
    studio.by_hand("coder")
    seen = app.setup(studio.project, None, traefik=True)
    assert f"{file}, which leads to port {studio.port}" in seen.made
    assert read(file.read_text()) == Written(studio.port, None, is_whole=True)
    assert file.stat().st_mode & 0o777 == 0o644
    assert [finding.code for finding in seen.findings if "traefik" in finding.code] == []
    assert through(studio) == str(studio.port)


def test_a_second_time_has_nothing_to_do_and_says_so(studio: Studio, file: Path) -> None:
    """Safe to repeat: the file stays the very same."""
    app.setup(studio.project, None, traefik=True)
    before = file.stat()
    seen = app.setup(studio.project, None, traefik=True)
    assert seen.made == ()
    assert f"{file}, which leads Traefik to port {studio.port}" in seen.present
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_changed_settings_reach_the_file_and_the_slot_stays(studio: Studio, file: Path) -> None:
    """The file says that it is changed in hosts.yaml; this is how."""
    studio.entry["listen"]["ports"].reverse()
    studio.settle()
    app.setup(studio.project, None, traefik=True)
    leads = read(file.read_text())
    studio.entry["listen"]["ports"].reverse()
    route(studio, dynamic_file=str(file), health_interval="2s")
    assert app.setup(studio.project, None, traefik=True).made
    assert leads == Written(studio.spare, None, is_whole=True)
    assert read(file.read_text()) == dataclasses.replace(leads, number=2)
    assert 'interval: "2s"' in file.read_text()


def test_a_proxy_that_serves_on_the_second_port_is_led_to(studio: Studio, file: Path) -> None:
    """A host of two ports may stand on either."""
    studio.entry["listen"]["ports"].reverse()
    studio.by_hand("coder")
    studio.entry["listen"]["ports"].reverse()
    studio.settle()
    app.setup(studio.project, None, traefik=True)
    assert through(studio) == str(studio.spare)


def test_a_rehearsal_shows_the_text_and_writes_nothing(studio: Studio, file: Path) -> None:
    """Who runs Traefik wants to read it first."""
    before = studio.checksum()
    seen = app.setup(studio.project, None, traefik=True, dry_run=True)
    assert seen.planned[-1] == f"write {file}, which leads to port {studio.port}"
    assert seen.traefik_file is not None
    assert not file.exists()
    assert studio.checksum() == before
    shown = studio.run("ccdeploy setup --traefik --dry-run")
    assert shown.returncode == 0, shown.stderr
    assert f'rule: "Host(`{NAME}`)"' in shown.stdout
    app.setup(studio.project, None, traefik=True)
    assert file.read_text() == seen.traefik_file
    assert app.setup(studio.project, None, traefik=True, dry_run=True).traefik_file is None


def test_a_file_of_another_hand_stays(studio: Studio, file: Path) -> None:
    """It may hold the ways of everybody else."""
    file.write_text("http: {}\n")
    said = refusal(studio)
    assert "was not written by ccdeploy" in said
    assert f"mv {file} {file}.old" in said
    assert file.read_text() == "http: {}\n"


def test_an_edited_file_stays(studio: Studio, file: Path) -> None:
    """The edit is somebody's work; hosts.yaml is where it belongs."""
    app.setup(studio.project, None, traefik=True)
    edited = file.read_text().replace("readiness", "liveliness")
    file.write_text(edited)
    assert "was changed by another hand since ccdeploy wrote it" in refusal(studio)
    assert file.read_text() == edited


def test_without_a_name_there_is_nothing_to_write(studio: Studio) -> None:
    """The remedy is the line to write."""
    assert "dynamic_file: /etc/traefik/dynamic/ccproxy.yml" in refusal(studio)
    route(studio, dynamic_file="dynamic.toml")
    assert "let it end in .yml" in refusal(studio)


def test_a_folder_that_is_not_there_is_not_made(studio: Studio) -> None:
    """Traefik would not watch it."""
    route(studio, dynamic_file="no/such/dynamic.yml")
    assert f"`mkdir {studio.root}/no/such` on the host" in refusal(studio)


def test_a_file_that_traefik_does_not_take_is_warned_of(studio: Studio) -> None:
    """Written is not switched: only Traefik's API can tell."""
    route(studio, dynamic_file="unwatched.yml", switch_timeout="500ms")
    seen = app.setup(studio.project, None, traefik=True)
    (found,) = [finding for finding in seen.findings if finding.code == "traefik-not-shown"]
    assert "let its file provider watch the folder" in str(found.hint)
    assert (studio.root / "unwatched.yml").exists()


def test_a_router_with_the_same_rule_is_warned_of(studio: Studio) -> None:
    """The one that was made by hand is forgotten easily, and then half of the switch goes nowhere."""
    route(studio, dynamic_file="unwatched.yml", switch_timeout="100ms", rule="PathPrefix(`/`)")
    seen = app.setup(studio.project, None, traefik=True)
    (found,) = [finding for finding in seen.findings if finding.code == "traefik-rival"]
    assert "ccproxy@file has the same rule" in found.message
