"""The agent behind a given socket (`IdentityAgent`, SSH_AUTH_SOCK); paramiko's own class knows only the second."""

from __future__ import annotations

import socket

from paramiko.agent import AgentSSH

ANSWERS_WITHIN_S = 10.0
PERSON_TAKES_AT_MOST_S = 60.0  # to touch a key, or to allow the use of one; a server waits for two minutes


class SocketAgent(AgentSSH):
    """An agent, asked for its keys at once."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(ANSWERS_WITHIN_S)
        try:
            self._socket.connect(path)
            self._connect(self._socket)  # type: ignore[attr-defined]  # as paramiko.Agent does it
        except BaseException:
            self._socket.close()
            raise
        self._socket.settimeout(PERSON_TAKES_AT_MOST_S)  # from now on it is asked for signatures

    def close(self) -> None:
        """End the connection to the agent."""
        self._socket.close()
