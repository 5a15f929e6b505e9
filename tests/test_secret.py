"""What of an environment and of a command line is shown, and what is not."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from ccdeploy.secret import Secret, confidential, is_secret_name, mask, mask_command_line


def shown(text: str, **environment: str) -> str:
    """Return a text as a person sees it who looks at a host with this environment."""
    return mask(text, confidential({name: Secret(value) for name, value in environment.items()}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PGPASSWORD", "pgpw-12345"),
        ("OPENAI_API_KEY_2", "hexhexhexhexhex"),
        ("MASTERKEY", "hunter2"),
        ("SMTP_PASS", "hunter2"),
        ("BASIC_AUTH", "ada hunter2"),
        ("SLACK_WEBHOOK_URL", "https://hooks.example.com/T0/B0/x"),
        ("WHATEVER", "Zk9q2Lm7Rt4x"),
        ("DATABASE", "postgresql://llm:s3cretpw@db.example.com/x"),
        ("CACHE", "redis://onlyauser@cache.example.com:6379"),
        ("HOOK", "https://hooks.example.com/services/T00000000/XXXXXXXXXXXXXXXXXXXXXXXX"),
        ("ASKED", "https://example.com/?key=hunter2"),
        ("SESSION", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"),
        ("SALT", "/k9+Zz8Q1x7abcdefghijklmnopqrstuv"),
    ],
)
def test_a_value_that_may_be_a_secret_is_not_shown(name: str, value: str) -> None:
    """LiteLLM's errors quote what it was given, and logs are pasted into issues."""
    assert value not in shown(f"cannot use {value} here", **{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OLLAMA_API_BASE", "http://127.0.0.1:11434"),
        ("PROXY_BASE_URL", "https://coder.example.com/v1"),
        ("CACHE", "redis://localhost:6379/0"),
        ("LISTEN", "127.0.0.1:11434"),
        ("SIZE", "32000000000"),
        ("MAX_TOKENS", "4096"),
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ("CERTIFICATES", "/etc/ssl/certs/ca-certificates.crt"),
        ("MODEL", "ollama_chat/qwen2.5-coder:32b-instruct"),
        ("FAST", "qwen-fast:latest"),
        ("BIG", "qwen-quality-128k:latest"),
        ("OTHER", "claude-3-5-sonnet-20241022"),
        ("USE_AUTH", "true"),
        ("LITELLM_MODE", "PRODUCTION"),
        ("SHORT", "seven77"),
    ],
)
def test_a_value_that_is_plainly_harmless_is_shown(name: str, value: str) -> None:
    """A log in which addresses and models are masked tells nothing."""
    assert shown(f"cannot reach {value} now", **{name: value}) == f"cannot reach {value} now"


def test_the_password_of_a_url_is_masked_wherever_it_stands_alone() -> None:
    """A driver tells the parts of what it was given, one by one."""
    assert shown("user llm, s3cretpw", DATABASE="postgresql://llm:s3cretpw@db.example.com/x") == "user llm, ***"
    assert shown("user llm, s3/cretpw", DATABASE="postgresql://llm:s3/cretpw@db.example.com/x") == "user llm, ***"


@pytest.mark.parametrize(
    "write", [str, json.dumps, lambda value: quote(value, safe=""), lambda value: value.split()[0]]
)
def test_a_secret_is_masked_in_every_form_in_which_it_is_written(write: object) -> None:
    """A quote or a line break in it is written in another way in JSON, and each of its lines comes alone in a log."""
    value = 'first"line/of-it\nsecond\\line-of-it'
    assert callable(write)
    told = shown(f"got {write(value)} here", CERTIFICATE_SECRET=value)
    assert "line" not in told


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("postgresql://llm:s3cretpw@db.example.com/x", "postgresql://llm:***@db.example.com/x"),
        ("redis://:p@ss,w:rd@127.0.0.1:6379 gone", "redis://:***@127.0.0.1:6379 gone"),
        ("http://127.0.0.1:8081/a and ada@example.com", "http://127.0.0.1:8081/a and ada@example.com"),
        ('{"a":"http://h:1","b":"x@y"}', '{"a":"http://h:1","b":"x@y"}'),
    ],
)
def test_the_password_of_any_url_is_masked(text: str, masked: str) -> None:
    """Whoever wrote it, and whether or not an environment is known."""
    assert mask(text) == masked
    assert mask(masked) == masked


def test_a_command_line_does_not_show_what_follows_the_name_of_a_secret() -> None:
    """A stranger's command line is shown to name the stranger, not its keys."""
    line = "/x/python app.py --api-key hunter2 --port 80 TOKEN=hunter2 --password=hunter2 --keep-alive 5"
    assert mask_command_line(line) == "/x/python app.py --api-key *** --port 80 TOKEN=*** --password=*** --keep-alive 5"
    assert mask_command_line("serve --with made-up-value", [Secret("made-up-value")]) == "serve --with ***"


@pytest.mark.parametrize(
    ("name", "is_secret"),
    [
        ("OPENAI_API_KEY_2", True),
        ("KEY2", True),
        ("PGPASSWORD", True),
        ("SMTP_PASS", True),
        ("LITELLM_MASTERKEY", True),
        ("webhook_url", True),
        ("PROXY_AUTH", True),
        ("custom_auth", False),  # the name of a module
        ("enable_jwt_auth", False),
        ("compass", False),
        ("monkey", False),
        ("api_base", False),
    ],
)
def test_names_of_secrets_are_known_with_their_numbers_and_short_forms(name: str, is_secret: bool) -> None:
    """What is called so is masked, however short."""
    assert is_secret_name(name) is is_secret
