"""The law of the scripts: which programs they may run, and with which options."""

from __future__ import annotations

import re

import pytest

from tests.shell.builders import SCRIPTS, forgotten
from tests.shell.words import commands, functions

BUILTINS = frozenset(
    [
        ":",
        "[",
        "break",
        "cd",
        "command",
        "continue",
        "exec",
        "exit",
        "export",
        "printf",
        "return",
        "set",
        "shift",
        "trap",
        "umask",
        "unset",
    ]
)
# POSIX utilities, each with the options that POSIX gives it and that we use.
POSIX: dict[str, set[str]] = {
    "cd": {"-P"},
    "pwd": {"-P"},
    "read": {"-r"},
    "awk": {"-v"},
    "cat": set(),
    "chmod": set(),
    "cp": {"-p"},
    "cut": {"-c1-64"},
    "date": {"-u", "+%Y-%m-%dT%H:%M:%SZ"},
    "df": {"-Pk"},
    "dirname": set(),
    "echo": set(),
    "env": set(),
    "false": set(),
    "find": {"-type", "-path", "-name", "-size", "+200000c", "-prune", "-L", "-exec"},
    "grep": {"-q", "-qF", "-qs", "-qx", "-lsF", "-e"},
    "head": {"-n"},
    "id": {"-u", "-un"},
    "kill": {"-0", "-TERM", "-KILL", "-STOP", "-CONT"},
    "ln": {"-s"},
    "ls": {"-d", "-l", "-ldL", "-lin", "-ln"},
    "mkdir": {"-p"},
    "mv": {"-f"},
    "nohup": set(),
    "ps": {"-A", "-o", "-p"},
    "rm": {"-f", "-rf"},
    "rmdir": set(),
    "sed": {"-n"},
    "sh": {"-c"},
    "sleep": set(),
    "tail": {"-n", "-c", "+1"},
    "tr": {"-c", "-d"},
    "uname": {"-s"},
    "wc": {"-c", "-l"},
}
# What macOS and Linux share beyond POSIX: design, "Shell".
SHARED: dict[str, set[str]] = {
    "date": {"+%s", "+%z"},
    "head": {"-c"},
    "netstat": {"-an", "-p"},
    "lsof": {"-nP", "-iTCP:", "-sTCP:LISTEN", "-sTCP:ESTABLISHED", "-t"},
    "ps": {"-ww"},
    "readlink": set(),
    "sha256sum": set(),
    "shasum": {"-a"},
    "stat": {"-c", "-f"},
}
# Of one system alone: asked only where they are.
OWN: dict[str, set[str]] = {
    "curl": {"-q", "-s", "-f", "-m", "--noproxy", "-o"},
    "journalctl": {"-b", "-u", "-o", "--no-pager"},
    "launchctl": set(),
    "loginctl": {"-p", "--no-ask-password"},
    "pmset": {"-g"},
    "sysctl": {"-n"},
    "systemctl": {"-p", "--user"},
    "xcode-select": {"-p"},
}
TAKES_ANY = frozenset({"printf", "echo", ":", "[", "command", "export", "set"})  # builtins, or words that are text
_BY_PID = re.compile(r'-?\d+|"?\$\{?\w+\}?"?')


def faults(script: str) -> list[str]:
    """Return what a script does that no host is sure to have."""
    own = functions(script)
    found = []
    for whole in commands(script):
        words = whole[1:] if whole[0] == "exec" else whole
        name, arguments = words[0], words[1:]
        if name == "find" and "-exec" in arguments:
            inner = arguments[arguments.index("-exec") + 1]
            found += [] if inner in POSIX else [f"find -exec {inner}"]
        if name in own or name.startswith(('"$@"', "$python", '"$python"', "'/srv/", "/srv/")):
            continue
        if name in OWN and f"command -v {name} >/dev/null" not in script:
            found.append(f"not asked for first: {' '.join(words)}")
        if name not in BUILTINS and name not in POSIX and name not in SHARED and name not in OWN:
            found.append(f"unknown utility: {' '.join(words)}")
        elif name not in TAKES_ANY:
            allowed = POSIX.get(name, set()) | SHARED.get(name, set()) | OWN.get(name, set())
            found += [f"unknown option: {' '.join(words)}" for word in arguments if not _is_allowed(word, allowed)]
        if name == "kill":
            targets = [word for word in arguments if word not in POSIX["kill"]]
            found += [f"killed by name: {' '.join(words)}" for word in targets if not _BY_PID.fullmatch(word)]
    return found


def _is_allowed(word: str, allowed: set[str]) -> bool:
    is_option = re.match(r"[-+][A-Za-z0-9%-]", word.strip("'\""))
    return not is_option or word in allowed or any(word.startswith(o) for o in allowed if o.endswith(":"))


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_uses_only_what_every_host_has(name: str) -> None:
    """A Mac without developer tools and a bare Debian are hosts too."""
    assert commands(SCRIPTS[name]), "the reader sees no command"
    assert faults(SCRIPTS[name]) == []


def test_every_builder_is_judged() -> None:
    """A new builder that is missing in the table would be under no law."""
    assert forgotten() == set()


@pytest.mark.parametrize(
    "script",
    [
        "setsid litellm",
        "true_() { :; }\nflock lock true_",
        "timeout 5 cat file",
        "x=$(readlink -f current)",
        'if [ "$(realpath .)" = / ]; then echo root; fi',
        "pkill -f litellm",
        "cat x | xargs -r rm",
        "case $x in a) echo b;; *) seq 1 3 ;; esac",
        "sed -i s/a/b/ file",
        "for one in a b; do killall litellm; done",
        "now=$(($(gdate +%s) + 1))",
        "kill -TERM $(pidof litellm)",
        "kill -9 litellm",
        "date -d yesterday",
        "ls -l --color=auto",
        "echo a 2>/dev/null; jq . file",
        "find . -exec gzip {} +",
        "VAR=1 ss -ltn",
        "cp -a one two",
        "ln -sfn one two",
        "( cd / && mktemp )",
        'echo "${x:-$(hostname)}"',
        'x=$(exec setsid "$me")',
        "systemctl restart litellm",
        "until curl -s http://127.0.0.1; do sleep 1; done",
    ],
)
def test_a_script_that_needs_more_is_found(script: str) -> None:
    """The reader is crude: it must at least see each shape in which a foreign program can come."""
    assert faults(script) != []


@pytest.mark.parametrize("script", ["echo `date`", "cat <<END\nx\nEND"])
def test_what_the_reader_cannot_see_into_is_an_error(script: str) -> None:
    """Else a program could hide there."""
    with pytest.raises(AssertionError):
        commands(script)


def test_the_reader_sees_each_command_with_its_words() -> None:
    """One example by eye, with all that the reader knows."""
    script = """f() { # not: hidden
  case $(one -a "$2") in x|'y z') two ;; *) ! three 'a b' 2>/dev/null <"$x" ;; esac
}
if A=1 four "$(five "$(six)")" && [ "$((1 + $(seven)))" -gt 2 ]; then (eight) | nine; fi
for it in not these; do ten 2>&1 >"$(eleven)" & done
"""
    names = "one two three four five six seven eight nine ten eleven ["
    assert " ".join(sorted({words[0] for words in commands(script)})) == " ".join(sorted(names.split()))
