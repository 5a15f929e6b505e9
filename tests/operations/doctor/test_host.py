"""What is wrong inside the env_file, and what is missing on the host: each with the line that mends it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ccdeploy.operations.candidate import from_files
from ccdeploy.operations.doctor import host, proxy
from ccdeploy.operations.doctor.seen import Seen
from ccdeploy.operations.preflight import judge_host
from ccdeploy.remote.env_file import EnvFile
from ccdeploy.remote.lock_facts import LockFacts
from tests.operations.doctor.words import facts, heard
from tests.support.studio import config_text


def with_env(seen: Seen, text: str) -> Seen:
    """The host with this env_file."""
    return facts(seen, env=EnvFile(True, True, "-rw-------", "", {}, text.encode()))


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [("A=1\nno line\n", "env-syntax", 2), ("A=1\nB\n", "env-no-value", 2), ("A=1\nA=2\n", "env-duplicate", 2)],
)
def test_a_fault_of_the_env_file_opens_it_at_its_line(plain_seen: Seen, text: str, code: str, line: int) -> None:
    """A value that is a secret must not be written on a command line."""
    said = heard(host.judge(with_env(plain_seen, text)))
    assert said.only.code == code
    assert said.only.hint == f"ssh -t studio.example.com 'vi +{line} {plain_seen.host.root}/.env'"


def test_a_variable_that_is_not_set_opens_it_too(plain_seen: Seen) -> None:
    """The place of the finding is in the config, where nothing is to be changed."""
    now = from_files({"config.yaml": config_text("coder").encode()}, "config.yaml", {})
    said = heard(host.judge(replace(with_env(plain_seen, "A=1\n"), now=now)))
    assert set(said.codes) == {"env-unset"}
    assert {f.hint for f in said.findings} == {f"ssh -t studio.example.com 'vi {plain_seen.host.root}/.env'"}


@pytest.mark.parametrize(("tool", "package"), [("ps", "procps"), ("nohup", "coreutils"), ("lsof", "lsof")])
def test_a_missing_tool_is_named_with_its_package(plain_seen: Seen, tool: str, package: str) -> None:
    """`ps` is in no package of that name."""
    (found,) = [
        f for f in judge_host(facts(plain_seen, missing_tools=(tool,)).facts, plain_seen.host) if f.code == "tools"
    ]
    assert f"apt-get install -y {package} ||" in str(found.hint)


def test_a_lock_without_a_name_is_told_as_such(plain_seen: Seen) -> None:
    """`None` is nobody's name."""
    said = heard(proxy.judge(facts(plain_seen, lock=LockFacts(True, None, 300.0))))
    (found,) = [f for f in said.findings if f.code == "lock"]
    assert "of an owner that wrote no name, silent for 5 min" in found.message


def test_a_lock_that_is_held_is_a_note(plain_seen: Seen) -> None:
    """It is the answer to why the deploy ends with 5."""
    said = heard(proxy.judge(facts(plain_seen, lock=LockFacts(True, None, 3.0))))
    (found,) = [f for f in said.findings if f.code == "lock"]
    assert (found.severity, found.hint) == ("note", "ccdeploy lock status --host studio")
