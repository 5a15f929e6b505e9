"""What every place and every noise is tried with: a deploy and a rollback, or a refusal that touched nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ccdeploy import app
from ccdeploy.errors import CcdeployError
from ccdeploy.results import Attempt
from tests.support.studio import Studio


def deploy_and_go_back(studio: Studio) -> None:
    """Deploy over a proxy that was started by hand, see that there is nothing to do, and go back to what it served."""
    studio.by_hand("coder")
    deploy_over(studio, {"coder"})
    assert studio.deploy("second").outcome == "nothing-to-do"
    go_back(studio, {"coder"})


def go_on_and_back(studio: Studio, served: set[str]) -> None:
    """Deploy over what serves these names, and go back."""
    deploy_over(studio, served)
    go_back(studio, served)


def deploy_over(studio: Studio, served: set[str]) -> Attempt:
    """Deploy a config with one more name than these."""
    with studio.watched() as promises:
        attempt = studio.deploy(studio.config("second", *served, "more"))
    assert attempt.outcome == "deployed"
    promises.kept(served={*served, "more"}, gap_allowed=True, release=attempt.release)
    return attempt


def go_back(studio: Studio, served: set[str]) -> None:
    """Roll back to the release that served these names."""
    with studio.watched() as promises:
        back = app.rollback(studio.project, None)
    assert back.outcome == "rolled-back"
    promises.kept(served=served, gap_allowed=True, release=back.release)


def done_or_not(does: Callable[[], Attempt]) -> tuple[str | None, CcdeployError | None]:
    """Return the release that a verb brought into service, or the error of one sentence that it ended with."""
    try:
        return does().release, None
    except CcdeployError as exc:
        assert_is_a_sentence(exc)
        return None, exc


def refused(studio: Studio, served: set[str], *, exit_codes: tuple[int, ...] = (3,)) -> CcdeployError:
    """Deploy, which must be refused with one sentence while these go on being served; nothing is touched."""
    before, release = studio.checksum(), studio.current
    with studio.watched() as promises, pytest.raises(CcdeployError) as caught:
        studio.deploy(studio.config("refused", *served, "never"))
    promises.kept(served=served, release=release)
    assert caught.value.exit_code != 3 or studio.checksum() == before
    assert caught.value.exit_code in exit_codes, caught.value
    assert_is_a_sentence(caught.value)
    return caught.value


def assert_is_a_sentence(error: CcdeployError) -> None:
    """Assert that an error says what is wrong in one line, and names a remedy."""
    said = [error.message, *(finding.message for finding in getattr(error, "findings", ()))]
    assert all(text and "\n" not in text and "Traceback" not in text for text in said), said
    assert error.hint or any(finding.hint for finding in getattr(error, "findings", ())), error
