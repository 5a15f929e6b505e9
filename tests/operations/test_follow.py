"""Following a log: each line once, in its order, whatever the network, the log and the environment do meanwhile."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ccdeploy import app
from ccdeploy.errors import ConnectFailed, Refused
from ccdeploy.events import Noted, Warned
from ccdeploy.remote import log as remote
from ccdeploy.results import LogLine
from tests.support.cable import Cable
from tests.support.openssh import end, sshd, sshd_again
from tests.support.studio import Studio
from tests.support.waiting import until


class Reader:
    """Follows in a thread, as a terminal would; goes away when it is told to, at the next line."""

    def __init__(self, studio: Studio, **wanted: object) -> None:
        self._studio, self._wanted = studio, wanted
        self._has_enough = threading.Event()
        self.lines: list[LogLine] = []
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self._run, daemon=True)

    @property
    def texts(self) -> list[str]:
        """What was shown."""
        return [line.text for line in self.lines]

    def wait_for(self, text: str) -> None:
        """Wait until a line was shown."""
        until(lambda: text in self.texts or self.error, f"the line {text!r} in {self.texts}")

    def leave(self) -> None:
        """Read no more: the next line is the last."""
        self._has_enough.set()
        write(self._studio, "the end")
        self.thread.join(20)
        assert not self.thread.is_alive()

    def said(self, kind: type[Noted] | type[Warned]) -> list[str]:
        """What was said beside the lines."""
        return [event.text for event in self._studio.events if isinstance(event, kind)]

    def _show(self, line: LogLine) -> bool:
        self.lines.append(line)
        return not self._has_enough.is_set()

    def _run(self) -> None:
        try:
            app.logs(self._studio.project, None, show=self._show, **self._wanted)  # type: ignore[arg-type]
        except BaseException as exc:
            self.error = exc


def write(studio: Studio, *lines: str, end: str = "\n") -> None:
    """Append to the log of what serves."""
    with (studio.root / "logs" / "litellm.log").open("a") as log:
        log.write("".join(f"{line}{end}" for line in lines))


def turn_over(studio: Studio) -> None:
    """Give the log its next name, as a start does."""
    log = studio.root / "logs" / "litellm.log"
    log.rename(log.with_name("litellm.log.1"))
    log.touch()


@contextmanager
def following(studio: Studio, **wanted: object) -> Iterator[Reader]:
    """Follow the log, from its last line on."""
    reader = Reader(studio, **wanted)
    write(studio, "before")
    reader.thread.start()
    reader.wait_for("before")
    yield reader
    if reader.error:
        raise reader.error
    if reader.thread.is_alive():
        reader.leave()
    assert reader.error is None


def test_each_new_line_is_shown_once_it_is_whole(studio: Studio) -> None:
    """Half a line would be masked by halves, and be read as two."""
    write(studio, "no end ye", end="")
    write(studio, "t", "INFO:     two")
    with following(studio) as reader:
        write(studio, "thr", end="")
        write(studio, "ee")
        reader.wait_for("three")
        write(studio, "WARNING:  four", "  more of it")
        reader.wait_for("  more of it")
    assert reader.texts == [
        "no end yet",
        "INFO:     two",
        "before",
        "three",
        "WARNING:  four",
        "  more of it",
        "the end",
    ]
    assert [line.level for line in reader.lines][-3:] == ["warning", "warning", "warning"]


def test_a_last_line_without_an_end_waits_for_it(studio: Studio) -> None:
    """Also the one that was begun before anybody followed."""
    write(studio, "before")
    write(studio, "begun, ", end="")
    reader = Reader(studio)
    reader.thread.start()
    reader.wait_for("before")
    write(studio, "and ended")
    reader.wait_for("begun, and ended")
    reader.leave()
    assert reader.texts == ["before", "begun, and ended", "the end"]


def test_lines_written_while_the_ssh_server_was_down_come_once_and_in_order(studio: Studio, tmp_path: Path) -> None:
    """A reboot of sshd at two in the morning: nothing is missing afterwards, nothing comes twice, and it is said."""
    with sshd(tmp_path / "sshd") as server:
        target = server.target
        way = {"port": target.port, "identity_file": target.identity_file, "known_hosts": target.known_hosts}
        studio.entry["ssh"] |= {**way, "user": target.user}
        studio.settle()
        with following(studio) as reader:
            end(server)
            write(studio, "while it was down 1")
            until(lambda: reader.said(Warned), "word of the lost connection")
            turn_over(studio)
            write(studio, "while it was down 2")
            with sshd_again(server):
                reader.wait_for("while it was down 2")
                write(studio, "back")
                reader.wait_for("back")
                reader.leave()
    assert reader.texts[:4] == ["before", "while it was down 1", "while it was down 2", "back"]
    assert reader.said(Warned) == ["studio: the connection was lost; trying again until it is back, Ctrl-C ends it"]
    assert [text for text in reader.said(Noted) if "connected again" in text]


def test_a_connection_that_drops_again_and_again_loses_no_line(studio: Studio, line: Cable) -> None:
    """The same question is asked again until it was answered as a whole."""
    with following(studio) as reader:
        for number in range(5):
            write(studio, f"line {number}")
            line.cut()
            write(studio, f"and {number}")
            reader.wait_for(f"and {number}")
    wanted = [text for number in range(5) for text in (f"line {number}", f"and {number}")]
    assert reader.texts == ["before", *wanted, "the end"]


def test_a_log_that_was_truncated_is_said_to_be(studio: Studio) -> None:
    """Somebody's logrotate may have taken lines that nobody saw."""
    with following(studio) as reader:
        os.truncate(studio.root / "logs" / "litellm.log", 0)
        write(studio, "new")
        reader.wait_for("new")
    assert any("was truncated" in text for text in reader.said(Warned))


