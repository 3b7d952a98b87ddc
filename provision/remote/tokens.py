"""The tokens, ~ and ${VARIABLE} that `ssh -G` leaves in its answer (ssh_config(5), TOKENS); pure but for `local`."""

from __future__ import annotations

import getpass
import os
import re
import socket
from collections.abc import Mapping
from pathlib import Path

from provision.errors import Usage


def local() -> dict[str, str]:
    """The tokens that speak of this machine."""
    name = socket.gethostname()
    home = str(Path.home())
    return {"%": "%", "d": home, "i": str(os.getuid()), "u": getpass.getuser(), "l": name, "L": name.partition(".")[0]}


def expand(text: str, meaning: Mapping[str, str]) -> str:
    """The text with each %x replaced; `Usage` for one that is not known here."""

    def one(match: re.Match[str]) -> str:
        if match[1] not in meaning:
            raise Usage(f"ssh_config: the token {match[0]} in {text!r} is not supported")
        return meaning[match[1]]

    return re.sub(r"%(.?)", one, text)


def path(text: str, meaning: Mapping[str, str]) -> str:
    """A file's name with its tokens, variables and ~ replaced; empty when it names a variable that is not set."""
    variables = re.findall(r"\$\{(\w+)\}", text)
    if any(name not in os.environ for name in variables):
        return ""
    text = re.sub(r"\$\{(\w+)\}", lambda match: os.environ[match[1]], text)
    return str(Path(expand(text, meaning)).expanduser())
