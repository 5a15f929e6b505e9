"""Staging, activating, adopting and forgetting releases, as parts of scripts under the lock."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence

from ccdeploy.shell.command import Command, quote
from ccdeploy.shell.lock import Hold, guard, release_line
from ccdeploy.shell.log import cut_down_shadows
from ccdeploy.shell.prelude import LOCK_LOST, NO_ROOT, NOT_WRITTEN, script
from ccdeploy.shell.process import announce
from ccdeploy.shell.sections import function, new_mark

DAMAGED = 77  # a release's files are not what release.json says, and neither is the second copy
GONE = 79  # the proxy that was just verified serves no longer
HISTORY_BYTES = 1_000_000  # some 1,700 attempts
HISTORY_KEPT = 1000  # attempts: years of one a day
SHADOW = ".shadow.yaml"  # what a shadow boots from when it may not be the release's own bytes
_LEFT = "could not be removed: "
ORIGINAL = ".original"  # the second copy of each file, below the release's folder


def incoming(release: str) -> str:
    """Return the folder, relative to root, that a release is uploaded to before it is one."""
    return f"releases/.incoming-{release}"


def commit_incoming(release: str) -> str:
    """Return the lines that make an uploaded folder a release, read-only, with its second copy."""
    folder, final = quote(incoming(release)), quote(f"releases/{release}")
    # mv would move it into a release that is there already, and be content.
    return f"""
if [ -d {folder} ]; then
  [ ! -e {final} ] && mkdir {folder}/{ORIGINAL} &&
  (cd {folder} && find . -type f ! -path './{ORIGINAL}/*' ! -name release.json |
    while IFS= read -r file; do
      mkdir -p "{ORIGINAL}/$(dirname "$file")" && cp -p "$file" "{ORIGINAL}/$file" || exit 1; done) &&
  find {folder} -type f ! -name release.json -exec chmod 0444 {{}} + && mv {folder} {final} ||
    exit {NOT_WRITTEN}
fi
"""


def discard_incoming(hold: Hold, release: str) -> Command:
    """Remove what was uploaded of a release that cannot become one."""
    body = f"{guard(hold)}rm -rf {quote(incoming(release))}\n"
    return Command("remove the upload", script(body), writes=True, ok=frozenset({0, LOCK_LOST}), finishes=True)


def check_files(release: str, digests: Mapping[str, str]) -> str:
    """Return the lines that check a release's files, and mend them from the second copy if need be."""
    lines = []
    for path, expected in digests.items():
        file, copy = quote(f"releases/{release}/{path}"), quote(f"releases/{release}/{ORIGINAL}/{path}")
        folder, wanted = quote(posixpath.dirname(f"releases/{release}/{path}")), quote(expected)
        lines.append(
            f'[ "$(digest {file} 2>/dev/null)" = {wanted} ] || {{ [ "$(digest {copy} 2>/dev/null)" = {wanted} ] && '
            f"mkdir -p {folder} && cp -p {copy} {file}.mend && mv -f {file}.mend {file}; }} || "
            f"{{ rm -f {file}.mend; exit {DAMAGED}; }}"
        )
    return "\n".join(lines) + "\n"


def activate(release: str) -> str:
    """Return the lines that make a release the current one, each link by one rename."""
    links = f"relink {quote(f'releases/{release}')} . current && relink current/config.yaml . config.yaml"
    return f"{links} || exit {NOT_WRITTEN}\n"


def adopt(hold: Hold, release: str, manifest: str, copies: Mapping[str, str], after: str) -> Command:
    """Keep files that another hand wrote as a release: each of `copies` (path in it: path below root), read-only.

    `after` are the lines that follow: what is adopted is activated, or what was drifted is mended.
    """
    folder = incoming(release)
    lines = "\n".join(
        f'mkdir -p "$(dirname {quote(f"{folder}/{path}")})" && '
        f"cat {quote(source)} >{quote(f'{folder}/{path}')} || exit {NOT_WRITTEN}"
        for path, source in copies.items()
    )
    body = f"""
{guard(hold)}
rm -rf {quote(folder)}; (umask 077; mkdir -p {quote(folder)}) || exit {NOT_WRITTEN}
{lines}
printf '%s' {quote(manifest)} >{quote(f"{folder}/release.json")} || exit {NOT_WRITTEN}
{commit_incoming(release)}
{after}
"""
    return Command("adopt what is there", script(body), writes=True, ok=frozenset({0, LOCK_LOST}))


def write_manifest(release: str, manifest: str) -> str:
    """Return the line that gives a release its new release.json, in one rename."""
    folder = quote(f"releases/{release}")
    return (
        f"[ ! -d {folder} ] || printf '%s' {quote(manifest)} | write {folder}/release.json 644 || exit {NOT_WRITTEN}\n"
    )


