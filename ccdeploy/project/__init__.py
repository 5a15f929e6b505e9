"""The user's files: settings, configs with their includes, and the commit they are at."""

from __future__ import annotations

from ccdeploy.project.configs import bundle as bundle
from ccdeploy.project.configs import config_name as config_name
from ccdeploy.project.configs import config_names as config_names
from ccdeploy.project.configs import demand_config as demand_config
from ccdeploy.project.folder import CONFIGS as CONFIGS
from ccdeploy.project.folder import HOSTS as HOSTS
from ccdeploy.project.folder import MODELS as MODELS
from ccdeploy.project.folder import Project as Project
from ccdeploy.project.hooks import has_hook as has_hook
from ccdeploy.project.hooks import judge_hooks as judge_hooks
from ccdeploy.project.hosts import host as host
from ccdeploy.project.hosts import is_embedded as is_embedded
from ccdeploy.project.hosts import settings as settings
from ccdeploy.project.logfile import lines_of as lines_of
from ccdeploy.project.models import models as models
from ccdeploy.project.models import save_figures as save_figures
from ccdeploy.project.performer import performer as performer
from ccdeploy.project.schemas import stale_schemas as stale_schemas
