"""What blue-green refuses before anything is touched: exit 3, a reason and a remedy, and all goes on as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ccdeploy.errors import Refused
from ccdeploy.findings import Finding
from ccdeploy.operations import standing
from ccdeploy.remote.facts import Facts, gather
from ccdeploy.traefik.dynamic import Slot, Wiring, text
from tests.support.slots import RULE, edit, unwatched
from tests.support.studio import Studio


def refused(studio: Studio, config: str = "second", **options: object) -> tuple[Finding, ...]:
    """Deploy by the way of the users, which must be refused and change nothing; return the findings."""
    if config == "second":
        studio.config("second", "coder", "fast")
    before, file = studio.checksum(), Path(studio.entry["traefik"]["dynamic_file"])
    held = file.read_bytes() if file.is_file() else None
    with studio.watched() as promises, pytest.raises(Refused, match="refused, nothing was touched") as caught:
        studio.deploy(config, **options)
    assert not promises.probe.outages
    assert caught.value.exit_code == 3
    assert studio.checksum() == before
    assert (file.read_bytes() if file.is_file() else None) == held
    return caught.value.findings


def told(findings: tuple[Finding, ...], code: str) -> str:
    """Return the message and the remedy of the one finding with this code."""
    (found,) = [one for one in findings if one.code == code]
    return f"{found.message}; {found.hint}"


@pytest.mark.parametrize("service", ["ccproxy", "other"])
def test_a_traefik_that_does_not_go_by_the_file_is_refused(green: Studio, tmp_path: Path, service: str) -> None:
    """It shows another port, or no such service: its users would stay with the old proxy, which ends."""
    green.deployed("coder")
    port = green.spare if service == "ccproxy" else green.port
    green.entry["traefik"] |= {"service": service, "switch_timeout": "100ms"}
    copy = unwatched(green, tmp_path / "elsewhere")
    copy.write_text(text(Wiring("ccproxy", service, RULE, ("web",)), Slot(port, f"http://127.0.0.1:{port}")))
    said = told(refused(green), "traefik-not-shown")
    assert f"Traefik does not show that it goes by {copy}" in said
    assert "let its file provider watch the folder" in said


def test_a_folder_that_is_not_ours_is_refused(green: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """The facts are prepared: root, who runs this test, may write everywhere."""
    green.deployed("coder")

    def not_ours(*asked: object) -> Facts:
        facts = gather(*asked)  # type: ignore[arg-type]
        assert facts.dynamic is not None
        return replace(facts, dynamic=replace(facts.dynamic, folder="there"))

    monkeypatch.setattr(standing, "gather", not_ours)
    said = told(refused(green), "dynamic-folder")
    assert "is not ours to write: a switch renames a file in it" in said
    assert "give the folder to the user who logs in" in said


def test_a_folder_that_is_not_there_is_refused(green: Studio, tmp_path: Path) -> None:
    """A volume that was not mounted, or a name that was mistyped."""
    green.deployed("coder")
    green.entry["traefik"]["dynamic_file"] = str(tmp_path / "nowhere" / "ccproxy.yml")
    green.settle()
    assert f"`mkdir {tmp_path / 'nowhere'}` on the host" in told(refused(green), "dynamic-folder")


def _foreign(file: Path) -> None:
    file.write_text(file.read_text().partition("\n")[2])  # without the line that says who wrote it


def _link(file: Path) -> None:
    file.rename(file.with_suffix(".kept"))
    file.symlink_to(file.with_suffix(".kept"))


@pytest.mark.parametrize(
    ("spoil", "code", "reason", "remedy"),
    [
        (_foreign, "dynamic-foreign", "was not written by ccdeploy", "move it aside"),
        (_link, "dynamic-foreign", "is a link", "move it aside"),
        (edit, "dynamic-edited", "was changed by another hand", "move it aside"),
        (Path.unlink, "dynamic-file", "does not exist yet", "ccdeploy setup --traefik --host studio"),
    ],
)
def test_a_file_that_may_not_be_written_is_refused(  # noqa: PLR0917  # what is wrong with it, and what is said
    green: Studio, tmp_path: Path, spoil: Callable[[Path], object], code: str, reason: str, remedy: str
) -> None:
    """What another hand wrote would be lost, and a switch cannot be seen in what is not there."""
    green.deployed("coder")
    spoil(unwatched(green, tmp_path / "elsewhere"))
    said = told(refused(green), code)
    assert reason in said
    assert remedy in said


def test_two_ports_of_strangers_are_refused(green: Studio) -> None:
    """There is neither a proxy to lead away from nor a place for a new one."""
    first, second = green.entry["listen"]["ports"]
    green.config("second", "coder")
    before, file = green.checksum(), Path(green.entry["traefik"]["dynamic_file"])
    text_before = file.read_text()
    with green.stranger_on(first), green.stranger_on(second), pytest.raises(Refused) as caught:
        green.deploy("second")
    assert caught.value.exit_code == 3
    taken = sorted(one.message.partition(" by")[0] for one in caught.value.findings if one.code == "port-taken")
    assert taken == sorted(f"port {port} is taken" for port in (first, second))
    assert (green.checksum(), file.read_text()) == (before, text_before)


def test_a_config_that_calls_its_models_at_boot_is_refused(green: Studio) -> None:
    """The new slot boots from the very bytes: there is no copy with the checks off."""
    green.deployed("coder")
    assert "background-checks" in {one.code for one in refused(green, sweeping(green))}


def test_it_boots_once_with_its_checks_where_they_are_allowed(green: Studio) -> None:
    """Allowed is allowed: what serves is what was verified, and nothing boots twice."""
    green.deployed("coder")
    with green.watched() as promises:
        attempt = green.deploy(sweeping(green), allow=("background-checks",))
    promises.kept(served={"coder"}, release=attempt.release, user_traffic=True)  # the sweep loads, as was allowed
    assert [step for step in green.steps() if step in ("shadow", "switch", "point")][-2:] == ["shadow", "point"]
    assert "background_health_checks: true" in (green.root / "current" / "config.yaml").read_text()
    assert not list((green.root / "releases" / str(attempt.release)).glob(".shadow*"))


def sweeping(studio: Studio) -> str:
    """Write a config whose proxy calls all its models while it boots; return its name."""
    name = studio.config("sweeping", "coder", more="  background_health_checks: true\n")
    path = studio.folder / "configs" / "litellm" / f"{name}.yaml"
    path.write_text(path.read_text().replace("disable_background_health_check: true", "mode: chat"))
    return name
