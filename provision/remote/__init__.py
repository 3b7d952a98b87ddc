"""Reaching a host over SSH. This package is the only one that imports fabric."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from provision.errors import Usage
from provision.flags import ACCEPT_NEW
from provision.remote.access import Access
from provision.remote.host import Remote

__all__ = ["Access", "Remote", "access_of", "remote_of"]


def remote_of(context: Any) -> Remote:
    """The host of the Connection that fab gives to a task, reached as OpenSSH would reach it.

    `user@` and `:port` in -H win over ssh_config, as they do for ssh; so do fab's own -S and -i.
    """
    if not context.original_host:
        raise Usage("-H names no host: a host is written as gpu01, user@gpu01 or user@gpu01:22")
    # fabric.yaml and the Program empty the defaults: what is set here was written in -H.
    return access_of(context).host(context.original_host, user=context.user or "", port=context.port or 0)


def access_of(context: Any) -> Access:
    """How fab's own flags and configuration say to get to any host; under invoke, as ssh_config alone says."""
    config = _runtime_path(context) or _lab_config(context)
    extra = {
        key: value for key, value in context.config.get("connect_kwargs", {}).items() if value not in (None, "", [])
    }
    return Access(config, extra, context.config.sudo.password or "", bool(context.config.get(ACCEPT_NEW)))


def _runtime_path(context: Any) -> str:
    return getattr(context.config, "_runtime_ssh_path", None) or ""


def _lab_config(context: Any) -> str:
    """The lab's ssh_config (which includes the user's own), where there is a lab on this machine and a checkout."""
    path = str(context.config.get("gpuwright", {}).get("lab_ssh_config", ""))
    return path if path and Path(path).is_file() else ""
