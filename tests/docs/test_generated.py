"""The generated parts of the pages are what the code says now."""

from __future__ import annotations

import pytest

from docs.blocks import BLOCKS
from docs.generate import COMMAND, pages, rewritten, stale
from tests.docs.reading import texts


def test_no_generated_part_is_stale() -> None:
    """A page that lists facts must not contradict the code."""
    pages_behind = stale({name: make() for name, make in BLOCKS.items()})
    assert not pages_behind, f"{', '.join(pages_behind)}: a generated part is stale; run {COMMAND}"


def test_every_generated_part_stands_on_a_page() -> None:
    """A part that nobody sees is a part that nobody keeps."""
    everything = "".join(texts().values())
    assert [name for name in BLOCKS if f"<!-- generated: {name} -->" not in everything] == []


def test_a_stale_part_is_found_and_rewritten_and_the_rest_stays() -> None:
    """Rewriting is by the markers alone; what a person wrote around them is theirs."""
    page = "above\n<!-- generated: facts -->\n\nold\n\n<!-- end of facts -->\nbelow\n"
    assert rewritten(page, {"facts": "new"}) == page.replace("old", "new")


@pytest.mark.parametrize(
    "page",
    [
        "<!-- generated: facts -->\nno end\n",
        "no beginning\n<!-- end of facts -->\n",
        "<!-- generated: fatcs -->\n<!-- end of fatcs -->\n",
    ],
)
def test_a_marker_that_means_nothing_is_refused(page: str) -> None:
    """A misspelt marker would leave a part stale for ever, unseen."""
    with pytest.raises(ValueError, match=r"no partner|no such part"):
        rewritten(page, {"facts": "new"})


def test_every_verb_and_every_code_is_on_its_page() -> None:
    """Guards the making itself: a loop over nothing makes pages that are never stale."""
    text = texts()
    assert "## sandbox status" in text["docs/reference/verbs.md"]
    assert "| `130` |" in text["docs/reference/exit-codes.md"]
    assert "### hosts.NAME.traefik" in text["docs/reference/settings.md"]
    assert "`background-checks`" in text["docs/reference/lint.md"]
    assert "`operations`" in text["docs/explanation/architecture.md"]
    assert "### Attempt" in text["docs/reference/json.md"]
    assert len(pages()) >= 10
