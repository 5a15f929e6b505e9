"""The scripts that make and remove venvs, with every shell; Python and pip are small scripts that fail on demand."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccdeploy.shell import venv
from ccdeploy.shell.command import Command
from ccdeploy.shell.lock import Hold
from ccdeploy.shell.prelude import script
from ccdeploy.shell.sections import split
from ccdeploy.shell.venv import Plan
from tests.shell.shells import ShellTransport
from tests.support.processes import is_alive, pids_in

FOLDER = "venvs/1.2.3"
# `-m venv FOLDER` makes a python that is a pip too; each notes what it is asked, and fails if a file says so.
PYTHON = """#!/bin/sh
echo "$*" >>"{asked}"
[ ! -e "{fails}-venv" ] || exit 1
mkdir -p "$3/bin" "$3/lib/python3.11/site-packages"
cat >"$3/bin/python" <<'END'
#!/bin/sh
echo "user=$PIP_USER path=$PYTHONPATH $*" >>"{asked}"
[ ! -e "{fails}-pip" ] || {{ echo 'ERROR: no such thing'; exit 1; }}
[ ! -e "{fails}-hang" ] || {{ echo $$ >>"{asked}.pids"; sleep 600; }}
here=${{0%/bin/python}}
case " $* " in
  *' download '*) mkdir -p venvs/.asking/found; : >venvs/.asking/found/litellm-1.2.3-py3-none-any.whl ;;
  *) mkdir "$here/lib/python3.11/site-packages/litellm-{version}.dist-info"
     printf '#!/bin/sh\\n' >"$here/bin/litellm"; chmod 755 "$here/bin/litellm" ;;
esac
END
chmod 755 "$3/bin/python"
"""


class Machine:
    """A root, a Python, and a way to run the scripts there."""

    def __init__(self, here: ShellTransport, root: Path, hold: Hold, folder: Path) -> None:
        self.here, self.root, self.hold, self.folder = here, root, hold, folder
        self.asked = folder / "asked"
        self.python(version="1.2.3")

    def python(self, version: str) -> None:
        """Have pip install this version."""
        path = self.folder / "python3"
        path.write_text(PYTHON.format(asked=self.asked, fails=self.folder / "fails", version=version))
        path.chmod(0o755)

    def fail(self, where: str) -> None:
        """Have a step fail: venv, pip or hang."""
        (self.folder / f"fails-{where}").touch()

    def plan(self, timeout_s: float = 30) -> Plan:
        """Return the plan of every test: a venv that `venv` is to lead to."""
        return Plan(str(self.folder / "python3"), FOLDER, "litellm[proxy]==1.2.3", "1.2.3", "venv", timeout_s)

    def install(self) -> dict[str, str]:
        """Run an installation; return the parts of its answer."""
        question = venv.install(self.hold, self.plan())
        return dict(question.parts(self.here.run(question.command).stdout))

    def run(self, lines: str) -> None:
        """Run lines in root."""
        quoted = str(self.root).replace("'", "'\\''")
        self.here.run(Command("lines", script(f"cd '{quoted}' || exit 9", lines), writes=True))


@pytest.fixture
def machine(here: ShellTransport, root: Path, hold: Hold, tmp_path: Path) -> Machine:
    """A machine with each shell."""
    return Machine(here, root, hold, tmp_path)


def test_a_venv_is_made_whole_and_linked(machine: Machine) -> None:
    """Whatever the user's PYTHONPATH and pip.conf say of other places."""
    assert machine.install()["state"] == "whole"
    assert (machine.root / "venv").readlink() == Path(FOLDER)
    assert not (machine.root / FOLDER / ".unfinished").exists()
    assert not (machine.root / "run" / "install.pid").exists()
    asked = machine.asked.read_text().splitlines()
    assert asked[0] == f"-m venv {FOLDER}"
    assert asked[1].startswith("user=0 path= -m pip ")
    assert asked[1].endswith(" install --progress-bar off litellm[proxy]==1.2.3")


@pytest.mark.parametrize("fails", ["venv", "pip"])
def test_what_fails_leaves_no_venv_and_its_log(machine: Machine, fails: str) -> None:
    """The evidence stays, and nothing that could be taken for a venv."""
    machine.fail(fails)
    parts = machine.install()
    assert parts["state"] == fails
    assert "ccdeploy: make a venv in venvs/1.2.3" in parts["log"]
    assert not (machine.root / "venvs").exists()
    assert not (machine.root / "venv").is_symlink()
    assert (machine.root / "logs" / "install.log").exists()


