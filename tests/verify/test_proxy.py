"""Each check of a proxy on its own port, by the answers that LiteLLM gives."""

from __future__ import annotations

import httpx
import pytest

from ccdeploy.litellm.promise import Promise, promise
from ccdeploy.secret import Secret
from ccdeploy.verify import proxy
from tests.verify.fakes import CONFIG, ENV, KEY, Server, config_of, info_rows, models, plain, proxy_server, refused

RIGHT = Secret(KEY)
WANTED = Promise(frozenset({"coder", "fast"}))


def test_a_live_proxy_says_so_in_litellms_words() -> None:
    """Another program's 200 is no life sign."""
    assert proxy.liveliness(proxy_server().client()).status == "ok"
    stranger = proxy_server(liveliness=httpx.Response(200, text="It works!"))
    assert proxy.liveliness(stranger.client()).status == "failed"


@pytest.mark.parametrize(
    ("reply", "status", "detail"),
    [
        (httpx.Response(200, json={"status": "healthy"}), "ok", ""),
        (httpx.Response(200, json={"status": "connected"}), "ok", ""),
        (httpx.Response(200, json={"status": "starting"}), "failed", "answered 200"),
        (httpx.Response(503, json={"status": "unhealthy"}), "failed", "answered 503"),
        (refused(), "failed", "nothing listens there"),
        (httpx.ReadTimeout("slow"), "failed", "no answer in time"),
        (httpx.ConnectTimeout("slow"), "failed", "no answer in time"),
        (httpx.ConnectError("no way to host"), "failed", "no connection: no way to host"),
        (httpx.RemoteProtocolError("half an answer"), "failed", "the connection broke: half an answer"),
        (httpx.ReadError(""), "failed", "the connection broke: ReadError"),
    ],
)
def test_readiness_says_why_not(reply: httpx.Response | Exception, status: str, detail: str) -> None:
    """A person reads it at three in the morning."""
    check = proxy.readiness(proxy_server(readiness=reply).client())
    assert (check.status, check.detail, check.layer) == (status, detail, "proxy")


def test_the_served_set_is_the_promised_one() -> None:
    """In any order."""
    check, names = proxy.models(proxy_server().client(), RIGHT, WANTED)
    assert (check.status, check.detail, names) == ("ok", "2 served", ("coder", "fast"))


@pytest.mark.parametrize(
    ("served", "detail"),
    [
        (("coder",), "missing: fast"),
        (("coder", "fast", "new", "a"), "unexpected: a, new"),
        (("gpt-4",), "missing: coder, fast; unexpected: gpt-4"),
        ((), "missing: coder, fast"),
    ],
)
def test_missing_and_unexpected_names_are_listed(served: tuple[str, ...], detail: str) -> None:
    """LiteLLM drops a deployment of an unknown provider and answers 200."""
    check, names = proxy.models(Server({"/v1/models": models(*served)}).client(), RIGHT, WANTED)
    assert (check.status, check.detail, names) == ("failed", detail, served)


@pytest.mark.parametrize("key", [None, Secret("sk-another-one")])
def test_a_wrong_key_is_a_wrong_key_and_not_a_proxy_that_is_down(key: Secret | None) -> None:
    """Without a database LiteLLM answers 500 to none and 400 to a wrong one."""
    check, names = proxy.models(proxy_server().client(), key, WANTED)
    assert (check.status, names) == ("failed", ())
    assert "does not take the master key" in check.detail


def test_a_400_or_500_for_another_reason_is_told_by_its_number() -> None:
    """The key is not to blame for everything."""
    for status in (400, 500, 502):
        check, _ = proxy.models(Server({"/v1/models": plain(status, "no")}).client(), RIGHT, WANTED)
        assert check.detail == f"/v1/models answered {status}"


def test_no_key_is_shown_in_any_check() -> None:
    """Checks are printed, and written to a history."""
    server = proxy_server(info=info_rows(api_base="http://u:sk-abcdefgh@127.0.0.1:1"), models=plain(418, KEY))
    checks = [
        proxy.models(server.client(), RIGHT, WANTED)[0],
        proxy.model_info(server.client(), RIGHT, config_of(), ENV),
        proxy.health(server.client(), RIGHT, config_of())[0],
    ]
    assert KEY not in str(checks)
    assert "sk-abcdefgh" not in str(checks)


def test_model_info_that_agrees_is_well() -> None:
    """References are resolved with the environment of the host; what LiteLLM adds is ignored."""
    check = proxy.model_info(proxy_server().client(), RIGHT, config_of(), ENV)
    assert (check.status, check.detail) == ("ok", "")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"model": "ollama_chat/other"}, "model"),
        ({"api_base": "http://127.0.0.1:1"}, "api_base"),
        ({"num_ctx": 4096}, "num_ctx"),
        ({"keep_alive": 0}, "keep_alive"),
    ],
)
def test_each_difference_in_model_info_is_told(changes: dict[str, object], told: str) -> None:
    """The right names with wrong models behind them are a wrong deploy."""
    check = proxy.model_info(proxy_server(info=info_rows(**changes)).client(), RIGHT, config_of(), ENV)
    assert check.status == "failed"
    assert check.detail.startswith(f"alias 'coder': {told} is ")


@pytest.mark.parametrize("reply", [httpx.Response(200, text="<html>"), httpx.Response(200, json=[]), plain(500)])
def test_model_info_that_cannot_be_read_is_a_failure(reply: httpx.Response) -> None:
    """And no traceback."""
    assert proxy.model_info(Server({"/v1/model/info": reply}).client(), RIGHT, config_of(), ENV).status == "failed"


def test_health_is_polled_only_where_it_calls_no_model() -> None:
    """`/health` calls every model at once; a config that was not made for it is not asked."""
    harmless, server = config_of(), proxy_server()
    check, told = proxy.health(server.client(), RIGHT, harmless)
    assert (check.status, server.paths) == ("ok", ["/health"])
    assert "polled" in told
    dear = config_of(CONFIG.replace("disable_background_health_check: true", "mode: chat"))
    server = proxy_server()
    check, told = proxy.health(server.client(), RIGHT, dear)
    assert (check.status, server.paths) == ("skipped", [])
    assert "would call 2 models" in told


def test_a_promise_is_made_of_what_litellm_can_resolve() -> None:
    """The fixtures of this file promise what they serve."""
    assert promise(config_of()) == WANTED
