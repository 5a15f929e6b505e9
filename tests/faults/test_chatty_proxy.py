"""A proxy that logs 100 MB a second: every verb ends, what is read of a log is bounded, and we keep little of it.

What LiteLLM writes is LiteLLM's; so each of these proxies falls silent by itself, before the disk of the tests is full.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ccdeploy import app
from ccdeploy.errors import DeployFailed
from tests.faults.course import assert_is_a_sentence, deploy_over, go_back
from tests.support.neighbourhood import Neighbourhood
from tests.support.small_disk import Volume, mounted
from tests.support.studio import Studio, a_studio

pytestmark = pytest.mark.faults

CHATTY = {"log_bytes_per_s": 100_000_000, "log_most_bytes": 300_000_000}
ROOMY = 1 << 31
TIGHT = 1 << 26
KEPT_MOST = 1_000_000  # of what a proxy wrote that serves no longer


def at_home(tmp_path: Path, around: Neighbourhood, size: int) -> Iterator[Studio]:
    """A host whose root is on a volume in memory."""
    with mounted(tmp_path / "host", f"mode=755,size={size}"), a_studio(tmp_path, around, "asyncssh") as made:
        yield made


@pytest.fixture
def studio(tmp_path: Path, around: Neighbourhood) -> Iterator[Studio]:
    """A host with room for minutes of it."""
    yield from at_home(tmp_path, around, ROOMY)


@pytest.fixture
def tight(tmp_path: Path, around: Neighbourhood) -> Iterator[Studio]:
    """A host that is full within a second of it."""
    yield from at_home(tmp_path, around, TIGHT)


def kept(studio: Studio, name: str) -> list[int]:
    """Return how large the logs of this name are."""
    return [path.stat().st_size for path in (studio.root / "logs").glob(name)]


def test_verbs_end_and_read_no_more_than_they_show(studio: Studio) -> None:
    """`tail` reads to the end of a file, and this one has no end."""
    studio.misbehave(CHATTY)
    studio.deployed("coder")
    deploy_over(studio, {"coder"})
    for lines in (1, 1000):
        assert len(app.logs(studio.project, None, lines=lines).lines) == lines
    assert app.status(studio.project, None).release == studio.current
    assert app.verify(studio.project, None)[1].proxy_is_well
    go_back(studio, {"coder"})
    assert kept(studio, "shadow-*.log")
    assert max(kept(studio, "shadow-*.log")) <= KEPT_MOST


@pytest.mark.parametrize("wrong", [{"never_ready": True}, {"exit_while_booting": 3, "boot_s": 1.0}])
def test_a_shadow_that_fails_shows_the_end_of_its_log_and_keeps_no_more(
    studio: Studio, wrong: dict[str, object]
) -> None:
    """The evidence is what a person needs, and a gigabyte of it is none."""
    first = studio.deployed("coder").release
    studio.entry["ready_timeout"] = "2s"
    studio.settle()
    studio.misbehave(CHATTY | wrong)
    with studio.watched() as promises, pytest.raises(DeployFailed) as caught:
        studio.deploy(studio.config("second", "coder", "more"))
    promises.kept(served={"coder"}, release=first)
    assert_is_a_sentence(caught.value)
    assert 0 < len(caught.value.evidence) <= 40
    assert max(kept(studio, "shadow-*.log")) <= KEPT_MOST


def test_a_release_that_fails_in_service_keeps_little_of_its_log(studio: Studio) -> None:
    """It is copied while the proxy still writes: a copy of all of it would never end."""
    first = studio.deployed("coder").release
    studio.misbehave(CHATTY | {"only_port": studio.port, "until_start": 1, "drop_models": ["more"]})
    with studio.watched() as promises, pytest.raises(DeployFailed) as caught:
        studio.deploy(studio.config("second", "coder", "more"))
    promises.kept(served={"coder"}, gap_allowed=True, most_gaps=2, release=first)
    assert_is_a_sentence(caught.value)
    assert kept(studio, "failed-*.log")
    assert max(kept(studio, "failed-*.log")) <= KEPT_MOST


def test_a_shadow_that_fills_the_disk_gives_it_back(tight: Studio) -> None:
    """What serves needs it, and so does the next attempt."""
    first = tight.deployed("coder").release
    tight.entry["ready_timeout"] = "3s"
    tight.settle()
    tight.misbehave(CHATTY | {"never_ready": True})
    with tight.watched() as promises, pytest.raises(DeployFailed) as caught:
        tight.deploy(tight.config("second", "coder", "more"))
    promises.kept(served={"coder"}, release=first)
    assert_is_a_sentence(caught.value)
    assert tight.manifest(max(path.name for path in (tight.root / "releases").iterdir()))["state"] == "bad"
    tight.misbehave()
    tight.entry["ready_timeout"] = "20s"
    tight.settle()
    deploy_over(tight, {"coder"})


def test_the_small_disk_does_get_full(tmp_path: Path) -> None:
    """Or the tests of it would see nothing."""
    with mounted(tmp_path / "disk", f"size={TIGHT}"):
        volume = Volume(tmp_path / "disk")
        volume.fill()
        with pytest.raises(OSError, match="No space left"), (tmp_path / "disk" / "file").open("w") as file:
            file.write("x" * 5000)
        volume.free()
        (tmp_path / "disk" / "file").write_text("x" * 5000)