def forget(releases: Sequence[str]) -> str:
    """Return the lines that remove releases with their logs, and what uploads and scripts that were cut off left.

    What cannot be removed is no reason to end the script: it is told, for `left_behind`.
    """
    paths = [quote(p) for r in releases for p in (f"releases/{r}", f"logs/shadow-{r}.log", f"logs/failed-{r}.log")]
    words = f"releases/.incoming-* .link.* run/*.new.* run/deadman/.*.tmp {' '.join(paths)}".rstrip()
    told = f'[ ! -e "$left" ] || printf \'{_LEFT}%s\\n\' "$left"'
    return f"{cut_down_shadows()}rm -rf {words} || for left in {words}; do {told}; done\n"


def left_behind(output: str) -> tuple[str, ...]:
    """Return what `forget` could not remove, by the output of a script that held its line."""
    return tuple(line.removeprefix(_LEFT) for line in output.splitlines() if line.startswith(_LEFT))


def append_history(line: str) -> str:
    """Return the lines that add one attempt to history.jsonl; see `append_history_word`."""
    return append_history_word(quote(line))


def append_history_word(word: str) -> str:
    """Return the lines that add one attempt to history.jsonl, after a line that was cut off too.

    `word` is the line as the shell is to see it: quoted, or the name of a variable in double quotes.

    The script ends with NOT_WRITTEN when it cannot be added. A file that has grown large keeps its
    last attempts; only who holds the lock writes to it, so none is added meanwhile.
    """
    return f"""
{{ [ -z "$(tail -c 1 history.jsonl 2>/dev/null)" ] || echo >>history.jsonl; }} &&
printf '%s\\n' {word} >>history.jsonl || exit {NOT_WRITTEN}
[ "$(wc -c <history.jsonl)" -le {HISTORY_BYTES} ] || {{
  cp -p history.jsonl history.jsonl.new && tail -n {HISTORY_KEPT} history.jsonl >history.jsonl.new &&
    mv -f history.jsonl.new history.jsonl || rm -f history.jsonl.new; }}
"""


def note_refused(root: str, line: str) -> Command:
    """Add the line of an attempt that did not get the lock to history.jsonl, beside whoever holds it.

    One line is one write at the end of the file, which no other writer can get into. Whoever holds the lock may turn
    the file over at this very moment: then the line is lost, and nothing else is.
    """
    body = f"""
cd {quote(root)} || exit {NO_ROOT}
[ -z "$(tail -c 1 history.jsonl 2>/dev/null)" ] || echo >>history.jsonl
printf '%s\\n' {quote(line)} >>history.jsonl
"""
    return Command("note the refused attempt", script(body), writes=True, finishes=True)


def still_serving(pid: int, started: Sequence[str], port: int) -> str:
    """Return the line that ends a script with GONE unless that very process lives and its port is open."""
    moments = " ".join(quote(moment) for moment in started)
    return f"is_alive {pid} {moments} && is_listening {port} || exit {GONE}\n"


def write_run_state(name: str, text: str) -> str:
    """Return the line that writes run/NAME.json in one rename."""
    return f"printf '%s' {quote(text)} | write run/{name}.json 644 || exit {NOT_WRITTEN}\n"


def forget_ended(name: str, pid: int, started: Sequence[str]) -> str:
    """Return the line that removes run/NAME.json unless that very process lives."""
    return f"is_alive {pid} {' '.join(quote(moment) for moment in started)} || rm -f run/{name}.json\n"


def read(root: str, folder: str, names: Sequence[str] = ()) -> tuple[Command, str]:
    """Ask for the files of a folder below root, all of a release's or the named ones; split by the mark."""
    mark = new_mark()
    listed = f"find . -type f ! -name release.json ! -name {SHADOW} ! -path './{ORIGINAL}/*'"
    if names:
        listed = "printf './%s\\n' " + " ".join(quote(name) for name in names)
    body = f"""
cd {quote(root)}/{quote(folder)} || exit {NO_ROOT}
{function(mark)}
{listed} | while IFS= read -r file; do
  [ -f "$file" ] || continue
  section "${{file#./}}"; cat "$file"; done
section end
"""
    return Command("read a release", script(body)), mark


def record(hold: Hold, lines: Sequence[str], *, unlock: bool, is_announced: bool = False) -> Command:
    """Write down how an attempt ended, in one script, and give the lock back.

    One that `is_announced` can be ended by `process.end_switch`, or by the host that goes back: nothing
    of it is written after that, however long it hung.
    """
    begin, end = (announce(hold), "retract; trap - EXIT\n") if is_announced else ("use_room\n", "")
    body = guard(hold) + begin + "".join(lines) + end + (release_line(hold) if unlock else "")
    return Command("record the attempt", script(body), writes=True, ok=frozenset({0, LOCK_LOST, GONE}), finishes=True)
