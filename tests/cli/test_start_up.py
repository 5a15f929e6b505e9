"""What a quick command must not wait for."""

from __future__ import annotations

import json
import sys

import pytest

from tests.cli.faces import Project

SLOW = ("fabric", "invoke", "paramiko", "httpx", "rich", "asyncssh")
ASK = """
import json, sys
from ccdeploy.cli.main import run
code = run(json.loads(sys.argv[1]))
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize("words", [["--help"], ["deploy", "--help"], ["--version"], ["check"], ["nonsense"]])
def test_a_quick_command_imports_nothing_slow(project: Project, words: list[str]) -> None:
    """Fabric alone takes three times as long as the help may."""
    done = project.run_words([sys.executable, "-c", ASK, json.dumps(words)])
    modules = json.loads(done.stderr.splitlines()[-1])
    assert not [name for name in modules if name.split(".")[0] in SLOW]


def test_one_verb_imports_no_other(project: Project) -> None:
    """Help for one verb does not wait for all of them."""
    done = project.run_words([sys.executable, "-c", ASK, json.dumps(["deploy", "--help"])])
    modules = json.loads(done.stderr.splitlines()[-1])
    assert "ccdeploy.cli.deploy" in modules
    assert "ccdeploy.cli.rollback" not in modules
