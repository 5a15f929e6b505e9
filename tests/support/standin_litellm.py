#!/usr/bin/env python3
"""A stand-in for the `litellm` executable that boots in a tenth of a second and can misbehave on demand.

It keeps to what facts of the real one matter to a deploy (compared with LiteLLM 1.106.2 by
test_standin_litellm.py): options, includes, env references, master key, names served, answers to
wrong keys, calls to Ollama, SIGTERM. What it can do wrong, and when, is said in
standin/misbehave.py. Run it as `python -S standin_litellm.py --config FILE --port N`, or through
an executable that support/fake_venv.py writes.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import socket
import sys
import threading
import time
from pathlib import Path

_FOLDER = Path(__file__).resolve().parents[2]
if str(_FOLDER) not in sys.path:
    sys.path.insert(0, str(_FOLDER))
# `python -S` leaves site-packages out of the path; PyYAML lives there.
_version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
sys.path.append(str(Path(sys.executable).parent.parent / "lib" / _version / "site-packages"))

# The path must be complete before the parts can be imported.
from tests.support.standin import config as configs  # noqa: E402
from tests.support.standin import misbehave, server  # noqa: E402
from tests.support.standin.misbehave import Misbehaviour  # noqa: E402
from tests.support.standin.proxy import Proxy  # noqa: E402

VERSION = "1.108.7"  # the real one that it was last held against
CHILDREN_EVERY_S = 0.02  # how often a parent looks whether its workers live
WORKER = "CCDEPLOY_STANDIN_WORKER"  # what a parent tells its workers
WORKER_CODE = f"import sys; sys.path[:0] = [{str(_FOLDER)!r}]; from tests.support import standin_litellm as s; s.work()"


def main(arguments: list[str] | None = None, executable: str | None = None) -> int:
    """Run one proxy to its end and return its exit status."""
    options = _options(sys.argv[1:] if arguments is None else arguments)
    wrong = misbehave.load(executable or sys.argv[0], options.config, options.port)
    port = _port(options.port, wrong)
    config_path = wrong.ignore_config or options.config
    if not Path(config_path).is_file():
        server.say(f"Exception: Config file not found: {config_path}")
        return 1
    if options.num_workers > 1:
        return _supervise(options.host, port, options.num_workers, config_path, wrong)
    return _work(None, options.host, port, config_path, wrong)


def work() -> None:
    """Run as a worker of a parent that has bound the port."""
    told = json.loads(os.environ.pop(WORKER))
    sock = socket.socket(fileno=told["fd"])
    raise SystemExit(_work(sock, told["host"], told["port"], told["config"], Misbehaviour(**told["wrong"])))


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="litellm", add_help=False)
    parser.add_argument("--config", "-c", required=True)
    parser.add_argument("--port", type=int, default=4000)
    parser.add_argument("--host", default="0.0.0.0")  # noqa: S104 - LiteLLM's default; tests always name loopback
    parser.add_argument("--num_workers", type=int, default=1)
    known, _ = parser.parse_known_args(arguments)  # LiteLLM has a hundred more
    return known


def _port(asked: int, wrong: Misbehaviour) -> int:
    if wrong.bind_other_port:
        return 0
    if asked != 4000:
        return asked
    with socket.socket() as sock:  # LiteLLM takes a random port when its default one is busy
        return 0 if sock.connect_ex(("localhost", asked)) == 0 else asked


def _work(sock: socket.socket | None, host: str, port: int, config_path: str, wrong: Misbehaviour) -> int:
    termination = server.termination_pipe(deaf=wrong.deaf_to_sigterm)
    server.say(f"INFO:     Started server process [{os.getpid()}]\nINFO:     Waiting for application startup.")
    if wrong.log_bytes_per_s:
        server.chatter(wrong.log_bytes_per_s, wrong.log_most_bytes)
    for number in range(wrong.log_flood):
        server.say(f"12:00:00 - LiteLLM Proxy:WARNING: flood.py:1 - line {number} of a proxy that talks too much")
    try:
        proxy = _booted(config_path, wrong)
    except configs.BootFailure as exc:
        server.say(f"ERROR:    Traceback (most recent call last):\nException: {exc}\n")
        server.say("ERROR:    Application startup failed. Exiting.")
        return exc.status
    if wrong.boot_s:
        time.sleep(wrong.boot_s)
    if wrong.exit_while_booting is not None:
        server.say("ERROR:    Application startup failed. Exiting.")
        return wrong.exit_while_booting
    server.say("INFO:     Application startup complete.")
    if wrong.never_ready:
        os.read(termination, 1)
        server.end_by_sigterm()
    try:
        sock = sock or server.bound(host, port)
    except OSError as exc:
        server.say(f"ERROR:    [Errno {exc.errno}] {(exc.strerror or '').lower()}")
        server.say("INFO:     Waiting for application shutdown.\nINFO:     Application shutdown complete.")
        return 3
    sock.listen(server.BACKLOG)
    sock.setblocking(False)
    server.say(f"INFO:     Uvicorn running on http://{host}:{sock.getsockname()[1]} (Press CTRL+C to quit)")
    if wrong.die_after_ready_s is not None:
        _die_after(wrong.die_after_ready_s)
    server.serve(sock, proxy, termination)
    server.end_by_sigterm()
    return 0


def _booted(config_path: str, wrong: Misbehaviour) -> Proxy:
    config = configs.load(config_path)
    configs.check_master_key(config)
    proxy = Proxy(config, wrong, VERSION)
    server.say("LiteLLM: Proxy initialized with Config, Set models:")
    for deployment in (*config.deployments, *config.skipped):
        server.say(f"    {deployment.alias}")
    for deployment in config.skipped:
        server.say(f"LiteLLM Router:ERROR: LLM Provider NOT provided. You passed model={deployment.params['model']}")
    if config.checks_at_boot:
        interval = config.general.get("health_check_interval", 300)
        if isinstance(interval, int):  # anything else silently disables the loop
            swept = threading.Event()
            threading.Thread(target=_keep_sweeping, args=(proxy, interval, swept), daemon=True).start()
            swept.wait(5)  # the calls are under way before the port is bound
    return proxy


def _keep_sweeping(proxy: Proxy, interval_s: int, swept: threading.Event) -> None:
    while True:
        proxy.sweep()
        swept.set()
        time.sleep(interval_s)


def _die_after(seconds: float) -> None:
    timer = threading.Timer(seconds, os._exit, args=(1,))
    timer.daemon = True
    timer.start()


def _supervise(host: str, port: int, workers: int, config_path: str, wrong: Misbehaviour) -> int:
    """Bind the port and keep workers on it, as uvicorn does: their command lines do not name litellm."""
    import subprocess  # most have no workers, and boot the sooner

    try:
        sock = server.bound(host, port)
    except OSError as exc:
        server.say(f"ERROR:    [Errno {exc.errno}] {(exc.strerror or '').lower()}")
        return 1
    termination = server.termination_pipe(deaf=wrong.deaf_to_sigterm)
    told = {"fd": sock.fileno(), "host": host, "port": port, "config": config_path, "wrong": wrong._asdict()}
    environment = os.environ | {WORKER: json.dumps(told)}
    command = [sys.executable, "-c", WORKER_CODE, "--multiprocessing-fork"]
    server.say(f"INFO:     Started parent process [{os.getpid()}]")
    children = [
        subprocess.Popen(command, pass_fds=[sock.fileno()], env=environment, stdin=subprocess.DEVNULL)
        for _ in range(workers)
    ]
    while all(child.poll() is None for child in children):
        if select.select([termination], [], [], CHILDREN_EVERY_S)[0]:
            server.say("INFO:     Received SIGTERM, exiting.")
            break
    for child in children:
        child.terminate()
    sock.close()
    for child in children:
        child.wait()
    server.say(f"INFO:     Stopping parent process [{os.getpid()}]")
    return 0


if __name__ == "__main__":
    sys.exit(main())
