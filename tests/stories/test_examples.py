"""The examples of the verbs, which the help, the man pages and docs/reference/verbs.md show, are run against hosts."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccdeploy.cli.registry import all_verbs
from docs.stories.__main__ import told_in
from docs.stories.page import Step, Story, story_of
from docs.stories.telling import wrong_codes
from tests.docs.reading import texts
from tests.support.neighbourhood import Neighbourhood

RELEASE = "20260131-120000-7f3a"  # of an example; `history` shows which one it is here
CASES = Path(__file__).parents[1] / "cases"
LINE = "$(date +%H:%M:%S) - LiteLLM Router:WARNING: router.py:1 - coder is slow to answer"
SYSTEMD = "#!/bin/sh\\necho running\\n"  # as far as it is asked
# Those that no page types, in an order in which each finds what it needs; what is indented makes that ready.
ON_A_HOST = f"""\
  mkdir ~/new ~/newer && cd ~/new
ccdeploy init
  cd ~/newer
ccdeploy init --address ada@studio.example.com --url https://coder.example.com
  cd ~/project
ccdeploy completion bash
ccdeploy completion zsh
ccdeploy completion fish
ccdeploy check tdd-pipeline two-model
ccdeploy setup --host studio
ccdeploy diff tdd-pipeline --host studio
ccdeploy diff tdd-pipeline --host studio --text
ccdeploy deploy --host studio --dry-run
  ccdeploy deploy tdd-pipeline --host studio
ccdeploy history --host studio --limit 5
ccdeploy verify --host studio --json
ccdeploy models --host studio
ccdeploy models --host studio --save
  ssh studio.example.com "echo '{LINE}' >> ~/ccproxy/logs/litellm.log"
ccdeploy logs -n 100 --host studio
ccdeploy logs -f --level warning --host studio
ccdeploy logs --since 10m --host studio
  ccdeploy deploy two-model --host studio --allow removal
ccdeploy rollback --host studio --to {RELEASE}
  printf '#!/bin/sh\\n' > big-task.sh && chmod +x big-task.sh
ccdeploy run large-context --host studio --with-key -- ./big-task.sh --all
  mkdir -p logs && cp {CASES}/accesslog/json.log logs/litellm.log && cp {CASES}/ollama/traffic/debug.log ollama.log
ccdeploy trace tdd-pipeline --from-log ollama.log --output yesterday.jsonl
ccdeploy trace --from-log logs/litellm.log --host studio
ccdeploy plan --trace yesterday.jsonl --json
ccdeploy plan tdd-pipeline
ccdeploy plan tdd-pipeline --html memory.html
ccdeploy plan initial-thrashing --memory 48GiB
ccdeploy phase 2 tdd-pipeline --host studio --dry-run
ccdeploy phase 2 --host studio
ccdeploy deploy tdd-pipeline --phase 2 --host studio
  sed -i 's/dynamic_file: null/dynamic_file: traefik.yml/' configs/hosts.yaml
ccdeploy setup --traefik --host studio
  ssh studio.example.com "mkdir -p ~/bin && printf '{SYSTEMD}' | tee ~/bin/systemctl >~/bin/loginctl; chmod +x ~/bin/*"
ccdeploy setup --at-boot --host studio
ccdeploy stop --host studio
"""
ON_THE_SANDBOX = """\
ccdeploy sandbox up
ccdeploy deploy --host sandbox
ccdeploy verify --deep
ccdeploy sandbox status
ccdeploy sandbox status --json
"""


def step(line: str) -> Step:
    """Return an example as a step of a story: it ends well, or goes on until it is interrupted."""
    if " -f " in line or " watch " in line:
        return Step(0, f"{line}  # until Ctrl-C", 130)
    if "initial-thrashing" in line:
        return Step(0, line, 3)  # what it is there to show
    return Step(0, line.strip(), 0, RELEASE if " history " in line else None)


@pytest.mark.parametrize(("world", "lines"), [("hand-made", ON_A_HOST), ("sandbox", ON_THE_SANDBOX)])
def test_the_examples_of_the_verbs_do_what_they_should(
    world: str, lines: str, tmp_path: Path, around: Neighbourhood
) -> None:
    """Whoever copies one gets no error on a host that is as it should be."""
    steps = tuple(map(step, lines.splitlines()))
    told = told_in(tmp_path, around, Story(world, steps, ()))
    assert wrong_codes(told) == []
    assert len(told) == len(steps)


def test_every_example_is_among_them_or_on_a_page_that_is_run() -> None:
    """A new verb has an example, and it is run."""
    stories = [story_of(text) for text in texts().values()]
    on_pages = {one.command.partition("#")[0].strip() for story in stories if story.world for one in story.steps}
    here = {line for line in [*ON_A_HOST.splitlines(), *ON_THE_SANDBOX.splitlines()] if not line.startswith(" ")}
    examples = {line for verb in all_verbs() for line in verb.examples}
    assert here == examples - on_pages
