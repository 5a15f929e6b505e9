"""Values that must never be shown, and the masking of what may be shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote

MASK = "***"
# The names under which LiteLLM configs and env files keep secrets; a number at the end tells the second from the first.
# AUTH in capitals only: `custom_auth` of a config is the name of a module.
SECRET_NAME = re.compile(
    r"(?i)(?:(?:^|[_\-.])(?:key|token|pass|pwd|credential|authorization|webhook(?:_?url)?|licen[cs]e|dsn|(?-i:AUTH))"
    r"|^(?:basic_|http_)?auth|api_?key|master_?key|secret|password|passwd|passphrase)s?(?:_?\d+)?$"
)
# Shapes of well-known keys: OpenAI-like (and LiteLLM's own), GitHub, AWS, Slack, Google; a signed token, a private key.
SECRET_SHAPE = re.compile(
    r"(?:sk-[A-Za-z0-9_\-]{6,}|gh[pousr]_[A-Za-z0-9]{20,}|AKIA[0-9A-Z]{16}|xox[abprs]-[A-Za-z0-9\-]{10,}|AIza[\w\-]{30,}"
    r"|(?<![\w\-])eyJ[\w\-]{8,}\.eyJ[\w\-]{8,}\.[\w\-]*"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]*PRIVATE KEY-----|\Z))"
)
# The password of a URL up to the last @ before a slash: people write one into it unescaped.
_URL_PASSWORD = re.compile(r"(://[^\s/:@]*:)[^\s/\"'<>]+(?=@)")
# What a query says by these names is a key to what the URL leads to, and so is the end of a hook's path.
_URL_KEY = re.compile(
    r"(?i)([?&](?:[\w.\-]*(?:key|token|secret|passw(?:or)?d|signature|credential)|sig|code|auth|pwd)=)[^\s&#\"']+"
    r"|(://(?:hooks\.slack\.com|discord(?:app)?\.com/api/webhooks)/)[^\s\"']+"
)
_USERINFO = re.compile(r"://([^\s/]+|[^\s/:]*:\S+)@")
_OPTION = re.compile(r"(?P<name>\b[A-Za-z][\w\-]*)(?P<sign>=|\s+(?!-))(?P<value>\S+)")
_COUNT_OF_TOKENS = re.compile(r"(?i)tokens?$")  # MAX_TOKENS=4096 is a number of them

SHORTEST = 4  # a shorter value would blank out ordinary words, even under the name of a secret
SHORTEST_UNNAMED = 8  # under any other name
# What an environment holds beside secrets. Everything else of some length may be one: a name alone tells too little.
_WORD = r"(?![\w.~%+\-]{21})[\w.~%+\-]*"  # one part of a path; a longer one may be a key in it
_HARMLESS = re.compile(
    r"(?i)true|false|yes|no|on|off|none|null|enabled|disabled"
    r"|development|production|staging|debug|info|warning|error|critical"
    r"|[-+]?[\d.,_]+\s*[a-z]{0,3}"  # a number, a time, a size, a version
    rf"|(?:~|\.{{1,2}})?(?:/{_WORD})+(?::(?:/{_WORD})+)*"  # a path, or some, as in PATH
    r"|(?:localhost|\d+(?:\.\d+){3})(?::\d+)?"  # an address
    rf"|[a-z]+://(?:[\w\-]+(?:\.[\w\-]+)*|\[[\da-f:]+\])(?::\d+)?(?:/{_WORD})*"  # a URL with no user and no query
    r"|(?:ollama|ollama_chat|openai|anthropic|azure|gemini|vertex_ai|bedrock|huggingface)(?:/[\w.\-]+)+(?::[\w.\-]+)?"
    rf"|[a-z]{_WORD}:(?:latest|\d+(?:\.\d+)?[bm](?:-{_WORD})?)"  # a model as Ollama names it
    r"|(?=[a-z.\d\-]{1,40}$)(?:gpt|claude|qwen|llama|mistral|gemma|phi|deepseek)[a-z.\d]*(?:-[a-z.\d]{1,12})*"
)


class Secret:
    """A string that shows itself only to `reveal`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value; call this only where the value leaves for where it belongs."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


def mask(text: str, secrets: Iterable[Secret] = ()) -> str:
    """Return `text` without the given secrets, passwords in URLs, and anything of the shape of a well-known key."""
    for secret in sorted((s.reveal() for s in secrets), key=len, reverse=True):
        if len(secret) >= SHORTEST:
            text = text.replace(secret, MASK)
    text = _URL_PASSWORD.sub(rf"\1{MASK}", SECRET_SHAPE.sub(MASK, text))
    return _URL_KEY.sub(rf"\1\2{MASK}", text)


def mask_command_line(line: str, secrets: Iterable[Secret] = ()) -> str:
    """Return a command line masked; what follows an option or a variable with the name of a secret is one too."""

    def shown(found: re.Match[str]) -> str:
        return (
            f"{found[0][: found.start('value') - found.start()]}{MASK}" if is_secret_name(found["name"]) else found[0]
        )

    return _OPTION.sub(shown, mask(line, secrets))


def confidential(environment: Mapping[str, Secret]) -> tuple[Secret, ...]:
    """Return what must not be shown of an environment: every value that is not plainly harmless.

    A value that may stand elsewhere in another form (a line of it, the password of a URL, escaped
    as in JSON or in a URL) is returned in each.
    """
    found = {form for name, value in environment.items() for form in _forms(name, value.reveal())}
    return tuple(Secret(text) for text in sorted(found))


def _forms(name: str, value: str) -> Iterator[str]:
    named = is_secret_name(name) and not (_COUNT_OF_TOKENS.search(name) and value.isdigit())
    if named:
        # As long as it may be a switch (AUTH=true), masking it would blank out an ordinary word.
        parts = [] if value.lower() in {"true", "false", "none", "null"} else [value]
    else:
        parts = [] if len(value) < SHORTEST_UNNAMED or _HARMLESS.fullmatch(value) else [value]
    for part in [*parts, *(line for whole in parts for line in whole.splitlines()), *_of_userinfo(value)]:
        least = SHORTEST if named or part != value else SHORTEST_UNNAMED
        if len(part) >= least:
            yield from (part, json.dumps(part)[1:-1], json.dumps(part, ensure_ascii=False)[1:-1], quote(part, safe=""))


def _of_userinfo(value: str) -> Iterator[str]:
    """Return what stands before the @ of a URL: a password, or a user's name that serves as a key."""
    found = _USERINFO.search(value)
    if found:
        name, colon, password = found[1].partition(":")
        yield password if colon else name


def is_secret_name(name: str) -> bool:
    """Whether a key of this name (`api_key`, `LITELLM_MASTER_KEY`, `OPENAI_API_KEY_2`) holds a secret."""
    return bool(SECRET_NAME.search(name))
