"""Units, from the files in which they stand."""

from __future__ import annotations

import pytest

from ccdeploy.remote.unit import units

OURS, PACKAGES = "/etc/systemd/system", "/usr/lib/systemd/system"
EIGHTY_ONE, EIGHTY_TWO = b"[Service]\nExecStart=litellm --port 8081\n", b"[Service]\nExecStart=litellm --port 8082\n"


@pytest.mark.parametrize(
    ("files", "path"),
    [
        (
            {
                f"{OURS}/gateway.service.d/port.conf": EIGHTY_TWO.replace(b"ExecStart", b"ExecStart=\nExecStart"),
                f"{PACKAGES}/gateway.service": EIGHTY_ONE,
            },
            f"{PACKAGES}/gateway.service",
        ),
        ({f"{OURS}/gateway.service": EIGHTY_TWO, f"{PACKAGES}/gateway.service": EIGHTY_ONE}, f"{OURS}/gateway.service"),
        ({f"{OURS}/gateway.service.d/port.conf": EIGHTY_TWO}, f"{OURS}/gateway.service.d/port.conf"),
    ],
    ids=["an addition in /etc to a package's", "one in /etc in place of a package's", "an addition alone"],
)
def test_what_systemd_would_start_is_what_counts(files: dict[str, bytes], path: str) -> None:
    """A unit that the administrator turned away from our port is no rival."""
    (unit,) = units({f"unit:systemd:gateway.service:{name}": text for name, text in files.items()}, "/home/ada")
    assert (unit.path, unit.commands) == (path, ("litellm --port 8082",))
