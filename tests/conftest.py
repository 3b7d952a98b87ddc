"""What every test gets: nothing of the developer's own machine leaks in."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import settings

# A shell starts what runs in the background with ^C ignored, and so would be whatever a test starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says something about the machine, not about us; in CI the examples are the same each time.
settings.register_profile("calm", deadline=None, max_examples=50, derandomize=bool(os.environ.get("CI")))
settings.load_profile("calm")


@pytest.fixture(autouse=True)
def _walled_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """No agent, no secrets, no site file and no colour of the developer's own."""
    for name in ("SSH_AUTH_SOCK", "FABRIC_SUDO_PASSWORD", "INVOKE_SUDO_PASSWORD", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", "/nonexistent")
