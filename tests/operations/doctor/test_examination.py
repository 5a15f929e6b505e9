"""Every finding of doctor, and its remedy."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from ccdeploy import app
from tests.operations.test_refusals import _compromise, _remove_env, _remove_litellm, _unset_reference
from tests.support.asyncssh_server import sandbox_server
from tests.support.free_port import free_port
from tests.support.neighbourhood import way_to
from tests.support.openssh import sshd
from tests.support.studio import Studio, config_text
from tests.support.tls import served


def _open_env(studio: Studio) -> None:
    (studio.root / ".env").chmod(0o644)


def _no_root(studio: Studio) -> None:
    studio.entry["root"] = str(studio.root / "nowhere")
    studio.settle()


def _ollama_down(studio: Studio) -> None:
    studio.env(OLLAMA_API_BASE=f"http://127.0.0.1:{free_port()}")


def _model_missing(studio: Studio) -> None:
    (studio.root / "config.yaml").write_text(config_text("coder", model="qwen3-absent:7b"))


def _rebooted(studio: Studio) -> None:
    studio.deployed("coder")
    studio.kill()


def _route_down(studio: Studio) -> None:
    studio.entry["traefik"] = {"url": f"http://127.0.0.1:{free_port()}"}
    studio.settle()
    studio.by_hand("coder")


def _route_elsewhere(studio: Studio) -> None:
    studio.around.route_to(free_port(), is_up=False)
    studio.entry["traefik"] = {"url": studio.around.traefik["url"]}
    studio.settle()
    studio.by_hand("coder")


def _lock_left(studio: Studio) -> None:
    (studio.root / "lock").mkdir()
    os.utime(studio.root / "lock", (1_000_000, 1_000_000))


def _foreign_folder(studio: Studio) -> None:
    (studio.root / "releases" / "20260101-000000-abcd").mkdir(parents=True)


CASES = Path(__file__).parents[2] / "cases" / "doctor"
MIRRORED = """\
http:
  routers:
    ccproxy: {{rule: "PathPrefix(`/`)", entryPoints: [web], service: mirrored}}
  services:
    ccproxy:
      loadBalancer:
        servers: [{{url: "http://127.0.0.1:{port}"}}]
        healthCheck: {{path: /health}}
    other: {{loadBalancer: {{servers: [{{url: "http://127.0.0.1:{other}"}}]}}}}
    mirrored: {{mirroring: {{service: ccproxy, mirrors: [{{name: other, percent: 100}}]}}}}
"""

FINDINGS = [
    (_compromise, "litellm-compromised", 8),
    (_remove_litellm, "no-litellm", 8),
    (_remove_env, "env-file", 8),
    (_unset_reference, "env-unset", 8),
    (_open_env, "env-file-mode", 0),
    (_no_root, "root", 8),
    (_ollama_down, "ollama", 8),
    (_model_missing, "model-missing", 8),
    (_rebooted, "stopped", 8),
    (_route_down, "route-unreachable", 8),
    (_route_elsewhere, "route", 8),
    (_lock_left, "lock", 0),
    (_foreign_folder, "release", 0),
]


@pytest.mark.parametrize(("spoil", "code", "exit_code"), FINDINGS, ids=[code for _, code, _ in FINDINGS])
def test_doctor_finds_it_and_says_what_to_do(
    studio: Studio, spoil: Callable[[Studio], None], code: str, exit_code: int
) -> None:
    """One look at a host that is in trouble."""
    (studio.root / "config.yaml").write_text(config_text("coder"))
    spoil(studio)
    before = studio.checksum() if studio.root.exists() else ""
    seen = app.doctor(studio.project, None)
    found = {finding.code: finding for finding in seen.findings}
    assert code in found
    assert found[code].hint
    assert seen.exit_code == exit_code
    assert before == (studio.checksum() if studio.root.exists() else "")


def test_doctor_finds_a_stranger_on_a_port(studio: Studio) -> None:
    """And says who it is."""
    with studio.stranger_on(studio.spare):
        seen = app.doctor(studio.project, None)
    assert "port-taken" in [finding.code for finding in seen.findings]


def test_doctor_of_a_host_in_order_lists_what_is(host: Studio) -> None:
    """A person wants to see what was looked at."""
    host.by_hand("coder")
    seen = app.doctor(host.project, None)
    assert seen.exit_code == 0
    told = " ".join(seen.in_order)
    for word in (
        *("root:", "litellm: 1.106.2", "env_file:", "mode 0600", "disk:", f"port {host.port}: pid", "models:"),
        *("ollama: 0.", "era 3", "forwarding: allowed", "supervisor: no unit", "traefik: none", "clock:", "logs:"),
    ):
        assert word in told
    assert "sk-" not in told
    assert [promise.holds for promise in seen.promises] == ["partly", "yes", "partly"]


@pytest.mark.parametrize("base", ["http://127.0.0.1:114345", "http://[::1", "127.0.0.1:11434"])
def test_an_api_base_that_is_no_address_is_found(studio: Studio, base: str) -> None:
    """A typing error in env_file, which no check of the project's own files sees."""
    studio.by_hand("coder")
    studio.env(OLLAMA_API_BASE=base)
    seen = app.doctor(studio.project, None)
    (found,) = [finding for finding in seen.findings if finding.code == "ollama"]
    assert f"'{base}' is no http address" in found.message
    assert "vi " in str(found.hint)
    assert not any(text.startswith("models:") for text in seen.in_order)  # nobody asked the one that it names


