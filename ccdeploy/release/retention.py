"""Which releases stay: only good ones count, and the way back is never removed."""

from __future__ import annotations

from collections.abc import Sequence

from ccdeploy.release.manifest import Manifest

KEEP_GOOD = 5  # as Capistrano and Mina keep; the current one and the last good one are among them or beside them
KEEP_OTHERS = 3  # bad, staged and drifted ones: kept for their logs, not for service


def last_good(releases: Sequence[Manifest], current: str | None) -> Manifest | None:
    """Return the newest good release that is older than the current one; without a current one, the newest good."""
    good = [r for r in _newest_first(releases) if r.is_good and r.release != current]
    older = [r for r in good if current is None or r.release < current]
    return older[0] if older else None


def to_prune(releases: Sequence[Manifest], current: str | None) -> list[str]:
    """Return the ids of the releases to remove, oldest last."""
    way_back = last_good(releases, current)
    sacred = {current, way_back.release if way_back else None}
    good = [r.release for r in _newest_first(releases) if r.is_good]
    others = [r.release for r in _newest_first(releases) if not r.is_good]
    return [release for release in good[KEEP_GOOD:] + others[KEEP_OTHERS:] if release not in sacred]


def _newest_first(releases: Sequence[Manifest]) -> list[Manifest]:
    return sorted(releases, key=lambda r: r.release, reverse=True)
