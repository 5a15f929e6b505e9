"""A config that is not there is told at once, by every verb that takes one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ccdeploy.app import Project, deploy, diff
from ccdeploy.errors import Refused


def never() -> Mapping[str, Any]:
    """Stand for the embedded host, which takes most of a minute to come up."""
    raise AssertionError("the embedded host was brought up")


@pytest.mark.parametrize("verb", [deploy, diff])
def test_a_slip_in_a_configs_name_does_not_bring_the_sandbox_up(verb: Callable[..., object], tmp_path: Path) -> None:
    """Nobody waits 45 seconds to be told of a slip."""
    (tmp_path / "configs" / "litellm").mkdir(parents=True)
    (tmp_path / "configs" / "hosts.yaml").write_text("hosts: {sandbox: embedded}\n")
    (tmp_path / "configs" / "litellm" / "gateway.yaml").write_text("model_list: []\n")
    with pytest.raises(Refused, match="no config is called 'gatewya'") as caught:
        verb(Project(tmp_path, lambda _event: None, never), "sandbox", "gatewya")
    assert caught.value.hint == "did you mean gateway?"
