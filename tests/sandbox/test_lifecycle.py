"""Up, down, and everything between, with a LiteLLM that boots quickly."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from ccdeploy.errors import Refused
from ccdeploy.sandbox.lifecycle import State, down, halt, status, up
from ccdeploy.sandbox.options import SandboxOptions
from ccdeploy.sandbox.ports import answers, is_free
from ccdeploy.sandbox.processes import marked
from ccdeploy.sandbox.state import read_state
from tests.sandbox.clients import env_of, http_call, run, ssh_connection
from tests.sandbox.conftest import QUICK
from tests.support.waiting import until

BARE = replace(QUICK, hand_started=False, traefik=False)


def pids(state: State) -> dict[str, int]:
    """Return the pid of each part."""
    return {name: part.process.pid for name, part in state.parts.items()}


def base(folder: Path) -> Path:
    """Return the sandbox's own folder."""
    return folder / ".ccdeploy" / "sandbox"


def test_up_gives_a_host_that_serves_and_down_leaves_no_process_and_no_listener(folder: Path) -> None:
    """The whole promise of the sandbox in one go."""
    state = up(folder, options=QUICK)
    key = {"Authorization": f"Bearer {env_of(state)['LITELLM_MASTER_KEY']}"}
    listed = http_call(state.ports["traefik"], "/v1/models", headers=key).json
    assert {m["id"] for m in listed["data"]} == {"claude-3-5-sonnet", "claude-3-haiku", "gpt-4"}
    with ssh_connection(state) as client:  # a proxy that a deploy would have started
        run(client, "nohup sleep 1000 > /dev/null 2>&1 < /dev/null &")
    ended = down(folder)
    assert len(ended) == 5
    assert marked(str(base(folder))) == []
    assert not any(answers(port) for port in state.ports.values())
    assert not (base(folder) / "state.json").exists()


def test_all_that_listens_does_so_on_loopback(sandbox: State) -> None:
    """The master key and an open SSH port are nobody's business on the network."""
    listening = subprocess.run(
        ["/usr/bin/env", "lsof", "-nP", "-iTCP", "-sTCP:LISTEN", "-Fpn"], capture_output=True, text=True, check=False
    ).stdout
    ours = {str(p.pid) for p in marked(str(base(sandbox.folder)))}
    addresses: list[str] = []
    pid = ""
    for line in listening.splitlines():
        if line.startswith("p"):
            pid = line[1:]
        elif line.startswith("n") and pid in ours:
            addresses.append(line[1:])
    assert len(addresses) == 5  # ssh, ollama, traefik twice, litellm
    assert all(address.startswith("127.0.0.1:") for address in addresses)


def test_a_second_up_changes_nothing(sandbox: State) -> None:
    """Any verb brings the sandbox up: it must cost nothing when it is."""
    again = up(sandbox.folder)
    assert again.to_json() == sandbox.to_json()


def test_the_state_is_for_its_owner_only_and_holds_a_host_entry(sandbox: State) -> None:
    """It names the private key; the settings read the entry."""
    path = base(sandbox.folder) / "state.json"
    data = json.loads(path.read_text())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert data["version"] == 1
    assert data["folder"] == str(sandbox.folder)
    assert Path(data["host"]["root"]).is_absolute()
    assert data["host"]["listen"]["ports"] == [data["ports"]["listen_1"], data["ports"]["listen_2"]]


def test_a_part_that_died_starts_again_on_its_port_and_the_others_stay(folder: Path) -> None:
    """The host entry that a running verb holds must stay true."""
    state = up(folder, options=BARE)
    os.kill(state.parts["ssh"].process.pid, signal.SIGKILL)
    until(lambda: not status(folder).is_up, "the SSH server is gone")
    repaired = up(folder)
    assert repaired.ports == state.ports
    assert pids(repaired)["ssh"] != pids(state)["ssh"]
    assert pids(repaired)["ollama"] == pids(state)["ollama"]
    with ssh_connection(repaired) as client:
        assert run(client, "echo here").out == b"here\n"


def test_a_port_that_was_taken_meanwhile_is_replaced_and_the_home_follows(folder: Path) -> None:
    """The proxy's .env names Ollama's port: a stale one would look like a dead Ollama."""
    state = up(folder, options=replace(BARE, hand_started=True))
    halt(folder, "ollama")
    with socket.create_server(("127.0.0.1", state.ports["ollama"])):
        moved = up(folder)
    assert moved.ports["ollama"] != state.ports["ollama"]
    assert env_of(moved)["OLLAMA_API_BASE"] == moved.host["ollama"]["url"]
    assert http_call(moved.ports["ollama"], "/api/version").status == 200


