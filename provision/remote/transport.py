"""paramiko's Transport, with what it keeps to itself: what the host said, and whether it still answers."""

from __future__ import annotations

import threading
from typing import Any

import paramiko
from paramiko.common import cMSG_GLOBAL_REQUEST
from paramiko.message import Message


class Transport(paramiko.Transport):
    """A connection that remembers why the host hung up."""

    farewell = ""

    def _parse_disconnect(self, m: Message) -> None:
        m.get_int()
        self.farewell = m.get_text().strip()

    @property
    def greeting(self) -> str:
        """The last line that the host showed to whoever asks to be let in."""
        said: Any = self.get_banner()
        lines = said.decode(errors="replace").strip().splitlines() if said else []
        return str(lines[-1]) if lines else ""

    def answers(self, seconds: float) -> bool:
        """Ask the host whether it is still there, as ssh does with ServerAliveInterval; whether it says anything."""
        answered = self.completion_event = threading.Event()
        message = Message()
        message.add_byte(cMSG_GLOBAL_REQUEST)
        message.add_string("keepalive@openssh.com")
        message.add_boolean(True)
        self._send_user_message(message)  # type: ignore[attr-defined] # types-paramiko leaves it out
        return answered.wait(seconds)
