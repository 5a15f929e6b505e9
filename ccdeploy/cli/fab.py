"""The Fabric tasks of the verbs, and the few places where Fabric would not end as our contract says."""

from __future__ import annotations

import re
import shlex
import sys
import textwrap
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from fabric import Connection, Task
from fabric.main import program
from invoke.collection import Collection
from invoke.exceptions import Exit, ParseError
from invoke.parser.argument import Argument

from ccdeploy.cli.registry import FAMILIES, all_verbs
from ccdeploy.cli.session import fail, perform
from ccdeploy.cli.verb import Kind, Option, Verb
from ccdeploy.errors import UsageFault

# What Fabric offers and a verb would silently leave unread, with where it belongs.
_AS_COMMAND = "write --command 'COMMAND...'"
_WIDTH = 76  # of a help text, with Fabric's indentation still within 80
_UNREAD = {
    "identity": "ssh.identity_file of the host in configs/hosts.yaml",
    "ssh-config": "ssh of the host in configs/hosts.yaml, or ~/.ssh/config",
    "connect-timeout": "ssh.connect_timeout of the host in configs/hosts.yaml",
    "prompt-for-login-password": "a key: ccdeploy signs in with keys only",
    "prompt-for-passphrase": "no option: ccdeploy asks for a passphrase when it needs one",
}


class VerbTask(Task):  # type: ignore[misc]  # Fabric has no types
    """A verb as a Fabric task; its options come from the description that `ccdeploy` has them from."""

    def __init__(self, verb: Verb) -> None:
        self.verb = verb
        super().__init__(_body(verb), name=verb.name.split()[-1], positional=[], auto_shortflags=False)
        self.__doc__ = task_help(verb)

    def get_arguments(self, ignore_unknown_help: bool | None = None) -> list[Argument]:
        """Return the options, instead of reading them off a signature."""
        config = {"none": [], "one": [_CONFIG], "many": [_CONFIGS]}[self.verb.configs]
        words = [word for word in (self.verb.word, self.verb.command) if word]
        needed = [word.name for word in words if word.needed]
        options = [Option(word.name, word.help, metavar=word.name.upper()) for word in words]
        return [_argument(option, option.name in needed) for option in (*options, *config, *self.verb.options)]


def verb_tasks() -> Collection:
    """Return every verb as a task, subverbs as `lock.status`; `fab` then keeps to our exit codes too."""
    tasks = Collection()
    families = {word: Collection(word) for word in FAMILIES}
    for verb in all_verbs():
        word, _, subverb = verb.name.partition(" ")
        (families[word] if subverb else tasks).add_task(VerbTask(verb))
    for family in families.values():
        tasks.add_collection(family)
    _keep_to_our_exit_codes()
    return tasks


def task_help(verb: Verb) -> str:
    """Return a task's docstring: `fab --list` shows its first line, `fab --help TASK` all of it."""
    title = "Example" if len(verb.examples) == 1 else "Examples"
    examples = "\n".join(f"  {fab_example(verb, line)}" for line in verb.examples)
    details = textwrap.fill(verb.details, _WIDTH)  # Fabric wraps no docstring
    return "\n\n".join(part for part in (verb.summary, details, f"{title}:\n{examples}") if part)


def fab_example(verb: Verb, line: str) -> str:
    """Return an example of `ccdeploy` as one types it for `fab`."""
    words = shlex.split(line)[1:]
    named = words[: len(verb.name.split())]
    if named != verb.name.split():  # an example of another verb
        return shlex.join(["fab", *words])
    rest = words[len(named) :]
    command: list[str] = []
    if verb.command and "--" in rest:
        at = rest.index("--")
        command, rest = [f"--{verb.command.name}", shlex.join(rest[at + 1 :])], rest[:at]
    given = rest[: _first_option(rest)]
    options = rest[len(given) :]
    named_word: list[str] = []
    if verb.word and given:
        first, *given = given
        named_word = [first] if verb.word.needed else [f"--{verb.word.name}", first]
    configs = [part for word in given for part in ("--config", word)]
    return shlex.join(["fab", ".".join(named), *named_word, *configs, *options, *command])


def _body(verb: Verb) -> Callable[..., None]:
    def body(c: Any, **values: Any) -> None:
        try:
            asked = _with_fabrics_own(c, verb, values)
        except UsageFault as fault:
            raise Exit(code=fail(fault, verb.told, values.get("host"), bool(values.get("json")))) from None
        code = perform(verb, asked)
        if code:
            raise Exit(code=code)

    return body