def test_another_version_than_the_wanted_one_is_told(machine: Machine) -> None:
    """Constraints of the host may hold pip back without an error."""
    machine.python(version="1.2.2")
    assert machine.install()["state"] == "other"
    assert not (machine.root / "venvs").exists()


def test_a_lock_that_is_lost_meanwhile_leaves_the_venv_unfinished(machine: Machine) -> None:
    """Who took it over decides what serves here."""
    path = machine.folder / "python3"
    owner = str(machine.root / "lock" / "owner.json").replace("'", "'\\''")
    path.write_text(path.read_text() + f"rm -f '{owner}'\n")
    with pytest.raises(ValueError, match="not whole"):
        machine.install()
    assert (machine.root / FOLDER / ".unfinished").exists()
    assert not (machine.root / "venv").is_symlink()


def test_the_newest_is_what_pip_would_take(machine: Machine) -> None:
    """The venv that was asked is gone afterwards."""
    question = venv.newest(machine.hold, str(machine.folder / "python3"), "litellm[proxy]!=9", 30)
    parts = question.parts(machine.here.run(question.command).stdout)
    assert (parts["state"], parts["file"]) == ("whole", "litellm-1.2.3-py3-none-any.whl")
    assert not (machine.root / "venvs" / ".asking").exists()


def test_clean_up_ends_what_was_left_and_keeps_what_is_whole(machine: Machine) -> None:
    """A client that was killed leaves a script and its pip; a venv that is whole is nobody's rubbish."""
    machine.install()
    (machine.root / FOLDER).rename(machine.root / "venvs" / "1.0.0")
    machine.fail("hang")
    question = venv.install(machine.hold, machine.plan(timeout_s=600))
    left = machine.root / "left.sh"
    left.write_text(question.command.script)
    machine.run(f"{machine.here.shell} ./left.sh >/dev/null 2>&1 &")
    pip = pids_in(Path(f"{machine.asked}.pids"))[0]
    machine.here.run(venv.clean_up(machine.hold))
    assert not is_alive(pip)
    assert [path.name for path in (machine.root / "venvs").iterdir()] == ["1.0.0"]
    assert not (machine.root / "run" / "install.pid").exists()


def test_venvs_are_set_aside_and_swept(machine: Machine) -> None:
    """Out of use in an instant, and removed when nobody waits for the lock."""
    machine.install()
    machine.run(venv.set_aside([FOLDER, "venvs/9.9"]))
    assert not (machine.root / FOLDER).exists()
    machine.here.run(venv.sweep(str(machine.root)))
    assert list((machine.root / "venvs").iterdir()) == []


def test_an_installation_can_be_watched(machine: Machine) -> None:
    """From where the watcher has read to, byte for byte, and how many packages are there."""
    machine.install()
    first = venv.watch(str(machine.root), FOLDER, 0)
    whole = split(machine.here.run(first.command).stdout, first.mark)
    assert whole["log"] == (machine.root / "logs" / "install.log").read_bytes()
    assert int(whole["there"]) == 1
    rest = venv.watch(str(machine.root), FOLDER, 10)
    assert split(machine.here.run(rest.command).stdout, rest.mark)["log"] == whole["log"][10:]


@pytest.mark.parametrize(
    ("log", "told"),
    [
        ("ccdeploy: make a venv in venvs/1 with /usr/bin/python3\n", "the venv is being made"),
        ("ccdeploy: pip install litellm[proxy]==1\n", "the venv is made"),
        (
            "Collecting litellm[proxy]==1\n  Downloading x\nCollecting httpx>=0.2 (from litellm)\n",
            "2 packages found, httpx",
        ),
        ("Collecting a\nInstalling collected packages: a, b, c\n", "installing, 2 of 3 packages"),
        ("Collecting a\nInstalling collected packages: a\n", "installing, 1 of 1 packages"),
    ],
)
def test_pips_lines_become_one_sentence(log: str, told: str) -> None:
    """Ninety packages are no reading for anybody who waits."""
    assert venv.progress(log, 2) == told
