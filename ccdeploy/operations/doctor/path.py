"""PATH of a command that comes over SSH: the proxy gets it, and all that the proxy starts."""

from __future__ import annotations

import shlex

from ccdeploy.findings import note, warning
from ccdeploy.operations.doctor.seen import Judged, Seen
from ccdeploy.operations.remedy import below_root, on_host

_SYSTEM = ("/usr/bin", "/bin")


def judge(seen: Seen) -> Judged:
    """Say which folders of programs a shell without a terminal does not know, and which it should not."""
    path = seen.around.path
    if "PATH" in seen.facts.env.names:
        yield f"PATH: the proxy gets that of {seen.host.env_file}"
        return
    strange = [folder or "the empty one" for folder in path if not folder.startswith("/")]
    if strange:
        message = f"PATH of an SSH command has folders that depend on where it runs: {', '.join(strange)}"
        yield warning("path", seen.name, message, _remedy(seen))
    missing = [folder for folder in seen.around.folders if folder not in path]
    gone = [folder for folder in missing if folder in _SYSTEM]
    if gone:
        yield warning("path", seen.name, f"PATH of an SSH command has no {', '.join(gone)}", _remedy(seen))
    elif missing:
        message = (
            f"PATH of an SSH command has no {', '.join(missing)}: what the proxy starts, such as a callback's "
            "program, is found there in a terminal and not here"
        )
        yield note("path", seen.name, message, _remedy(seen))
    elif not strange:
        yield f"PATH: {':'.join(path)}"


def _remedy(seen: Seen) -> str:
    """Return the line that gives the proxy a PATH of its own, by its env_file."""
    path = [folder for folder in seen.around.path if folder.startswith("/")]
    further = [folder for folder in seen.around.folders if folder not in path]
    file = below_root(seen.host, seen.host.env_file)
    line = shlex.quote(f"PATH={':'.join([*further, *path])}")
    return on_host(seen.host, f'printf "\\n%s\\n" {line} >> {file}')
