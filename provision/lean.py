"""Starting without what is not used: a third of importing Invoke goes into modules that nothing here asks anything of.

Invoke imports unittest.mock, and with it asyncio and ssl, for its MockContext, which only tests make; and its own copy
of yaml for configuration files, which an installed gpuwright has none of. Both are still there for whoever asks.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

_MOCK, _YAML = "unittest.mock", "invoke.vendor.yaml"


def start() -> None:
    """Import Invoke, if nobody has yet, without the two."""
    if "invoke" in sys.modules:
        return
    _defer_yaml()
    if _MOCK in sys.modules:
        return
    stand_in: Any = ModuleType(_MOCK)
    stand_in.Mock = _mock
    sys.modules[_MOCK] = stand_in
    try:
        import invoke.context  # noqa: F401 - it takes the stand-in's Mock along
    finally:
        del sys.modules[_MOCK]


def _mock(*given: Any, **named: Any) -> Any:
    """What MockContext calls: the real one, imported when it is first called."""
    from unittest.mock import Mock

    return Mock(*given, **named)


def _defer_yaml() -> None:
    """Put a module in the place of Invoke's yaml that loads the real one when something of it is asked for."""
    stand_in: Any = ModuleType(_YAML)

    def ask(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        sys.modules.pop(_YAML, None)
        return getattr(import_module(_YAML), name)

    stand_in.__getattr__ = ask
    sys.modules[_YAML] = stand_in
