"""What a config will do to the memory of an Ollama: judged before anything is sent there. Asks nobody."""

from ccdeploy.operations.plan.basis import EVERY_S as EVERY_S
from ccdeploy.operations.plan.basis import Basis as Basis
from ccdeploy.operations.plan.judge import asking as asking
from ccdeploy.operations.plan.plan import plan as plan
