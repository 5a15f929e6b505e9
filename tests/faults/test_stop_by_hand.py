"""The verbs that bring nothing into service are cut off too, at call n, for every n: `setup`, and the lock by hand."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ccdeploy import app
from ccdeploy.errors import CcdeployError
from ccdeploy.sandbox.layout import layout_of
from ccdeploy.shell.command import Command
from ccdeploy.traefik.dynamic import read
from tests.faults.aftermath import is_by_hand, lapse, unnamed
from tests.faults.cutting import Call, Cut, Cutter, Gone, Rewrite, cuts
from tests.faults.places import cut_behind, places
from tests.support.gateway import ask
from tests.support.neighbourhood import Neighbourhood
from tests.support.proxies import proxies
from tests.support.studio import Studio, a_studio
from tests.support.waiting import until

pytestmark = pytest.mark.faults

Record = Callable[[str, object], None]


@pytest.fixture
def studio(tmp_path: Path, around: Neighbourhood) -> Iterator[Studio]:
    """A host whose first dynamic file `setup` is to write, for a router of its own."""
    with a_studio(tmp_path, around, "asyncssh") as made:
        yield made
    dynamic_file(made).unlink(missing_ok=True)
    api = around.state.ports["traefik_api"]
    until(lambda: ask(api, "/api/http/routers/studio@file").status == 404, "Traefik has forgotten the studio")


def dynamic_file(studio: Studio) -> Path:
    """Return the file that `setup` writes, in the folder that Traefik watches."""
    return layout_of(studio.around.state.folder).dynamic_file.with_name("studio.yml")


def setup(studio: Studio) -> None:
    """Set the host up, with Traefik's file; no user comes by that way, so a deploy is not to look at it."""
    studio.entry["traefik"] = {
        "url": studio.around.traefik["url"],
        "api": studio.around.traefik["api"],
        "switch_timeout": "10s",
        "rule": "Host(`studio.example.com`)",
        "router": "studio",
        "service": "studio",
        "entry_points": ["web"],
        "dynamic_file": str(dynamic_file(studio)),
    }
    studio.settle()
    try:
        app.setup(studio.project, None, traefik=True)
    finally:
        del studio.entry["traefik"]
        studio.settle()


def acquire(studio: Studio) -> None:
    """Take the lock by hand."""
    app.lock_acquire(studio.project, None, "looking")


def release(studio: Studio) -> None:
    """Give it back."""
    app.lock_release(studio.project, None)


def anew(studio: Studio) -> None:
    """Leave of the host what nobody has set up yet: a LiteLLM."""
    studio.around.end_all()
    for path in studio.root.iterdir():
        if path.name == "venv":
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    dynamic_file(studio).unlink(missing_ok=True)


VERBS: dict[str, tuple[Callable[[Studio], None], Callable[[Studio], None], int]] = {
    "setup": (anew, setup, 5),
    "lock acquire": (lambda studio: None, acquire, 3),
    "lock release": (acquire, release, 3),
}


@pytest.mark.parametrize("verb", VERBS)
def test_every_call_may_be_the_last(studio: Studio, verb: str, record_property: Record) -> None:
    """A host that is half set up, and a lock of which nobody knows whether it was taken, are found as they are."""
    counted = _undisturbed(studio, verb)
    found = cuts(counted.calls, "gone before", "gone after", "lost")
    scripts = [(call, line) for call, one in counted.commands.items() if one.writes for line in places(one)]
    faults = [fault for cut in found if (fault := _fault(studio, verb, cut))]
    for call, line in scripts:
        for how in ("gone after", "lost"):
            place = Cut(counted.calls.index(call) + 1, len(counted.calls), call, how)

            def rewrite(seen: Call, command: Command, call: Call = call, line: int = line) -> Command:
                return cut_behind(command, line) if seen == call else command

            if fault := _fault(studio, verb, place, rewrite):
                faults.append(f"behind line {line}: {fault}")
    total = len(found) + 2 * len(scripts)
    record_property("crash_points", f"{verb}: {total}")
    assert not faults, f"{len(faults)} of {total} places:\n" + "\n".join(faults)


def _undisturbed(studio: Studio, verb: str) -> Cutter:
    before, do, least = VERBS[verb]
    anew(studio)
    setup(studio)
    before(studio)
    with Cutter() as cutter:
        do(studio)
    assert len(cutter.calls) >= least, f"{verb}: {len(cutter.calls)} calls are too few"
    with suppress(CcdeployError):
        release(studio)
    return cutter


def _fault(studio: Studio, verb: str, cut: Cut, rewrite: Rewrite | None = None) -> str | None:
    """Cut the verb off, and say what is wrong with what came of it."""
    try:
        _cut_off(studio, verb, cut, rewrite)
    except Exception as exc:
        return f"{verb}, {cut}: {type(exc).__name__}: {exc}"
    return None


def _cut_off(studio: Studio, verb: str, cut: Cut, rewrite: Rewrite | None) -> None:
    before, do, _ = VERBS[verb]
    before(studio)
    with Cutter(cut, rewrite) as cutter, suppress(Gone, CcdeployError):
        do(studio)
    assert cutter.is_reached, "the verb did not come to this call"
    lapse(studio.root)
    told = app.status(studio.project, None)
    missing = unnamed(studio.site, told)
    assert not missing, f"`status` does not tell of {missing}; it tells: {told.lock}, {told.drift}, {told.notes}"
    if is_by_hand(studio.root):
        release(studio)
    if verb == "setup":
        assert not proxies(studio.root), "a proxy was started"
        setup(studio)
        assert (studio.root / ".env").stat().st_mode & 0o777 == 0o600
        file = read(dynamic_file(studio).read_text())
        assert file is not None
        assert file.is_whole
    with studio.watched() as promises:
        attempt = studio.deploy(studio.config("next", "coder", "fast"))
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)
    studio.events.clear()
