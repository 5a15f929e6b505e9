"""The home of a sandbox as a careful owner would rather not have left it: a proxy set up by hand.

A genuine virtual environment with LiteLLM in it, a hand-made config.yaml, an .env that everybody
may read, and Traefik's files. What runs is left to lifecycle.
"""

from __future__ import annotations

import importlib.util
import json
import re
import secrets
import shlex
import sys
import venv
from collections.abc import Mapping
from pathlib import Path

from ccdeploy.errors import Refused
from ccdeploy.sandbox.aliases import aliases
from ccdeploy.sandbox.layout import Layout
from ccdeploy.sandbox.processes import MARK
from ccdeploy.sandbox.state import write_private
from ccdeploy.sandbox.traefik import dynamic_config, moved, static_config

# LiteLLM asks the network for each LOCAL one unless it is told to use the copy that it carries.
_OFFLINE = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_LOCAL_AUTOROUTER_PRESETS": "True",
    "LITELLM_LOCAL_BLOG_POSTS": "True",
    "LITELLM_LOCAL_POLICY_TEMPLATES": "true",
    # Else it looks for an .env in every folder above its own, a stranger's included.
    "LITELLM_MODE": "PRODUCTION",
}
_DYNAMIC_MODE = 0o644


def seed(layout: Layout, ports: dict[str, int]) -> None:
    """Make the home of a new sandbox; `ports` holds `ollama` and `listen_1`."""
    for folder in (layout.root / "logs", layout.ssh, layout.dynamic_file.parent):
        folder.mkdir(parents=True, exist_ok=True)
    ollama = f"http://127.0.0.1:{ports['ollama']}"
    write_private(layout.root / "config.yaml", _config(aliases(layout.folder), ollama), 0o644)
    key = f"sk-{secrets.token_hex(16)}"
    env = f"LITELLM_MASTER_KEY={key}\nOLLAMA_API_BASE={ollama}\n"
    write_private(layout.root / ".env", env, 0o644)  # as a careless hand would: `doctor` has something to say
    write_private(layout.dynamic_file, dynamic_config(ports["listen_1"]), _DYNAMIC_MODE)


def install_litellm(layout: Layout, litellm: tuple[str, ...] | None) -> None:
    """Make `venv/` with `bin/litellm`: the LiteLLM of this environment, or what `litellm` begins."""
    place = layout.root / "venv"
    if not (place / "bin" / "python").exists():
        venv.EnvBuilder(symlinks=True, with_pip=False).create(place)
        _link_packages(place)
    script = _real(place) if litellm is None else _standing_in(litellm)
    preamble = "\n".join(f"export {k}={shlex.quote(v)}" for k, v in _environment(layout).items())
    write_private(place / "bin" / "litellm", script.replace("@PREAMBLE@", preamble), 0o755)


def write_traefik_config(layout: Layout, ports: dict[str, int]) -> None:
    """Write Traefik's static configuration."""
    text = static_config(ports["traefik"], ports["traefik_api"], str(layout.dynamic_file.parent))
    write_private(layout.traefik / "traefik.yml", text, 0o644)


def move_ports(layout: Layout, old: dict[str, int], new: dict[str, int]) -> None:
    """Name the new ports where the home names old ones: a port that someone took meanwhile had to move."""
    ports = {old[name]: new[name] for name in old.keys() & new.keys()}
    for path in (layout.root / ".env", layout.root / "config.yaml", layout.dynamic_file):
        if path.is_file() and not path.is_symlink():  # a link leads into a release, which nobody rewrites
            before = path.read_text()
            text = moved(before, ports)
            if text != before:
                write_private(path, text, path.stat().st_mode & 0o777)


def _environment(layout: Layout) -> dict[str, str]:
    return {**_OFFLINE, MARK: str(layout.base)}


def _link_packages(place: Path) -> None:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = place / "lib" / version / "site-packages"
    packages.rmdir()
    packages.symlink_to(_packages())


def _packages() -> Path:
    """Return the folder that LiteLLM is installed in; without LiteLLM, the one that ccdeploy's libraries are in."""
    found = importlib.util.find_spec("litellm") or importlib.util.find_spec("click")
    if not found or not found.origin:
        raise Refused("sandbox: no Python packages found", hint="install them with `pip install 'ccdeploy[sandbox]'`")
    return Path(found.origin).parent.parent


def _real(place: Path) -> str:
    if not importlib.util.find_spec("litellm"):
        raise Refused(
            "sandbox: LiteLLM is not installed in this Python environment",
            hint="install it with `pip install 'ccdeploy[sandbox]'`",
        )
    # A shell script and a Python program in one file, as pip writes them for long paths: the shell
    # becomes Python under the same pid, and the command line reads as on any host.
    return f"""\
#!/bin/sh
''':'
@PREAMBLE@
exec {shlex.quote(str(place / "bin" / "python"))} "$0" "$@"
'''
import sys

from litellm import run_server

if __name__ == "__main__":
    sys.exit(run_server())
"""


def _standing_in(argv: tuple[str, ...]) -> str:
    return f'#!/bin/sh\n@PREAMBLE@\nexec {shlex.join(argv)} "$@"\n'


def _config(served: Mapping[str, str], ollama: str) -> str:
    models = "".join(
        f"  - model_name: {_quoted(alias)}\n"
        f"    litellm_params:\n      model: ollama_chat/{model}\n      api_base: {ollama}\n"
        for alias, model in served.items()
    )
    return f"# made by hand\nmodel_list:\n{models}\ngeneral_settings:\n  master_key: os.environ/LITELLM_MASTER_KEY\n"


def _quoted(alias: str) -> str:
    """Return a name as YAML reads it back as that text; a string of JSON is one of YAML."""
    return alias if re.fullmatch(r"[A-Za-z]+[.-][\w.-]*", alias) else json.dumps(alias)
