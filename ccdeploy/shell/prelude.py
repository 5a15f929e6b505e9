"""The functions that our scripts share, in POSIX sh, for dash, bash, zsh and busybox.

Beyond POSIX they use what macOS and Linux share: `netstat` for whether somebody listens and `lsof`
for who does, because a plain user's `lsof` sees only that user's processes (or, on Linux, /proc:
faster, and always there), `ps -o lstart`, `nohup`, `date +%s`, `stat` in its two dialects,
`sha256sum` or `shasum`, and `sleep` with a fraction, with a whole second where that is refused.
"""

from __future__ import annotations

# Statuses that our own scripts end with; no other program of ours uses them.
LOCK_LOST = 75  # EX_TEMPFAIL of sysexits.h: come again
NO_ROOT = 72  # EX_OSFILE: a folder that should be there is not
NOT_WRITTEN = 74  # EX_IOERR: a disk that is full, or a folder that is not ours to write
NOT_ENDED = 71  # EX_OSERR: a process that hangs in the kernel

PRELUDE = r"""
PATH=$PATH:/usr/bin:/bin:/usr/sbin:/sbin; export PATH
pause() { sleep 0.05 2>/dev/null || sleep 1; }
wait_on() { # LOOKS: a pause, a longer one after a second: what takes minutes should not keep a processor busy
  if [ "$1" -lt 20 ]; then pause; else sleep 0.5 2>/dev/null || sleep 1; fi
}
now() { date +%s; }
monotonic() { # seconds of a clock that nobody sets, where there is one: what is waited for is measured by it
  if { read -r up_ idle_ </proc/uptime; } 2>/dev/null; then echo "${up_%%.*}"; else now; fi
}
is_linux() { [ -r /proc/net/tcp ]; }
inodes() { # any|listening PORT...: PORT:INODE of each socket that is open on one of them, or that listens there
  state_=$1; shift; ports_=$*
  set -- /proc/net/tcp; [ ! -r /proc/net/tcp6 ] || set -- "$@" /proc/net/tcp6
  # One look for all ports: the kernel goes through each place that it has for a connection.
  awk -v state="$state_" -v ports="$ports_" '
    BEGIN { n = split(ports, p, " "); for (i = 1; i <= n; i++) port[sprintf(":%04X", p[i])] = p[i] }
    { end = substr($2, length($2) - 4) }
    (state == "any" || $4 == "0A") && (end in port) && $10 { print port[end] ":" $10 }' "$@" 2>/dev/null
}
is_listening() { # PORT
  if is_linux; then
    # One program, and no other shell: a proxy that boots is looked at ten times a second.
    [ "$1" = "$port_" ] || { port_=$1; hex_=$(printf '%04X' "$1"); }
    grep -qs ":$hex_ 0*:0000 0A " /proc/net/tcp /proc/net/tcp6
  elif command -v netstat >/dev/null 2>&1; then
    netstat -an -p tcp 2>/dev/null | awk -v p="$1" '  # 127.0.0.1.8081 or *.8081, with a colon elsewhere
      / LISTEN *($| )/ { n = split($4, part, /[.:]/); if (part[n] == p) found = 1 } END { exit !found }'
  else
    lsof -nP -iTCP:"$1" -sTCP:LISTEN -t >/dev/null 2>&1
  fi
}
owners() { # PORT:INODE...: PID:PORT of each process that has one of these sockets open; `-:PORT INODE` if we see none
  # On stdin, not in the command line: thousands of sockets would not fit into that.
  { printf '%s\n' "$@"; ls -l /proc/[0-9]*/fd 2>/dev/null; } | awk '
    !pid && /^[0-9]+:[0-9]+$/ { split($0, half, ":"); port["socket:[" half[2] "]"] = half[1]; next }
    /^\/proc\// { split($0, part, "/"); pid = part[3]; next }
    ($NF in port) { owned[$NF] = 1; one = pid ":" port[$NF]; if (!(one in seen)) { seen[one] = 1; print one } }
    END { for (one in port) if (!(one in owned)) print "-:" port[one], substr(one, 9, length(one) - 9) }'
}
listening() { # PORT...: PID:PORT of each process that listens on one of them, -:PORT for one that is not ours to see
  if is_linux; then
    set -- $(inodes listening "$@")
    [ $# -gt 0 ] || return 0
    owners "$@" | while read -r who_ inode_; do
      # A socket that was closed between the two looks is nobody's.
      [ -z "$inode_" ] || inodes listening "${who_#-:}" | grep -qx "${who_#-:}:$inode_" || continue
      printf '%s\n' "$who_"
    done
  else
    for on_; do
      # lsof shows nothing of another user's. It may also have begun between the two looks: hence the third.
      { lsof -nP -iTCP:"$on_" -sTCP:LISTEN -t 2>/dev/null || ! is_listening "$on_" ||
        lsof -nP -iTCP:"$on_" -sTCP:LISTEN -t 2>/dev/null || printf '%s\n' -; } | sed "s/\$/:$on_/"
    done
  fi
}
listeners() { # PORT: the pids that listen on it; - for one that is not ours to see
  for found_ in $(listening "$1"); do printf '%s\n' "${found_%:*}"; done
}
tell_of() { # PID,...
  TZ=UTC0 ps -ww -o stat= -o pid= -o ppid= -o lstart= -o command= -p "$1" 2>/dev/null |
    sed -n 's/^ *[^ Z][^ ]*  *//p'
}
describe() { # PID...: pid, parent, start time in UTC, command line; nothing for one that is dead and not yet reaped
  list_=
  for one_; do
    case $one_ in
      *[!0-9]*|''|0*|??????????*) ;;  # what has ten digits is no pid, and not what every shell takes it for
      # One look for all; but where one of them is no pid at all, some ps tells of none: so what is dead is asked alone.
      *) if kill -0 "$one_" 2>/dev/null; then list_=${list_:+$list_,}$one_; else tell_of "$one_"; fi ;;
    esac
  done
  [ -z "$list_" ] || tell_of "$list_"
}
started() { # PID: its start time in UTC, words apart by one space
  set -- $(TZ=UTC0 ps -o lstart= -p "$1" 2>/dev/null)
  printf '%s' "$*"
}
is_near() { # START START: whether both, as `started` prints them, are the same moment within 2 s
  [ "$1" = "$2" ] || awk -v a="$1" -v b="$2" 'function seconds(text,  w, h, m, y) {
      split(text, w, " "); split(w[4], h, ":")
      m = (index("JanFebMarAprMayJunJulAugSepOctNovDec", w[2]) + 2) / 3; y = w[5]
      if (m < 3) { m += 12; y-- }
      days = 365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * m - 457) / 5) + w[3]
      return ((days * 24 + h[1]) * 60 + h[2]) * 60 + h[3]
    }
    BEGIN { apart = seconds(a) - seconds(b); exit !(a && b && apart >= -2 && apart <= 2) }'
}
ticks() { [ $# -lt 20 ] || { shift 19; ticks_=$1; }; } # of the words of /proc/PID/stat from the state on: its start
is_alive() { # PID START...: whether that very process lives (not a zombie); START as `started` prints it
  pid_=$1; shift
  kill -0 "$pid_" 2>/dev/null || return 1
  stat_=; ticks_=
  if is_linux; then # no program: the state follows the name in parentheses
    { read -r stat_ <"/proc/$pid_/stat"; } 2>/dev/null
    stat_=${stat_##*) }
    case $stat_ in Z*|'') return 1 ;; esac
  else
    case $(ps -o stat= -p "$pid_" 2>/dev/null) in Z*|'') return 1 ;; esac
  fi
  [ $# -gt 0 ] || return 0
  # Who waits for the end of one asks again and again: the first answer is for that pid and that start.
  ticks $stat_
  [ -z "$ticks_" ] || [ "$pid_ $ticks_ $*" != "${sure_-}" ] || return 0
  now_=$(started "$pid_")
  for one_; do is_near "$one_" "$now_" && sure_="$pid_ $ticks_ $*" && return 0; done
  return 1
}
workers() { # PID PORT: pid and start time of each child of that process that listens or has a stream on the port
  if is_linux; then owners $(inodes any "$2"); else lsof -nP -iTCP:"$2" -t 2>/dev/null; fi |
    while IFS=: read -r one_ rest_; do
      [ "$one_" != '-' ] && [ "$(ps -o ppid= -p "$one_" 2>/dev/null | tr -d ' ')" = "$1" ] || continue
      printf '%s %s\n' "$one_" "$(started "$one_")"
    done
}
kill_with_workers() { # PID PORT: SIGKILL; a leader that is killed can tell its workers nothing
  workers_=$(workers "$1" "$2")
  kill -KILL "$1" 2>/dev/null
  printf '%s\n' "$workers_" | while read -r worker_ began_; do
    [ -z "$worker_" ] || ! is_alive "$worker_" "$began_" || kill -KILL "$worker_" 2>/dev/null
  done
}
digest() { # FILE
  if command -v sha256sum >/dev/null 2>&1; then sha256sum <"$1"; else shasum -a 256 <"$1"; fi | cut -c1-64
}
mtime() { stat -c %Y "$1" 2>/dev/null || stat -f %m "$1" 2>/dev/null; }
is_there() { [ -e "$1" ] || [ -L "$1" ]; } # FILE: whether it is, be it a link that leads nowhere
write() { # FILE MODE: its new content from stdin, in one rename
  # mv would move it into a folder of that name, and be content.
  [ ! -d "$1" ] && { ! is_there "$1.new.$$" || rm -f "$1.new.$$"; } &&
    (umask 077; cat >"$1.new.$$") && chmod "$2" "$1.new.$$" && mv -f "$1.new.$$" "$1" ||
    { rm -f "$1.new.$$"; return 1; }
}
relink() { # TARGET PARENT NAME: PARENT/NAME becomes a link to TARGET in one rename
  # mv into the parent, not onto the link: onto a link to a folder, mv would move it inside.
  { ! is_there "$2/.link.$$" || rm -rf "$2/.link.$$"; } && mkdir "$2/.link.$$" && ln -s "$1" "$2/.link.$$/$3" &&
    mv -f "$2/.link.$$/$3" "$2/" && rmdir "$2/.link.$$" || { rm -rf "$2/.link.$$"; return 1; }
}
set_room() { # BYTES: keep room below run/, and a file for every 8 KiB, for records on a disk that is full by then
  use_room
  (umask 077; mkdir -p run/.room && printf "%$1s" '' >run/.room/0 || exit 1
    files_=$(($1 / 8192))
    while [ "$files_" -gt 0 ]; do : >"run/.room/$files_" || exit 1; files_=$((files_ - 1)); done) 2>/dev/null ||
    { rm -rf run/.room; return 1; }
}
use_room() { ! is_there run/.room || rm -rf run/.room; }
"""


def script(*parts: str) -> str:
    """Return one script of the shared functions and these parts."""
    return PRELUDE + "\n".join(parts) + "\n"
