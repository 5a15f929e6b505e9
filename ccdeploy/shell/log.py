"""The logs on a host: asking for the end of one and for what came after, and keeping what a failed release wrote.

A log has up to two predecessors, LOG.1 and LOG.2, that a proxy's start renamed it to. A file is told
by its inode, a place in it by its offset: whoever remembers both misses no line and sees none twice,
also when the file was renamed meanwhile, or the connection was lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from ccdeploy.shell.command import MOST_BYTES, Command, quote
from ccdeploy.shell.path import file_word
from ccdeploy.shell.prelude import NO_ROOT, script
from ccdeploy.shell.sections import function, new_mark

NO_LOG = 78
KEPT_LINES = 1000  # of a release that failed in service: its whole life, and what led to it
KEPT_BYTES = 200_000  # of what is kept of a log, and of what is shown of its end: a proxy may write for ever
PREDECESSORS = 2  # the proxy that drains may still write to the first, so the second is the oldest that is whole
AT_ONCE_BYTES = 1 << 18  # of one answer of `more`: a long absence is caught up with in several
SLOWEST_BYTES_PER_S = 100_000  # of a way to a host, for the time-out of a long answer
LOOKS = 10  # of one question of `more`, half a second apart: an idle log costs a round trip each five seconds

# `ls -lin` prints inode, mode, links, uid, gid and size first, on every system.
_FUNCTIONS = r"""
look() { # FILE: sets inode and size, both empty for none
  inode=; size=
  set -- $(ls -lin "$1" 2>/dev/null)
  [ $# -lt 6 ] || { inode=$1; size=$6; }
}
show() { # FILE INODE FROM COUNT HOW: a part of a file, and whether it is that file still
  section "part $2 $3 $4 $5"
  [ "$4" -eq 0 ] || tail -c "+$(($3 + 1))" "$1" | head -c "$4"
  was_=$2; look "$1"
  [ "$inode" = "$was_" ] || section "moved $was_"
}
"""


def recent(root: str, logs: Sequence[str], count: int) -> tuple[Command, str]:
    """Ask for the last `count` bytes of the first of these logs that is there, over its predecessors too.

    The parts come newest first; the answer is split by the mark. Status NO_LOG when none of the logs is there.
    """
    mark = new_mark()
    body = f"""
cd {quote(root)} || exit {NO_ROOT}
{function(mark)}
{_FUNCTIONS}
for base in {" ".join(quote(log) for log in logs)}; do
  [ -f "$base" ] || continue
  section log; printf '%s' "$base"
  left={count}
  for file in "$base" {" ".join(f'"$base.{n}"' for n in range(1, PREDECESSORS + 1))}; do
    look "$file"; [ -n "$size" ] || continue
    take=$size; [ "$take" -le "$left" ] || take=$left
    show "$file" "$inode" "$((size - take))" "$take" on
    left=$((left - take))
  done
  section written; mtime "$base"
  section now; now
  section zone; date +%z
  section end
  exit 0
done
exit {NO_LOG}
"""
    timeout_s = 30 + count / SLOWEST_BYTES_PER_S
    most = count + MOST_BYTES
    return Command("read the log", script(body), ok=frozenset({0, NO_LOG}), timeout_s=timeout_s, most_bytes=most), mark


def more(root: str, log: str, offsets: Mapping[int, int], env_file: str) -> tuple[Command, str]:
    """Ask for what came after these offsets (by inode), and wait some seconds for it where nothing did.

    The parts come oldest first. A file that is newer than one of these is new from its beginning; a
    part that begins at 0 though its offset was larger is told as `cut`: the file was truncated.
    """
    mark = new_mark()
    words = [quote(f"{log}.{n}") for n in range(PREDECESSORS, 0, -1)] + [quote(log)]
    cases = " ".join(f"{inode}) from={offset} ;;" for inode, offset in sorted(offsets.items()))
    body = f"""
cd {quote(root)} || exit {NO_ROOT}
{function(mark)}
{_FUNCTIONS}
known() {{ from=; case $1 in {cases} esac; }}
looks=0; seen=nothing; found=
while [ -z "$found" ]; do
  files=$(ls -lin {" ".join(words)} 2>/dev/null)
  if [ "$files" != "$seen" ]; then
    seen=$files; met=
    for file in {" ".join(words)}; do
      look "$file"; [ -n "$size" ] || continue
      known "$inode"; how=on
      if [ -n "$from" ]; then met=yes
      elif [ -n "$met" ] || [ "$file" = {quote(log)} ]; then from=0 how=new found=yes
      else continue; fi
      [ "$size" -ge "$from" ] || {{ from=0; how=cut; found=yes; }}
      count=$((size - from)); [ "$count" -le {AT_ONCE_BYTES} ] || count={AT_ONCE_BYTES}
      [ "$count" -gt 0 ] || [ "$how" != on ] || continue
      found=yes
      show "$file" "$inode" "$from" "$count" "$how"
      [ "$((from + count))" -eq "$size" ] || break  # what is newer comes after it
    done
    {'[ -n "$met" ] || found=yes' if offsets else ""}  # what was followed is gone
  fi
  looks=$((looks + 1)); [ "$looks" -lt {LOOKS} ] || break
  [ -n "$found" ] || sleep 0.5 2>/dev/null || sleep 1
done
section files; ls -lin {" ".join(words)} 2>/dev/null
section environment; [ -r {file_word(env_file)} ] && digest {file_word(env_file)}
section current; readlink current 2>/dev/null
section now; now
section end
"""
    return Command("follow the log", script(body), timeout_s=LOOKS + 10), mark


def keep(log: str, kept: str) -> str:
    """Return the line that keeps the end of a log under another name, before another proxy writes to it."""
    word, new = quote(log), quote(kept)
    return f"[ ! -f {word} ] || (umask 077; {last_lines(word, KEPT_LINES)} >{new} || rm -f {new})\n"


def last_lines(word: str, count: int) -> str:
    """Return the command that prints the last lines of a log, as they stand now, and no more than KEPT_BYTES.

    `tail` reads to the end of the file, and one that is written to faster than it is read has none.
    """
    return (
        f"{{ size_=$(wc -c <{word}) && from_=$((size_ > {KEPT_BYTES} ? size_ - {KEPT_BYTES} : 0)) && "
        f'tail -c "+$((from_ + 1))" {word} | head -c "$((size_ - from_))" | tail -n {count}; }} 2>/dev/null'
    )


def cut_down_shadows() -> str:
    """Return the lines that leave only the end of each log of a shadow; all of them have ended.

    The end is remembered, and the file emptied before it is written: a disk that it has filled has no room for a copy.
    """
    return f"""
if [ -n "$(find -L logs/. ! -name . -prune -name 'shadow-*.log' -type f -size +{KEPT_BYTES}c 2>/dev/null)" ]; then
  for log_ in logs/shadow-*.log; do
    [ -f "$log_" ] && [ "$(wc -c <"$log_")" -gt {KEPT_BYTES} ] || continue
    end_=$({last_lines('"$log_"', KEPT_LINES)}); printf '%s\\n' "$end_" >"$log_"
  done
fi
"""


def promote(shadow_log: str, log: str) -> str:
    """Return the lines that make a shadow's log the one of what serves; the one before keeps its writer, renamed."""
    return f"[ ! -f {quote(shadow_log)} ] || {{ {_moves(log)}; mv -f {quote(shadow_log)} {quote(log)}; }}\n"


def turn_over(log: str, beyond_bytes: int) -> str:
    """Return the lines that give a log of more than this size a new name, for a proxy that is about to start.

    Only ever by a rename: who writes to it (the proxy that finishes its streams) has it open, and goes
    on in the renamed file. A copy that is truncated afterwards would lose what is written in between.
    """
    name = quote(log)
    return f'if [ -f {name} ] && [ "$(wc -c <{name})" -gt {beyond_bytes} ]; then {_moves(log)}; fi'


def _moves(log: str) -> str:
    """Return the lines that give a log and its predecessors their next names."""
    names = [quote(log), *(quote(f"{log}.{n}") for n in range(1, PREDECESSORS + 1))]
    return "; ".join(reversed([f"[ ! -f {old} ] || mv -f {old} {new}" for old, new in pairwise(names)]))
