"""What `doctor` asks a host beyond the facts: all that stands around a proxy, in one round trip; nothing is written."""

from __future__ import annotations

from ccdeploy.shell.command import Command
from ccdeploy.shell.facts import FactsQuestion
from ccdeploy.shell.path import file_word, home_word
from ccdeploy.shell.prelude import script
from ccdeploy.shell.sections import function, new_mark

# Where programs of people's own are, and where an SSH command's PATH often does not lead.
FOLDERS = ("/usr/bin", "/bin", "/usr/local/bin", "/opt/homebrew/bin")
# Folders of units, without a slash at the end; systemd's own list is longer, and its other places are a package's.
_SYSTEMD = ("/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system")
_LAUNCHD = (("agent", '"$HOME"/Library/LaunchAgents'), ("agent", "/Library/LaunchAgents"))

_UNITS = r"""
speaking() { # FILE...: those that speak of litellm, or of root
  grep -lsF -e litellm -e "$root" "$@" 2>/dev/null
}
systemd_units() { # KIND FLAG FILE...
  kind_=$1; flag_=$2; shift 2
  speaking "$@" | while IFS= read -r file_; do
    unit_=${file_##*/}
    case $file_ in *.service.d/*) unit_=${file_%/*}; unit_=${unit_##*/}; unit_=${unit_%.d} ;; esac
    section "unit:$kind_:$unit_:$file_"; cat "$file_"
    section "state:$kind_:$unit_"
    command -v systemctl >/dev/null 2>&1 &&
      systemctl $flag_ show -p ActiveState -p UnitFileState -p MainPID "$unit_" 2>/dev/null
  done
}
launchd_units() { # KIND DOMAIN FILE...
  kind_=$1; domain_=$2; shift 2
  speaking "$@" | while IFS= read -r file_; do
    unit_=${file_##*/}; unit_=${unit_%.plist}
    section "unit:$kind_:$unit_:$file_"; cat "$file_"
    section "state:$kind_:$unit_"
    command -v launchctl >/dev/null 2>&1 || continue
    launchctl print "$domain_/$unit_" 2>/dev/null | awk '$2 == "=" && ($1 == "state" || $1 == "pid") && !told[$1]++'
    # What was switched off stays so, whatever its file says: "NAME" => disabled, or => true before macOS 13.
    launchctl print-disabled "$domain_" 2>/dev/null | awk -v name="\"$unit_\"" '$1 == name { print "switch = " $3 }'
  done
}
"""


def surroundings(root: str, dynamic_file: str | None) -> FactsQuestion:
    """Return the question; `root` may begin with `~/`, the dynamic file of Traefik may be relative to it."""
    mark = new_mark()
    systemd = " ".join(f"{folder}/*.service {folder}/*.service.d/*.conf" for folder in _SYSTEMD)
    user = '"$HOME"/.config/systemd/user'
    body = f"""
{function(mark)}
section now; now
section path; printf '%s' "$given"
section folders; for folder in {" ".join(FOLDERS)} "$HOME"/.local/bin; do [ -d "$folder" ] && echo "$folder"; done
section user; id -un; id -u
section home; printf '%s' "$HOME"
section cgroup; cat /proc/self/cgroup 2>/dev/null
root={home_word(root)}
section logs; ls -ln "$root"/logs 2>/dev/null
{_UNITS}
section units
systemd_units systemd-user --user {user}/*.service {user}/*.service.d/*.conf
systemd_units systemd '' {systemd}
{_launchd()}
section logind
command -v loginctl >/dev/null 2>&1 &&
  loginctl show-session -p KillUserProcesses -p KillOnlyUsers -p KillExcludeUsers 2>/dev/null
section pmset; command -v pmset >/dev/null 2>&1 && pmset -g 2>/dev/null
{_dynamic(dynamic_file)}
section end
"""
    return FactsQuestion(Command("look around the proxy", "given=$PATH\n" + script(body)), mark)


def _launchd() -> str:
    agents = [f'launchd_units {kind} "gui/$(id -u)" {folder}/*.plist' for kind, folder in _LAUNCHD]
    return "\n".join([*agents, "launchd_units daemon system /Library/LaunchDaemons/*.plist"])


def _dynamic(path: str | None) -> str:
    if path is None:
        return ""
    return (
        f"""section dynamic; (cd "$root" 2>/dev/null; [ -f {file_word(path)} ] && cat {file_word(path)} 2>/dev/null)"""
    )
