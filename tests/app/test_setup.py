"""What setup refuses before it speaks with a host."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccdeploy import app
from ccdeploy.app import Project
from ccdeploy.errors import Refused


@pytest.mark.parametrize("dry_run", [False, True])
def test_the_embedded_host_has_no_start_after_a_boot(folder: Path, dry_run: bool) -> None:
    """A unit in the home of whoever tries ccdeploy would start what `sandbox down` has taken away."""
    brought_up: list[bool] = []

    def embedded() -> dict[str, object]:
        brought_up.append(True)
        return {}

    with pytest.raises(Refused, match="no machine that boots") as caught:
        app.setup(Project(folder, lambda event: None, embedded), None, at_boot=True, dry_run=dry_run)
    assert "--host NAME" in str(caught.value.hint)
    assert not brought_up
