"""What leads somewhere on a host of a test: its links, Traefik's file, the start after a boot; each to what is good."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from tests.support.promises import Site


def links_broken(site: Site, release: str | None) -> Iterator[str]:
    """Yield what is wrong with `current` and config.yaml; `release` is the one that is expected, if any is."""
    current = site.root / "current"
    if not current.is_symlink():
        if site.serving() or release:
            yield "`current` is no link"
        return  # a host that was never deployed to
    target = str(current.readlink())
    if not (site.root / target / "config.yaml").is_file() or Path(target).parent != Path("releases"):
        yield f"`current` points to {target}, which is no release"
    if release is not None and target != f"releases/{release}":
        yield f"`current` points to {target}, expected releases/{release}"
    recorded = site.serving().get("release")
    if recorded is not None and target != f"releases/{recorded}":
        yield f"`current` points to {target}, but the process was started from release {recorded}"
    config = site.root / "config.yaml"
    if not config.is_symlink() or config.resolve() != (current / "config.yaml").resolve():
        yield "config.yaml does not lead to the current release's"


def booted_badly(site: Site) -> Iterator[str]:
    """Yield what a boot would start in vain, where a start after a boot is set up: a release that is not good."""
    script = site.root / "run" / "at-boot.sh"
    named = re.search(r"starts release (\S+) on port", script.read_text()) if script.exists() else None
    if named is None:
        return
    state = json.loads((site.root / "releases" / named[1] / "release.json").read_text())["state"]
    if state not in ("verified", "adopted"):
        yield f"a boot would start release {named[1]}, which is {state}"


def misled(site: Site) -> Iterator[str]:
    """Yield what is wrong with Traefik's file: it leads to the port that serves, and to no other."""
    if site.dynamic_file is None:
        return
    services = yaml.safe_load(site.dynamic_file.read_text())["http"]["services"]
    led = [server["url"] for one in services.values() for server in one.get("loadBalancer", {}).get("servers", [])]
    if led != [f"http://127.0.0.1:{site.serving_port}"]:
        yield f"Traefik's file leads to {led}, and port {site.serving_port} serves"
    if others := [path.name for path in site.dynamic_file.parent.glob(f"{site.dynamic_file.name}.*")]:
        yield f"left beside Traefik's file: {others}"
