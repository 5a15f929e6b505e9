"""Wires everything, one function a use case, one file a verb; both faces call these and nothing below."""

from __future__ import annotations

from ccdeploy.app.check import check as check
from ccdeploy.app.deploy import deploy as deploy
from ccdeploy.app.diff import diff as diff
from ccdeploy.app.doctor import doctor as doctor
from ccdeploy.app.history import history as history
from ccdeploy.app.init import init as init
from ccdeploy.app.init import init_default as init_default
from ccdeploy.app.init import init_fault as init_fault
from ccdeploy.app.lock import lock_acquire as lock_acquire
from ccdeploy.app.lock import lock_release as lock_release
from ccdeploy.app.lock import lock_status as lock_status
from ccdeploy.app.logs import logs as logs
from ccdeploy.app.models import models as models
from ccdeploy.app.plan import Assumed as Assumed
from ccdeploy.app.plan import plan as plan
from ccdeploy.app.plan import replay as replay
from ccdeploy.app.plan import save_page as save_page
from ccdeploy.app.restart import restart as restart
from ccdeploy.app.rollback import rollback as rollback
from ccdeploy.app.run import run as run
from ccdeploy.app.setup import setup as setup
from ccdeploy.app.status import status as status
from ccdeploy.app.stop import stop as stop
from ccdeploy.app.trace import trace as trace
from ccdeploy.app.upgrade import upgrade as upgrade
from ccdeploy.app.verify import verify as verify
from ccdeploy.app.watch import watch as watch
from ccdeploy.project import Project as Project
