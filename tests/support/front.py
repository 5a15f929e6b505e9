"""The real Traefik in front of the stand-in: logins, TLS of a private CA, and routes that lead nowhere."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme
import yaml

from ccdeploy.sandbox.traefik import traefik_program
from tests.support.free_port import free_port
from tests.support.gateway import Gateway, ask, gateway
from tests.support.waiting import until

TOKEN = "made-up-token-of-the-gate"
# What the login answers: path, status, headers, body.
LOGINS = {
    "/redirect": (302, {"Location": "{gate}/sign-in?rd=made-up"}, b""),
    "/page": (401, {"Content-Type": "text/html"}, b"<html>Sign in</html>"),
    "/json": (403, {"Content-Type": "application/json"}, b'{"status": "KO"}'),
}


@dataclass
class Front:
    """Traefik's two entry points, the CA of the second, and what the login was asked for."""

    http: str
    https: str
    ca_file: Path
    asked: list[str] = field(default_factory=list)
    port: int = 0  # of the login


def _login(front: Front) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            front.asked.append(self.path)
            gate = f"http://127.0.0.1:{front.port}"
            is_let_in = self.path == "/gate" and self.headers["X-Gate"] == TOKEN
            status, headers, body = (200, {}, b"") if is_let_in else LOGINS.get(self.path, LOGINS["/page"])
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value.format(gate=gate))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    front.port = int(server.server_address[1])
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server


def _dynamic(proxy: int, gate: int, certificate: Path) -> str:
    """Return Traefik's dynamic file: a path for each kind of way in front of the proxy."""
    names = ("redirect", "page", "json", "gate")
    logins: dict[str, Any] = {n: {"forwardAuth": {"address": f"http://127.0.0.1:{gate}/{n}"}} for n in names}
    logins["basic"] = {"basicAuth": {"users": ["ada:$2y$05$" + "a" * 53]}}
    ways: dict[str, list[str]] = {"open": [], "dead": [], **{name: [name] for name in logins}}
    paths = {f"strip-{name}": {"stripPrefix": {"prefixes": [f"/{name}"]}} for name in ways}
    routers = {f"{name}-{point}": _router(name, ways[name], point) for name in ways for point in ("plain", "secure")}
    services = {
        name: {"loadBalancer": {"servers": [{"url": f"http://127.0.0.1:{port}"}]}}
        for name, port in (("proxy", proxy), ("dead", free_port()))
    }
    tls = {"certificates": [{"certFile": str(certificate), "keyFile": str(certificate)}]}
    http = {"routers": routers, "services": services, "middlewares": logins | paths}
    return str(yaml.safe_dump({"http": http, "tls": tls}))


def _router(name: str, middlewares: list[str], point: str) -> dict[str, Any]:
    return {
        "rule": f"PathPrefix(`/{name}/`)",
        "entryPoints": [point],
        "service": "dead" if name == "dead" else "proxy",
        "middlewares": [*middlewares, f"strip-{name}"],
        **({"tls": {}} if point == "secure" else {}),
    }


@contextmanager
def front(folder: Path, config: str) -> Iterator[tuple[Front, Gateway]]:
    """Run the stand-in with `config`, a login, and Traefik in front of both, until the end of the block."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(folder / "ca.pem"))
    ca.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
    plain, secure = free_port(), free_port()
    made = Front(f"http://localhost:{plain}", f"https://localhost:{secure}", folder / "ca.pem")
    (folder / "config.yaml").write_text(config)
    with ExitStack() as stack:
        login = _login(made)
        stack.callback(login.server_close)
        stack.callback(login.shutdown)
        standin = [sys.executable, "-S", str(Path(__file__).with_name("standin_litellm.py"))]
        proxy = stack.enter_context(gateway(standin, folder)).ready()
        (folder / "dynamic.yml").write_text(_dynamic(proxy.port, made.port, folder / "server.pem"))
        points = {"plain": {"address": f"127.0.0.1:{plain}"}, "secure": {"address": f"127.0.0.1:{secure}"}}
        static = {
            "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
            "entryPoints": points,
            "providers": {"file": {"filename": str(folder / "dynamic.yml")}},
        }
        (folder / "traefik.yml").write_text(yaml.safe_dump(static))
        with (folder / "traefik.log").open("wb") as log:
            command = [traefik_program(), f"--configFile={folder / 'traefik.yml'}"]
            process = subprocess.Popen(command, stdout=log, stderr=log)
        stack.callback(process.wait)
        stack.callback(process.kill)
        until(lambda: _answers(plain), "Traefik leads to the proxy")
        yield made, proxy


def _answers(port: int) -> bool:
    try:
        return ask(port, "/open/health/liveliness").status == 200
    except OSError:
        return False
