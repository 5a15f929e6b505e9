"""Fixtures that every room's tests share."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.support.neighbourhood import Neighbourhood

HOSTS = "defaults: {host: sandbox}\nhosts:\n  sandbox: embedded\n"
CONFIG = """\
model_list:
  - model_name: coder
    litellm_params:
      model: ollama_chat/tiny:latest
      api_base: os.environ/OLLAMA_API_BASE
      num_ctx: 8192
      keep_alive: 30m
general_settings:
  master_key: os.environ/LITELLM_MASTER_KEY
"""


@pytest.fixture(autouse=True, scope="session")
def _no_ci() -> Iterator[None]:
    """What a test sees does not depend on the CI that runs it, which speaks another way to each of them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("GITHUB_", "GITLAB_", "CI_"))]:
            patch.delenv(name)
        yield


def pytest_configure() -> None:
    """Let what is started hear signals: a background job ignores those of the keyboard, nohup a hangup.

    And an example of hypothesis may take its time: the machine is busy with other tests.
    """
    settings.register_profile("busy", settings(), deadline=None)
    settings.load_profile("busy")
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        handler = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell what was tried on a host's worst day: how often what was cut off, who was killed, how many came at once."""
    reports = [one for key in ("passed", "failed") for one in terminalreporter.getreports(key) if one.when == "call"]
    tried = [f"{name}: {value}" for one in reports if "faults" in one.keywords for name, value in one.user_properties]
    if tried:
        terminalreporter.section("what was tried")
        terminalreporter.write_line("\n".join(sorted(tried)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project's folder: an embedded host, and one config named `small` that serves `coder`."""
    configs = tmp_path / "configs" / "litellm"
    configs.mkdir(parents=True)
    (tmp_path / "configs" / "hosts.yaml").write_text(HOSTS, encoding="utf-8")
    (configs / "small.yaml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="session")
def around(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neighbourhood]:
    """What the hosts of all tests share: SSH servers, Ollama, Traefik."""
    from tests.support.neighbourhood import neighbourhood

    with neighbourhood(tmp_path_factory.mktemp("around")) as found:
        yield found
