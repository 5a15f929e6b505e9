"""YAML that was built to exhaust memory: a finding with file and line and exit code 3, before anything expands."""

from __future__ import annotations

import json
import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from ccdeploy import app
from ccdeploy.errors import CcdeployError
from tests.support.studio import Studio, config_text

pytestmark = pytest.mark.faults

MEMORY = 1_500_000_000  # bytes of address space; a command takes a third of that, what expands takes all there is
LAUGHS = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
    f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12)
)
MERGES = "a0: &a0 {a: 1, b: 2, c: 3, d: 4}\n" + "".join(
    f"a{i}: &a{i}\n  <<: [{','.join([f'*a{i - 1}'] * 10)}]\n  k{i}: 1\n" for i in range(1, 9)
)
BOMBS: dict[str, str] = {
    "laughs": LAUGHS,
    "merges": MERGES,
    "echo": f"a: &a '{'x' * 60_000}'\nb: [{','.join(['*a'] * 900)}]\n",
    "itself": "a: &a [*a]\n",
    "depth": "a: " + "[" * 100_000,
    "braces": "a: " + "{b: " * 5000,
    "dashes": "- " * 20_000,
    "scalar": f"a: '{'x' * 1_900_000}'\n",
    "folded": "a: >\n" + "  x\n" * 80_000,
    "values": "a: [" + "1," * 900_000 + "]\n",
    "megabytes": "# " + "x" * 5_000_000 + "\na: 1\n",
    "hexadecimal": f"a: 0x{'f' * 60_000}\n",
    "sixties": f"a: 1{':59' * 20_000}\n",
}


def test_the_bombs_are_bombs() -> None:
    """Each is small: what is large about it is what it becomes, or how long it is read."""
    assert all(len(text) < 6_000_000 for text in BOMBS.values())
    assert len(LAUGHS) < 1000


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str, str], Path]:
    """Return what lays a bomb into a project: into its settings, its models, a config or an include."""
    configs = tmp_path / "configs" / "litellm"
    configs.mkdir(parents=True)
    (tmp_path / "configs" / "hosts.yaml").write_text("hosts:\n  studio: {ssh: {address: 127.0.0.1}}\n")
    (configs / "first.yaml").write_text("include: [more.inc]\n" + config_text("coder"))
    (configs / "more.inc").write_text("litellm_settings: {drop_params: true}\n")

    def lay(place: str, bomb: str) -> Path:
        (tmp_path / "configs" / place).write_text(BOMBS[bomb])
        return tmp_path

    return lay


@pytest.mark.parametrize("place", ["hosts.yaml", "models.yaml", "litellm/first.yaml", "litellm/more.inc"])
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_in_the_project_ends_in_a_finding(project: Callable[[str, str], Path], place: str, bomb: str) -> None:
    """`check` runs in CI on what a stranger proposes: it must neither hang nor fill the memory of the runner."""
    folder = project(place, bomb)
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (in_use() + MEMORY, hard))
    try:
        report = app.check(app.Project(folder, lambda event: None, dict), ())
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    found = [one for one in report.everything if one.code.startswith("yaml") or one.code.startswith("settings")]
    assert report.exit_code == 3
    assert any((one.where or "").startswith(f"configs/{place}") for one in found), report.everything
    assert all(len(one.message) < 400 for one in report.everything)


def in_use() -> int:
    """Return how much address space this process has by now."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


@pytest.mark.parametrize("bomb", ["laughs", "echo", "depth", "megabytes"])
def test_a_bomb_in_the_hand_made_config_of_a_host_is_no_config(studio: Studio, bomb: str) -> None:
    """Whoever can write config.yaml on a host must not fill the memory of who deploys to it."""
    (studio.root / "config.yaml").write_text(BOMBS[bomb])
    for line in ("status", "doctor --json", "diff first"):
        studio.config("first", "coder")
        done = studio.run(f"ccdeploy {line}")
        shown = f"{line}: {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        assert "is at fault" not in shown, shown
        assert "Traceback" not in shown, shown


def test_an_answer_without_an_end_is_cut_off(studio: Studio) -> None:
    """A file of gigabytes under a name that every verb reads: the host is refused, and memory is left."""
    studio.deployed("coder")
    with (studio.root / "releases" / studio.current / "huge").open("wb") as file:
        file.truncate(3_000_000_000)  # a hole: it takes no room on the disk
    with pytest.raises(CcdeployError) as caught:
        app.status(studio.project, None)
    assert caught.value.exit_code == 3
    assert "answered more than" in str(caught.value)
    done = studio.run("ccdeploy status --json")
    assert (done.returncode, json.loads(done.stdout)["exit_code"]) == (3, 3)
