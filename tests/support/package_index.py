"""A package index on loopback, with wheels named litellm in several versions: each is the stand-in."""

from __future__ import annotations

import socket
import sys
import threading
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.support.free_port import free_port

_REPOSITORY = Path(__file__).resolve().parents[2]
_LIBRARIES = Path(sys.prefix) / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
# pip gives a script of this kind the Python of the venv; where it looks for its parts is the repository.
_SCRIPT = f"""#!python
import sys
sys.path[:0] = [{str(_REPOSITORY)!r}]
sys.path.append({str(_LIBRARIES)!r})
from tests.support.standin_litellm import main
sys.exit(main())
"""
VERSIONS = ("1.82.6", "1.82.8", "1.106.2", "1.108.0", "1.108.1")
NEWEST = VERSIONS[-1]
_TOO_NEW = "1.109.0"  # a part of it is not there yet, as happens between two uploads and on mirrors
_PART = "tiny-proxy-part"  # what the extra `proxy` asks for


@dataclass(frozen=True)
class PackageIndex:
    """An index that answers at `url`. `asked` are the paths that pip asked for."""

    url: str
    asked: list[str] = field(default_factory=list)


@contextmanager
def package_index(folder: Path, versions: Sequence[str] = VERSIONS) -> Iterator[PackageIndex]:
    """Serve the wheels for the length of a block."""
    for version in versions:
        _wheel(folder / "litellm", "litellm", version, [f'{_PART}; extra == "proxy"'], {"scripts/litellm": _SCRIPT})
    _wheel(folder / "litellm", "litellm", _TOO_NEW, ['a-part-that-nobody-has; extra == "proxy"'])
    _wheel(folder / _PART, _PART, "1.0")
    port = free_port()
    found = PackageIndex(f"http://127.0.0.1:{port}/")

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            super().do_GET()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def silent_index() -> Iterator[PackageIndex]:
    """An index that takes every connection and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        yield PackageIndex(f"http://127.0.0.1:{listener.getsockname()[1]}/")


def _wheel(
    folder: Path, name: str, version: str, requires: Sequence[str] = (), data: dict[str, str] | None = None
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    word = name.replace("-", "_")
    info = f"{word}-{version}.dist-info"
    metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", "Provides-Extra: proxy"]
    files = {
        f"{word}/__init__.py": "",
        f"{info}/METADATA": "\n".join([*metadata, *(f"Requires-Dist: {one}" for one in requires), ""]),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        **{f"{word}-{version}.data/{path}": text for path, text in (data or {}).items()},
    }
    record = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"{word}-{version}-py3-none-any.whl", "w") as wheel:
        for path, text in {**files, f"{info}/RECORD": record}.items():
            entry = zipfile.ZipInfo(path)
            entry.external_attr = (0o100755 if "/scripts/" in path else 0o100644) << 16
            wheel.writestr(entry, text)
