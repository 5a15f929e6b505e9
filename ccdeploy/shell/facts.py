"""The one question that every verb begins with, and its answer: what is on the host, in one round trip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ccdeploy.shell import at_boot, deadman, dynamic
from ccdeploy.shell.command import Command
from ccdeploy.shell.path import file_word, home_word
from ccdeploy.shell.prelude import script
from ccdeploy.shell.sections import function, new_mark, split
from ccdeploy.shell.venv import UNFINISHED, VENVS

# What ccdeploy keeps below root, each a file or none, and each a folder or none.
_RUN = tuple(f"run/{name}" for name in ("serving.json", "shadow.json", "draining.json", "switch.pid"))
FILES = ("history.jsonl", "logs/litellm.log", *_RUN)
FOLDERS = ("releases", "run", "logs", "lock", "lock.takeover")
HISTORY_LINES = 200  # enough for `history`; the file itself is whole on the host
RECORDS = ("serving", "shadow", "draining")  # run/NAME.json
NEEDED = ("ps", "nohup", "awk", "sed", "mv", "ln", "mkdir", "rmdir", "date", "cut", "tail", "find", "df")


@dataclass(frozen=True)
class FactsQuestion:
    """A facts script, and the mark that its answer is split by."""

    command: Command
    mark: str

    def parts(self, output: bytes) -> Mapping[str, bytes]:
        """Return the raw parts of the answer. Raises ValueError when it is not whole."""
        return split(output, self.mark)


@dataclass(frozen=True)
class Paths:
    """Where things are on a host: `root` may begin with `~/`, the others may be relative to it."""

    root: str
    litellm: str
    env_file: str
    dynamic_file: str | None = None


def facts(paths: Paths, ports: Sequence[int]) -> FactsQuestion:
    """Return the question of all that is at these paths, and on these ports."""
    mark = new_mark()
    words = " ".join(str(port) for port in ports)
    body = f"""
{function(mark)}
section system; system=$(uname -s); echo "$system"
section now; now
section boot  # when the host was started, by its own clock
if [ -r /proc/stat ]; then awk '$1 == "btime" {{ print $2 }}' /proc/stat
elif command -v sysctl >/dev/null 2>&1; then
  sysctl -n kern.boottime 2>/dev/null | sed -n 's/.* sec = \\([0-9][0-9]*\\).*/\\1/p'; fi
section missing; for tool in {" ".join(NEEDED)}; do command -v "$tool" >/dev/null 2>&1 || echo "$tool"; done
is_linux || command -v lsof >/dev/null 2>&1 || echo lsof
command -v sha256sum >/dev/null 2>&1 || command -v shasum >/dev/null 2>&1 || echo shasum
root={home_word(paths.root)}
section root; printf '%s' "$root"
pids=$$  # of all processes that are told of, to describe them in one go
tell_listeners() {{ # PORT...
  found=$(listening "$@")
  for port; do
    section "listeners:$port"
    for one in $found; do
      [ "${{one#*:}}" != "$port" ] || {{ printf '%s\\n' "${{one%:*}}"; pids="$pids ${{one%:*}}"; }}
    done
  done
}}
tell_listeners {words}
print_file() {{ [ -f "$1" ] && cat "$1" 2>/dev/null; }}
if cd "$root" 2>/dev/null; then
  entered=yes
{_recorded(words)}
else entered=; fi
section self; echo "$$"
section processes; describe $pids
if [ -n "$entered" ]; then
{_inside(paths.litellm, paths.env_file)}
else
  section absent; if [ -e "$root" ]; then echo unreadable; fi
