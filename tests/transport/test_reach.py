"""How an address is reached from here: real names, real sockets, real certificates on loopback."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import trustme

from ccdeploy.errors import Refused
from ccdeploy.transport.reach import Reach, reach
from tests.support.free_port import free_port
from tests.support.tls import served

NOW = dt.datetime.now(dt.UTC)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A private certificate authority."""
    return trustme.CA(organization_name="Ada's own")


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    """Its certificate, as `traefik.ca_file` names it."""
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def reached(certificate: trustme.LeafCert | None, ca_file: str | None, name: str = "localhost") -> Reach:
    """Reach a server that has this certificate."""
    with served(certificate) as port:
        return reach(f"https://{name}:{port}/", ca_file)


def test_a_certificate_of_a_private_authority_is_read(authority: trustme.CA, ca_file: str) -> None:
    """How long it lasts is said long before it ends."""
    ends = NOW + dt.timedelta(days=40)
    seen = reached(authority.issue_cert("localhost", not_after=ends), ca_file)
    assert (seen.trouble, seen.is_tls, seen.name) == (None, True, "localhost")
    assert "127.0.0.1" in seen.addresses
    assert seen.certificate
    assert (seen.certificate.issuer, seen.certificate.names) == ("Ada's own", ("localhost",))
    assert abs(seen.certificate.ends - ends) < dt.timedelta(seconds=2)


def test_without_the_authority_it_is_not_trusted(authority: trustme.CA) -> None:
    """The remedy is `ca_file`; it must not be taken for a dead route."""
    seen = reached(authority.issue_cert("localhost"), None)
    assert (seen.trouble, seen.certificate) == ("untrusted", None)
    assert "issuer" in seen.detail


def test_an_expired_certificate_is_read_all_the_same(authority: trustme.CA, ca_file: str) -> None:
    """Since when tells which renewal failed."""
    ends = NOW - dt.timedelta(days=3)
    begins = ends - dt.timedelta(days=90)
    seen = reached(authority.issue_cert("localhost", not_before=begins, not_after=ends), ca_file)
    assert seen.trouble == "expired"
    assert seen.certificate
    assert abs(seen.certificate.ends - ends) < dt.timedelta(seconds=2)


def test_a_certificate_that_is_not_valid_yet_is_told(authority: trustme.CA, ca_file: str) -> None:
    """One of two clocks is wrong."""
    begins = NOW + dt.timedelta(days=3)
    seen = reached(authority.issue_cert("localhost", not_before=begins, not_after=begins + dt.timedelta(30)), ca_file)
    assert seen.trouble == "not-yet-valid"


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_a_certificate_for_another_name_is_told_with_its_names(authority: trustme.CA, ca_file: str, name: str) -> None:
    """Traefik's default certificate looks so when no router has the name; addresses have a code of their own."""
    seen = reached(authority.issue_cert("other.example.com"), ca_file, name)
    assert seen.trouble == "wrong-name"
    assert seen.certificate
    assert seen.certificate.names == ("other.example.com",)


def test_a_server_without_tls_is_told() -> None:
    """`https://` was written where Traefik has an entry point without TLS."""
    assert reached(None, None).trouble == "no-tls"


def test_a_name_that_nobody_knows_is_told() -> None:
    """The first thing to look at when a route is silent."""
    seen = reach("https://gateway.invalid", None)
    assert (seen.trouble, seen.addresses) == ("unresolved", ())
    assert seen.detail


def test_an_address_where_nobody_listens_is_told() -> None:
    """A name that resolves is not yet a Traefik that runs."""
    seen = reach(f"http://127.0.0.1:{free_port()}", None)
    assert (seen.trouble, seen.addresses) == ("unreachable", ("127.0.0.1",))
    assert "refused" in seen.detail


def test_plain_http_is_reached_without_a_certificate() -> None:
    """It has none to read."""
    with served(None) as port:
        seen = reach(f"http://127.0.0.1:{port}", None)
    assert (seen.trouble, seen.is_tls, seen.certificate) == (None, False, None)


def test_a_ca_file_that_is_none_is_refused(tmp_path: Path) -> None:
    """A misspelt path would else look like a bad certificate."""
    with served(None) as port, pytest.raises(Refused, match=r"missing\.pem: it cannot be read: no such file"):
        reach(f"https://localhost:{port}", str(tmp_path / "missing.pem"))