def _with_fabrics_own(c: Any, verb: Verb, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with what Fabric's own `-H` and `--dry` mean. Raises UsageFault."""
    asked = dict(values)
    named = {option.name for option in verb.options}
    if isinstance(c, Connection):
        if "host" not in named:
            raise UsageFault(f"{verb.name} is about no host; leave -H out")
        if values.get("host"):
            raise UsageFault("-H and --host name a host each; use one of the two")
        asked["host"] = c.original_host
    if c.config.run.dry and verb.writes:
        if "dry-run" not in named:
            raise UsageFault(f"{verb.name} has no rehearsal; leave --dry out")
        asked["dry_run"] = True
    return asked


def _keep_to_our_exit_codes() -> None:
    """Make `fab` end with 2 for a wrong command line; by itself it ends with 1, or with a traceback.

    Fabric has no hook for this. It reads our tasks before it parses the rest of the command line with
    `program.parse_tasks`, so that is the one method to wrap: what it raises as ParseError leaves as
    Exit, which `fab` prints and ends with. Only `fab -H` without a value is refused before that.
    """
    inner = program.parse_tasks
    if getattr(inner, "is_ours", False):
        return

    def parse_tasks() -> None:
        try:
            inner()
            _refuse_unread()
            _refuse_unknown_help()
        except ParseError as exc:
            _leave(_sentence(exc))

    parse_tasks.is_ours = True  # type: ignore[attr-defined]
    program.parse_tasks = parse_tasks


def _refuse_unread() -> None:
    """Refuse what Fabric understands and a verb would not read, where a verb is asked for."""
    if not any(isinstance(program.collection[context.name], VerbTask) for context in program.tasks):
        return
    if program.core.remainder:
        tasks = [program.collection[context.name] for context in program.tasks]
        takes_command = any(isinstance(task, VerbTask) and task.verb.command for task in tasks)
        _leave(f"nothing is read after --; {_AS_COMMAND if takes_command else 'leave it out'}")
    for name, place in _UNREAD.items():
        if program.args[name].value:
            _leave(f"--{name} is not read; use {place}")
    # Before the task it is Invoke's own, the path of a file; one that does not exist ends in a traceback.
    runtime = program.args.config.value
    if runtime and not Path(runtime).is_file():
        _leave(f"'{runtime}' is no file of Fabric's settings; a config to deploy comes after the task")


def _refuse_unknown_help() -> None:
    asked = program.args.help.value
    if isinstance(asked, str) and asked not in program.parser.contexts:
        _leave(f"there is no task '{asked}'{_near(asked, program.parser.contexts)}")


def _sentence(exc: ParseError) -> str:
    """Return Invoke's message as one of ours."""
    message = str(exc)
    if valueless := re.search(r"<Argument: ([\w-]+).*> needed value", message):
        return f"--{valueless[1]} needs a value"
    if lacks := re.search(r"'([\w.-]+)' did not receive required positional arguments", message):
        return next(
            verb.word.needed for verb in all_verbs() if verb.name == lacks[1] and verb.word and verb.word.needed
        )
    word = message.split("'")[1] if message.count("'") >= 2 else ""
    if "No idea what" not in message:
        return message[:1].lower() + message[1:].rstrip("!.")
    if word.startswith("-"):
        return f"there is no option '{word}'{_near(word, exc.context.flags if exc.context else ())}"
    if word in FAMILIES:
        tasks = " or ".join(sorted(f"{word}.{name}" for name in program.collection.collections[word].tasks))
        return f"'{word}' is no task; write {tasks}"
    taken = exc.context.args if exc.context and exc.context.name else {}
    option = next((name for name in ("config", *_words()) if name in taken), None)
    meant = f"; if it is a {option}, write --{option} {word}" if option else _near(word, program.parser.contexts)
    return f"there is no task '{word}'{meant}"


def _words() -> list[str]:
    """Return what `ccdeploy` takes as a word after a verb, and `fab` as an option only."""
    return [verb.word.name for verb in all_verbs() if verb.word]


def _near(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, list(known), 1)
    return f"; did you mean {near[0]}?" if near else ""


def _leave(message: str) -> None:
    fault = UsageFault(message, hint="see fab --list, or fab --help TASK")
    raise Exit(code=fail(fault, None, None, "--json" in sys.argv)) from None


_CONFIG = Option("config", "The config, a name in configs/litellm/.", metavar="NAME")
_CONFIGS = Option("config", "A config, a name in configs/litellm/; may be given again.", Kind.LIST, metavar="NAME")


def _argument(option: Option, is_word: bool = False) -> Argument:
    kind = {Kind.FLAG: bool, Kind.LIST: list}.get(option.kind, str)
    dashless = option.name.replace("-", "_")
    return Argument(
        names=(option.name, option.short) if option.short else (option.name,),
        kind=kind,
        default={bool: False, list: []}.get(kind),
        help=option.help,
        positional=is_word,
        optional=option.kind is Kind.OPTIONAL,
        attr_name=dashless if dashless != option.name else None,
    )


def _first_option(words: list[str]) -> int:
    return next((number for number, word in enumerate(words) if word.startswith("-")), len(words))
