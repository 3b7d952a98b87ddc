"""What each check reads on hosts that are well: `python -m tests.needs` writes checks/needs.toml anew."""

from __future__ import annotations

import json
from itertools import product

from checks.examine import CHECKS, name
from checks.facts import TOPICS, Facts
from checks.facts.reading import Reading, Unknown
from checks.facts.recording import Recording
from checks.needs import TABLE
from tests.hosts import NAMES, read
from tests.test_recordings import PROFILES


class Noting(Recording):
    """A recording that notes which topics it was asked for."""

    asked: set[str]

    def reading(self, topic: str) -> Reading:
        """As of any recording."""
        self.asked.add(topic)
        return super().reading(topic)


def needs() -> dict[str, list[str]]:
    """The topics of each check, over every recording of a healthy host, as each of the profiles of the tests."""
    found: dict[str, set[str]] = {name(check): set() for check in CHECKS}
    for host in (each for each in NAMES if each.startswith("healthy-")):
        recording = read(host)
        for check, profile in product(CHECKS, PROFILES.values()):
            noting = Noting(recording.readings, recording.complete)
            noting.__dict__["asked"] = found[name(check)]
            try:
                list(check.check(Facts(noting), profile))
            except (Unknown, LookupError, AttributeError):
                continue  # it rests on a check that did not apply here
    return {check: sorted(topics & set(TOPICS)) for check, topics in found.items()}


def page() -> str:
    """As TOML."""
    rows = sorted(needs().items())
    lines = "".join(f"{check} = {json.dumps(topics)}\n" for check, topics in rows)
    return f"# Made by `python -m tests.needs`: the topics that each check reads on hosts that are well.\n{lines}"


if __name__ == "__main__":
    TABLE.write_text(page(), encoding="utf-8")
