"""NVIDIA's container toolkit: all of its packages, at the one version that the profile names.

A set that an upgrade left at several versions is brought to that one, whichever way. The packages bring units, and the
reload of systemd that goes with them may take the GPUs from running containers.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.profiles import container_toolkit, interrupts, pins, wants
from checks.profiles.profile import Profile
from provision.step import GPUS_OF_CONTAINERS, Step, words

RESTS_ON = ("package_sources", "repositories")


# Its packages make this file when they come, and no package owns it.
_CONFIG = "/etc/nvidia-container-runtime/config.toml"
_NOTE_CONFIG = f'[ -e {_CONFIG} ] || : >"$RUN/$STEP.no-config"\n'

# The specification in memory is of a program that is gone then. A configuration that somebody edited is not lost.
_GONE = f"""\
command -v nvidia-ctk >/dev/null || {{
    rm -f /var/run/cdi/nvidia.yaml
    if [ -e "$RUN/$STEP.no-config" ] && [ -e {_CONFIG} ]; then
        mv {_CONFIG} "$RUN/$STEP.config.toml"
        echo "{_CONFIG} was not there before; it is now $RUN/$STEP.config.toml"
        rmdir {_CONFIG.rpartition("/")[0]} 2>/dev/null || true
    fi
}}
"""


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    lacking = container_toolkit.lacking(facts, profile)
    if not lacking:
        return
    version = profile.container_toolkit.version
    update = "apt update\n" if wants.lists_stay_old(facts, profile) else ""
    asked = pins.asked(container_toolkit.wanted(profile), facts.os.family)
    here = container_toolkit.found(facts, profile)
    yield Step(
        f"install NVIDIA's container toolkit {version}",
        why=", ".join(f"{name} {have}" for name, have in here.items()) + " here" if here else "it is not installed",
        script=f"{_NOTE_CONFIG}{update}install_packages {words(asked)}\n",
        undo=f"undo_packages\n{_GONE}",
        installs=asked,
        disrupts=(GPUS_OF_CONTAINERS,) if interrupts.with_gpus(facts) else (),
    )
