"""The example of a hook that posts to a webhook, as it stands in the repository."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from ccdeploy.project.hooks import run_hook
from ccdeploy.project.occasion import Occasion
from ccdeploy.results import HookRun
from tests.support.hooks import write_hook
from tests.support.webhook import webhook

EXAMPLE = Path(__file__).resolve().parents[2] / "hooks" / "examples" / "webhook"
PAGE = EXAMPLE.parents[2] / "docs" / "how-to" / "hooks.md"
OCCASION = Occasion("post-deploy", "2026-01-31T12:00:00Z", "studio", "deploy", message='it "serves"', models=("coder",))


def run(folder: Path, before_curl: str = "", **environ: str) -> tuple[HookRun, str]:
    """Run the example as the hook post-deploy of a project, with what a user writes before `curl`."""
    write_hook(folder, "post-deploy").write_text(EXAMPLE.read_text().replace("\ncurl ", f"\n{before_curl} curl "))
    said: list[str] = []
    mine = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    return run_hook(folder, OCCASION, 20, said.append, {**mine, **environ}), "\n".join(said)


def test_it_posts_what_happened(tmp_path: Path) -> None:
    """People copy it and expect it to work."""
    with webhook(200) as (address, posted):
        done, said = run(tmp_path, CCDEPLOY_WEBHOOK=address)
    assert (done.status, said) == ("ok", "post-deploy was posted")
    assert [json.loads(body)["models"] for body in posted] == [["coder"]]


@pytest.mark.skipif(shutil.which("jq") is None, reason="there is no jq on this machine")
def test_it_posts_what_a_service_wants(tmp_path: Path) -> None:
    """The page says how, in words that can be pasted."""
    (said,) = re.findall(r"`(jq .*?)`", PAGE.read_text())
    with webhook(200) as (address, posted):
        done, _ = run(tmp_path, said, CCDEPLOY_WEBHOOK=address)
    assert done.status == "ok"
    assert [json.loads(body) for body in posted] == [{"text": 'studio: it "serves"'}]


def test_a_webhook_that_refuses_is_a_hook_that_fails(tmp_path: Path) -> None:
    """It is told, and its address, which is a secret, is not."""
    with webhook(403) as (address, _):
        done, said = run(tmp_path, CCDEPLOY_WEBHOOK=address)
    assert done.status == "failed"
    assert "403" in said
    assert "secret" not in said


def test_without_an_address_it_says_which_variable_it_needs(tmp_path: Path) -> None:
    """A colleague runs the first deploy from another machine."""
    done, said = run(tmp_path)
    assert done.status == "failed"
    assert "CCDEPLOY_WEBHOOK: is not set; it is the address to post to" in said
