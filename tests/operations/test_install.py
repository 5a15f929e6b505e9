"""LiteLLM installed on an empty host: by the host's own Python and pip, whole or not at all."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from ccdeploy import app
from ccdeploy.errors import CcdeployError, Refused, UsageFault
from ccdeploy.events import Event, StepMoved
from ccdeploy.operations import install as operation
from ccdeploy.remote import venv
from ccdeploy.shell import python
from tests.support.bare_host import BareHost
from tests.support.package_index import NEWEST, PackageIndex, silent_index
from tests.support.processes import is_alive, pids_in
from tests.support.studio import Studio

pytestmark = pytest.mark.xdist_group("pip")  # one empty home with a pip, and one index

Bare = tuple[Studio, BareHost]


@pytest.fixture(autouse=True)
def _looked_at_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """These installations are quick; progress is seen all the same."""
    monkeypatch.setattr(venv, "LOOK_EVERY_S", 0.05)


def install(studio: Studio, version: str = "1.108.0") -> tuple[str, ...]:
    """Install a version; return what was made."""
    return app.setup(studio.project, None, install=version).made


def refused(studio: Studio, version: str = "1.108.0") -> CcdeployError:
    """Return the error of an installation that must be refused with 3, and that leaves no venv behind."""
    with pytest.raises(Refused) as caught:
        install(studio, version)
    assert caught.value.exit_code == 3
    assert not (studio.root / "venvs").exists()
    assert not (studio.root / "lock").exists()
    return caught.value


def test_an_empty_home_gets_a_litellm_that_serves(bare: Bare) -> None:
    """The first hour: nothing on the host but a Python; here `python -m venv` is the real one too."""
    studio, host = bare
    host.make_venvs_in_truth()
    seen = app.setup(studio.project, None, install="1.108.0")
    assert seen.findings == ()
    assert "litellm 1.108.0 in venvs/1.108.0, which venv leads to" in seen.made
    assert (studio.root / "venv").readlink().as_posix() == "venvs/1.108.0"
    with studio.watched() as promises:
        attempt = studio.deploy(studio.config("first", "coder"))
    promises.kept(served={"coder"}, gap_allowed=True, release=attempt.release)
    assert app.status(studio.project, None).litellm_version == "1.108.0"


def test_without_a_version_it_is_the_newest(bare: Bare) -> None:
    """By the host's own pip.conf, and of those that can be installed whole; said while it is found."""
    studio, _ = bare
    assert f"litellm {NEWEST} in venvs/{NEWEST}, which venv leads to" in install(studio, "")
    assert not (studio.root / "venvs" / ".asking").exists()
    told = [event for event in studio.events if isinstance(event, StepMoved)]
    assert {event.step for event in told} == {"newest", "install"}


def test_without_a_version_it_is_the_pinned_one(bare: Bare) -> None:
    """Whoever pins a version wants no other on the next host either."""
    studio, _ = bare
    studio.entry["litellm_version"] = "1.106.2"
    studio.settle()
    assert "litellm 1.106.2 in venvs/1.106.2, which venv leads to" in install(studio, "")


def test_what_is_installed_already_is_left_alone(studio: Studio) -> None:
    """It may be run at the start of every script; a version that is named must be the one that is there."""
    app.setup(studio.project, None)
    before = studio.checksum()
    for version in ("", "1.106.2"):
        assert install(studio, version) == ()
    with pytest.raises(Refused, match=r"venv/bin/litellm is litellm 1\.106\.2 already") as caught:
        install(studio, "1.108.0")
    assert "ccdeploy upgrade 1.108.0" in str(caught.value.hint)
    assert studio.checksum() == before


@pytest.mark.parametrize("version", ["1.82.7", "1.82.8", "v1.82.8", "1.82.07"])
def test_a_version_that_steals_is_refused_before_anything(bare: Bare, index: PackageIndex, version: str) -> None:
    """The host is not even asked."""
    studio, _ = bare
    asked = len(index.asked)
    assert "steals SSH keys and credentials" in refused(studio, version).message
    assert not studio.root.exists()
    assert len(index.asked) == asked


def test_a_word_that_is_no_version_is_a_usage_error(bare: Bare) -> None:
    """`--install latest` would otherwise become the name of a folder."""
    studio, _ = bare
    with pytest.raises(UsageFault, match="'latest' is no version of LiteLLM"):
        install(studio, "latest")


def test_a_rehearsal_says_what_would_be_installed(bare: Bare) -> None:
    """It looks for a Python for real, and writes nothing."""
    studio, _ = bare
    seen = app.setup(studio.project, None, install="1.108.0", dry_run=True)
    assert seen.planned[-1] == "install litellm 1.108.0 into a new venv below venvs/"
    assert not studio.root.exists()


