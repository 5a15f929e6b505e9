"""The texts of a new project."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccdeploy.project.starter import hosts_text
from ccdeploy.project.wish import Wish
from ccdeploy.settings import Host, load_settings

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("answer", ["null", "on", "12", "1e5", "2026-01-31", "0x1f"])
def test_an_answer_stays_the_text_that_it_is(answer: str) -> None:
    """YAML takes such words for something else where they stand without quotes."""
    host = load_settings(hosts_text(Wish(address="x", name=answer, user=answer)), "h").host(answer)
    assert isinstance(host, Host)
    assert host.ssh.user == answer


@pytest.mark.parametrize("config", ["2026", "on", "1e5"])
def test_a_config_that_is_there_is_named_as_the_text_that_it_is(config: str) -> None:
    """Its name is the user's own, and `check` would refuse a number."""
    host = load_settings(hosts_text(Wish(address="x"), config), "h").host("x")
    assert isinstance(host, Host)
    assert host.config == config


@pytest.mark.parametrize("name", ["tasks.py", "fabfile.py"])
def test_the_tasks_of_a_new_project_are_those_of_this_repository(name: str) -> None:
    """Two truths would drift apart; tests/test_tasks.py proves this one."""
    assert (ROOT / "ccdeploy" / "project" / "templates" / f"{name}.txt").read_text() == (ROOT / name).read_text()
