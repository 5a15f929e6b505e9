"""The ground floor: errors, findings, units, secrets, steps and the clock."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from ccdeploy import clock, errors, events, findings, secret, units
from ccdeploy.findings import Severity, error, note, ordered, warning


def all_errors(base: type[errors.CcdeployError] = errors.CcdeployError) -> list[type[errors.CcdeployError]]:
    """Every type of the tree."""
    return [base, *(inner for sub in base.__subclasses__() for inner in all_errors(sub))]


def test_every_error_ends_with_an_exit_code_of_the_contract() -> None:
    """Scripts decide by these numbers."""
    assert {kind.exit_code for kind in all_errors()} <= set(errors.EXIT_CODES)


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    """People read it there; a stale drawing misleads."""
    drawn = dict(re.findall(r"── (\w+) (\d+)", errors.__doc__ or ""))
    built = {kind.__name__: str(kind.exit_code) for kind in all_errors()[1:] if kind.__module__ == errors.__name__}
    assert drawn == built


def test_a_finding_reads_as_place_message_remedy() -> None:
    """It is the one line that a person sees."""
    assert str(error("c", "f:1", "it is so", "do this")) == "f:1: it is so; do this"
    assert str(note("c", None, "it is so")) == "it is so"


def test_findings_are_ordered_by_severity_then_line_as_a_number() -> None:
    """Line 10 comes after line 9, and each finding once."""
    late, early = error("c", "f:10", "m"), error("c", "f:9", "m")
    mild = warning("c", "a:1", "m")
    assert ordered([mild, late, early, late]) == [early, late, mild]


def test_an_allowed_error_becomes_a_warning_that_says_so() -> None:
    """`--allow CODE` hides nothing."""
    (allowed, kept) = findings.allow([error("a", None, "m"), error("b", None, "m")], ["a"])
    assert (allowed.severity, allowed.hint) == (Severity.WARNING, "allowed on the command line")
    assert findings.errors_in([allowed, kept]) == [kept]


@pytest.mark.parametrize(
    ("text", "expected"), [("10s", 10), ("5m", 300), ("1h", 3600), ("250ms", 0.25), (3, 3), ("1.5 s", 1.5), ("0", 0)]
)
def test_durations_are_read(text: str | float, expected: float) -> None:
    """As people write them."""
    assert units.seconds(text) == expected


@pytest.mark.parametrize("text", ["", "fast", "10 parsecs", "-1s", True, -1])
def test_what_is_no_duration_raises_the_remedy(text: str | float) -> None:
    """It becomes a finding in the settings."""
    with pytest.raises(ValueError, match=r"10s, 5m or 1h|negative"):
        units.seconds(text)


@pytest.mark.parametrize(
    ("text", "expected"), [("32GB", 32 * 10**9), ("32GiB", 2**35), ("1.5 kb", 1500), (7, 7), ("7", 7)]
)
def test_sizes_are_read_in_both_systems(text: str | int, expected: int) -> None:
    """32 GB and 32 GiB differ by a model of 7B."""
    assert units.size_bytes(text) == expected


@pytest.mark.parametrize("text", ["", "GB", "lots", "1 QB", True, "9999999 TB", "9" * 400 + "GB"])
def test_what_is_no_size_raises_the_remedy(text: str | int) -> None:
    """It becomes a finding in the settings."""
    with pytest.raises(ValueError, match="write 32GB"):
        units.size_bytes(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.34, "340 ms"), (8.5, "8.5 s"), (180, "3 min"), (7500, "2 h 5 min"), (4 * 86400, "4 d")],
)
def test_durations_are_shown_for_people(seconds: float, text: str) -> None:
    """They stand in every checklist."""
    assert units.human_seconds(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (999, "999 B"), (4_680_000_000, "4.7 GB"), (3 * 10**12, "3.0 TB")]
)
def test_sizes_are_shown_as_ollama_counts(size: int, text: str) -> None:
    """Decimal units, as `ollama list`."""
    assert units.human_bytes(size) == text


def test_numbers_agree_with_their_noun() -> None:
    """`1 errors` looks unfinished."""
    assert [units.counted(1, "error"), units.counted(2, "error"), units.counted(0, "process", "es")] == [
        "1 error",
        "2 errors",
        "0 processes",
    ]


def test_a_secret_shows_itself_to_reveal_only() -> None:
    """repr, str and format end up in logs."""
    hidden = secret.Secret("made-up")
    assert "made-up" not in f"{hidden} {hidden!r} {[hidden]}"
    assert hidden.reveal() == "made-up"
    assert hidden == secret.Secret("made-up")
    assert not secret.Secret("")


def test_masking_takes_known_secrets_and_known_shapes() -> None:
    """The longest first: a secret that holds another one must not leave its tail."""
    known = [secret.Secret("made-up"), secret.Secret("made-up-longer")]
    assert secret.mask("a made-up-longer b sk-abcdefgh c", known) == "a *** b *** c"


@pytest.mark.parametrize(
    ("name", "is_secret"),
    [
        ("api_key", True),
        ("LITELLM_MASTER_KEY", True),
        ("Authorization", True),
        ("db.password", True),
        ("keep_alive", False),
    ],
)
def test_names_of_secrets_are_known(name: str, is_secret: bool) -> None:
    """`diff` masks what stands under them."""
    assert secret.is_secret_name(name) is is_secret


def test_a_step_tells_its_start_its_end_and_its_seconds() -> None:
    """The checklist and history.jsonl both live on it."""
    seen: list[events.Event] = []
    ticks = iter([1.0, 3.5])
    steps = events.Steps(seen.append, lambda: next(ticks))
    with steps.step("k", "title") as notes:
        notes.detail = "worth knowing"
    assert seen == [events.StepStarted("k", "title"), events.StepDone("k", "title", 2.5, "worth knowing")]
    assert steps.seconds == {"k": 2.5}


def test_a_step_that_fails_says_why_and_lets_the_error_through() -> None:
    """Ctrl-C has no text of its own, so its name stands there."""
    seen: list[events.Event] = []
    steps = events.Steps(seen.append, lambda: 0.0)
    with pytest.raises(KeyboardInterrupt), steps.step("k", "title"):
        raise KeyboardInterrupt
    assert seen[-1] == events.StepFailed("k", "title", 0.0, "KeyboardInterrupt")


def test_moments_are_written_in_utc() -> None:
    """Host and machine may stand in different zones."""
    moment = datetime(2026, 1, 31, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    assert clock.iso(moment) == "2026-01-31T12:00:00Z"
    assert clock.SystemClock().now().tzinfo is UTC
