"""Puts the stand-in for `ccdeploy.app` in the place of the real one, where this folder is on a subprocess's path."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path


class StandIn:
    """Finds one module elsewhere, and only when it is imported."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Return where the stand-in is."""
        place = Path(__file__).with_name("app_stand_in.py")
        return spec_from_file_location(name, place) if name == "ccdeploy.app" else None


sys.path.append(str(Path(__file__).parents[3]))  # the stand-in is of several files
sys.meta_path.insert(0, StandIn)
