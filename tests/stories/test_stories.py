"""The commands of the pages are run, in order, each page against a host made for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.stories.__main__ import PICTURE, PICTURED, pictured, told_in
from docs.stories.names import comparable
from docs.stories.page import story_of
from docs.stories.picture import picture, words
from docs.stories.telling import differences, wrong_codes
from tests.docs.reading import texts
from tests.support.neighbourhood import Neighbourhood

STORIES = {page: story_of(text) for page, text in texts().items()}


@pytest.mark.parametrize("page", [page for page, story in STORIES.items() if story.world])
def test_a_page_happens_as_it_says(page: str, tmp_path: Path, around: Neighbourhood) -> None:
    """A reader types what stands there, in this order, and sees this; `python -m docs.stories PAGE` records it anew."""
    told = told_in(tmp_path, around, STORIES[page])
    assert wrong_codes(told) == []
    assert len(told) == len(STORIES[page].steps)
    found = differences(told)
    if page == PICTURED[0]:
        shown = comparable(words(PICTURE.read_text(encoding="utf-8")))
        assert comparable(words(picture(PICTURED[1], pictured(told).written))) == shown
    assert not found, "\n".join([f"{page} is not what happens; python -m docs.stories {page} records it", *found])
