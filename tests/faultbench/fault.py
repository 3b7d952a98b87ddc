"""A fault of the bench: a healthy host's recording with the lines that the fault changes, and what is to be said.

tests/alter.py makes the changes; each file beside this one lists the faults of one stage.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from checks.facts.recording import Recording
from checks.finding import Verdict
from checks.profiles.profile import Profile
from tests.alter import Alter, altered
from tests.hosts import DEBIAN, HEALTHY, read


@dataclass(frozen=True)
class Fault:
    """One fault. `source` is where it is known from: the thread, page or tool text that it reproduces.

    `cause` is the check whose finding must come first in the report, with `verdict` and with `says` in its text.
    """

    name: str
    source: str
    cause: str
    alter: tuple[Alter, ...]
    says: str = ""
    verdict: Verdict = "fail"
    base: str = HEALTHY
    profile: Profile = field(default=DEBIAN, repr=False)

    def recording(self) -> Recording:
        """The host with the fault."""
        return altered(read(self.base), self.alter)
