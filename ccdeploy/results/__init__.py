"""What verbs return: plain values that a report shows and `--json` prints. One noun a file."""

from ccdeploy.results.attempt import Attempt as Attempt
from ccdeploy.results.checked import CheckReport as CheckReport
from ccdeploy.results.checked import ConfigReport as ConfigReport
from ccdeploy.results.checked import FileReport as FileReport
from ccdeploy.results.completion import Completion as Completion
from ccdeploy.results.config_change import ChangeAction as ChangeAction
from ccdeploy.results.config_change import ChangeKind as ChangeKind
from ccdeploy.results.config_change import ConfigChange as ConfigChange
from ccdeploy.results.diff import Diff as Diff
from ccdeploy.results.doctor import Doctor as Doctor
from ccdeploy.results.doctor import HostPromise as HostPromise
from ccdeploy.results.history import History as History
from ccdeploy.results.history import HistoryEntry as HistoryEntry
from ccdeploy.results.history import ReleaseEntry as ReleaseEntry
from ccdeploy.results.hook import HookRun as HookRun
from ccdeploy.results.init import Init as Init
from ccdeploy.results.init import NextStep as NextStep
from ccdeploy.results.lock import LockState as LockState
from ccdeploy.results.log import Log as Log
from ccdeploy.results.log import LogLine as LogLine
from ccdeploy.results.setup import Setup as Setup
from ccdeploy.results.status import Status as Status
from ccdeploy.results.verification import Check as Check
from ccdeploy.results.verification import CheckStatus as CheckStatus
from ccdeploy.results.verification import Layer as Layer
from ccdeploy.results.verification import Verification as Verification
