"""How many connections to a port are established, counted where somebody listens on it."""

from __future__ import annotations

from ccdeploy.shell.command import Command
from ccdeploy.shell.prelude import script


def established(port: int) -> Command:
    """Ask how many connections to a port there are; nothing is printed where that cannot be seen.

    A plain user's lsof sees that user's processes alone: it counts only where it sees who listens. On
    loopback it shows both ends, of which the server's has the port on its left.
    """
    body = f"""
if is_linux; then
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v p=":$(printf '%04X' {port})" '
    # The kernel may show one twice while others come and go.
    $4 == "01" && substr($2, length($2) - 4) == p && !seen[$2 $3]++ {{ n++ }} END {{ print n + 0 }}'
elif lsof -nP -iTCP:{port} -sTCP:LISTEN -t >/dev/null 2>&1; then
  lsof -nP -iTCP:{port} -sTCP:ESTABLISHED 2>/dev/null | awk -v p=":{port}" '
    {{ split($(NF - 1), end, "->"); ours = end[1] }}
    end[2] && substr(ours, length(ours) - length(p) + 1) == p && !seen[$(NF - 1)]++ {{ n++ }} END {{ print n + 0 }}'
fi
"""
    return Command("count connections", script(body))


def count(answer: str) -> int | None:
    """Return the count of an answer; None where it could not be seen."""
    word = answer.strip()
    return int(word) if word.isdecimal() else None
