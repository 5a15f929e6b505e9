"""The env file, held against python-dotenv itself and against a real shell where they differ."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from ccdeploy.litellm.envfile import add, check, parse

SAMPLES = [
    b"A=1\nB = two words # comment\nexport C='single $HOME'\n",
    b'A="line\\nbreak"\nB="say \\"hi\\""\nC=a#b\nD=a #b\n',
    b"\xef\xbb\xbfA=with bom\r\nB=crlf\r\n",
    b"A=first\nA=second\nB=${A}-${NOWHERE:-fallback}\n",
    b"broken line\n=no name\nA=1\nB\n'quoted'=2\n",
    b"KEY='a\\'b'\nJSON={\"a\": [1, 2]}\nEMPTY=\n",
    b"A='multi\nline'\nB=after\n",
]


def values(data: bytes) -> dict[str, str]:
    """The revealed values."""
    return {name: secret.reveal() for name, secret in parse(data).items()}


@pytest.mark.parametrize("data", SAMPLES)
def test_a_file_means_what_it_means_to_python_dotenv(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """LiteLLM reads .env files with that library, and ours must be the same environment."""
    for name in list(os.environ):
        monkeypatch.delenv(name)
    text = data.decode("utf-8").replace("\r\n", "\n")
    expected = dotenv_values(stream=io.StringIO(text))
    assert values(data) == {name: value for name, value in expected.items() if value is not None}


def test_nothing_of_this_machines_environment_gets_into_the_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is expanded for the host: what is set here would be a surprise there, and a leak."""
    monkeypatch.setenv("SECRET_OF_HERE", "leak")
    assert values(b"A=${SECRET_OF_HERE}\n") == {"A": ""}


def test_the_environment_wins_over_the_file_inside_references() -> None:
    """So does load_dotenv, which overrides nothing that is set."""
    assert parse(b"A=file\nB=${A}\n", {"A": "host"})["B"].reveal() == "host"


def test_values_do_not_show_themselves() -> None:
    """A parsed file is passed around; its repr may land in a log."""
    assert "made-up" not in repr(parse(b"KEY=made-up\n"))


def test_findings_name_the_line_and_no_value() -> None:
    """Each fault is one that LiteLLM skips without a word."""
    found = check(b"A=1\n\nbroken line here\nB\nA=made-up\nC-D=1\n", ".env")
    assert [(f.code, f.where) for f in found] == [
        ("env-syntax", ".env:3"),
        ("env-no-value", ".env:4"),
        ("env-duplicate", ".env:5"),
        ("env-name", ".env:6"),
    ]
    assert "made-up" not in "".join(map(str, found))


def test_a_good_file_has_no_findings() -> None:
    """A check that cries wolf is soon ignored."""
    assert check(b"# comment\nexport A=1\n\nB='x y'\n", ".env") == []


def test_bytes_that_are_no_utf8_are_one_finding() -> None:
    """LiteLLM would stop with a traceback."""
    assert [(f.code, f.where) for f in check(b"A=1\nB=\xff\n", ".env")] == [("env-encoding", ".env:2")]


@given(st.text().filter(lambda v: "${" not in v and "\0" not in v and "\r" not in v))
def test_what_is_added_is_read_back(value: str) -> None:
    """A key that comes back changed would lock everybody out."""
    try:
        data = add(b"A=1\n", "KEY", value)
    except UnicodeEncodeError:
        return  # a lone surrogate is no text
    assert values(data) == {"A": "1", "KEY": value}
    assert dotenv_values(stream=io.StringIO(data.decode("utf-8")), interpolate=True)["KEY"] == value


def test_adding_keeps_every_other_byte() -> None:
    """The file is the user's: comments and order stay."""
    assert add(b"# mine\nA = 1 # one", "KEY", "sk-x") == b"# mine\nA = 1 # one\nKEY=sk-x\n"


def test_adding_a_name_that_is_there_replaces_it() -> None:
    """Two lines for one name would be a riddle for the next reader."""
    assert add(b"KEY=\nA=1\nKEY=old\n", "KEY", "new") == b"A=1\nKEY=new\n"


@pytest.mark.parametrize(("name", "value"), [("A B", "1"), ("", "1"), ("A", "x${y}"), ("A", "nul\0")])
def test_what_the_grammar_cannot_hold_is_refused(name: str, value: str) -> None:
    """Better a sentence than a file that says something else."""
    with pytest.raises(ValueError, match=r"is no name|cannot express"):
        add(b"", name, value)


def test_an_added_value_is_what_litellms_own_loader_finds(tmp_path: Path) -> None:
    """The round trip through a real file."""
    file = tmp_path / ".env"
    file.write_bytes(add(b"", "KEY", "it's \\ here #1 $HOME"))
    assert dotenv_values(file)["KEY"] == "it's \\ here #1 $HOME"