def test_two_ups_at_once_make_one_sandbox(folder: Path) -> None:
    """Two terminals, or two tests, may ask at the same moment."""
    states: list[State] = []
    said: list[str] = []
    begin = threading.Barrier(2)

    def bring_up() -> None:
        begin.wait()
        states.append(up(folder, options=BARE, say=said.append))

    threads = [threading.Thread(target=bring_up) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pids(states[0]) == pids(states[1])
    assert len(marked(str(base(folder)))) == 2
    assert ["waiting for it" in text for text in said].count(True) == 1


def test_a_later_up_keeps_the_options(folder: Path) -> None:
    """The verbs call `up` without any."""
    up(folder, options=BARE)
    halt(folder, "ssh")
    assert up(folder).options == BARE


def test_a_changed_option_restarts_only_the_part_that_it_concerns(folder: Path) -> None:
    """A test forbids forwarding in the middle of a sandbox's life."""
    state = up(folder, options=BARE)
    changed = up(folder, options=replace(BARE, forwarding=False))
    assert pids(changed)["ssh"] != pids(state)["ssh"]
    assert pids(changed)["ollama"] == pids(state)["ollama"]
    assert changed.ports == state.ports


def test_up_after_down_finds_the_files_and_the_ports_as_they_were(folder: Path) -> None:
    """As after a reboot of the host: what was deployed is there, and the same key."""
    first = up(folder, options=BARE)
    key = env_of(first)
    down(folder)
    second = up(folder, options=BARE)
    assert env_of(second) == key
    assert second.ports == first.ports


def test_after_a_deploy_nobody_starts_a_proxy_by_hand(folder: Path) -> None:
    """nohup does not survive a reboot, and the hand-made proxy would not be the deployed one."""
    state = up(folder, options=BARE)
    Path(state.host["root"], "run").mkdir()
    down(folder)
    state = up(folder, options=replace(QUICK, traefik=False))
    assert state.hand is None
    assert is_free(state.ports["listen_1"])


def test_fresh_seeds_anew_and_follows_no_link(folder: Path) -> None:
    """`venv/lib` leads into the environment that runs ccdeploy: nothing there may be touched."""
    state = up(folder, options=BARE)
    root = Path(state.host["root"])
    outside = folder / "outside"
    outside.mkdir(mode=0o755)
    (outside / "kept").write_text("kept")
    (root / "link").symlink_to(outside)
    release = root / "releases" / "1"
    release.mkdir(parents=True)
    (release / "config.yaml").write_text("")
    release.chmod(0o500)
    again = up(folder, options=BARE, fresh=True)
    assert env_of(again) != {}
    assert not (root / "releases").exists()
    assert (outside / "kept").read_text() == "kept"
    assert stat.S_IMODE(outside.stat().st_mode) == 0o755


def test_a_sandbox_that_came_with_a_copied_folder_is_seeded_anew(folder: Path) -> None:
    """Its files name the paths of the original, whose processes are not ours to end."""
    original = folder / "original"
    original.mkdir()
    state = up(original, options=BARE)
    copy = folder / "copy"
    try:
        subprocess.run(["/bin/cp", "-R", str(original), str(copy)], check=True)
        other = up(copy, options=BARE)
        assert other.folder == copy
        assert not set(pids(other).values()) & set(pids(state).values())
        assert status(original).is_up
    finally:
        down(original)
        down(copy)


def test_what_is_left_without_a_state_is_found(folder: Path) -> None:
    """A lost state.json must not leave processes that nobody can end."""
    state = up(folder, options=BARE)
    (base(folder) / "state.json").write_text("{")
    assert read_state(base(folder) / "state.json") is None
    assert status(folder).others == tuple(sorted(pids(state).values()))
    assert len(down(folder)) == 2


def test_down_of_nothing_says_that_nothing_was_ended(folder: Path) -> None:
    """It is no error, and makes no folder."""
    assert down(folder) == []
    assert list(folder.iterdir()) == []


def test_a_litellm_that_dies_is_told_with_the_end_of_its_log(folder: Path) -> None:
    """Waiting two minutes for a dead process helps nobody."""
    broken = SandboxOptions(litellm=("/bin/sh", "-c", "echo no such model; exit 3"), traefik=False)
    with pytest.raises(Refused, match="ended while it started") as caught:
        up(folder, options=broken)
    assert caught.value.evidence == ("no such model",)


def test_an_up_that_failed_is_taken_up_again(folder: Path) -> None:
    """Ctrl-C during the ten seconds of LiteLLM's boot leaves a sandbox that the next verb finishes."""
    broken = SandboxOptions(litellm=("/bin/sh", "-c", "exit 3"), traefik=False)
    with pytest.raises(Refused):
        up(folder, options=broken)
    state = up(folder, options=replace(QUICK, traefik=False))
    assert state.hand
    assert state.hand.is_ready
    assert http_call(state.ports["listen_1"], "/health/readiness").status == 200


def test_status_tells_every_part_and_everything_else_that_runs(sandbox: State) -> None:
    """A person wants to look at any of it."""
    seen = status(sandbox.folder)
    assert seen.is_up
    assert {p.name for p in seen.parts} == {"ssh", "ollama", "traefik"}
    assert seen.ports == sandbox.ports
    assert sandbox.hand
    assert seen.others == (sandbox.hand.process.pid,)


def test_nothing_heavy_is_imported_for_a_sandbox_that_is_up() -> None:
    """Every verb asks for the sandbox; asyncssh alone takes 0.4 s to import."""
    code = (
        "import ccdeploy.sandbox.lifecycle, sys; print(sorted({'asyncssh','starlette','uvicorn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