def test_a_password_in_an_api_base_is_not_shown(studio: Studio) -> None:
    """An Ollama behind basic auth has one, and what doctor says is sent to others."""
    studio.by_hand("coder")
    studio.env(OLLAMA_API_BASE=studio.around.ollama_url.replace("//", "//ada:hunter2hunter2@"))
    assert "hunter2" not in str(app.doctor(studio.project, None))


def test_doctor_loads_no_model_and_writes_nothing(studio: Studio) -> None:
    """It is asked when something is wrong already."""
    studio.by_hand("coder")
    before = studio.checksum()
    with studio.watched() as promises:
        app.doctor(studio.project, None)
    promises.kept(served={"coder"})
    assert studio.checksum() == before


def test_an_ssh_server_that_forbids_forwarding_is_found(studio: Studio, tmp_path: Path) -> None:
    """Nothing could be verified; a deploy would be refused in its middle words."""
    with sandbox_server(tmp_path / "closed", forwarding=False) as server:
        studio.entry["ssh"] = way_to(server)
        studio.settle()
        seen = app.doctor(studio.project, None)
    (found,) = [finding for finding in seen.findings if finding.code == "forwarding"]
    assert f"127.0.0.1:{studio.port}, 127.0.0.1:{studio.spare}" in found.message
    assert "AllowTcpForwarding local" in str(found.hint)
    assert seen.promises[2].holds == "no"


def test_one_port_that_may_not_be_reached_is_named(studio: Studio, tmp_path: Path) -> None:
    """`PermitOpen` was written for the port that serves, and the shadow's forgotten."""
    ollama = studio.around.ollama_url.removeprefix("http://")
    with sshd(tmp_path / "narrow", more=f"PermitOpen 127.0.0.1:{studio.port} {ollama}\n") as server:
        studio.entry["ssh"] = way_to(server)
        studio.settle()
        seen = app.doctor(studio.project, None)
    (found,) = [finding for finding in seen.findings if finding.code == "forwarding"]
    assert f"forwarding to 127.0.0.1:{studio.spare}," in found.message
    assert str(studio.port) not in found.message


def test_what_a_host_says_of_itself_is_found_over_openssh(studio: Studio, tmp_path: Path) -> None:
    """The programs of a Mac and of a Linux host, asked by a real sshd's shell; each remedy goes there by ssh."""
    home = tmp_path / "home"
    folder = home / ".config" / "systemd" / "user"
    folder.mkdir(parents=True)
    unit = f"[Service]\nExecStart=/opt/litellm --port {studio.port} --api_key hunter2hunter2\n"
    (folder / "gateway.service").write_text(unit)
    (home / "bin").mkdir()
    for name, answer in (
        ("systemctl", "printf 'ActiveState=active\\nUnitFileState=enabled\\nMainPID=0\\n'"),
        ("loginctl", "printf 'KillUserProcesses=yes\\nKillExcludeUsers=nobody\\n'"),
        ("pmset", f"cat {CASES}/pmset-sleeps.txt"),
    ):
        (home / "bin" / name).write_text(f"#!/bin/sh\n{answer}\n")
        (home / "bin" / name).chmod(0o755)
    environment = {"HOME": str(home), "PATH": f"{home}/bin:/usr/bin:/bin"}
    with sshd(tmp_path / "mixed", environment=environment) as server:
        studio.entry["ssh"] = way_to(server)
        studio.settle()
        seen = app.doctor(studio.project, None)
    found = {finding.code: finding for finding in seen.findings}
    assert "hunter2" not in str(seen)
    assert "systemctl --user disable --now gateway.service" in str(found["supervisor"].hint)
    assert "pmset -a sleep 0" in str(found["sleep"].hint)
    assert str(found["sleep"].hint).startswith(f"ssh -t -p {server.port} -i ")
    # In a container there is no scope of a login that could be ended.
    cgroup = Path("/proc/self/cgroup")
    assert ("kill-user-processes" in found) == (not cgroup.exists() or "session-" in cgroup.read_text())


