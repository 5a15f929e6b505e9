"""Command lines as `ps` shows them."""

from __future__ import annotations

import pytest

from ccdeploy.litellm.commandline import argv, config_path_in, executable_in, is_litellm, is_of_root, port_in

FRAMEWORK = "/opt/homebrew/Frameworks/Python.framework/Versions/3.12/Resources/Python.app/Contents/MacOS/Python"


@pytest.mark.parametrize(
    "line",
    [
        "litellm --config x.yaml --port 8081",
        "/srv/venv/bin/python3.11 /srv/venv/bin/litellm --config config.yaml --port 8081 --host 127.0.0.1",
        "/Users/a b/cc/venv/bin/python3.12 /Users/a b/cc/venv/bin/litellm --config /Users/a b/cc/config.yaml",
        f"{FRAMEWORK} /x/bin/litellm -c a.yaml",
        "python -m litellm.proxy.proxy_cli --config=/x.yaml --port=9",
        "python -u /x/litellm",
        "/x/bin/uvicorn litellm.proxy.proxy_server:app --port 1",
        "/x/bin/python /x/bin/gunicorn litellm.proxy.proxy_server:app -w 2",
        "venv/bin/litellm",
    ],
)
def test_a_litellm_is_recognised_however_it_was_started(line: str) -> None:
    """A hand-started one is adopted; one that is not recognised is a stranger on the port."""
    assert is_litellm(line)


@pytest.mark.parametrize(
    "line",
    [
        "sh -c pkill -f litellm && nohup litellm --config c &",
        "-zsh",
        "/bin/zsh -c litellm",
        "pkill -f litellm",
        "tail -f logs/litellm.log",
        "vim /x/litellm",
        "/x/litellm_other --config",
        "python manage.py litellm",
        "/usr/bin/python3 /srv/app.py /x/litellm",
        "python3 -c from litellm import x",
        "nginx: master process",
        "",
    ],
)
def test_a_command_that_only_speaks_of_litellm_is_not_one(line: str) -> None:
    """The incident's pkill ended the very shell that ran it."""
    assert not is_litellm(line)


def test_what_we_start_is_recognised_with_its_config_and_port() -> None:
    """The writer and the reader of a command line must agree, spaces included."""
    line = " ".join(
        argv("/a b/venv/bin/litellm", "/a b/releases/7/config.yaml", "127.0.0.1", 8081, ["--num_workers", "2"])
    )
    assert is_litellm(line)
    assert config_path_in(line) == "/a b/releases/7/config.yaml"
    assert port_in(line) == 8081
    assert executable_in(line) == executable_in(f"{FRAMEWORK} {line}") == "/a b/venv/bin/litellm"
    assert executable_in(f"/a b/venvs/1/bin/python3.12 {line}") == "/a b/venv/bin/litellm"
    assert executable_in("litellm --config c.yaml") is None


@pytest.mark.parametrize(
    ("line", "config", "port"),
    [
        ("litellm -c a.yaml --port=9", "a.yaml", 9),
        ("litellm --config=a b.yaml", "a b.yaml", None),
        ("litellm --port 8081x", None, None),
        ("litellm", None, None),
    ],
)
def test_config_and_port_are_read_as_given(line: str, config: str | None, port: int | None) -> None:
    """A port that is not named is unknown to us, not 4000 for sure."""
    assert (config_path_in(line), port_in(line)) == (config, port)


@pytest.mark.parametrize(
    ("path", "is_ours"),
    [
        ("/srv/a b/config.yaml", True),
        ("/srv/a b/./config.yaml", True),
        ("/private/srv/a b/config.yaml", True),
        ("/srv/a b/current/config.yaml", True),
        ("/srv/a b/releases/7/config.yaml", True),
        ("config.yaml", True),
        ("./config.yaml", True),
        ("/srv/a b/other.yaml", False),
        ("/srv/a b/releases/../other/config.yaml", False),
        ("/srv/other/config.yaml", False),
        ("/srv/other/a b/config.yaml", False),
        ("../config.yaml", False),
        ("other/config.yaml", False),
        ("other.yaml", False),
    ],
)
def test_a_proxy_is_of_a_root_if_its_config_is(path: str, is_ours: bool) -> None:
    """A person may run a litellm of their own on the port; it is not ours to stop."""
    assert is_of_root(f"/x/bin/python /x/bin/litellm --config {path} --port 1", {"/srv/a b", "~/a b"}) is is_ours


def test_a_proxy_that_names_no_config_is_nobodys_of_ours() -> None:
    """It may serve one model of its command line, or what an environment that we do not see says."""
    assert not is_of_root("/srv/a/venv/bin/litellm --model ollama/x --port 1", {"/srv/a"})
