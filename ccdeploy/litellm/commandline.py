"""The command line of a litellm proxy: how we write it, and how we recognise one in the words of `ps`."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

_SHELL = re.compile(r"-?(?:\S*/)?(?:ba|z|da|k|fi|c|tc)?sh(?=\s|$)")
# `ps` joins the arguments with spaces and quotes none, so a path may hold spaces.
# Another absolute path, an option or a script begins another argument.
_FOLDER = r"(?:/(?:(?!\s[/\-]|\.py\s).)*/|\S*/)?"
_INTERPRETER = rf"{_FOLDER}[Pp]ython[\d.]*(?:\s+-(?!m\b|c\b)\S+)*"
_IS_LITELLM = re.compile(
    rf"(?:{_INTERPRETER}\s+)?{_FOLDER}litellm(?:-proxy)?(?=\s|$)"
    rf"|{_INTERPRETER}\s+-m\s+litellm\b"
    rf"|(?:{_INTERPRETER}\s+)?{_FOLDER}(?:uvicorn|gunicorn|hypercorn|granian)(?=\s|$).*\blitellm\.proxy\.proxy_server\b"
)
_CONFIG = re.compile(r"\s(?:--config|-c)[ =](.+?)(?=\s--?[A-Za-z]|\s*$)")
_EXECUTABLE = re.compile(rf"(?:{_INTERPRETER}\s+)?(/.*/litellm|/litellm)\s--config\s")
_PORT = re.compile(r"\s--port[ =](\d+)(?=\s|$)")


def argv(executable: str, config_path: str, address: str, port: int, extra: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the arguments that start a proxy; the config's path is absolute, because `include:` follows it."""
    return (executable, "--config", config_path, "--host", address, "--port", str(port), *extra)


def is_litellm(command_line: str) -> bool:
    """Whether a line of `ps -o command=` is a litellm proxy: by hand, ours, or one that serves its app.

    Workers of `--num_workers` are started as `python -c … spawn_main`: only their parent tells.
    """
    line = command_line.strip()
    return not _SHELL.match(line) and bool(_IS_LITELLM.match(line))


def config_path_in(command_line: str) -> str | None:
    """Return the path that `--config` or `-c` names, as given: perhaps relative to an unknown folder."""
    found = _CONFIG.search(command_line)
    return found[1].strip() if found else None


def executable_in(command_line: str) -> str | None:
    """Return the absolute path of the litellm that was started as `argv` starts it; None for one started otherwise."""
    found = _EXECUTABLE.match(command_line)
    return found[1] if found else None


def is_of_root(command_line: str, roots: Collection[str]) -> bool:
    """Whether a litellm runs a config of this root, which may have several spellings.

    An absolute path has to be the root's config.yaml, or that of a release. A relative one is taken
    from a folder that is not known: `config.yaml` or one of `releases/` may be the root's, and what it
    serves has to tell.
    One that names no config is somebody else's.
    """
    path = config_path_in(command_line)
    if path is None:
        return False
    path = _plain(path)
    if not path.startswith("/"):
        is_release = path.startswith("releases/") and "/../" not in path
        return is_release or path in ("config.yaml", "current/config.yaml")
    known = {f"{_plain(root).rstrip('/')}/" for root in roots}
    return any(path in (f"{root}config.yaml", f"{root}current/config.yaml") for root in known) or any(
        path.startswith(f"{root}releases/") and "/../" not in path for root in known
    )


def _plain(path: str) -> str:
    """Return a path in one spelling: no `./`, and no /private, where macOS keeps /tmp, /var and /etc."""
    path = re.sub(r"(?<![^/])(?:\./)+", "", re.sub(r"/{2,}", "/", path))
    return path.removeprefix("/private") if path.startswith("/private/") else path


def port_in(command_line: str) -> int | None:
    """Return the port that `--port` names; None when it names none (LiteLLM then takes 4000)."""
    found = _PORT.search(command_line)
    return int(found[1]) if found else None