def test_a_log_that_is_gone_is_said_to_be_and_a_new_one_is_followed(studio: Studio) -> None:
    """Somebody cleaned up."""
    with following(studio) as reader:
        (studio.root / "logs" / "litellm.log").unlink()
        until(lambda: any("is gone" in text for text in reader.said(Warned)), "word of it")
        write(studio, "new")
        reader.wait_for("new")


def test_a_log_that_is_truncated_and_gone_in_one_moment_ends_nothing(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clean-up between two lines of our script: no test could time it, so the answer is changed."""
    asked, left = remote.more, [1]

    def cut_and_gone(*words: Any) -> remote.More:
        more = asked(*words)
        if more.parts and left:
            left.clear()
            return replace(more, parts=tuple(replace(p, how="cut") for p in more.parts), inodes=frozenset())
        return more

    with following(studio) as reader:
        monkeypatch.setattr(remote, "more", cut_and_gone)
        write(studio, "new")
        reader.wait_for("new")


def test_a_key_that_was_changed_meanwhile_is_not_shown(studio: Studio) -> None:
    """Who follows for days sees the environment change."""
    with following(studio) as reader:
        studio.env(MY_SERVICE="correct-horse-battery")
        write(studio, "sent correct-horse-battery", "next")
        reader.wait_for("next")
    assert "correct-horse" not in str(reader.texts)


def test_only_the_wanted_level_is_followed(studio: Studio) -> None:
    """The errors of a busy proxy, as they come."""
    with following(studio) as reader:
        pass
    reader = Reader(studio, level="error")
    reader.thread.start()
    write(studio, "ERROR:    one", "of it", "INFO:     two", "ERROR:    three")
    reader.wait_for("ERROR:    three")
    assert reader.texts == ["ERROR:    one", "of it", "ERROR:    three"]
    write(studio, "ERROR:    last")
    reader.leave()


def test_a_host_or_a_log_that_is_not_there_in_the_beginning_is_an_error(studio: Studio, line: Cable) -> None:
    """A misspelt address would be waited for without an end."""
    with pytest.raises(Refused, match=r"there is no logs/litellm\.log"):
        app.logs(studio.project, None, show=lambda _: True)
    line.close()
    with pytest.raises(ConnectFailed):
        app.logs(studio.project, None, show=lambda _: True)
