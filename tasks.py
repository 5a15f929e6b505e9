"""The Fabric tasks: `fab deploy --host studio` does what `ccdeploy deploy --host studio` does.

Add your own with Fabric's `@task` and `namespace.add_task(mine)`; `fab --list` shows them beside ours.
"""

from ccdeploy.cli.fab import verb_tasks

namespace = verb_tasks()
