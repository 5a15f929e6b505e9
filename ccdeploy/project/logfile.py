"""A log on this machine, read line by line: it may be large, packed with gzip, or no log at all."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ccdeploy.errors import Refused

_GZIP = b"\x1f\x8b"
_LONGEST = 1 << 20  # of a line; what is longer is read in pieces, which no reader knows


def lines_of(path: Path) -> Iterator[str]:
    """Yield the lines of a log without their ends. Raises Refused for what cannot be read as one."""
    try:
        with path.open("rb") as plain:
            is_packed = plain.read(2) == _GZIP
            plain.seek(0)
            if is_packed:
                with gzip.open(plain) as unpacked:
                    yield from _lines(unpacked, path)
            else:
                yield from _lines(plain, path)
    except (EOFError, zlib.error, gzip.BadGzipFile) as exc:
        raise Refused(f"{path}: the packed log ends early or is damaged", hint="unpack what is left: gzip -dc") from exc
    except OSError as exc:
        raise Refused(f"{path} cannot be read: {exc.strerror}", hint="name a log of LiteLLM or Ollama") from exc


def _lines(file: IO[bytes] | gzip.GzipFile, path: Path) -> Iterator[str]:
    for number, line in enumerate(iter(lambda: file.readline(_LONGEST), b"")):
        if number < 100 and b"\0" in line:
            raise Refused(f"{path} is no text, so it is no log", hint="name a log of LiteLLM or Ollama")
        yield line.decode("utf-8", "replace").rstrip("\r\n")
