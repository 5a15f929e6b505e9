"""The README's way from zero to a host of one's own is the one that the first hour goes, and that a test types."""

from __future__ import annotations

import shlex

from docs.stories.page import Step, story_of
from tests.docs.reading import fences, texts

INSTALL = ["git clone REPOSITORY ccdeploy && cd ccdeploy", "make install && . .venv/bin/activate"]
EDIT = "$EDITOR configs/litellm/gateway.yaml"
_MEANS_MORE = ("--install", "--dry-run")


def steps(block: str) -> list[str]:
    """Return the commands of an sh block, without what is said of them."""
    return [step.command.partition(" #")[0].strip() for step in story_of(f"```sh\n{block}```\n").steps]


def way(command: str) -> list[str]:
    """Return a command without the host, the version, and the answers to the questions of `init`."""
    words = shlex.split(command)
    if words[0] != "ccdeploy":
        return words
    return [*words[:2], *(word for word in words[2:] if word in _MEANS_MORE)]


def first_hour() -> tuple[Step, ...]:
    """Return the steps of the page that a test types on an empty host."""
    story = story_of(texts()["docs/tutorial/first-hour.md"])
    assert story.world == "empty-host"
    return story.steps


def test_the_readme_goes_the_way_of_the_first_hour() -> None:
    """Whoever types what stands in the README types what a test has typed, in this order."""
    (block,) = [block for block in fences(texts()["README.md"], "sh") if "ccdeploy init" in block]
    shown = steps(block)
    assert [line for line in shown if line in (*INSTALL, EDIT)] == [*INSTALL, EDIT]
    ours = [way(line) for line in shown if line not in (*INSTALL, EDIT)]
    assert ours[-1] == ["ccdeploy", "status"]
    typed = [way(step.command) for step in first_hour()]
    reached = typed[0]
    assert reached == ["ssh", "studio.example.com", "true"]
    assert ours == typed[1 : len(ours) + 1]


def test_what_init_names_next_is_this_way() -> None:
    """`doctor` finds nothing but what is missing on a host that `setup` has not made ready."""
    init = next(step for step in first_hour() if "ccdeploy init" in step.command)
    shown = [line.split("  ")[1] for line in (init.shown or "").partition("Next:\n")[2].splitlines()]
    named = [way(line) for line in shown if line.startswith("ccdeploy") and "sandbox" not in line]
    (block,) = [block for block in fences(texts()["README.md"], "sh") if "ccdeploy init" in block]
    ours = [way(line) for line in steps(block) if line.startswith("ccdeploy")]
    assert named == [one for one in ours if one in named]
