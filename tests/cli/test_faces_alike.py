"""`ccdeploy VERB` and `fab VERB` are the same verbs with the same options."""

from __future__ import annotations

import shlex
import subprocess
import sys
from typing import Any

import click
import pytest

from ccdeploy.cli.fab import fab_example, verb_tasks
from ccdeploy.cli.main import group
from ccdeploy.cli.registry import FAMILIES, WORDS, all_verbs
from ccdeploy.cli.verb import Verb
from tests.cli.faces import ROOT, Project

DEPLOYING = ("--config", "--host", "--dry-run", "--strategy", "--allow", "--force", "--wait", "--quiet", "--no-hooks")
VERBS = {verb.name: verb for verb in all_verbs()}


def click_options() -> dict[str, set[str]]:
    """Return each verb of `ccdeploy` with its options; the config argument counts as one."""
    found = {}
    ctx = click.Context(group)
    for word in group.list_commands(ctx):
        command = group.get_command(ctx, word)
        assert command is not None
        inner = command.commands.values() if isinstance(command, click.Group) else [command]
        for one in inner:
            name = f"{word} {one.name}" if isinstance(command, click.Group) else word
            found[name] = {spelling for param in one.params for spelling in _spellings(param)}
    return found


def _spellings(param: click.Parameter) -> list[str]:
    return [*param.opts] if isinstance(param, click.Option) else [f"--{param.name}"]


def fab_options() -> dict[str, set[str]]:
    """Return each task of `fab`, as a verb, with its options."""
    contexts: list[Any] = verb_tasks().to_contexts()
    return {context.name.replace(".", " "): {*context.flags, *_aliases(context)} for context in contexts}


def _aliases(context: Any) -> set[str]:
    return {alias for flag in context.flags for alias in context.flags.aliases_of(flag)}


def test_both_faces_have_the_same_verbs_and_options() -> None:
    """A person who knows one face knows the other."""
    assert click_options() == fab_options()


def test_the_contracts_options_are_there() -> None:
    """The list is what scripts rely on; both faces could have lost one together."""
    everywhere = {"--json"}
    wanted = {
        "init": {"--address", "--name", "--user", "--root", "--url", "--ollama", "--yes", "-y"},
        "completion bash": set(),
        "completion zsh": set(),
        "completion fish": set(),
        "check": {"--config", "--host"},
        "plan": {"--config", "--host", "--memory", "--every", "--poll", "--load-speed", "--trace", "--html"},
        "deploy": {"--phase", *DEPLOYING},
        "phase": {"--phase", *DEPLOYING},
        "run": {
            "--config",
            "--command",
            "--host",
            "--dry-run",
            "--strategy",
            "--allow",
            "--with-key",
            "--wait",
            "--quiet",
            "--no-hooks",
        },
        "verify": {"--host", "--deep", "--timeout"},
        "rollback": {"--host", "--to", "--dry-run", "--strategy", "--wait", "--quiet", "--no-hooks"},
        "upgrade": {"--version", "--host", "--dry-run", "--strategy", "--wait", "--quiet", "--no-hooks"},
        "restart": {"--host", "--dry-run", "--strategy", "--wait", "--quiet", "--no-hooks"},
        "stop": {"--host", "--dry-run", "--wait", "--no-hooks"},
        "status": {"--host"},
        "history": {"--host", "--limit"},
        "diff": {"--config", "--host", "--phase", "--text"},
        "logs": {"--host", "--follow", "-f", "--lines", "-n", "--since", "--level", "--release"},
        "models": {"--host", "--save"},
        "trace": {"--config", "--host", "--from-log", "--alias", "--output"},
        "watch": {"--host", "--for", "--reappearances", "--changes", "--within", "--every"},
        "doctor": {"--host"},
        "setup": {"--host", "--install", "--traefik", "--at-boot", "--dry-run", "--wait"},
        "lock status": {"--host"},
        "lock acquire": {"--host", "--message", "-m"},
        "lock release": {"--host", "--force"},
        "sandbox up": {"--fresh"},
        "sandbox down": set(),
        "sandbox status": set(),
    }
    assert click_options() == {name: options | everywhere for name, options in wanted.items()}


@pytest.mark.parametrize("name", VERBS)
def test_no_option_takes_h_from_help(name: str) -> None:
    """`fab deploy -h studio` must not deploy."""
    assert "-h" not in fab_options()[name]


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_every_help_has_one_sentence_and_an_example(verb: Verb) -> None:
    """The sentence is what the list of verbs shows; an example is what people copy."""
    assert verb.summary.endswith(".")
    assert verb.summary.count(". ") == 0
    assert verb.examples


EXAMPLES = [
    (verb, line)
    for verb in VERBS.values()
    for line in verb.examples
    if not line.startswith(("ccdeploy sandbox", "ccdeploy completion"))
]


@pytest.mark.parametrize(("verb", "line"), EXAMPLES, ids=[line for _, line in EXAMPLES])
def test_an_example_works_as_it_stands(project: Project, face: str, verb: Verb, line: str) -> None:
    """A help text whose example is refused is worse than none."""
    typed = line if face == "ccdeploy" else fab_example(verb, line)
    module = {"ccdeploy": "ccdeploy", "fab": "fabric"}[face]
    done = project.run_words([sys.executable, "-m", module, *shlex.split(typed)[1:]])
    assert (done.returncode, len(project.asked)) == (0, 1)


def test_the_help_groups_every_verb_once() -> None:
    """A verb outside the groups could not be found."""
    assert sorted(WORDS) == sorted({name.split()[0] for name in VERBS})
    assert set(FAMILIES) == {name.split()[0] for name in VERBS if " " in name}


def test_the_help_fits_a_narrow_terminal(project: Project) -> None:
    """Eighty columns are what most terminals open with."""
    for line in ("ccdeploy --help", *(f"ccdeploy {name} --help" for name in ("deploy", "lock", "logs"))):
        shown = project.run(line)
        assert (shown.returncode, shown.stderr) == (0, "")
        assert max(map(len, shown.stdout.splitlines())) <= 80


def test_fab_lists_every_verb(project: Project) -> None:
    """`fab --list` is how a Fabric user looks around."""
    shown = subprocess.run(
        [sys.executable, "-m", "fabric", "--list"], cwd=ROOT, env=project.environment(), capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert {name.replace(" ", ".") for name in VERBS} <= set(shown.stdout.split())
