"""Releases on a host: staged by upload, adopted from another hand's files."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from ccdeploy.errors import CcdeployError, Refused
from ccdeploy.shell import releases as script
from ccdeploy.shell.sections import split

if TYPE_CHECKING:
    from ccdeploy.release.bundle import Bundle
    from ccdeploy.release.manifest import Manifest
    from ccdeploy.remote.lock import HeldLock
    from ccdeploy.transport.seam import Transport

FILE_MODE = 0o444
MANIFEST_MODE = 0o644


def upload(lock: HeldLock, bundle: Bundle, manifest: Manifest, shadow_config: bytes | None = None) -> None:
    """Upload a release beside the others; `commit_incoming` makes it one. Raises CommandFailed, ConnectionLost.

    An upload that fails is removed again, as far as the host can be asked.
    """
    try:
        _put(lock, bundle, manifest, shadow_config)
    except CcdeployError:
        with suppress(CcdeployError):  # what went wrong before is what a person must hear of
            lock.transport.run(script.discard_incoming(lock.hold, manifest.release))
        raise


def _put(lock: HeldLock, bundle: Bundle, manifest: Manifest, shadow_config: bytes | None) -> None:
    folder = posixpath.join(lock.hold.root, script.incoming(manifest.release))
    for path, data in bundle.files.items():
        lock.transport.put(data, posixpath.join(folder, path), FILE_MODE)
    if shadow_config is not None:
        lock.transport.put(shadow_config, posixpath.join(folder, script.SHADOW), FILE_MODE)
    lock.transport.put(manifest.to_json().encode(), posixpath.join(folder, "release.json"), MANIFEST_MODE)


def adopt(lock: HeldLock, manifest: Manifest, copies: Mapping[str, str], after: str) -> None:
    """Keep files that stand on the host as a release (path in it: path below root), then run the lines of `after`.

    Raises LockLost, CommandFailed.
    """
    lock.run(script.adopt(lock.hold, manifest.release, manifest.to_json(), copies, after))


def read(transport: Transport, root: str, folder: str, names: Sequence[str] = ()) -> dict[str, bytes]:
    """Return files of a folder below root by path: all of a release's, or the named ones that are there.

    Raises CommandFailed, Refused.
    """
    command, mark = script.read(root, folder, names)
    try:
        parts = dict(split(transport.run(command).stdout, mark))
    except ValueError as exc:
        raise Refused(f"{transport.name}: {exc}", hint="run the command again") from exc
    parts.pop("end")
    return parts
