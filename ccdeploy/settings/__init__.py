"""Our own settings, `configs/hosts.yaml` and `configs/models.yaml`: read, judged with file and line, and typed."""

from ccdeploy.settings.host import Embedded, Host, Listen, Ollama, Ssh, Traefik
from ccdeploy.settings.hosts import Defaults, Settings
from ccdeploy.settings.models import Model, Models
from ccdeploy.settings.reading import host_from_mapping, load_settings
from ccdeploy.settings.reading_models import load_models

__all__ = [
    "Defaults",
    "Embedded",
    "Host",
    "Listen",
    "Model",
    "Models",
    "Ollama",
    "Settings",
    "Ssh",
    "Traefik",
    "host_from_mapping",
    "load_models",
    "load_settings",
]
