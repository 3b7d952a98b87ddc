"""What every test gets: nothing of the developer's own machine leaks in."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _walled_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """No agent, no secrets and no colour of the developer's own."""
    for name in ("SSH_AUTH_SOCK", "FABRIC_SUDO_PASSWORD", "INVOKE_SUDO_PASSWORD", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
