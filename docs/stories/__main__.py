"""`python -m docs.stories [PAGE ...]`: writes what the commands print into the pages; without a name into all."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from docs.generate import ROOT, pages
from docs.stories.names import comparable
from docs.stories.page import Story, story_of, with_outputs
from docs.stories.picture import picture
from docs.stories.shell import shell
from docs.stories.telling import Told, tell, wrong_codes
from docs.stories.worlds import WORLDS
from tests.support.neighbourhood import Neighbourhood, neighbourhood

# The terminal that the first page and the README show: this command of this page.
PICTURED = ("docs/tutorial/first-hour.md", "ccdeploy deploy")
PICTURE = ROOT / "docs" / "terminal.svg"


def pictured(told: list[Told]) -> Told:
    """Return the step whose terminal is shown: the deploy that changes what serves."""
    return [one for one in told if one.command == PICTURED[1]][2]


def told_in(folder: Path, around: Neighbourhood, story: Story) -> list[Told]:
    """Tell a story in a new world below a folder."""
    with WORLDS[story.world or ""](folder, around) as world, shell(world.folder, world.environment) as running:
        return tell(story, world.names, running, world.settle)


def main(arguments: list[str]) -> int:
    """Record the pages. Returns 1 if a command ended otherwise than its page says; that page stays."""
    wanted = [ROOT / name for name in arguments] or [page for page in pages() if story_of(page.read_text()).world]
    failed = 0
    with tempfile.TemporaryDirectory() as folder, neighbourhood(Path(folder)) as around:
        for number, page in enumerate(wanted):
            text = page.read_text(encoding="utf-8")
            place = Path(folder) / f"story-{number}"
            place.mkdir()
            told = told_in(place, around, story_of(text))
            if wrong := wrong_codes(told):
                failed = 1
                print(f"{page.relative_to(ROOT)}: {wrong[0]}", file=sys.stderr)
                continue
            new = with_outputs(text, [(one.step, one.command, one.printed) for one in told])
            if comparable(new) != comparable(text):  # other times and pids alone are no news
                page.write_text(new, encoding="utf-8")
                if str(page.relative_to(ROOT)) == PICTURED[0]:
                    PICTURE.write_text(picture(PICTURED[1], pictured(told).written), encoding="utf-8")
            print(f"{page.relative_to(ROOT)}: {len(told)} commands")
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
