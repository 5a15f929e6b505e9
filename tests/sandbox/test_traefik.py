"""The sandbox's dynamic file of Traefik is the one that a deploy writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccdeploy.operations.wiring import slot, wiring
from ccdeploy.sandbox.entry import host_entry
from ccdeploy.sandbox.layout import layout_of
from ccdeploy.sandbox.options import SandboxOptions
from ccdeploy.sandbox.traefik import dynamic_config, moved
from ccdeploy.settings.reading import host_from_mapping
from ccdeploy.traefik.dynamic import Written, read, text

PORTS = {"ssh": 2222, "listen_1": 8081, "listen_2": 8082, "ollama": 11434, "traefik": 8000, "traefik_api": 8080}


@pytest.mark.parametrize("fallback", [None, 8081])
def test_the_settings_of_the_host_make_the_very_file(tmp_path: Path, fallback: int | None) -> None:
    """Else the first blue-green deploy would change more than the slot."""
    host = host_from_mapping("sandbox", host_entry(layout_of(tmp_path), SandboxOptions(), PORTS), "state.json")
    assert host.traefik is not None
    assert host.traefik.api is not None
    wanted = text(wiring(host.traefik), slot(host, 8082), None if fallback is None else slot(host, fallback))
    assert dynamic_config(8082, fallback) == wanted


@pytest.mark.parametrize("fallback", [None, 8082])
def test_a_port_that_moved_moves_in_the_file_too(fallback: int | None) -> None:
    """A file whose addresses alone were changed would be one that somebody edited."""
    found = moved(dynamic_config(8081, fallback), {8081: 9091, 8082: 9092})
    assert read(found) == Written(9091, 9092 if fallback else None, is_whole=True)
    assert "http://127.0.0.1:9091" in found
    assert "808" not in found


def test_a_file_of_another_hand_keeps_all_but_its_addresses() -> None:
    """Whoever edited the sandbox's file finds it again."""
    mine = 'http: {services: {a: {loadBalancer: {servers: [{url: "http://127.0.0.1:8081"}]}}}}  # mine\n'
    assert moved(mine, {8081: 9091}) == mine.replace("8081", "9091")
