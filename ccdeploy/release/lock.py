"""lock/owner.json: who holds a host."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from ccdeploy.release.jsontext import has_texts, is_number, mapping

STALE_AFTER_S = 60  # three missed heartbeats
HEARTBEAT_EVERY_S = 20
BY_HOST = ".host"  # how the id of a host that goes back by itself ends


@dataclass(frozen=True)
class Owner:
    """Who holds the lock, what for, and whether by hand. A manual lock never expires. `run_url` is that of a CI."""

    id: str
    who: str
    from_where: str
    since: str
    doing: str
    manual: bool
    run_url: str | None = None

    @property
    def is_the_host(self) -> bool:
        """Whether the host holds it itself, while it goes back from an attempt that nobody confirmed."""
        return self.id.endswith(BY_HOST)

    def to_json(self) -> str:
        """Return the fixed part of owner.json; the host adds the heartbeat, by its own clock."""
        return json.dumps(self.__dict__)

    def __str__(self) -> str:
        reason = f" ({self.doing})" if self.doing else ""
        by_hand = "by hand " if self.manual else ""
        run = f", {self.run_url}" if self.run_url else ""
        return f"{by_hand}by {self.who} from {self.from_where} since {self.since}{reason}{run}"


def parse(text: str) -> Owner | None:
    """Return the owner that `text` names; None when it is not one."""
    raw = mapping(text)
    known = {key: raw[key] for key in Owner.__dataclass_fields__ if key in raw}
    try:
        owner = Owner(**known)
    except TypeError:  # a field is missing
        return None
    if not has_texts(raw, ("id",)):
        return None
    told = {key: str(value) for key, value in known.items() if key not in ("id", "manual") and value is not None}
    return replace(owner, **told, manual=owner.manual is True)


def heartbeat(text: str) -> int | None:
    """Return the seconds since 1970, by the host's clock, of the last heartbeat in owner.json; None when unknown."""
    beat = mapping(text).get("heartbeat")
    return int(beat) if isinstance(beat, int) and is_number(beat) else None
