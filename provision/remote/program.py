"""`gpuwright`: the same collection as fab's and invoke's, for use without a checkout.

Invoke ends with status 1 when it cannot parse a command line, which for the doctor means that something failed; here
that status is 64.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Any

from fabric import Config
from fabric import Executor as FabExecutor
from fabric.main import Fab
from invoke.exceptions import ParseError

import tasks
from provision.errors import Usage


class _Config(Config):  # type: ignore[misc] # fabric has no types
    """What fabric.yaml says in a checkout."""

    @staticmethod
    def global_defaults() -> dict[str, Any]:
        defaults: dict[str, Any] = Config.global_defaults()
        return {**defaults, "load_ssh_configs": False, "user": "", "port": 0}


class _Program(Fab):  # type: ignore[misc] # fabric has no types
    """Fab, with our collection and our statuses."""

    def update_config(self) -> None:
        try:
            super().update_config()
        except EOFError:
            print(  # noqa: T201
                "error: a password is to be typed, and there is no terminal to ask for it on. For sudo, put it into "
                "FABRIC_SUDO_PASSWORD in the environment; for a key, load it into an agent: ssh-add",
                file=sys.stderr,
            )
            sys.exit(Usage.status)

    def parse_tasks(self) -> None:
        try:
            super().parse_tasks()
        except ParseError as error:
            print(f"error: {error}\nThe verbs: gpuwright --list. One verb: gpuwright --help VERB", file=sys.stderr)  # noqa: T201
            sys.exit(Usage.status)

    def execute(self) -> None:
        try:
            super().execute()
        except ValueError as error:  # fabric reads the hosts of -H; what a verb raises has ended there
            print(f"error: -H: {error}; a host is written as gpu01, user@gpu01 or user@gpu01:22", file=sys.stderr)  # noqa: T201
            sys.exit(Usage.status)


def main() -> None:
    """The console script."""
    _Program(
        name="gpuwright",
        binary="gpuwright",
        version=version("gpuwright"),
        namespace=tasks.namespace,
        executor_class=FabExecutor,
        config_class=_Config,
    ).run()
