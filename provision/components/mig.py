"""How GPUs are divided (MIG), now and at each boot, by a program of our own that a unit starts.

Nothing is ended for it: where a program holds a GPU that is to change, the host reboots, which the plan shows with all
that it ends, and the unit divides the GPUs before anything can use them. Else the GPU is reset in place.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from checks.facts import Facts
from checks.facts.mig import LAYOUT, UNIT
from checks.profiles import mig
from checks.profiles.mig import Wanted
from checks.profiles.profile import Profile
from provision.step import Step

RESTS_ON = ("driver", "device_nodes")
PROGRAM = "/usr/local/sbin/gpuwright-mig"
FILE = f"/etc/systemd/system/{UNIT}"

_TEXT = f"""\
[Unit]
Description=Division of the NVIDIA GPUs (MIG)
After=systemd-modules-load.service gpuwright-device-nodes.service
After=nvidia-persistenced.service nvidia-fabricmanager.service
Before=docker.service containerd.service crio.service kubelet.service slurmd.service
Before=nvidia-dcgm.service nvidia-cdi-refresh.service

[Service]
Type=oneshot
RemainAfterExit=yes
TimeoutStartSec=480
ExecStart={PROGRAM}

[Install]
WantedBy=multi-user.target
"""


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    if not mig.asked(profile) or mig.obstacle(facts, profile):
        return
    if why := mig.unit_lacks(facts, profile):
        lines = "".join(f"{want.line}\n" for want in mig.wanted(facts, profile))
        program = Path(__file__).with_suffix(".sh").read_text("utf-8")
        files = ((PROGRAM, "755", program), (LAYOUT, "644", lines), (FILE, "644", _TEXT))
        puts = "".join(f"put_file {path} {mode} <<'END_OF_FILE'\n{text}END_OF_FILE\n" for path, mode, text in files)
        yield Step(
            f"have the GPUs divided at each boot, by {UNIT}",
            why=f"{why}; MIG devices last until a reset or a reboot",
            script=f"{puts}systemctl daemon-reload\nsystemctl enable {UNIT}\n",
            undo=f"systemctl disable {UNIT} || true\n"
            + "".join(f"undo_file {path}\n" for path, _, _ in files)
            + "systemctl daemon-reload\n",
        )
    if differing := mig.differing(facts, profile):
        yield _divide(facts, profile, differing)


def _divide(facts: Facts, profile: Profile, differing: tuple[tuple[Wanted, str], ...]) -> Step:
    before = "".join(f"{mig.said(want.device.address, mig.present(facts, want.device))}\n" for want, _ in differing)
    held = mig.in_use(facts, profile)
    # Where the mode waits for a reset (75), or instances are in use (any other), the unit does it after the reboot.
    later = f' || echo "it is done at the next boot, by {UNIT}"' if held else ""
    return Step(
        "; ".join(f"GPU {want.index}: {_words(want.profiles)}" for want, _ in differing),
        why="; ".join(f"GPU {want.index}: {why}" for want, why in differing) + ", and the profile asks for it",
        script=f"{PROGRAM} {LAYOUT}{later}\n",
        undo=f"""cat >"$RUN/$STEP.layout" <<'END_OF_FILE'\n{before}END_OF_FILE\n{PROGRAM} "$RUN/$STEP.layout"\n""",
        reboot=f"a GPU that is to be divided otherwise is in use by {', '.join(held)}" if held else "",
        needs_driver=True,
        key="divide the GPUs",
    )


def _words(profiles: tuple[str, ...] | None) -> str:
    if profiles is None:
        return "undo the division into MIG devices"
    if not profiles:
        return "MIG mode, without instances"
    return "divide it into " + ", ".join(f"{profiles.count(name)} x {name}" for name in dict.fromkeys(profiles))
