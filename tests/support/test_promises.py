"""The shared assertion must be able to fail: every promise is broken here, one at a time."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import fake_venv
from tests.support.free_port import free_port
from tests.support.gateway import KEY, is_open
from tests.support.probe import Probe, Sample
from tests.support.processes import is_alive
from tests.support.promises import Promises, Site
from tests.support.tiny_ollama import tiny_ollama
from tests.support.waiting import until

CONFIG = "model_list: [{model_name: coder, litellm_params: {model: ollama_chat/x, api_base: 'http://127.0.0.1:9'}}]\n"
SERVED = {"coder"}


class Deployed:
    """A root as a deploy leaves it, served by the stand-in."""

    def __init__(self, root: Path) -> None:
        self.site = Site(root, free_port(), free_port())
        self.root = root
        self.processes: list[subprocess.Popen[bytes]] = []
        fake_venv.make(root)
        (root / ".env").write_text(f"LITELLM_MASTER_KEY={KEY}\n")
        (root / "run").mkdir()
        self.add_release("r1", CONFIG)
        (root / "current").symlink_to("releases/r1")
        (root / "config.yaml").symlink_to("current/config.yaml")
        self.serve()

    def add_release(self, name: str, config: str) -> None:
        """Write a release with its manifest."""
        folder = self.root / "releases" / name
        folder.mkdir(parents=True)
        (folder / "config.yaml").write_text(config)
        (folder / "config.yaml").chmod(0o444)
        digest = hashlib.sha256(config.encode()).hexdigest()
        (folder / "release.json").write_text(json.dumps({"files": {"config.yaml": digest}}))

    def start(self, port: int) -> subprocess.Popen[bytes]:
        """Start a proxy of the first release."""
        config = self.root / "releases" / "r1" / "config.yaml"
        words = [
            str(self.root / "venv/bin/litellm"),
            "--config",
            str(config),
            "--port",
            str(port),
            "--host",
            "127.0.0.1",
        ]
        process = self.run(words)
        until(lambda: is_open(port), f"a proxy on {port}")
        return process

    def run(self, words: list[str]) -> subprocess.Popen[bytes]:
        """Start a process in the root that ends with the test."""
        null = subprocess.DEVNULL
        process = subprocess.Popen(words, cwd=self.root, env={"LITELLM_MASTER_KEY": KEY}, stdout=null, stderr=null)
        self.processes.append(process)
        return process

    def serve(self) -> None:
        """Start the proxy that serves, and record it."""
        record = {"pid": self.start(self.site.serving_port).pid, "port": self.site.serving_port, "release": "r1"}
        (self.root / "run" / "serving.json").write_text(json.dumps(record))

    def stop(self) -> None:
        """End every proxy."""
        for process in self.processes:
            process.kill()
            process.wait()
        self.processes.clear()


@pytest.fixture
def deployed(tmp_path: Path) -> Iterator[Deployed]:
    """A well host."""
    host = Deployed(tmp_path)
    yield host
    host.stop()


def watched(host: Deployed, deed: Callable[[], object] = lambda: None) -> Promises:
    """Watch while something is done, for two answers at least."""
    with Promises(host.site) as promises:
        seen = promises.probe.samples
        until(lambda: len(seen) > 1, "the probe")
        deed()
        done = len(seen)
        until(lambda: len(seen) > done + 1, "the probe afterwards")
    return promises


def test_a_well_host_keeps_its_promises(deployed: Deployed) -> None:
    """The assertion asks for nothing that a good deploy does not give."""
    promises = watched(deployed)
    promises.kept(served=SERVED, release="r1")
    assert promises.downtime_ms == 0


def test_a_gap_is_a_lost_request_unless_it_was_announced(deployed: Deployed) -> None:
    """One gap, and only one, belongs to the strategy `restart`."""

    def restart() -> None:
        deployed.stop()
        deployed.serve()

    promises = watched(deployed, restart)
    promises.kept(served=SERVED, gap_allowed=True)
    assert promises.downtime_ms > 0
    assert promises.probe.longest_gap_ms >= promises.downtime_ms
    broken = "(ConnectionRefused|ConnectionReset|RemoteDisconnected)"  # the first may have been under way
    with pytest.raises(AssertionError, match=rf"request lost: .* {broken}"):
        promises.kept(served=SERVED)


def test_two_gaps_are_never_allowed(deployed: Deployed) -> None:
    """A deploy that restarts twice has announced one."""

    def restart_twice() -> None:
        for _ in range(2):
            deployed.stop()
            deployed.serve()
            asked = len(promises.probe.samples)
            until(lambda asked=asked: len(promises.probe.samples) > asked + 2, "the probe between")  # type: ignore[misc]

    with Promises(deployed.site) as promises:
        until(lambda: promises.probe.samples, "the probe")
        restart_twice()
    with pytest.raises(AssertionError, match="more than the one gap"):
        promises.kept(served=SERVED, gap_allowed=True)


def test_a_stopped_host_keeps_its_promises_when_it_should_be_stopped(deployed: Deployed) -> None:
    """`stop` is a verb too; its gap does not end."""
    promises = watched(deployed, deployed.stop)
    promises.kept(served=None, gap_allowed=True)
    with pytest.raises(AssertionError, match="host stranded"):
        promises.kept(served=SERVED, gap_allowed=True)


def test_a_model_that_was_loaded_is_named(deployed: Deployed) -> None:
    """Unless users had traffic: then nobody can tell whose load it was."""
    with tiny_ollama() as ollama:
        deployed.site = replace(deployed.site, ollama_url=ollama.url)

        def load() -> None:
            ollama.loads += 1

        promises = watched(deployed, load)
        promises.kept(served=SERVED, user_traffic=True)
        with pytest.raises(AssertionError, match="model loaded: Ollama had loaded 0 before and 1 afterwards"):
            promises.kept(served=SERVED)


def test_an_outage_lasts_from_the_first_failure_to_the_next_answer() -> None:
    """A tool's own figure for its downtime is compared with this one."""
    faults = [None, "refused", "refused", None, None, "reset"]
    samples = [Sample(at, at + 0.5, fault) for at, fault in enumerate(faults)]
    probe = Probe(0, samples)
    assert [(o.ms, o.failures, o.fault) for o in probe.outages] == [(2000, 2, "refused"), (500, 1, "reset")]
    assert (probe.downtime_ms, probe.longest_gap_ms) == (2500, 3000)


