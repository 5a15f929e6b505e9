"""How a config that was narrowed to a phase is called."""

from __future__ import annotations


def config_called(config: str, phase: int | None) -> str:
    """Return `tdd-pipeline (phase 2)`; the name alone for a whole config."""
    return f"{config}{of_phase(phase)}"


def of_phase(phase: int | None) -> str:
    """Return what stands behind the name of a config that was narrowed to a phase; nothing for a whole one."""
    return "" if phase is None else f" (phase {phase})"
