"""What is kept on a host after many attempts, and what goes."""

from __future__ import annotations

import pytest

from ccdeploy.errors import DeployFailed
from ccdeploy.release.retention import KEEP_OTHERS
from tests.support.studio import Studio


def test_failed_deploys_leave_only_the_last_few_bad_releases_and_their_logs(studio: Studio) -> None:
    """A pipeline that fails every night must not fill the disk of the host that everybody uses."""
    first = studio.deployed("coder").release
    studio.misbehave({"only_port": studio.spare, "exit_while_booting": 3})
    with studio.watched() as promises:
        for number in range(KEEP_OTHERS + 2):
            with pytest.raises(DeployFailed):
                studio.deploy(studio.config("bad", "coder", f"name-{number}"))
    promises.kept(served={"coder"}, release=first)
    tried = [line["release"] for line in studio.history if line["outcome"] == "failed"]
    assert len(tried) == KEEP_OTHERS + 2
    assert {path.name for path in (studio.root / "releases").glob("[!.]*")} == {first, *tried[-KEEP_OTHERS:]}
    logs = {path.name for path in (studio.root / "logs").glob("shadow-*")}
    assert logs == {f"shadow-{release}.log" for release in (first, *tried[-KEEP_OTHERS:])}
