"""`driver.options`: options of NVIDIA's kernel modules, in a file of our own, and the driver loaded anew with them.

It comes before the driver, which then is loaded with them the first time. Where an initramfs holds the modules, they
are loaded from there, with the options of that moment: it is made anew.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.profiles import module_options, options_lacking, switching
from checks.profiles.module_options import FILE
from checks.profiles.profile import Profile
from provision.step import GPU_PROGRAMS, Step

RESTS_ON = ("packages",)

_HEAD = "# From driver.options of the profile; provisioning writes it anew. What is set elsewhere counts less."
_UNDO = f"undo_file {FILE}\noptions_in_initramfs\nreload_driver || echo 'its options stay until the next reboot'\n"


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    if not module_options.asked(profile):
        return
    differs = module_options.file_differs(facts, profile)
    loaded = options_lacking.to_load(facts, profile)
    if not differs and not loaded:
        return
    lines = module_options.lines(facts, profile)
    text = "".join(f"{line}\n" for line in (_HEAD, *lines))
    write = f"put_file {FILE} 644 <<'END_OF_FILE'\n{text}END_OF_FILE\n" if differs else ""
    users = switching.users(facts) if loaded else ()
    now = bool(loaded) and not users
    under = [f"{line.file}: {line.text}" for line, where in module_options.others(facts, profile) if where == "under"]
    yield Step(
        (f"set {_asked(profile)} in {FILE}" if differs else f"load the driver with {_asked(profile)}")
        + (", and load the driver with it" if differs and now else ""),
        why="; ".join(
            (
                "driver.options of the profile",
                *(loaded[:4]),
                *(f"it counts over {each}" for each in under),
                *(("nobody holds the driver, so that no reboot is needed",) if now else ()),
            )
        ),
        script=f"{write}options_in_initramfs\n" + ("reload_driver\n" if now else ""),
        undo=_UNDO if differs else "",
        reboot=f"the driver is in use by {', '.join(users[:3])}{', ...' if len(users) > 3 else ''}" if users else "",
        disrupts=(GPU_PROGRAMS,) if now else (),
        key="set the options of NVIDIA's kernel modules",
    )


def _asked(profile: Profile) -> str:
    return " ".join(
        f"{option}={value}" if module == "nvidia" else f"{module}.{option}={value}"
        for module, options in sorted(profile.driver.options.items())
        for option, value in options.items()
    )