def test_a_host_without_a_python_is_refused_as_it_was(bare: Bare, monkeypatch: pytest.MonkeyPatch) -> None:
    """No machine of ours is without one, so it is looked for under names that none has."""
    monkeypatch.setattr(python, "NAMES", ("python3.91",))
    studio, _ = bare
    error = refused(studio)
    assert "no Python on the host that LiteLLM could be installed with; it takes 3.10 or newer" in error.message
    assert "brew install python@3.12" in str(error.hint)
    assert not studio.root.exists()


def test_an_empty_host_without_room_is_refused(bare: Bare, monkeypatch: pytest.MonkeyPatch) -> None:
    """How much is free is known as soon as there is a root, and pip would find it out after minutes."""
    monkeypatch.setattr(operation, "MIN_FREE_BYTES", 10**18)
    studio, _ = bare
    error = refused(studio)
    assert "an installation of LiteLLM needs" in error.message
    assert "free some space" in str(error.hint)


def test_an_index_that_does_not_answer_ends_in_time(bare: Bare) -> None:
    """The time-out ends what runs on the host, and removes what was begun."""
    studio, host = bare
    studio.entry["install_timeout"] = "2s"
    studio.settle()
    with silent_index() as silent:
        host.use_index(silent.url, timeout_s=600)
        error = refused(studio)
    assert "install litellm did not end within 2.0 s; what it had started there was ended" in error.message
    assert "can the host reach its package index?" in str(error.hint)
    assert not (studio.root / "run" / "install.pid").exists()


def test_what_pip_said_is_the_evidence(bare: Bare) -> None:
    """A version that the index does not have; pip knows best what it has."""
    studio, _ = bare
    error = refused(studio, "9.9")
    assert "pip could not install litellm[proxy]==9.9" in error.message
    assert any("No matching distribution found" in line for line in error.evidence)


def test_a_venv_of_somebody_else_is_never_replaced(bare: Bare) -> None:
    """A venv whose Python went away cannot serve; it is still not ours to remove."""
    studio, _ = bare
    executable = studio.root / "venv" / "bin" / "litellm"
    executable.parent.mkdir(parents=True)
    executable.write_text("#!/opt/homebrew/Cellar/python@3.11/3.11.1/bin/python3.11\n")
    executable.chmod(0o755)
    error = refused(studio)
    assert "venv is there and names a Python that is not; it is yours, and stays" in error.message
    assert "mv venv venv.broken" in str(error.hint)
    with pytest.raises(Refused) as caught:
        studio.deploy(studio.config("first", "coder"))
    found = next(finding for finding in caught.value.findings if finding.code == "no-litellm")
    assert "its venv is broken" in found.message


def held_up(studio: Studio, host: BareHost) -> Path:
    """Have the next installation wait in the middle of it; return the file that it then writes its pid into."""
    pids = studio.folder / "waiting.pids"
    host.make_venvs_quickly(after=f'echo $$ >>"{pids}"; while [ ! -e "{studio.folder}/go" ]; do sleep 0.1; done')
    return pids


def test_ctrl_c_ends_it_on_the_host_and_leaves_nothing(bare: Bare) -> None:
    """What goes on in secret would be found by nobody."""
    studio, host = bare
    pids = held_up(studio, host)

    def interrupt(event: Event) -> None:
        if isinstance(event, StepMoved):
            pids_in(pids)
            studio.at = lambda event: None
            os.kill(os.getpid(), signal.SIGINT)

    studio.at = interrupt
    with pytest.raises(KeyboardInterrupt):
        install(studio)
    assert not is_alive(pids_in(pids)[0])
    assert not (studio.root / "venvs").exists()
    assert not (studio.root / "lock").exists()


def test_after_a_kill_in_the_middle_the_next_one_begins_anew(bare: Bare) -> None:
    """The half venv never looks like a whole one, and what was left running is ended."""
    studio, host = bare
    pids = held_up(studio, host)
    client = studio.start("ccdeploy setup --install 1.108.0")
    left = pids_in(pids)[0]
    client.kill()
    client.wait()
    assert (studio.root / "venvs" / "1.108.0" / ".unfinished").exists()
    assert not (studio.root / "venv").exists()
    owner = studio.root / "lock" / "owner.json"
    owner.write_text(json.dumps(json.loads(owner.read_text()) | {"heartbeat": 1}))
    host.make_venvs_quickly()
    assert "litellm 1.108.0 in venvs/1.108.0, which venv leads to" in install(studio)
    assert not is_alive(left)
    assert not (studio.root / "venvs" / "1.108.0" / ".unfinished").exists()
