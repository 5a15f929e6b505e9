"""The texts of a new project's files, made from the templates beside this file."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from string import Template

from ccdeploy import yamltext
from ccdeploy.project.folder import CONFIGS, HOSTS, MODELS
from ccdeploy.project.wish import DEFAULT_OLLAMA, DEFAULT_ROOT, Wish

CONFIG = "gateway"  # the name of the config that a new project has
TASKS, FABFILE, IGNORED = "tasks.py", "fabfile.py", ".gitignore"
_EXAMPLE = Wish(address="studio.example.com", url="https://coder.example.com")
_PLAIN = re.compile(r"[A-Za-z0-9~/._-]+")


def starter_texts(wish: Wish, config: str = CONFIG) -> dict[str, str]:
    """Return the text of each file of a new project, by its path in it; `config` is what the host will serve."""
    return {
        HOSTS: hosts_text(wish, config),
        f"{CONFIGS}/{config}.yaml": _template("config.yaml").template,
        MODELS: _template("models.yaml").substitute(),
        TASKS: _template("tasks.py.txt").template,
        FABFILE: _template("fabfile.py.txt").template,
        IGNORED: _template("gitignore").template,
    }


def hosts_text(wish: Wish, config: str = CONFIG) -> str:
    """Return hosts.yaml: the host that is wished for, or one as a comment to begin from."""
    if wish.address is not None:
        return _template("hosts.yaml").substitute(default=_scalar(wish.host_name), host=_host(wish, config))
    lines = [
        "A host of your own: remove the marks, and change what is said of it.",
        *_host(_EXAMPLE, config).splitlines(),
    ]
    example = "".join(f"  # {line.removeprefix('  ')}".rstrip() + "\n" for line in lines)
    return _template("hosts.yaml").substitute(default=_scalar(wish.host_name), host=example)


def _host(wish: Wish, config: str) -> str:
    traefik = _template("traefik.yaml") if wish.url else _template("no-traefik.yaml")
    return _template("host.yaml").substitute(
        name=_scalar(wish.host_name),
        address=_scalar(wish.address),
        user=_scalar(wish.user),
        root=_scalar(wish.root or DEFAULT_ROOT),
        file=config,
        config=_scalar(config),
        traefik=traefik.safe_substitute(url=_scalar(wish.url)),
        ollama=_scalar(wish.ollama or DEFAULT_OLLAMA),
    )


def _scalar(value: str | None) -> str:
    """Return a text as YAML has it: in quotes where it would else be a number, a date, a truth or nothing."""
    if value is None:
        return "null"
    is_plain = _PLAIN.fullmatch(value) and yamltext.load(value, "").value == value
    return value if is_plain else json.dumps(value, ensure_ascii=False)


def _template(name: str) -> Template:
    return Template((files("ccdeploy.project") / "templates" / name).read_text(encoding="utf-8"))
