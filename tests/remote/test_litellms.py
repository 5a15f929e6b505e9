"""Which LiteLLM a release runs with, and which venvs nobody needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccdeploy.release.manifest import Executable, Manifest
from ccdeploy.remote.facts import gather
from ccdeploy.remote.litellms import Litellms, from_answer
from tests.remote.hosts import host_at, manifest
from tests.shell.shells import ShellTransport
from tests.support import fake_venv

SETTING = "venv/bin/litellm"


def path(version: str) -> str:
    """Return the executable of a venv that ccdeploy made."""
    return f"venvs/{version}/bin/litellm"


def litellms(leads_to: str = "", **states: str) -> Litellms:
    """Return a host with the settings' own 1.0, and venvs by name (`v2`) in these states."""
    answers = {SETTING: "whole\n1.0.dist-info"}
    for name, state in states.items():
        version = name.removeprefix("v")
        answers[path(version)] = f"{state}\n{version}.dist-info" if state == "whole" else state
    return from_answer(SETTING, ".", leads_to, answers)


def release(version: str, setting: str = SETTING) -> Manifest:
    """Return a release that an upgrade gave this version."""
    return manifest("r1", litellm=Executable(path(version), version, setting))


def test_a_release_runs_with_its_own_or_with_the_settings() -> None:
    """The settings' word wins as soon as it is another than at the upgrade."""
    known = litellms(v2="whole")
    assert known.of(release("2")).path == path("2")
    assert known.of(release("2", "old/bin/litellm")).path == SETTING
    assert known.of(manifest("r1")).version == "1.0"
    assert known.of(None).version == "1.0"
    assert known.of(release("3")).state == "absent"


def test_a_version_is_found_where_it_can_be_started() -> None:
    """The settings' own first; a broken or unfinished venv is none."""
    known = litellms(v2="whole", v3="broken", v4="unfinished")
    assert [known.of_version(v).path if known.of_version(v) else None for v in ("1.0", "2.0", "3", "4")] == [  # type: ignore[union-attr]
        SETTING, path("2"), None, None,
    ]  # fmt: skip


def test_a_new_venv_takes_no_folder_that_may_serve() -> None:
    """A broken one may still be running; an unfinished one is made anew."""
    known = litellms(v2="broken", v3="unfinished")
    assert [known.new_folder(version) for version in ("2", "3", "4")] == ["venvs/2-2", "venvs/3", "venvs/4"]


@pytest.mark.parametrize(("leads_to", "unneeded"), [("", ["venvs/1", "venvs/4"]), ("venvs/1", ["venvs/4"])])
def test_what_the_settings_or_a_release_lead_to_is_needed(leads_to: str, unneeded: list[str]) -> None:
    """`setup --install` makes a venv that only a link leads to."""
    known = litellms(leads_to, v1="whole", v2="whole", v3="whole", v4="broken")
    assert known.unneeded([release("2"), release("3"), manifest("r3")]) == unneeded


def test_what_runs_is_needed_whatever_the_settings_say_by_now() -> None:
    """A proxy that ends its streams still imports; and who takes a setting back takes its releases back too."""
    known = litellms(v1="whole", v2="whole", v11="whole")
    line = "/r/venvs/1/bin/python3.12 /r/venvs/1/bin/litellm --config /r/releases/r1/config.yaml"
    assert known.unneeded([release("2", "old/bin/litellm")], running=[line]) == ["venvs/11"]


@pytest.mark.parametrize("kind", ["relative", "absolute", "a folder down", "the file itself", "no link"])
def test_the_venv_that_the_settings_lead_to_is_found_however_they_do(
    here: ShellTransport, root: Path, kind: str
) -> None:
    """With each shell: whoever makes such a link by hand writes an absolute path, and `litellm:` may be one too."""
    file = fake_venv.make(root, "1.106.2", name="venvs/1.106.2")
    (root / "tools").mkdir()
    setting, link, target = {
        "relative": (SETTING, "venv", "venvs/1.106.2"),
        "absolute": (SETTING, "venv", str(file.parents[1])),
        "a folder down": ("tools/venv/bin/litellm", "tools/venv", "../venvs/1.106.2"),
        "the file itself": ("tools/litellm", "tools/litellm", "../venvs/1.106.2/bin/litellm"),
        "no link": (str(file), "other", "elsewhere"),
    }[kind]
    (root / link).symlink_to(target)
    seen = gather(here, host_at(root, litellm=setting)).litellms
    assert (seen.leads_to, seen.unneeded([])) == ("venvs/1.106.2", [])


def test_every_state_is_seen_on_a_host(here: ShellTransport, root: Path) -> None:
    """With each shell: whole, broken, unfinished, absent; and what the settings' venv is."""
    fake_venv.make(root, "1.106.2", name="venvs/1.106.2")
    (root / "venv").symlink_to("venvs/1.106.2")
    fake_venv.make(root, "1.108.0", name="venvs/1.108.0").write_text("#!/nowhere/python3 -E\n")
    fake_venv.make(root, "1.109.0", name="venvs/1.109.0")
    (root / "venvs" / "1.109.0" / ".unfinished").touch()
    (root / "venvs" / "1.110.0").mkdir()
    (root / "venvs" / ".asking").mkdir()
    seen = gather(here, host_at(root)).litellms
    assert (seen.venv_kind, seen.leads_to) == ("venvs/1.106.2", "venvs/1.106.2")
    assert {name: one.state for name, one in seen.known.items()} == {
        SETTING: "whole", path("1.106.2"): "whole", path("1.108.0"): "broken", path("1.109.0"): "unfinished",
        path("1.110.0"): "absent",
    }  # fmt: skip
    assert seen.at(SETTING).version == "1.106.2"
