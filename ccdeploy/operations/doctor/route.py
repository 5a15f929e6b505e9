"""The users' way to the host, as it is from here: its name, its certificate, and whose answer comes back."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from ccdeploy.findings import Finding, error, warning
from ccdeploy.operations.doctor.seen import Judged, Seen
from ccdeploy.units import counted

if TYPE_CHECKING:
    from ccdeploy.transport.reach import Certificate, Reach

LEAST_DAYS = 14  # whoever renews by itself has done so by then: ACME clients do it with 30 days left of 90


def judge(seen: Seen) -> Judged:
    """Say what keeps users from the proxy, or will soon."""
    yield from seen.way
    if seen.host.traefik is None or seen.reach is None:
        return
    found = list(_reached(seen, seen.reach))
    yield from found
    if any(isinstance(word, Finding) for word in found if seen.reach.trouble):
        return  # what fails for that reason need not be told twice
    if seen.before.route is not None:
        hint = f"ccdeploy verify --host {seen.name}"
        yield error("route", seen.name, f"the way through Traefik: {seen.before.route}", hint)
    elif seen.serves:
        yield f"route: {seen.host.traefik.url} shows the models of the config"


def _reached(seen: Seen, reach: Reach) -> Judged:
    assert seen.host.traefik is not None  # noqa: S101  # looked at by the caller
    url, name = seen.host.traefik.url, seen.name
    match reach.trouble:
        case "unresolved":
            message = f"the name {reach.name} of traefik.url resolves to no address here: {reach.detail}"
            yield error("route-dns", name, message, f"dig +short {reach.name}")
        case "unreachable":
            message = f"{url} cannot be connected to from here ({', '.join(reach.addresses)}): {reach.detail}"
            yield error("route-unreachable", name, message, f"nc -vz {reach.name} {reach.port}")
        case None if reach.certificate is not None:
            yield from _lasting(seen, reach, reach.certificate)
        case None if not reach.is_tls and not _is_at_home(reach):
            message = f"{url} is not encrypted: keys and prompts can be read on the way"
            yield warning("route-plain", name, message, f"traefik: {{url: https://{reach.name}}}")
        case None:
            yield from _resolved(reach)
        case _:
            yield error("route-tls", name, *_broken(seen, reach))


def _resolved(reach: Reach) -> Judged:
    if reach.addresses != (reach.name,):  # an address is no name
        yield f"dns: {reach.name} is {', '.join(reach.addresses)}"


def _lasting(seen: Seen, reach: Reach, certificate: Certificate) -> Judged:
    """Say how long the certificate lasts; short-lived ones may have a quarter of their life left."""
    left, life = certificate.ends - seen.at, certificate.ends - certificate.begins
    told = f"{counted(left.days, 'day')} left, issued by {certificate.issuer}"
    if left.days < LEAST_DAYS and left < life / 4:
        message = f"the certificate of {reach.name} ends soon: {told}; whatever renews it has not done so"
        yield warning("route-tls-ends", seen.name, message, _show(reach, "-dates"))
    else:
        yield from _resolved(reach)
        yield f"tls: the certificate of {reach.name} has {told}"


def _broken(seen: Seen, reach: Reach) -> tuple[str, str]:
    """Return what is wrong with the certificate, and the remedy."""
    of, certificate = f"the certificate of {reach.name}", reach.certificate
    match reach.trouble:
        case "expired":
            since = f" {counted((seen.at - certificate.ends).days, 'day')} ago" if certificate else ""
            return f"{of} expired{since}: every client refuses it", _show(reach, "-dates")
        case "not-yet-valid":
            return f"{of} is not valid yet: compare the clocks", _show(reach, "-dates")
        case "wrong-name":
            names = f" is for {', '.join(certificate.names)}" if certificate else " is for another name"
            return f"{of}{names}: every client refuses it", _show(reach, "-ext subjectAltName")
        case "no-tls":
            message = f"what answers at {_place(reach)} makes no TLS connection with us ({reach.detail})"
            return message, f"curl -v https://{_place(reach)}/"
        case _:
            message = (
                f"{of} is not trusted here ({reach.detail}); where it is of a private CA, the file of that CA belongs "
                "into traefik.ca_file, once its owner says that it is the right one"
            )
            return message, f"{_client(reach)} -showcerts </dev/null | sed -n /BEGIN/,/END/p > {reach.name}.pem"


def _show(reach: Reach, what: str) -> str:
    return f"{_client(reach)} </dev/null | openssl x509 -noout {what}"


def _client(reach: Reach) -> str:
    return f"openssl s_client -connect {_place(reach)} -servername {reach.name}"


def _place(reach: Reach) -> str:
    return f"[{reach.name}]:{reach.port}" if ":" in reach.name else f"{reach.name}:{reach.port}"


def _is_at_home(reach: Reach) -> bool:
    """Whether the way does not leave a network of one's own."""
    return all(ipaddress.ip_address(address.partition("%")[0]).is_private for address in reach.addresses)
