"""The CDI specification of the GPUs: made by nvidia-ctk in the one place that counts, and made anew when it is stale.

In memory the toolkit's nvidia-cdi-refresh makes it, at each boot and after each change of the driver; that is switched
off where the profile wants the file in /etc/cdi, which it would hide. What else defines the same devices is put aside,
under a name that nothing reads.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.cdi import MEMORY
from checks.profiles import cdi_settings, wants
from checks.profiles.profile import Profile
from provision.step import Step, words

RESTS_ON = ("driver", "container_toolkit", "device_nodes")


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    if not cdi_settings.asked(profile):
        return
    lacking = cdi_settings.lacking(facts, profile)
    loaded = facts.modules.get("nvidia")
    changes = wants.driver_packages(facts, profile) or (loaded and loaded.version != facts.driver.library)
    divides = cdi_settings.changes(facts, profile)
    if not lacking and not changes and not divides:
        return
    path = cdi_settings.target(facts, profile)
    aside = words(each.path for each in cdi_settings.others(facts, profile))
    script, undo = (_IN_MEMORY, _UNDO_MEMORY) if path.startswith(MEMORY) else (_IN_ETC, _UNDO_ETC)
    yield Step(
        f"make the CDI specification {path}",
        why="; ".join(lacking) or _CHANGES[divides],
        script=(f"put_aside {aside}\n" if aside else "") + script.format(path=path),
        undo=undo.format(path=path) + "put_back\n",
        needs_driver=True,
    )


_CHANGES = {
    False: "the driver changes, and it lists the driver's files",
    True: "the GPUs are divided otherwise, and it lists the MIG devices",
}

_IN_MEMORY = """\
systemctl is-enabled nvidia-cdi-refresh.path >"$RUN/$STEP.was" 2>/dev/null || true
systemctl enable nvidia-cdi-refresh.path nvidia-cdi-refresh.service
systemctl start nvidia-cdi-refresh.path
refresh_cdi {path}
"""

_UNDO_MEMORY = """\
if [ -e "$RUN/$STEP.was" ] && [ "$(cat "$RUN/$STEP.was")" != enabled ]; then
    systemctl disable --now nvidia-cdi-refresh.path nvidia-cdi-refresh.service || true
    rm -f {path}
fi
"""

_IN_ETC = """\
if systemctl cat nvidia-cdi-refresh.service >/dev/null 2>&1; then
    systemctl is-enabled nvidia-cdi-refresh.path >"$RUN/$STEP.was" || true
    systemctl disable --now nvidia-cdi-refresh.path nvidia-cdi-refresh.service
fi
refresh_cdi {path}
"""

_UNDO_ETC = """\
undo_file {path}
if [ -e "$RUN/$STEP.was" ] && [ "$(cat "$RUN/$STEP.was")" = enabled ]; then
    systemctl enable --now nvidia-cdi-refresh.path nvidia-cdi-refresh.service || true
fi
"""
