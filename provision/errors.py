"""What can go wrong, each with its exit status (docs/exit-status.md).

GpuwrightError
├── Usage              64   the command line asks for something that makes no sense
├── BadInput           65   a profile or a recording that cannot be used
├── Unreachable        69   no connection, or it was lost
├── NoSpace            73   a file system of the host is full, or too small for what is to come
├── Locked             75   another run is in progress on the host, or its package manager is busy
├── UnknownHostKey     76   the host's key is not known, or not the one that is known
├── NotPermitted       77   root is needed, and sudo does not give it
├── Unsupported        78   a host that must not be touched
├── NoConsent          79   something was not shown, or not agreed to
├── StepFailed         80   a step failed; what was undone is said
└── Interrupted       130   ^C
"""

from __future__ import annotations

from checks.facts.blank import blank_text


class GpuwrightError(Exception):
    """An error with words for a person: what happened, what was left as it was, what to do next; never a secret."""

    status = 70

    def __init__(self, text: str = "") -> None:
        super().__init__(blank_text(text))


class Usage(GpuwrightError):  # noqa: N818 - named for what it is; the base class says Error
    """The command line asks for something that makes no sense."""

    status = 64


class BadInput(GpuwrightError):  # noqa: N818
    """A profile or a recording that cannot be used."""

    status = 65


class Unreachable(GpuwrightError):  # noqa: N818
    """The host cannot be reached, or the connection was lost."""

    status = 69


class NoSpace(GpuwrightError):  # noqa: N818
    """A file system of the host is full, or too small for what is to come."""

    status = 73


class Locked(GpuwrightError):  # noqa: N818
    """Another run is in progress on the host, or its package manager is busy."""

    status = 75


class UnknownHostKey(GpuwrightError):  # noqa: N818
    """The host's key is not known, or is not the one that is known."""

    status = 76


class NotPermitted(GpuwrightError):  # noqa: N818
    """Root is needed on the host, and sudo does not give it."""

    status = 77


class Unsupported(GpuwrightError):  # noqa: N818
    """A host that must not be touched."""

    status = 78


class NoConsent(GpuwrightError):  # noqa: N818
    """Something was not shown, or not agreed to."""

    status = 79


class NobodyToAsk(NoConsent):
    """Something was not shown before, and there is no terminal to ask on."""


class StepFailed(GpuwrightError):  # noqa: N818
    """A step failed on the host."""

    status = 80


class Drifted(GpuwrightError):  # noqa: N818
    """A saved plan is not what would be done now."""

    status = 81


class Interrupted(GpuwrightError):  # noqa: N818
    """The operator pressed ^C; the step in flight goes on, on the host."""

    status = 130
