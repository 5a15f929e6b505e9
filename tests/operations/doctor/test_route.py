"""The users' way, as it was reached from here."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ccdeploy.operations.doctor import route
from ccdeploy.operations.doctor.seen import Seen
from ccdeploy.settings import Traefik
from ccdeploy.transport.reach import Certificate, Reach, Trouble
from ccdeploy.verify.ollama import Before
from tests.operations.doctor.words import Said, heard, settings

NAME = "coder.example.com"
WELL = Reach(NAME, 443, ("192.0.2.7",), is_tls=True)


def judged(seen: Seen, reach: Reach, days_left: float = 60, life: float = 90, fault: str | None = None) -> Said:
    """Judge a way with a certificate that ends in so many days."""
    ends = seen.at + timedelta(days=days_left, minutes=1)
    certificate = Certificate("Let's Encrypt", (NAME,), ends - timedelta(days=life), ends) if reach.is_tls else None
    scheme = "https" if reach.is_tls else "http"
    known = settings(seen, traefik=Traefik(url=f"{scheme}://{reach.name}"))
    return heard(route.judge(replace(known, reach=replace(reach, certificate=certificate), before=Before(route=fault))))


def test_a_good_way_tells_how_long_its_certificate_lasts(plain_seen: Seen) -> None:
    """A person wants to know before it ends."""
    said = judged(plain_seen, WELL)
    assert said.findings == ()
    assert said.in_order == (
        "dns: coder.example.com is 192.0.2.7",
        "tls: the certificate of coder.example.com has 60 days left, issued by Let's Encrypt",
    )


@pytest.mark.parametrize(("days_left", "life", "codes"), [(13, 90, ["route-tls-ends"]), (14, 90, []), (3, 6, [])])
def test_a_certificate_that_ends_soon_is_told(
    plain_seen: Seen, days_left: float, life: float, codes: list[str]
) -> None:
    """One that lives six days is renewed at the last; one of ninety should have been."""
    assert judged(plain_seen, WELL, days_left, life).codes == codes


@pytest.mark.parametrize(
    ("trouble", "code", "says", "remedy"),
    [
        ("unresolved", "route-dns", "resolves to no address", "dig +short coder.example.com"),
        ("unreachable", "route-unreachable", "cannot be connected to", "nc -vz coder.example.com 443"),
        ("expired", "route-tls", "expired 2 days ago", "-dates"),
        ("not-yet-valid", "route-tls", "not valid yet", "-dates"),
        ("wrong-name", "route-tls", "is for coder.example.com", "subjectAltName"),
        ("no-tls", "route-tls", "makes no TLS connection", "curl -v https://coder.example.com:443/"),
        ("untrusted", "route-tls", "traefik.ca_file", "-showcerts"),
    ],
)
def test_each_trouble_has_its_own_remedy(plain_seen: Seen, trouble: Trouble, code: str, says: str, remedy: str) -> None:
    """They look alike to a client, and nothing that mends one mends another."""
    said = judged(plain_seen, replace(WELL, trouble=trouble), days_left=-2.01, fault="the same, in other words")
    assert (said.only.code, said.only.severity) == (code, "error")
    assert says in said.only.message
    assert remedy in str(said.only.hint)


def test_a_way_that_leads_elsewhere_is_told(plain_seen: Seen) -> None:
    """It is reached, and what answers is not the proxy."""
    said = judged(plain_seen, WELL, fault="Traefik has no route for this URL")
    assert said.only.code == "route"
    assert said.only.hint == "ccdeploy verify --host studio"


@pytest.mark.parametrize(
    ("address", "codes"), [("192.0.2.7", []), ("127.0.0.1", []), ("2001:4860::1", ["route-plain"])]
)
def test_a_way_in_the_clear_is_told_where_it_leaves_home(plain_seen: Seen, address: str, codes: list[str]) -> None:
    """Keys and prompts can be read on the way; within one's own network that is one's own affair."""
    assert judged(plain_seen, Reach(NAME, 80, (address,), is_tls=False)).codes == codes


def test_without_traefik_there_is_no_way_to_judge(plain_seen: Seen) -> None:
    """The settings say so, and that is no fault."""
    assert heard(route.judge(settings(plain_seen, traefik=None))) == Said((), ())
