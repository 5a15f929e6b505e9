"""All checks of a serving proxy in their order, and what they add up to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ccdeploy.litellm.endpoints import may_call_model
from ccdeploy.litellm.promise import Promise
from ccdeploy.ollama.endpoints import may_load
from ccdeploy.results import Check, Verification
from ccdeploy.secret import Secret
from ccdeploy.verify import ollama, proxy, route, wait
from ccdeploy.verify.ledger import Ledger
from ccdeploy.verify.ollama import Before

if TYPE_CHECKING:
    import httpx

    from ccdeploy.clock import Clock
    from ccdeploy.litellm.config import Config

NO_ROUTE = "the settings name no traefik: the way that users take is not verified"


@dataclass(frozen=True)
class Subject:
    """What is verified: clients for the proxy, for each Ollama, for the route (None: there is none, or not now).

    `config` is None for an adopted proxy whose config cannot be read; then only `promise` counts.
    """

    local: httpx.Client
    ollamas: Mapping[str, httpx.Client]
    public: httpx.Client | None
    config: Config | None
    key: Secret | None
    env: Mapping[str, Secret] = field(repr=False)
    promise: Promise
    clock: Clock
    has_route: bool = True  # False for a shadow, which no route leads to
    knows_env: bool = True  # False: started with another env_file than there is now, so its key is not known
    route_patience_s: float = 0.0  # how long a fault of Traefik's own that may pass is waited for


def climb(subject: Subject, listener: Check, before: Before, seen: Callable[[Check], None]) -> Verification:
    """Make every check in order, tell each as it ends, and add them up.

    `listener` was made by whoever knows the process; the rest is asked here. The checks of the
    proxy stop at the first that fails: those after it would only repeat it.
    """
    ledger = Ledger(lambda method, path: may_call_model(method, path, subject.config))
    ledger.watch(subject.local)
    for client in subject.ollamas.values():
        ledger.watch(client, may_load)
    if subject.public:
        ledger.watch(subject.public)
    residents = _residents(subject)
    checks, names, health = _proxy_checks(subject, listener, seen)
    stocks: dict[str, ollama.Stock] = {}
    if subject.config is not None:
        want = ollama.wanted(subject.config, subject.env)
        stocks = {base: ollama.stock(client, base) for base, client in subject.ollamas.items()}
        checks += _told(ollama.checks(stocks, want, before), seen)
    if not any(c.status == "failed" for c in checks if c.layer in ("process", "proxy")):
        checks += _told(_route(subject, before), seen)
    unhealthy = _unhealthy(subject, names, stocks)
    return Verification(
        checks=tuple(checks),
        healthy=len(set(names) - unhealthy),
        unhealthy=len(unhealthy),
        models=tuple(sorted(names)),
        model_loads=len(ledger.loading),
        health=health,
        residents_changed=_changed(residents, _residents(subject)),
    )


def _proxy_checks(
    subject: Subject, listener: Check, seen: Callable[[Check], None]
) -> tuple[list[Check], tuple[str, ...], str]:
    done: list[Check] = []
    names: tuple[str, ...] = ()
    health = "not polled"

    def models() -> Check:
        nonlocal names
        check, names = proxy.models(subject.local, subject.key, subject.promise)
        if subject.knows_env or names:
            return check
        return Check(check.name, check.layer, "skipped", "it was started with another env_file: its key is not known")

    def polled() -> Check:
        nonlocal health
        assert subject.config is not None  # noqa: S101  # only asked for with one
        check, health = proxy.health(subject.local, subject.key, subject.config)
        return check

    asks: list[Callable[[], Check]] = [
        lambda: listener,
        lambda: proxy.liveliness(subject.local),
        lambda: proxy.readiness(subject.local),
        models,
    ]
    if (config := subject.config) is not None and subject.knows_env:
        asks += [lambda: proxy.model_info(subject.local, subject.key, config, subject.env), polled]
    for ask in asks:
        done += _told([ask()], seen)
        if done[-1].status == "failed":
            break
    return done, names, health


def _route(subject: Subject, before: Before) -> list[Check]:
    if subject.public is None:
        return [Check("route", "route", "skipped", NO_ROUTE)] if subject.has_route else []
    if not subject.knows_env:
        return [Check("route", "route", "skipped", "the proxy was started with another env_file: its key is not known")]
    public, patience_s = subject.public, 0.0 if before.route is not None else subject.route_patience_s
    check = wait.settled(lambda: route.look(public, subject.key, subject.promise), patience_s, subject.clock)
    if check.status == "failed" and before.route is not None:
        return [Check(check.name, check.layer, "known", check.detail, check.seconds)]
    return [check]


def _unhealthy(subject: Subject, names: Iterable[str], stocks: Mapping[str, ollama.Stock]) -> set[str]:
    """Return the promised names that are not served, or all whose deployments lack their model or its Ollama."""
    missing, _ = subject.promise.compare(names)
    if subject.config is None:
        return set(missing)
    able: dict[str, bool] = {}
    for one in subject.config.deployments:
        base = ollama.base_of(one, subject.env)
        known = stocks.get(base) if base and one.ollama_model and not one.is_wildcard else None
        able[one.alias] = able.get(one.alias, False) or known is None or ollama.has(known, one.ollama_model or "")
    return set(missing) | {alias for alias, is_able in able.items() if not is_able}


def _residents(subject: Subject) -> frozenset[str] | None:
    known = [ollama.residents(client) for client in subject.ollamas.values()]
    return None if not known or None in known else frozenset(n for names in known for n in names or ())


def _changed(before: frozenset[str] | None, after: frozenset[str] | None) -> str | None:
    if before is None or after is None or before == after:
        return None
    came, went = sorted(after - before), sorted(before - after)
    told = [f"loaded meanwhile: {', '.join(came)}"] if came else []
    told += [f"unloaded meanwhile: {', '.join(went)}"] if went else []
    return "; ".join(told) + " (by whom is not known)"


def _told(checks: list[Check], seen: Callable[[Check], None]) -> list[Check]:
    for check in checks:
        seen(check)
    return checks
