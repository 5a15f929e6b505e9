"""Roots and homes that nobody would choose: every deploy and rollback in them is like any other."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.faults.course import deploy_and_go_back, go_on_and_back
from tests.support.login import SERVERS, Login, logged_in, shell_at
from tests.support.studio import Studio, config_text

pytestmark = pytest.mark.faults

# What a shell, awk, sed, printf, find, a regular expression, SFTP and YAML may each take for something else.
HOSTILE = {
    "spaces": " two  spaces ",
    "substitution": "$(touch owned)`touch owned`$HOME${IFS}",
    "quotes": 'it\'s "quoted" \\ back\\nslashed\\',
    "separators": "a;touch owned;b&touch owned&|touch owned|#c",
    "patterns": "*?[!a-z]{b,c}.+(x)^$",
    "percent": "%s%n%d %%",
    "option": "-rf --help",
    "expansion": "=ls !1 ~root",
    "letters": "ünï→日本 é e\u0301",
}


def at(studio: Studio, root: Path) -> None:
    """Move the root of the studio, before anything runs there."""
    root.parent.mkdir(parents=True, exist_ok=True)
    studio.root.rename(root)
    studio.entry["root"] = str(root)
    studio.settle()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_root_may_have_any_name(studio: Studio, tmp_path: Path, name: str) -> None:
    """Each path is quoted once, and nothing in it is ever run."""
    at(studio, tmp_path / "host" / HOSTILE[name] / "ccproxy" / HOSTILE[name].strip())
    deploy_and_go_back(studio)
    assert not list(tmp_path.rglob("owned"))


def test_all_of_it_at_once_and_through_zsh(studio: Studio, tmp_path: Path) -> None:
    """The other server, and the login shell that expands most."""
    at(studio, tmp_path / "host" / "".join(HOSTILE.values()).replace("\u0301", ""))
    with logged_in(studio, tmp_path / "login", "openssh", Login(tmp_path / "home", shell_at("zsh", tmp_path))):
        deploy_and_go_back(studio)
    assert not list(tmp_path.rglob("owned"))


@pytest.mark.parametrize("name", ["line\nbreak", "bell\a", "escape\033[2J", "nul\0", "/../up"])
def test_a_root_that_no_terminal_may_show_is_refused(studio: Studio, name: str) -> None:
    """A control character in a path is a trap for whoever reads the log."""
    studio.config("first", "coder")
    before, studio.entry["root"] = studio.checksum(), f"{studio.root}{name}"
    studio.settle()
    done = studio.run("ccdeploy deploy first")
    assert done.returncode == 3
    assert "hosts.yaml" in done.stderr
    assert "Traceback" not in done.stderr
    assert not set(map(chr, (0, 7, 27))) & set(done.stderr + done.stdout)
    studio.entry["root"] = studio.entry["root"].removesuffix(name)
    assert studio.checksum() == before


@pytest.mark.parametrize("server", SERVERS)
def test_a_home_may_have_spaces_and_root_be_in_it(studio: Studio, tmp_path: Path, server: str) -> None:
    """`~/` is the home of whoever logs in, wherever that is."""
    home = tmp_path / "host" / "Ada's  home $(touch owned)"
    at(studio, home / "cc proxy")
    with logged_in(studio, tmp_path / "login", server, Login(home, shell_at("zsh", tmp_path))):
        hosts = studio.folder / "configs" / "hosts.yaml"
        entry = studio.entry | {"root": "~/cc proxy"}
        hosts.write_text(yaml.safe_dump({"defaults": {"host": "studio"}, "hosts": {"studio": entry}}))
        deploy_and_go_back(studio)
    assert not list(tmp_path.rglob("owned"))


def test_a_root_may_be_a_link_below_a_link(studio: Studio, tmp_path: Path) -> None:
    """A home that was moved to a larger disk is reached by links."""
    real = tmp_path / "disk two" / "ccproxy"
    real.parent.mkdir()
    studio.root.rename(real)
    (tmp_path / "disk").symlink_to("disk two")
    studio.root.symlink_to(tmp_path / "disk" / "ccproxy")
    deploy_and_go_back(studio)
    assert studio.root.is_symlink()


def test_what_was_started_by_hand_behind_a_link_is_known_by_its_real_path(studio: Studio, tmp_path: Path) -> None:
    """A shell that follows links shows the real path, and that is what a person copies."""
    real = tmp_path / "disk" / "ccproxy"
    real.parent.mkdir()
    studio.root.rename(real)
    studio.root.symlink_to(real)
    (real / "config.yaml").write_text(config_text("coder"))
    studio.by_hand_from(str(real / "config.yaml"))
    go_on_and_back(studio, {"coder"})
