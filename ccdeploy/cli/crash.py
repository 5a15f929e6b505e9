"""What a user sees of an error that nobody foresaw: one sentence; the traceback goes into a file."""

from __future__ import annotations

import os
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path

from ccdeploy import __version__
from ccdeploy.errors import Refused
from ccdeploy.secret import mask


def crashed(exc: Exception, folder: Path) -> Refused:
    """Return the error that stands for `exc`.

    It ends with 3: the verbs turn whatever happens after their first write into an error that says
    what serves, so what gets here happened before.
    """
    name = type(exc).__name__
    text = mask(f"ccdeploy {__version__}\n{''.join(traceback.format_exception(exc))}")
    kept = _kept(text, folder)
    where = f"with {kept}" if kept else "with what stands below"
    return Refused(
        f"ccdeploy is at fault: {name}: {exc}" if str(exc) else f"ccdeploy is at fault: {name}",
        hint=f"please report this {where}",
        evidence=() if kept else text.splitlines(),
    )


def _kept(text: str, folder: Path) -> Path | None:
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    for place in (folder / ".ccdeploy", Path(tempfile.gettempdir())):
        path = place / f"crash-{stamp}-{os.getpid()}.txt"
        try:
            place.mkdir(exist_ok=True)
            # 0600 from the start, and never through a link that somebody else laid into a shared folder.
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
        except OSError:
            continue
        return path
    return None