def test_a_traefik_that_checks_health_and_mirrors_is_found(studio: Studio) -> None:
    """The real Traefik, by its real API: its health check would load every model."""
    studio.by_hand("coder")
    studio.entry["traefik"] = studio.around.traefik
    studio.settle()
    with studio.around.dynamic(MIRRORED.format(port=studio.port, other=free_port()), service="mirrored"):
        seen = app.doctor(studio.project, None)
    found = {finding.code: finding for finding in seen.findings}
    assert {"traefik-health", "traefik-mirroring"} <= set(found)
    assert "ccproxy@file" in found["traefik-health"].message
    assert (seen.promises[1].holds, seen.exit_code) == ("no", 8)


def test_a_certificate_that_ends_soon_is_found_with_its_days(studio: Studio, tmp_path: Path) -> None:
    """By the private CA of the settings; without that file, the CA is what is missing."""
    authority = trustme.CA(organization_name="Ada's own")
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    now = datetime.now(UTC)
    ends, begins = now + timedelta(days=5, hours=1), now - timedelta(days=85)
    with served(authority.issue_cert("localhost", not_before=begins, not_after=ends)) as port:
        studio.entry["traefik"] = {"url": f"https://localhost:{port}", "ca_file": str(tmp_path / "ca.pem")}
        studio.settle()
        trusted = app.doctor(studio.project, None)
        del studio.entry["traefik"]["ca_file"]
        studio.settle()
        untrusted = app.doctor(studio.project, None)
    (found,) = [finding for finding in trusted.findings if finding.code == "route-tls-ends"]
    assert "5 days left, issued by Ada's own" in found.message
    (found,) = [finding for finding in untrusted.findings if finding.code.startswith("route")]
    assert found.code == "route-tls"
    assert f"openssl s_client -connect localhost:{port}" in str(found.hint)


def test_a_traefik_in_order_is_seen_by_its_api_and_by_its_file(studio: Studio) -> None:
    """Not everybody opens the API; the file that Traefik reads says the same."""
    studio.by_hand("coder")
    studio.around.route_to(studio.port)
    for key in ("api", "dynamic_file"):
        studio.entry["traefik"] = {name: studio.around.traefik[name] for name in ("url", key)}
        studio.settle()
        told = app.doctor(studio.project, None)
        assert told.exit_code == 0
        assert "health check: /health/readiness, which calls no model" in told.in_order
        assert "mirroring: none" in told.in_order


def test_a_host_that_traefik_switches_is_in_order_on_either_port(green: Studio) -> None:
    """What leads to the second port is right when that one serves, and wrong when the first does."""
    green.deployed("coder")
    told = app.doctor(green.project, None)
    assert (told.exit_code, told.promises[0].holds) == (0, "yes")
    text = green.site.dynamic_file
    assert text is not None
    with green.around.led_by(text.read_text().replace(str(green.port), str(green.spare)), green.spare):
        found = {finding.code: finding for finding in app.doctor(green.project, None).findings}
    assert {"dynamic-edited", "traefik-upstream"} <= set(found)
    assert found["traefik-upstream"].hint == "ccdeploy restart --host studio"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "is not there, is empty, or is not ours to read"),
        ("{{ range .Hosts }}\nhttp:", "is neither YAML nor TOML"),
    ],
)
def test_a_dynamic_file_that_cannot_be_read_is_told_as_such(studio: Studio, text: str | None, says: str) -> None:
    """It says nothing of Traefik then, least of all that Traefik leads elsewhere."""
    studio.by_hand("coder")
    if text is not None:
        (studio.root / "dynamic.yaml").write_text(text)
    studio.entry["traefik"] = {"url": studio.around.traefik["url"], "dynamic_file": "dynamic.yaml"}
    studio.settle()
    found = {finding.code: finding.message for finding in app.doctor(studio.project, None).findings}
    assert f"dynamic.yaml {says}" in found["traefik-unseen"]
    assert "traefik-upstream" not in found
