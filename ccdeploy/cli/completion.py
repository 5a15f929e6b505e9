"""`completion bash|zsh|fish`: the script that teaches a shell our verbs, options, hosts and configs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.cli.options import JSON
from ccdeploy.cli.verb import Answer, Asked, Verb
from ccdeploy.results import Completion

if TYPE_CHECKING:
    from ccdeploy.app import Project

VARIABLE = "_CCDEPLOY_COMPLETE"  # click asks for completions by it
_HOW = {
    "bash": ("Needs bash 4.4 or newer.", 'Add to ~/.bashrc: eval "$(ccdeploy completion bash)"'),
    "zsh": ("Needs compinit.", 'Add to ~/.zshrc, after compinit: eval "$(ccdeploy completion zsh)"'),
    "fish": ("", "Write it once: ccdeploy completion fish > ~/.config/fish/completions/ccdeploy.fish"),
}


def script_for(shell: str) -> str:
    """Return the script for a shell; it asks ccdeploy itself, so it never gets old."""
    from click.shell_completion import get_completion_class

    from ccdeploy.cli.main import group

    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click knows the three
    return kind(group, {}, "ccdeploy", VARIABLE).source()


def _verb(shell: str) -> Verb:
    def run(project: Project, asked: Asked) -> Answer:
        return Answer(Completion(shell, script_for(shell)))

    needs, how = _HOW[shell]
    return Verb(
        f"completion {shell}",
        f"Print the completion script for {shell}.",
        (f"ccdeploy completion {shell}",),
        run,
        details=f"{how}. {needs} Hosts and configs are completed by name, from the project that you are in.",
        options=(JSON,),
    )


VERBS = tuple(_verb(shell) for shell in _HOW)