def orphan(host: Deployed) -> None:
    """Leave a shadow behind."""
    host.start(host.site.spare_port)


def edit(host: Deployed) -> None:
    """Edit a release where it stands."""
    path = host.root / "releases/r1/config.yaml"
    path.chmod(0o644)
    path.write_text("model_list: []\n")


def exchange(host: Deployed) -> None:
    """Make another release current without serving it."""
    host.add_release("r2", "model_list: []\n")
    (host.root / "current").unlink()
    (host.root / "current").symlink_to("releases/r2")


def replace_link(host: Deployed) -> None:
    """Replace the link for people by a file."""
    (host.root / "config.yaml").unlink()
    (host.root / "config.yaml").write_text(CONFIG)


def record_another(host: Deployed) -> None:
    """Record a process that does not serve."""
    (host.root / "run/serving.json").write_text('{"pid": 1, "port": 1, "release": "r1"}')


@pytest.mark.parametrize(
    ("deed", "breach"),
    [
        (orphan, r"(?s)2 proxies live.* listen on the spare port"),
        (edit, "is not what its release.json promises"),
        (edit, "has mode 0644"),
        (exchange, "the process was started from release r1"),
        (replace_link, "config.yaml does not lead"),
        (record_another, "serving.json says pid 1"),
        (record_another, "serving.json says port 1"),
        (lambda h: (h.root / "lock").mkdir(), "the lock was not given back"),
        (lambda h: (h.root / "releases/r1/release.json").unlink(), "has no release.json"),
        (lambda h: (h.root / "releases/r1/.original").mkdir(), r".original holds \[\]"),
        (lambda h: (h.root / "releases/r1/more.yaml").touch(), "its release.json promises"),
        (lambda h: (h.root / ".env").write_text("LITELLM_MASTER_KEY=sk-other\n"), "answers 400"),
    ],
)
def test_a_broken_promise_is_named(deployed: Deployed, deed: Callable[[Deployed], object], breach: str) -> None:
    """Whoever reads the failure has to know at once what is wrong on the host."""
    promises = watched(deployed, lambda: deed(deployed))
    with pytest.raises(AssertionError, match=breach):
        promises.kept(served=SERVED)


def test_wrong_names_and_a_wrong_release_are_named(deployed: Deployed) -> None:
    """Both sides of the difference are listed."""
    with pytest.raises(AssertionError) as raised:
        watched(deployed).kept(served={"fast"}, release="r9")
    assert "missing ['fast'], unexpected ['coder']" in str(raised.value)
    assert "expected releases/r9" in str(raised.value)


def test_a_proxy_that_was_started_by_hand_counts(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> None:
    """With relative paths nothing in its command line names the root; its folder does."""
    elsewhere = fake_venv.launcher(tmp_path_factory.mktemp("bin") / "litellm")
    shutil.copy(deployed.root / "releases/r1/config.yaml", deployed.root / "old.yaml")
    words = [str(elsewhere), "--config", "old.yaml", "--port", str(free_port()), "--host", "127.0.0.1"]
    assert is_alive(deployed.run(words).pid)
    with pytest.raises(AssertionError, match="2 proxies live"):
        watched(deployed).kept(served=SERVED)
