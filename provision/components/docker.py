"""Docker: installed unless there is one of any origin, and running."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.profiles import pins, wants
from checks.profiles.profile import Profile
from provision.step import Step, words

RESTS_ON = ("package_sources", "repositories")

# dockerd makes these below /etc when it first starts; no package owns them. What a person put there stays.
_NOTE_KEY = '[ -e /etc/docker/key.json ] || : >"$RUN/$STEP.no-key"\n'
_REMOVE_KEY = """\
[ ! -e "$RUN/$STEP.no-key" ] || rm -f /etc/docker/key.json
rmdir /etc/docker /etc/cni/net.d /etc/cni 2>/dev/null || true
"""


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    if wants.without_docker(facts, profile):
        return
    packages = wants.docker_packages(facts, profile)
    update = "apt update\n" if wants.lists_stay_old(facts, profile) else ""
    if packages:
        asked = pins.asked(packages, facts.os.family)
        yield Step(
            f"install docker: {' '.join(packages)}",
            why="there is no docker on this host",
            script=f"{_NOTE_KEY}{update}install_packages {words(asked)}\nsystemctl enable --now docker.service\n",
            undo=f"systemctl stop docker.service docker.socket || true\nundo_packages\n{_REMOVE_KEY}",
            installs=asked,
        )
    elif lost := wants.docker_lost(facts, profile):
        yield Step(
            "put docker's programs back",
            why=f"{' and '.join(lost)} {'is' if len(lost) == 1 else 'are'} installed, and the programs are missing",
            script=f"{update}reinstall_packages {words(lost)}\nsystemctl enable --now docker.service\n",
        )
    elif facts.docker.state != "active":
        yield Step(
            "start docker, now and at each boot",
            why=f"docker.service is {facts.docker.state}",
            script="systemctl reset-failed docker.service || true\nsystemctl enable --now docker.service\n",
            undo="systemctl disable --now docker.service docker.socket || true\n",
        )
