"""A page is read as a story: its commands, how each ends, what it shows, and what differs from run to run."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from docs.stories.names import Names, comparable
from docs.stories.page import Step, story_of, with_outputs
from docs.stories.shell import Stuck, shell
from docs.stories.telling import Told, differences, tell, wrong_codes
from tests.docs.reading import command_lines, texts

STORIES = {page: story_of(text) for page, text in texts().items()}
# Blocks that no story runs. A page that is here has a reason for each of them.
REFERENCE = "docs/reference/verbs.md"  # has one for each verb, and more
NOT_RUN = {
    "README.md": 7,
    "docs/tutorial/sandbox.md": 1,
    "docs/how-to/replay.md": 1,
    "docs/how-to/recover.md": 1,
    "docs/how-to/routes.md": 2,
    "docs/how-to/no-gap.md": 1,
    "docs/how-to/plan.md": 1,
    "docs/how-to/answers.md": 1,
}


def test_every_command_of_every_page_is_run_or_says_why_not() -> None:
    """A block without a world would be read by people and run by nobody."""
    idle = [page for page, story in STORIES.items() if story.steps and not story.world]
    assert idle == [], "name the world: <!-- story: hand-made -->, or say why: <!-- not run: REASON -->"
    skipped = {page: len(story.skipped) for page, story in STORIES.items() if story.skipped}
    assert skipped.pop(REFERENCE)
    assert skipped == NOT_RUN


def test_the_stories_reach_most_verbs() -> None:
    """Guards the reading: a story without steps is always true."""
    run = {line.words[0] for page, text in texts().items() if STORIES[page].world for line in command_lines(page, text)}
    assert {"check", "deploy", "diff", "doctor", "history", "lock", "logs", "rollback", "setup", "status"} <= run


PAGE = """\
# A page
<!-- story: hand-made -->
```sh
# only a remark
make this && \\
  that
cat <<END
$ not a command
END
```
```console
$ say one  # ends with 6
one
two
$ say two
$ echo $?
3
```
<!-- not run: needs a Mac -->
```sh
open it
```
"""


def test_a_page_is_read_as_its_commands() -> None:
    """Lines that go on, here-documents, outputs, and how each is said to end."""
    story = story_of(PAGE)
    assert story.world == "hand-made"
    assert [(step.command, step.ends_with, step.shown) for step in story.steps] == [
        ("make this && \\\n  that", 0, None),
        ("cat <<END\n$ not a command\nEND", 0, None),
        ("say one  # ends with 6", 6, "one\ntwo"),
        ("say two", 3, ""),
        ("echo $?", 0, "3"),
    ]
    assert [(skipped.reason) for skipped in story.skipped] == ["needs a Mac"]


def test_what_was_printed_is_written_where_it_was_shown() -> None:
    """Recording changes the outputs and nothing else of a page."""
    told = [(step, step.command.replace("that", "this"), "new") for step in story_of(PAGE).steps]
    new = with_outputs(PAGE, told)
    assert new == PAGE.replace("that", "this").replace("one\ntwo\n", "new\n").replace(
        "$ say two\n", "$ say two\nnew\n"
    ).replace("\n3\n", "\nnew\n")


def test_what_differs_from_run_to_run_is_left_out_and_the_rest_is_not() -> None:
    """Times, pids and ids change each time; which release it is does not."""
    first = "20261123-182411-7049 took 12.0 s, after 20261123-182410-7646  pid 12"
    other = "20261124-000000-aaaa took 300 ms, after 20261124-000000-bbbb pid 9"
    assert comparable(first) == comparable(other)
    assert comparable(f"{first} 20261123-182411-7049") != comparable(f"{other} 20261124-000000-bbbb")


def test_a_release_that_a_page_names_is_the_one_that_was_made_here() -> None:
    """A later command of the page can name a release that an earlier one printed."""
    names = Names({"8081": "12345"})
    names.learn("release 20261123-182411-7049", "release 20261124-000000-aaaa")
    assert (
        names.as_run("logs --release 20261123-182411-7049 8081 80812")
        == "logs --release 20261124-000000-aaaa 12345 80812"
    )
    assert names.as_shown("port 12345") == "port 8081"


def test_one_shell_runs_a_whole_page(tmp_path: Path) -> None:
    """Folders, variables and `$?` last from command to command, and a wrong end stops the story."""
    text = "```console\n$ mkdir a && cd a && name=ada\n$ echo $name; pwd | tail -c 3\n$ false\n$ echo never\n```\n"
    with shell(tmp_path, {"PATH": "/usr/bin:/bin"}) as running:
        told = tell(story_of(text), Names({}), running)
    assert [(one.code, one.printed) for one in told] == [(0, ""), (0, "ada\n/a"), (1, "")]
    assert "line 4: false\nended with 1, the page says 0" in wrong_codes(told)[0]
    assert "+ada" in differences(told)


def test_a_command_without_an_end_is_interrupted_and_the_page_goes_on(tmp_path: Path) -> None:
    """`logs -f` stands on a page, and nobody presses Ctrl-C in a test."""
    # Ctrl-C may come before `sleep` has begun: only a short one lets the shell hear of it soon.
    endless = """sh -c 'trap "exit 130" INT; echo first; while :; do sleep 0.1; done'  # until Ctrl-C; ends with 130"""
    with shell(tmp_path, {"PATH": "/usr/bin:/bin"}) as running:
        told = tell(story_of(f"```console\n$ {endless}\n$ echo second\n```\n"), Names({}), running)
    assert [(one.code, one.printed) for one in told] == [(130, "first"), (0, "second")]


def test_a_command_that_hangs_is_named(tmp_path: Path) -> None:
    """A page must not stop the tests for ever."""
    with shell(tmp_path, {"PATH": "/usr/bin:/bin"}) as running, pytest.raises(Stuck, match="sleep 60"):
        replace(running, timeout_s=0.2).run("sleep 60")


def test_every_reason_is_one() -> None:
    """`not run` is for what cannot be run, and says what stands in the way."""
    reasons = Counter(skipped.reason for story in STORIES.values() for skipped in story.skipped)
    assert all(len(reason.split()) > 3 for reason in reasons), reasons


def test_differences_are_of_outputs_alone() -> None:
    """A command whose output a page does not show may print what it likes."""
    silent = Told(Step(1, "x", 0), "x", 0, "much")
    assert differences([silent]) == []
