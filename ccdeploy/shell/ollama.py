"""What Ollama's own log says of its last starts: the lines of its settings and of its memory. Nothing is loaded."""

from __future__ import annotations

from ccdeploy.shell.command import Command
from ccdeploy.shell.facts import FactsQuestion
from ccdeploy.shell.path import home_word
from ccdeploy.shell.prelude import script
from ccdeploy.shell.sections import function, new_mark

# The app for macOS, then Homebrew's service on Apple's processors and on Intel's.
LOGS = ("~/.ollama/logs/server.log", "/opt/homebrew/var/log/ollama.log", "/usr/local/var/log/ollama.log")
JOURNAL = "journal"
LINES = 60  # of one log: a start writes three, and one more for each further GPU

AT_ONCE_BYTES = 1 << 18  # of one answer of `news`; what is older than that is left out

_TOLD = "-e 'server config' -e 'inference compute' -e 'msg=\"Listening on '"


def starts(log: str | None) -> FactsQuestion:
    """Ask one log, or each place where Ollama usually has it, and systemd's journal of its unit since the boot.

    The answer has the file's time and its lines for each log that is there and may be read.
    """
    mark = new_mark()
    journal = "" if log else _JOURNAL
    body = f"""
{function(mark)}
for log in {" ".join(home_word(path) for path in ([log] if log else LOGS))}; do
  [ -f "$log" ] && [ -r "$log" ] || continue
  section "time:$log"; mtime "$log"
  section "lines:$log"; grep {_TOLD} "$log" | tail -n {LINES}
done
{journal}
section end
"""
    return FactsQuestion(Command("read Ollama's log", script(body), timeout_s=60), mark)


def news(log: str, inode: int, offset: int) -> FactsQuestion:
    """Ask what was written to a log after an offset; with inode 0, only where its end is.

    The part is named `part INODE OFFSET`. Another file under the name is new from its beginning; there is no part
    when there is no file.
    """
    mark = new_mark()
    body = f"""
{function(mark)}
log={home_word(log)}
set -- $(ls -lin "$log" 2>/dev/null)
if [ $# -ge 6 ]; then
  size=$6 from=0
  [ "$1" != {inode} ] || [ "$size" -lt {offset} ] || from={offset}
  {"from=$size" if inode == 0 else ""}
  [ "$((size - from))" -le {AT_ONCE_BYTES} ] || from=$((size - {AT_ONCE_BYTES}))
  section "part $1 $from"
  [ "$size" -eq "$from" ] || tail -c "+$((from + 1))" "$log" | head -c "$((size - from))"
fi
section end
"""
    return FactsQuestion(Command("follow Ollama's log", script(body), timeout_s=15), mark)


def answers() -> Command:
    """Ask nothing but an answer: whether it is Ollama that is silent, or the host."""
    return Command("see whether the host answers", ":\n", timeout_s=10)


_JOURNAL = f"""
if command -v journalctl >/dev/null 2>&1; then
  section "lines:{JOURNAL}"
  journalctl -b -u ollama -o cat --no-pager 2>/dev/null | grep {_TOLD} | tail -n {LINES}
fi
"""
