"""Every command line that a page shows is one that the tool takes."""

from __future__ import annotations

import pytest

from tests.docs.faces import fault_of
from tests.docs.reading import CommandLine, command_lines, texts

SHOWN = [line for page, text in texts().items() for line in command_lines(page, text)]


@pytest.mark.parametrize("line", SHOWN, ids=str)
def test_a_command_line_that_a_page_shows_is_understood(
    line: CommandLine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A reader types what stands there; verbs and options must exist, and values be of their kind."""
    assert fault_of(line, monkeypatch, capsys) is None


def test_the_command_lines_of_the_pages_are_seen() -> None:
    """A reader of pages that finds nothing would find nothing wrong."""
    assert {line.face for line in SHOWN} == {"ccdeploy", "fab"}
    assert {"README.md", "docs/tutorial/first-hour.md", "docs/reference/verbs.md"} <= {line.page for line in SHOWN}


@pytest.mark.parametrize(
    ("face", "words"),
    [
        ("ccdeploy", ("depoly",)),
        ("ccdeploy", ("deploy", "--dryrun")),
        ("ccdeploy", ("deploy", "--strategy", "hope")),
        ("ccdeploy", ("lock", "steal")),
        ("fab", ("lock", "status")),
        ("fab", ("deploy", "--configs", "mine")),
        ("fab", ("deploy", "--wait", "soon")),
    ],
)
def test_a_wrong_command_line_is_not(
    face: str, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each kind of mistake is seen through each face, or the pages could make it."""
    assert fault_of(CommandLine("made-up.md", face, words), monkeypatch, capsys)


def test_command_lines_are_read_out_of_every_place() -> None:
    """Blocks, prompts, lines with a pipe or a comment, and running text are what pages consist of."""
    page = (
        "Say `ccdeploy status` or `fab VERB`.\n"
        "```sh\nmake install && ccdeploy check a  # why\n```\n"
        "```console\n$ ccdeploy history | head\nccdeploy: not this\n```\n"
    )
    assert [line.words for line in command_lines("p.md", page)] == [("check", "a"), ("history",), ("status",)]
