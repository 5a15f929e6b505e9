"""The home that a sandbox starts with is one that a person might have left."""

from __future__ import annotations

import json
import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ccdeploy.sandbox.aliases import INCIDENT, aliases
from ccdeploy.sandbox.layout import Layout, layout_of
from ccdeploy.sandbox.seed import install_litellm, seed

PORTS = {"ollama": 20_001, "listen_1": 20_002}


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A folder whose name needs quoting everywhere."""
    folder = tmp_path / 'it\'s a "project" $HOME'
    folder.mkdir()
    layout = layout_of(folder)
    seed(layout, PORTS)
    return layout


def test_the_env_file_is_open_to_all_and_its_key_is_new_each_time(layout: Layout) -> None:
    """`doctor` has something to find, and no key is ever shared between sandboxes."""
    path = layout.root / ".env"
    before = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    seed(layout, PORTS)
    assert before.startswith("LITELLM_MASTER_KEY=sk-")
    assert path.read_text() != before


def test_the_config_names_the_stand_in_by_its_address(layout: Layout) -> None:
    """A model without an api_base would make LiteLLM spawn `ollama serve`."""
    text = (layout.root / "config.yaml").read_text()
    assert text.count("api_base: http://127.0.0.1:20001") == 3


@pytest.mark.parametrize("name", ["coder", "on", "2026", 'a "quoted": name #1'])
def test_the_hand_made_config_serves_what_the_projects_only_config_does(tmp_path: Path, name: str) -> None:
    """Else the first deploy of a new project would have to be allowed to take names away."""
    configs = tmp_path / "configs" / "litellm"
    configs.mkdir(parents=True)
    made = {"model_list": [{"model_name": name, "litellm_params": {"model": "ollama_chat/qwen-fast"}}]}
    (configs / "mine.yaml").write_text(json.dumps(made))
    layout = layout_of(tmp_path)
    seed(layout, PORTS)
    served = yaml.safe_load((layout.root / "config.yaml").read_text())["model_list"]
    assert [entry["model_name"] for entry in served] == [name]


def test_of_several_configs_none_is_meant(layout: Layout) -> None:
    """The names of the incident are those of the example that a sandbox deploys by itself."""
    configs = layout.folder / "configs" / "litellm"
    configs.mkdir(parents=True)
    for name in ("one", "two"):
        (configs / f"{name}.yaml").write_text("model_list: []\n")
    assert aliases(layout.folder) == INCIDENT


def test_the_virtual_environment_is_genuine(layout: Layout) -> None:
    """LiteLLM's version is read from its folder, as on a real host."""
    install_litellm(layout, None)
    place = layout.root / "venv"
    assert (place / "pyvenv.cfg").is_file()
    assert len(list(place.glob("lib/python3.*/site-packages/litellm-*.dist-info/METADATA"))) == 1
    code = "import sys, click; print(sys.prefix); print(click.__file__)"
    done = subprocess.run([str(place / "bin" / "python"), "-c", code], capture_output=True, text=True, check=True)
    prefix, click = done.stdout.splitlines()
    assert prefix == str(place)
    assert click.startswith(str(place))


def test_the_executable_becomes_what_it_stands_for_under_the_same_pid(layout: Layout) -> None:
    """The pid that a start script prints must be the proxy's."""
    install_litellm(layout, (sys.executable, "-c", "import os, sys; print(os.getpid(), *sys.argv[1:])"))
    program = str(layout.root / "venv" / "bin" / "litellm")
    done = subprocess.Popen([program, "--port", "a b"], stdout=subprocess.PIPE, text=True)
    out, _ = done.communicate()
    assert out == f"{done.pid} --port a b\n"


def test_the_real_executable_is_told_to_ask_nothing_of_the_network(layout: Layout, tmp_path: Path) -> None:
    """And not to look for a stranger's .env above its folder."""
    install_litellm(layout, None)
    spy = tmp_path / "spy"
    spy.mkdir()
    # Instead of the real one, which takes ten seconds: a module of its name that shows what it sees.
    (spy / "litellm.py").write_text(
        "import os, sys\ndef run_server():\n    print(os.getpid(), sys.argv[1:], dict(os.environ))\n"
    )
    program = str(layout.root / "venv" / "bin" / "litellm")
    done = subprocess.Popen(
        [program, "--port", "1"], stdout=subprocess.PIPE, text=True, env={"PATH": os.defpath, "PYTHONPATH": str(spy)}
    )
    out, _ = done.communicate()
    assert done.returncode == 0
    assert out.startswith(f"{done.pid} ['--port', '1']")
    assert "'LITELLM_LOCAL_MODEL_COST_MAP': 'True'" in out
    assert "'LITELLM_MODE': 'PRODUCTION'" in out


def test_activating_the_environment_finds_litellm(tmp_path: Path) -> None:
    """The incident's command does `source venv/bin/activate`."""
    layout = layout_of(tmp_path)  # a plain path: Python 3.11's own script does not quote a strange one
    install_litellm(layout, ("/bin/echo", "found"))
    script = f"cd {shlex.quote(str(layout.root))} && . venv/bin/activate && litellm --version"
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "found --version\n"
