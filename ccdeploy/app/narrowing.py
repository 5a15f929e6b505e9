"""A phase of a config, in the place of the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ccdeploy.litellm.config import Config
    from ccdeploy.release.bundle import Bundle


def of_phase(phase: int | None, bundle: Bundle, config: Config) -> tuple[Bundle, Config]:
    """Return the bundle and the config of a phase; the whole ones without one, and where faults of form forbid it.

    Raises UsageFault for a phase that the config has not.
    """
    from ccdeploy.findings import errors_in
    from ccdeploy.litellm.narrowed import narrowed
    from ccdeploy.release.bundle import MAIN, Bundle

    if phase is None or errors_in(config.findings):  # which the judge of the config tells of
        return bundle, config
    found = narrowed(config, phase)
    return Bundle(bundle.config, {MAIN: found.text}, phase), found.config