fi
{dynamic.ask_lines(paths.dynamic_file) if paths.dynamic_file else ""}
section end
"""
    return FactsQuestion(Command("ask for the facts", script(body)), mark)


def _recorded(ports: str) -> str:
    """Return the part that tells of the proxies that are recorded, with root as the working folder."""
    return f"""
  # The port that a proxy was started on is not among the settings' ports once these were changed.
  told=" {ports} "
  for name in {" ".join(RECORDS)}; do
    [ -e "run/$name.json" ] || continue
    section "run:$name"; print_file "run/$name.json"
    [ -f "run/$name.json" ] || continue
    pid=; port=
    for word in $(sed -n 'h;s/.*"pid": *\\([0-9][0-9]*\\).*/pid=\\1/p;g;s/.*"port": *\\([0-9][0-9]*\\).*/port=\\1/p' \\
      "run/$name.json" 2>/dev/null); do
      case $word in pid=*) pid=${{pid:-${{word#pid=}}}} ;; port=*) port=${{port:-${{word#port=}}}} ;; esac
    done
    section "process:$name"; echo "$pid"; pids="$pids $pid"
    case $told in *" $port "*) ;; *) [ -z "$port" ] || tell_listeners "$port"; told="$told$port " ;; esac
  done
"""


def _inside(litellm: str, env_file: str) -> str:
    """Return the part that is asked below root, with root as the working folder."""
    return f"""
  litellm={file_word(litellm)}
  # A pipe in the place of a file would be read for ever; a folder there is found when it is too late.
  section misplaced
  for name in {" ".join(FILES)}; do
    if [ -d "$name" ] || [ -p "$name" ] || {{ [ -L "$name" ] && [ ! -e "$name" ]; }}; then echo "$name"; fi; done
  for name in {" ".join(FOLDERS)}; do
    if [ ! -d "$name" ] && {{ [ -e "$name" ] || [ -L "$name" ]; }}; then echo "$name"; fi; done
  if [ -e current ] && [ ! -L current ]; then echo current; fi
  if [ -d config.yaml ] || [ -p config.yaml ]; then echo config.yaml; fi
  section real_root; printf '%s' "$(pwd -P)"
  section writable; [ -w . ] && echo yes
  tell_litellm() {{ # FILE: whether it can run, then its version
    if [ -e "${{1%/bin/*}}/{UNFINISHED}" ]; then echo unfinished; return
    elif [ ! -f "$1" ] || [ ! -x "$1" ]; then echo absent; return; fi
    python=$(sed -n '1s/^#![[:space:]]*//p' "$1")
    # A venv whose Python went away (an upgrade of Homebrew's, a moved folder) looks whole but for this.
    case ${{python%% *}} in /*) [ -x "${{python%% *}}" ] || {{ echo broken; return; }} ;; esac
    echo whole
    # The folder name tells the version; to ask litellm itself would take ten seconds of Python.
    found=; for info in "${{1%/*}}"/../lib/python3*/site-packages/litellm-*.dist-info; do
      [ -d "$info" ] && found=$info && echo "${{info##*/litellm-}}"; done
    [ -z "$found" ] || return
    python=${{python%% *}}  # what else stands in that line is another hand's, and is not run
    case ${{python##*/}} in
      python*) "$python" -c 'import importlib.metadata as m; print(m.version("litellm") + ".dist-info")' 2>/dev/null ;;
    esac
  }}
  section litellm; tell_litellm "$litellm"
  for folder in {VENVS}/*/; do
    [ -d "$folder" ] && section "venv:${{folder}}bin/litellm" && tell_litellm "${{folder}}bin/litellm"
  done
  folder=${{litellm%/bin/litellm}}
  section venv_kind; if [ -L "$folder" ]; then readlink "$folder"; elif [ -e "$folder" ]; then echo .; fi
  # By whatever links: of the venv, of the file, or none, if the settings name a venv of ours.
  section leads_to; file=$litellm
  if [ -L "$file" ]; then
    target=$(readlink "$file"); case $target in /*) file=$target ;; *) file=${{file%/*}}/$target ;; esac
  fi
  here=$(pwd -P); there=$(unset CDPATH; cd -P "${{file%/*}}/.." 2>/dev/null && pwd -P)
  case $there in "$here"/{VENVS}/*) printf '%s' "${{there#"$here"/}}" ;; esac
  section disk; df -Pk . 2>/dev/null | awk '  # the name of a file system may hold spaces
    NR == 2 {{ for (i = 2; i <= NF; i++) if ($i ~ /^[0-9]+%$/) {{ print $(i - 1); exit }} }}'
  env_file={file_word(env_file)}
  section env_mode; ls -ldL "$env_file" 2>/dev/null
  section env_readable; [ -f "$env_file" ] && [ -r "$env_file" ] && echo yes
  section env; [ -f "$env_file" ] && cat "$env_file" 2>/dev/null
  section current; [ -L current ] && readlink current
  section config_kind; if [ -L config.yaml ]; then readlink config.yaml; elif [ -f config.yaml ]; then echo file; fi
  section config; [ -f config.yaml ] && [ ! -L config.yaml ] && cat config.yaml
{deadman.ask_lines()}
  section stray; for folder in releases/.incoming-*; do [ -d "$folder" ] && echo "${{folder#releases/}}"; done
  for folder in releases/*/; do
    [ -d "$folder" ] || continue
    name=${{folder#releases/}}; name=${{name%/}}
    section "release:$name"; print_file "$folder/release.json"
  done
  if [ -d current/ ]; then
    (cd current/ && find . -type f ! -name release.json ! -name .shadow.yaml ! -path './.original/*') |
    while IFS= read -r file; do
      section "file:${{file#./}}"; cat "current/$file"; done
  fi
  section history; [ -f history.jsonl ] && tail -n {HISTORY_LINES} history.jsonl 2>/dev/null
{at_boot.told_lines()}
  section lock; [ -d lock ] && echo held
  section owner; print_file lock/owner.json
  section lock_mtime; [ -d lock ] && mtime lock
"""
