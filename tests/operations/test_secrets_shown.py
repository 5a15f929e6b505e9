"""What a person is shown of a host: its logs, its evidence, its differences, its strangers; and no secret in it."""

from __future__ import annotations

import sys

import pytest

from ccdeploy import app
from ccdeploy.errors import DeployFailed
from tests.support.studio import Studio

DATABASE = "postgresql://llm:s3cretpw@db.example.com/x"
SECRETS = {
    "DATABASE": DATABASE,
    "PGPASSWORD": "pgpw-12345",
    "OPENAI_API_KEY_2": "hexhexhexhexhex",
    "SALT": "grain-of-it",
}
SAID = f"cannot reach {DATABASE} with pgpw-12345, hexhexhexhexhex, s3cretpw or grain-of-it"


def test_logs_show_no_value_of_the_environment_that_may_be_a_secret(studio: Studio) -> None:
    """Most secrets of an env_file have a name of their owner's own."""
    studio.env(**SECRETS)
    with (studio.root / "logs" / "litellm.log").open("a") as log:
        log.write(f"{SAID}, at {studio.around.ollama_url}\n")
    (line,) = app.logs(studio.project, None, lines=1).lines
    assert [value for value in (*SECRETS.values(), "s3cretpw") if value in line] == []
    assert studio.around.ollama_url in line


def test_the_evidence_of_a_failed_boot_shows_none_either(studio: Studio) -> None:
    """It is printed without being asked for, and kept by CI."""
    studio.env(**SECRETS)
    litellm = studio.root / "venv" / "bin" / "litellm"
    litellm.unlink()
    litellm.write_text(f"#!/bin/sh\necho 'Error: {SAID}'\nexit 3\n")
    litellm.chmod(0o755)
    with pytest.raises(Exception, match="ended while booting") as caught:
        studio.deploy(studio.config("first", "coder"))
    told = f"{caught.value} {vars(caught.value)}"
    assert "cannot reach" in told
    assert [value for value in (*SECRETS.values(), "s3cretpw") if value in told] == []


def test_a_difference_of_model_info_shows_none_either(studio: Studio) -> None:
    """A model's address may hold a login, and the proxy may serve another one than the environment says."""
    studio.env(OLLAMA_API_BASE=f"http://ada:s3cretpw@{studio.around.ollama_url.removeprefix('http://')}")
    studio.deployed("coder")
    changed = {"coder": {"api_base": "http://u:leaked-pw@h.example.com/"}}
    studio.misbehave({"only_port": studio.spare, "model_info_changes": changed})
    with pytest.raises(DeployFailed) as caught:
        studio.deploy(studio.config("second", "coder", "fast"))
    assert "api_base is" in caught.value.message
    assert "leaked-pw" not in caught.value.message
    assert "s3cretpw" not in caught.value.message


def test_a_stranger_is_named_without_its_secrets(studio: Studio) -> None:
    """Its command line is shown so that its owner can be found."""
    studio.env(**SECRETS)
    (studio.root / "serve.py").write_text(
        f"import socket\nserver = socket.create_server(('127.0.0.1', {studio.port}))\nwhile True: server.accept()\n"
    )
    studio.start_process(f"{sys.executable} -S serve.py --api_key hunter2hunter2 --note grain-of-it", {})
    studio.wait_for(studio.port)
    found = app.doctor(studio.project, None)
    assert "port-taken" in [finding.code for finding in found.findings]
    assert "--api_key ***" in str(found.findings)
    assert f"port {studio.port}: " not in str(found.in_order)  # it is not in order
    assert "hunter2" not in str(found)
    assert "grain-of-it" not in str(found)
