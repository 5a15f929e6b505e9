"""The way that users take, through the real Traefik: whose fault an answer is, and what reaches whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from ccdeploy.errors import Refused
from ccdeploy.litellm.promise import Promise
from ccdeploy.results import Check
from ccdeploy.secret import Secret
from ccdeploy.transport.clients import public_client
from ccdeploy.verify import route
from tests.support.front import TOKEN, Front, front
from tests.support.gateway import KEY
from tests.support.studio import config_text

PROMISE = Promise(frozenset({"coder", "fast"}))


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """Traefik with its logins in front of a proxy that serves two models."""
    config = config_text("coder", "fast").replace("os.environ/OLLAMA_API_BASE", "http://127.0.0.1:9")
    with front(tmp_path_factory.mktemp("front"), config) as (made, _):
        yield made


def look(url: str, *, headers: Mapping[str, str] | None = None, ca: Path | None = None, key: str = KEY) -> Check:
    """Look at a way as a verification does."""
    with public_client(url, str(ca) if ca else None, headers, {"GATE_TOKEN": TOKEN}) as client:
        return route.look(client, Secret(key), PROMISE)[0]


def test_the_way_is_well_where_nothing_is_in_front(way: Front) -> None:
    """The models of the proxy, as users get them."""
    check = look(f"{way.http}/open")
    assert (check.status, check.detail) == ("ok", "2 served")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("redirect", ["a login in front of the proxy redirects to", "not followed", "traefik.headers"]),
        ("page", ["a login in front of the proxy answers 401 (text/html)", "traefik.headers"]),
        ("json", ["a login in front of the proxy answers 403 (application/json)", "traefik.headers"]),
        ("basic", ["a login in front of the proxy answers 401", "asks for Basic", "traefik.headers"]),
        ("gate", ["a login in front of the proxy answers 401 (text/html)", "traefik.headers"]),
        ("dead", ["Traefik cannot reach the proxy", "service's URL"]),
        ("nowhere", ["Traefik has no route for this URL", "rule"]),
    ],
)
def test_an_answer_of_what_is_in_front_is_not_taken_for_the_proxys(way: Front, path: str, said: list[str]) -> None:
    """Whoever reads of a 401 looks at the master key first, and there is nothing wrong with it."""
    check = look(f"{way.http}/{path}")
    assert check.status == "failed"
    assert [words for words in said if words not in check.detail] == []
    assert "made-up" not in check.detail


def test_a_refusal_of_the_proxy_itself_is_told_as_its_own(way: Front) -> None:
    """The key of env_file is not the one it was started with: no header of Traefik's helps."""
    check = look(f"{way.http}/open", key="sk-another-made-up")
    assert check.status == "failed"
    assert "the proxy answers 400 there" in check.detail
    assert "traefik.headers" not in check.detail


def test_a_redirect_is_never_followed_with_the_master_key(way: Front) -> None:
    """A login page on another host would be handed the key to everything."""
    way.asked.clear()
    look(f"{way.http}/redirect")
    assert way.asked == ["/redirect"]


def test_the_header_of_the_settings_opens_the_gate(way: Front) -> None:
    """Its value may stand in the environment of who deploys, so that hosts.yaml can be committed."""
    assert look(f"{way.http}/gate", headers={"X-Gate": TOKEN}).status == "ok"
    assert look(f"{way.http}/gate", headers={"X-Gate": "os.environ/GATE_TOKEN"}).status == "ok"


def test_a_header_whose_variable_is_unset_is_named(way: Front) -> None:
    """In CI it is the secret that somebody forgot; a 401 would not say so."""
    with pytest.raises(Refused) as caught:
        public_client(way.http, None, {"X-Gate": "os.environ/NO_SUCH_TOKEN"}, {})
    [finding] = caught.value.findings
    assert finding.code == "header-unset"
    assert "X-Gate needs NO_SUCH_TOKEN" in finding.message


@pytest.mark.parametrize("value", ["hunter2\n", "hunter2\r\nX-More: 1", "hünter2", " hunter2", "hunter2\0"])
@pytest.mark.parametrize("is_written", [True, False], ids=["in-the-settings", "in-the-environment"])
def test_a_header_that_cannot_be_sent_is_refused_without_its_value(value: str, is_written: bool) -> None:
    """A secret that is pasted into CI often ends with a line end; the fault of the request would repeat it."""
    written = value if is_written else "os.environ/GATE_TOKEN"
    with pytest.raises(Refused) as caught:
        public_client("http://127.0.0.1:9", None, {"X-Gate": written}, {"GATE_TOKEN": value})
    [finding] = caught.value.findings
    assert finding.code == "header-value"
    assert "nter2" not in str(finding)


def test_the_certificate_of_a_private_ca_is_trusted_by_its_file_only(way: Front) -> None:
    """Never `verify=False`: the master key goes through there."""
    assert look(f"{way.https}/open", ca=way.ca_file).status == "ok"
    check = look(f"{way.https}/open")
    assert check.status == "failed"
    assert "its certificate is not trusted" in check.detail
    assert "traefik.ca_file" in check.detail
    nameless = look(f"{way.https.replace('localhost', '127.0.0.1')}/open", ca=way.ca_file)
    assert "it has none for the name in traefik.url" in nameless.detail


def test_http_2_is_spoken_where_it_is_offered(way: Front) -> None:
    """It is what browsers and SDKs speak with Traefik: a fault of it should be seen here first."""
    with public_client(f"{way.https}/open", str(way.ca_file)) as client:
        answer = client.get("/v1/models", headers={"Authorization": f"Bearer {KEY}"})
    assert (answer.status_code, answer.http_version) == (200, "HTTP/2")


def test_the_value_of_a_header_is_not_shown(way: Front) -> None:
    """An answer may repeat what was sent."""
    with public_client(f"{way.http}/{TOKEN}", None, {"X-Gate": TOKEN}) as client:
        check, _ = route.look(client, None, PROMISE)
    assert check.status == "failed"
    assert TOKEN not in check.detail
