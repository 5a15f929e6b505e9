"""A disk that is full, at every stage of a deploy: nothing half written remains, and what served goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from ccdeploy import app
from ccdeploy.errors import CcdeployError
from tests.faults.course import assert_is_a_sentence, deploy_over, done_or_not, go_back
from tests.support.login import Login, logged_in
from tests.support.neighbourhood import Neighbourhood
from tests.support.small_disk import BYTES, FILES, Quota, SmallDisk, Volume, mounted
from tests.support.studio import Studio, a_studio

pytestmark = pytest.mark.faults

KINDS = ("bytes", "files", "quota")  # the last one stands in where nothing can be mounted


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """What the disk will lack."""
    return str(request.param)


@pytest.fixture
def studio(tmp_path: Path, around: Neighbourhood, kind: str) -> Iterator[Studio]:
    """A host whose root is on a small disk of its own, and on which a release serves."""
    with ExitStack() as entered:
        if kind != "quota":
            options = f"mode=755,size={BYTES}" + (f",nr_inodes={FILES}" if kind == "files" else "")
            entered.enter_context(mounted(tmp_path / "host", options))
        made = entered.enter_context(a_studio(tmp_path, around, "asyncssh"))
        made.deployed("coder")
        yield made


@pytest.fixture
def disk(studio: Studio, tmp_path: Path, kind: str) -> Iterator[SmallDisk]:
    """The disk, to be filled."""
    if kind != "quota":
        yield Volume(tmp_path / "host", kind)
        return
    quota = Quota(tmp_path / "no room")
    with logged_in(studio, tmp_path / "login", "openssh", Login(tmp_path / "home", first=quota.first)):
        yield quota


def left_over(studio: Studio) -> list[str]:
    """Return what scripts and uploads make on their way, wherever below root."""
    found = [path for path in studio.root.rglob("*") if ".new." in path.name or path.name.endswith((".tmp", ".mend"))]
    found += [*studio.root.glob("releases/.incoming-*"), *studio.root.glob("**/.link.*"), *studio.root.glob("lock*")]
    found += [studio.root / "run" / name for name in ("shadow.json", "switch.pid", ".room")]
    return sorted(str(path.relative_to(studio.root)) for path in found if path.exists())


@contextmanager
def full(studio: Studio, disk: SmallDisk, at: str | None) -> Iterator[None]:
    """Fill the disk when a step begins, or at once; free it in the end."""
    if at is None:
        disk.fill()
    else:
        studio.when(at, disk.fill)
    try:
        yield
    finally:
        studio.when("none", lambda: None)
        disk.free()


def fails(studio: Studio, disk: SmallDisk, at: str | None, codes: tuple[int, ...]) -> CcdeployError:
    """Deploy onto a disk that gets full at a step; what served must go on, and leave no trace of the attempt."""
    before = studio.current
    with full(studio, disk, at):
        with studio.watched() as promises, pytest.raises(CcdeployError) as caught:
            studio.deploy(studio.config("second", "coder", "more"))
        promises.kept(served={"coder"}, release=before)
        assert left_over(studio) == []
    assert caught.value.exit_code in codes, caught.value
    assert_is_a_sentence(caught.value)
    return caught.value


def test_a_full_disk_is_refused_before_anything_is_touched(studio: Studio, disk: SmallDisk, kind: str) -> None:
    """The one who fills a disk is seldom the one who deploys: what is wrong is said, and nothing is done."""
    before, pid = studio.checksum(), studio.pid()
    error = fails(studio, disk, None, (3,))
    assert studio.checksum() == before
    assert studio.pid() == pid
    if kind == "bytes":
        assert "disk-full" in [finding.code for finding in getattr(error, "findings", ())]
    deploy_over(studio, {"coder"})


def test_a_disk_that_gets_full_before_the_switch_costs_nothing(studio: Studio, disk: SmallDisk) -> None:
    """By the upload itself, by the shadow's log, or by a neighbour: no gap, and the next deploy is like any other."""
    pid = studio.pid()
    for at in ("stage", "shadow", "verify-shadow", "switch"):
        fails(studio, disk, at, (3, 6))
        assert studio.pid() == pid, at
    deploy_over(studio, {"coder"})
    go_back(studio, {"coder"})


# A quota knows of no room that was kept.
@pytest.mark.parametrize(("kind", "at"), [("bytes", "verify"), ("files", "record")], indirect=["kind"])
def test_a_disk_that_gets_full_after_the_switch_leaves_a_verified_release(
    studio: Studio, disk: SmallDisk, at: str
) -> None:
    """Room for the record was set aside while there was some: the release that serves is the one that is recorded."""
    with full(studio, disk, at):
        with studio.watched() as promises:
            attempt = studio.deploy(studio.config("second", "coder", "more"))
        promises.kept(served={"coder", "more"}, gap_allowed=True, release=attempt.release)
        assert left_over(studio) == []
    assert studio.manifest()["state"] == "verified"
    go_back(studio, {"coder"})


@pytest.mark.parametrize("kind", ["bytes", "files"], indirect=True)
def test_a_release_that_is_unwell_on_a_full_disk_is_gone_back_from(studio: Studio, disk: SmallDisk) -> None:
    """Nothing can be written then, not even for how long the host is to leave going back to the tool."""
    first = studio.current
    wrong = {"config_contains": "more", "only_port": studio.port, "serve_wrong_models": ["another"]}
    with full(studio, disk, "verify"):
        studio.misbehave(wrong)
        with studio.watched() as promises, pytest.raises(CcdeployError) as caught:
            studio.deploy(studio.config("second", "coder", "more"))
        promises.kept(served={"coder"}, gap_allowed=True, most_gaps=2, release=first)
    assert caught.value.exit_code == 6, caught.value
    assert_is_a_sentence(caught.value)


def test_a_rollback_on_a_full_disk_goes_back(studio: Studio, disk: SmallDisk) -> None:
    """The night on which the disk is full is the one on which somebody must go back; or it is refused, untouched."""
    first = studio.current
    second = deploy_over(studio, {"coder"}).release
    with full(studio, disk, None):
        with studio.watched() as promises:
            _, failed = done_or_not(lambda: app.rollback(studio.project, None))
        assert failed is None or failed.exit_code in (3, 6)
        served, release = ({"coder", "more"}, second) if failed else ({"coder"}, first)
        promises.kept(served=served, gap_allowed=release == first, release=release)
        assert left_over(studio) == []


def test_looking_at_a_host_needs_no_room(studio: Studio, disk: SmallDisk) -> None:
    """Who looks for what filled the disk must be able to look."""
    with full(studio, disk, None):
        for look in (app.status, app.history, app.verify, app.doctor):
            look(studio.project, None)
