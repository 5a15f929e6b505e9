"""How long the stand-in lets requests in flight go on after SIGTERM: as long as LiteLLM does."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

import pytest

from tests.support.gateway import KEY, gateway
from tests.support.standin.server import GRACE, GRACE_DEFAULT
from tests.support.stream import Stream

STANDIN = [sys.executable, "-S", str(Path(__file__).with_name("standin_litellm.py"))]


@pytest.mark.parametrize(
    ("environment", "is_complete"),
    [
        ({GRACE_DEFAULT: "0.2"}, False),
        ({GRACE_DEFAULT: "0.2", GRACE: "soon"}, False),  # LiteLLM takes what is no number for not set
        ({GRACE_DEFAULT: "0.2", GRACE: "20"}, True),
        ({GRACE: "0"}, False),
    ],
)
def test_requests_in_flight_are_cut_when_their_time_is_over(
    tmp_path: Path, environment: dict[str, str], is_complete: bool
) -> None:
    """LiteLLM gives them 30 s after SIGTERM unless it is told another time; no test waits as long."""
    (tmp_path / "config.yaml").write_text("model_list: [{model_name: one, litellm_params: {model: ollama_chat/one}}]\n")
    (tmp_path / "misbehave.json").write_text(json.dumps({"stream_s": 2 if is_complete else 10}))
    with gateway(STANDIN, tmp_path, environment=environment) as running:
        with Stream(running.ready().port, KEY, "one") as stream:
            stream.wait_for_chunks(1)
            running.process.terminate()
            assert stream.finished().is_complete is is_complete
        assert running.ended() == -signal.SIGTERM
        assert ("timeout graceful shutdown exceeded" in running.log) is not is_complete
