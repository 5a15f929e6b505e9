"""Our own settings, `configs/hosts.yaml`: read, judged with file and line, and typed."""

from ccdeploy.settings.host import Embedded, Host, Listen, Ollama, Ssh, Traefik
from ccdeploy.settings.hosts import Defaults, Settings
from ccdeploy.settings.reading import host_from_mapping, load_settings

__all__ = [
    "Defaults",
    "Embedded",
    "Host",
    "Listen",
    "Ollama",
    "Settings",
    "Ssh",
    "Traefik",
    "host_from_mapping",
    "load_settings",
]
