"""No secret of a config is shown, however it is written; everything else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccdeploy import yamltext
from ccdeploy.litellm.changes import changes
from ccdeploy.litellm.config import parse_config
from ccdeploy.litellm.masking import literal_secrets, masked_config
from ccdeploy.ollama.keepalive import keep_alive_s
from ccdeploy.secret import mask


def masked(text: str) -> str:
    """Return the text for people."""
    return masked_config(text.encode())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("master_key: hunter2hunter2\n", "master_key: ***\n"),
        ('api_key: "hun\\"ter2"  # why\n', "api_key: ***  # why\n"),
        ("a: {api_key: 'it''s hunter2', b: 1}\n", "a: {api_key: ***, b: 1}\n"),
        ("api_key: >-\n  hunter2\n  hunter2\nnext: 1\n", "api_key: ***\nnext: 1\n"),
        ("api_key: |\n  hunter2\n", "api_key: ***\n"),
        ("api_key: hunter2\n  hunter2\nnext: 1\n", "api_key: ***\nnext: 1\n"),
        ("api_key: 123456\n", "api_key: ***\n"),
        ("password: pw\n", "password: ***\n"),
        ("api_key: [hunter2, hunter2]\n", "api_key: [***, ***]\n"),
        ("credentials:\n  user: ada\n  pass: hunter2\n", "credentials:\n  user: ***\n  pass: ***\n"),
        ("a: &k hunter2\napi_key: *k\n", "a: ***\napi_key: *k\n"),
        ("api_key: hunter2\napi_key: hunter2\n", "api_key: ***\napi_key: ***\n"),
        ("environment_variables:\n  REDIS_PASSWORD: 'hunter2'\n", "environment_variables:\n  REDIS_PASSWORD: ***\n"),
        ("url: postgres://ada:hunter2@127.0.0.1/db\n", "url: postgres://ada:***@127.0.0.1/db\n"),
        ("note: sk-hunter2hunter2\n", "note: ***\n"),
        ("# api: sk-hunter2hunter2\na: 1\n", "# api: ***\na: 1\n"),
        ("\ufeffapi_key: hunter2\n", "api_key: ***\n"),
        ("é: ü\r\napi_key: hunter2\r\nb: 1\r\n", "é: ü\r\napi_key: ***\r\nb: 1\r\n"),
    ],
)
def test_the_value_of_a_secret_key_is_masked_however_it_is_written(text: str, shown: str) -> None:
    """`diff` is pasted into chats."""
    assert masked(text) == shown
    assert "hunter2" not in shown


@pytest.mark.parametrize(
    "text",
    [
        "api_key: os.environ/KEY\n",
        'api_key: "os.environ/KEY"\n',
        "api_key:\nnext: 1\n",
        "model: ollama_chat/tiny # a comment\nmax_tokens: 5\n",
        "api_base: http://127.0.0.1:11434\n",
        "",
    ],
)
def test_what_is_no_secret_is_shown(text: str) -> None:
    """A diff in which everything is masked tells nothing."""
    assert masked(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a: [\n  api_key: hunter2\n", "a: [\n  api_key: ***\n"),
        ("\tbroken\napi_key: >-\n  hunter2\n\n  hunter2\nb: 1\n", "\tbroken\napi_key: ***\n  ***\n\n  ***\nb: 1\n"),
        ("a: [\n- {b: 1, 'api_key': hunter2}\nc: 1\n", "a: [\n- {b: 1, 'api_key': ***\nc: 1\n"),
        ("a: [\nextra_headers:\n  X-Gate: hunter2\n", "a: [\nextra_headers:\n  ***\n"),
        ("a: [\napi_key: os.environ/KEY\n", "a: [\napi_key: os.environ/KEY\n"),
    ],
)
def test_secrets_of_a_text_that_is_no_yaml_are_masked_by_line(text: str, shown: str) -> None:
    """A hand-made config may be broken, and its keys are keys all the same."""
    assert not yamltext.load(text, "").is_readable
    assert masked(text) == shown


@given(st.text(st.characters(blacklist_categories=["Cs"])), st.sampled_from(["api_key", "PASSWORD", "token"]))
def test_no_text_makes_masking_raise_or_show(around: str, name: str) -> None:
    """Whatever stands around it."""
    shown = masked(f"{name}: hunter2hunter2\nrest: {around}\n")
    assert "hunter2hunter2" not in shown


def test_headers_and_variables_are_masked_whatever_their_names() -> None:
    """A header proves who asks; a variable that is not plainly harmless may be a key."""
    text = (
        b"model_list: [{model_name: a, litellm_params: {extra_headers: {X-Gate: made-up, X-Id: os.environ/ID}}}]\n"
        b"environment_variables: {SOMETHING: made-up-0815-4711, LOG_LEVEL: info}\n"
        b"litellm_settings: {input_cost_per_token: 0.000001, max_tokens: 5}\n"
    )
    shown = masked_config(text)
    assert "made-up" not in shown
    for kept in ("os.environ/ID", "LOG_LEVEL: info", "0.000001", "max_tokens: 5"):
        assert kept in shown


@pytest.mark.parametrize(
    "text",
    [
        "callback_settings: {otel: {headers: authorization=hunter2}}\n",
        "general_settings: {pass_through_endpoints: [{headers: [hunter2, {name: X-Gate, value: hunter2}]}]}\n",
        "credential_list: [{credential_name: c, credential_values: {project: hunter2}}]\n",
        "mcp_servers: {git: {auth_value: hunter2, env: {GIT_PAT: hunter2}, args: [--token, hunter2]}}\n",
        "general_settings: {litellm_license: hunter2}\n",
        "a: 'https://gate.example.com/v1?api-version=1&key=hunter2'\n",
        "a: 'https://files.example.com/x?sig=hunter2'\n",
        "a: https://hooks.slack.com/services/T0/B0/hunter2\n",
        'a: \'{"private": "-----BEGIN PRIVATE KEY-----\\nhunter2\\n-----END PRIVATE KEY-----"}\'\n',
        "a: |\n  -----BEGIN RSA PRIVATE KEY-----\n  hunter2\n  -----END RSA PRIVATE KEY-----\n",
        "a: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.hunter2\n",
    ],
)
def test_a_secret_in_an_unusual_place_is_masked_in_the_text_and_in_the_meaning(text: str) -> None:
    """These are the places that LiteLLM documents for them; a key of another name gives none away."""
    models = "model_list: [{model_name: m, litellm_params: {model: openai/x}}]\n"
    configs = [parse_config({"a.yaml": one.encode()}, "a.yaml", "a.yaml") for one in (models, models + text)]
    told = changes(configs[0], configs[1], keep_alive_s)
    assert "***" in masked(text)
    assert "***" in repr(told)
    assert "hunter2" not in masked(text) + repr(told)


@pytest.mark.parametrize(
    "text", ["filter_invalid_headers: true\n", "a: 'https://x.example.com/v1?api-version=2024-10-21'\n"]
)
def test_a_switch_and_a_version_are_no_secrets(text: str) -> None:
    """A diff in which everything is masked tells nothing."""
    assert masked(text) == text


CONFIG = r"""
model_list:
  - model_name: a
    litellm_params: {model: openai/x, api_key: made-up-0815, api_base: http://127.0.0.1:1}
  - model_name: b
    litellm_params:
      model: openai/x
      api_key: dummy
      extra_headers: {X-Gate: 'in "quotes" 4711'}
general_settings: {master_key: os.environ/KEY}
litellm_settings: {max_tokens: 4096, cache_params: {password: 271828}}
"""


@pytest.mark.parametrize(
    ("log", "shown"),
    [
        ("key made-up-0815", "key ***"),
        ("pw 271828", "pw ***"),
        ("gate 'in \"quotes\" 4711'", "gate '***'"),
        (r'{"gate": "in \"quotes\" 4711"}', '{"gate": "***"}'),
        ("dummy, 4096, http://127.0.0.1:1, os.environ/KEY, openai/x", None),
    ],
)
def test_the_secrets_of_a_config_are_known_in_each_form_in_which_a_log_has_them(log: str, shown: str | None) -> None:
    """LiteLLM quotes the key of a config in its errors as it does one of the environment."""
    assert mask(log, literal_secrets(yamltext.load(CONFIG, "").value)) == (shown or log)


def test_what_is_no_config_holds_no_secret() -> None:
    """The log of a host is shown, whatever its config.yaml has become."""
    assert literal_secrets(None) == literal_secrets([1, "x"]) == literal_secrets({"api_key": None}) == ()


def test_a_text_that_is_no_config_is_shown_in_part() -> None:
    """A config.yaml on a host may have become anything: a search for keys in a line of megabytes does not end."""
    shown = masked(f"a: [\n{'x' * 300_000}\n" + "b: 1\n" * 30_000)
    assert len(shown) < 200_000
    assert shown.splitlines()[1].endswith("x...")


def test_each_of_many_secrets_of_one_text_is_masked_in_its_place() -> None:
    """The text is put together from pieces; copied for each secret, one of 2 MB would take minutes."""
    text = "".join(f"api_key_{number}: hunter2hunter2\n" for number in range(9000))
    assert masked(text) == "".join(f"api_key_{number}: ***\n" for number in range(9000))
