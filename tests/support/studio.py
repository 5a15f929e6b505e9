"""The host `studio` of one test: a root with a stand-in litellm on this machine, and a project that deploys to it.

The use cases are called as the faces call them; `run` starts a face as a subprocess.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ccdeploy import app
from ccdeploy.events import Event, StepStarted
from ccdeploy.results import Attempt
from tests.cli.faces import PROGRAMS, ROOT, as_typed
from tests.support import fake_venv
from tests.support.gateway import is_open
from tests.support.known_models import MODELS
from tests.support.neighbourhood import Neighbourhood
from tests.support.promises import Promises, Site
from tests.support.reserved_ports import reserved_ports
from tests.support.stranger import Stranger
from tests.support.waiting import until

KEY = "sk-made-up-for-studio"
CONFIG = """\
model_list:
{models}general_settings:
  master_key: os.environ/LITELLM_MASTER_KEY
  health_check_skip_disabled_background_models: true
{more}"""
MODEL = """\
  - model_name: {name}
    litellm_params:
      model: ollama_chat/{model}
      api_base: os.environ/OLLAMA_API_BASE
    model_info: {{disable_background_health_check: true}}
"""


def config_text(*names: str, model: str = "tiny:latest", more: str = "") -> str:
    """Return a LiteLLM config that serves these names."""
    return CONFIG.format(models="".join(MODEL.format(name=name, model=model) for name in names), more=more)


@dataclass
class Studio:
    """A host and a project. `entry` is the host's in hosts.yaml: change it, then `settle`."""

    folder: Path
    around: Neighbourhood
    entry: dict[str, Any]
    events: list[Event] = field(default_factory=list)
    at: Callable[[Event], None] = lambda event: None  # what else happens at an event

    @property
    def root(self) -> Path:
        """The root of the proxy."""
        return Path(self.entry["root"])

    @property
    def port(self) -> int:
        """The port that serves."""
        return self.site.serving_port

    @property
    def spare(self) -> int:
        """The port of the shadow."""
        return self.site.spare_port

    @property
    def site(self) -> Site:
        """The host, as the promises see it."""
        return Site.of(self.entry)

    @property
    def project(self) -> app.Project:
        """The project, for the use cases."""
        return app.Project(self.folder, self._observe, dict)

    @property
    def current(self) -> str:
        """The id of the current release."""
        return (self.root / "current").readlink().name

    @property
    def history(self) -> list[dict[str, Any]]:
        """The lines of history.jsonl."""
        return [json.loads(line) for line in (self.root / "history.jsonl").read_text().splitlines()]

    def manifest(self, release: str | None = None) -> dict[str, Any]:
        """Return release.json of a release, by default of the current one."""
        return dict(json.loads((self.root / "releases" / (release or self.current) / "release.json").read_text()))

    def copy_of_release(self, release: str | None, new: str, state: str = "verified") -> str:
        """Put a copy of a release beside it, as if it had been deployed under this id; return the id."""
        folder = self.root / "releases" / new
        original = release or self.current
        shutil.copytree(self.root / "releases" / original, folder)
        manifest = {**self.manifest(original), "release": new, "state": state}
        (folder / "release.json").write_text(json.dumps(manifest))
        return new

    def settle(self) -> None:
        """Write hosts.yaml."""
        settings = {"defaults": {"host": "studio"}, "hosts": {"studio": self.entry}}
        (self.folder / "configs" / "hosts.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))

    def config(self, name: str, *aliases: str, model: str = "tiny:latest", more: str = "") -> str:
        """Write a config that serves these names, and return its own."""
        (self.folder / "configs" / "litellm" / f"{name}.yaml").write_text(config_text(*aliases, model=model, more=more))
        return name

    def env(self, **values: str) -> None:
        """Write .env: the key, where Ollama is, and what else is wanted."""
        pairs = {"LITELLM_MASTER_KEY": KEY, "OLLAMA_API_BASE": self.around.ollama_url, **values}
        path = self.root / ".env"
        path.write_text("".join(f"{name}={value}\n" for name, value in pairs.items()))
        path.chmod(0o600)

    def misbehave(self, *rules: Mapping[str, Any]) -> None:
        """Say what the litellm does wrong from now on; starts are counted from here. No rules: nothing."""
        path = self.root / "venv" / "bin" / "misbehave.json"
        for old in (path, path.with_name("misbehave.json.starts")):
            old.unlink(missing_ok=True)
        if rules:
            path.write_text(json.dumps(list(rules)))

    def by_hand(self, *aliases: str, more: str = "", args: tuple[str, ...] = ()) -> int:
        """Leave the host as a person would: a config.yaml, and a litellm started from it. Return its pid."""
        (self.root / "config.yaml").write_text(config_text(*aliases, more=more))
        return self.by_hand_from("config.yaml", *args)

    def by_hand_from(self, config: str, *args: str) -> int:
        """Start a litellm as a person would, from a config below root. Return its pid."""
        words = ["venv/bin/litellm", "--config", config, "--port", str(self.port), "--host", "127.0.0.1", *args]
        env = dict(line.split("=", 1) for line in (self.root / ".env").read_text().splitlines())
        pid = self.start_process(" ".join(words), {**env})
        until(lambda: is_open(self.port), f"the hand-started litellm on port {self.port}")
        return pid

    def start_process(self, line: str, env: Mapping[str, str]) -> int:
        """Start a command below root as nobody's child, its output in its log; return its pid."""
        done = subprocess.run(
            ["/bin/sh", "-c", f"nohup {line} >>logs/litellm.log 2>&1 </dev/null & echo $!"],
            cwd=self.root,
            env={"PATH": os.environ["PATH"], **env, **self.around.mark},
            stdout=subprocess.PIPE,
            start_new_session=True,
            check=True,
        )
        return int(done.stdout)

    def when(self, step: str, do: Callable[[], object]) -> None:
        """Let something happen whenever a step begins, before its first command."""

        def at(event: Event) -> None:
            if isinstance(event, StepStarted) and event.step == step:
                do()

        self.at = at

    @contextmanager
    def stranger_on(self, port: int, after: str | None = None) -> Iterator[Stranger]:
        """Let another program listen on a port: at once, or when the step `after` has begun."""
        stranger = Stranger(port)

        if after is None:
            stranger.listen()
        else:
            self.when(after, stranger.listen)
        try:
            yield stranger
        finally:
            stranger.close()

    def wait_for(self, port: int) -> None:
        """Wait until somebody listens on a port."""
        until(lambda: is_open(port), f"somebody on port {port}")

    def deploy(self, config: str | None = None, **options: Any) -> Attempt:
        """Deploy as the faces do; the events are kept."""
        return app.deploy(self.project, None, config, **options)

    def deployed(self, *aliases: str, config: str = "first") -> Attempt:
        """Deploy a config that serves these names and no others any more, which must succeed."""
        attempt = self.deploy(self.config(config, *aliases), allow=("removal",))
        assert attempt.outcome == "deployed", attempt
        return attempt

    def watched(self) -> Promises:
        """Return the watch over the three promises, to be entered."""
        return Promises(self.site)

    def steps(self) -> list[str]:
        """Return the keys of the steps that began."""
        return [event.step for event in self.events if isinstance(event, StepStarted)]

    def pid(self) -> int:
        """Return the pid that run/serving.json records."""
        return int(self.site.serving()["pid"])

    def kill(self, pid: int | None = None) -> None:
        """End the proxy as a reboot would, and wait until its port is free."""
        os.kill(pid or self.pid(), signal.SIGKILL)
        until(lambda: not is_open(self.port), f"port {self.port} is free")

    def checksum(self) -> str:
        """Return a digest of everything below root: names, links, modes, contents; logs of what runs left out."""
        found = hashlib.sha256()
        for path in sorted(self.root.rglob("*")):
            told = f"{path.relative_to(self.root)} {path.lstat().st_mode:o} "
            if path.is_symlink():
                told += str(path.readlink())
            elif path.is_file() and path.suffix != ".log":
                told += hashlib.sha256(path.read_bytes()).hexdigest()
            found.update(told.encode() + b"\n")
        return found.hexdigest()

    def command(self, line: str, face: str = "ccdeploy") -> list[str]:
        """Return the argument list of a `ccdeploy` command line, as this face has it."""
        return [*PROGRAMS[face], *shlex.split(as_typed(line, face))[1:]]

    def environment(self) -> dict[str, str]:
        """Return the environment of a face."""
        return {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}

    def run(self, line: str, face: str = "ccdeploy") -> subprocess.CompletedProcess[str]:
        """Run a command line to its end."""
        return subprocess.run(
            self.command(line, face),
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def start(self, line: str, face: str = "ccdeploy") -> subprocess.Popen[str]:
        """Start a command line, to be watched on its stderr."""
        return subprocess.Popen(
            self.command(line, face),
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _observe(self, event: Event) -> None:
        self.events.append(event)
        self.at(event)


@contextmanager
def a_studio(folder: Path, around: Neighbourhood, server: str) -> Iterator[Studio]:
    """Make a host and a project on which nothing runs yet; whatever a test starts there ends with the block."""
    with reserved_ports() as ports:
        try:
            yield _made(folder, around, server, ports)
        finally:
            around.end_all()


def _made(folder: Path, around: Neighbourhood, server: str, ports: tuple[int, ...]) -> Studio:
    root = folder / "host" / "ccproxy"
    (root / "logs").mkdir(parents=True)
    fake_venv.make(root)
    entry = {
        "ssh": around.way(server),
        "root": str(root),
        "listen": {"ports": list(ports)},
        "ready_timeout": "20s",
        "drain_timeout": "10s",
        "ollama": {"url": around.ollama_url, "memory": "32GB"},
    }
    project = folder / "project"
    (project / "configs" / "litellm").mkdir(parents=True)
    (project / "configs" / "models.yaml").write_text(MODELS)
    for name in ("tasks.py", "fabfile.py"):
        shutil.copy(ROOT / name, project / name)
    studio = Studio(project, around, entry)
    studio.env()
    studio.settle()
    return studio
