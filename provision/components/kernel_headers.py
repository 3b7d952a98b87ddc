"""Headers for the kernels that the profile covers: DKMS builds the driver against them.

What makes the next kernel bring its headers along comes too: with apt the metapackage, where the kernel's own is
installed; kernel-devel-matched on Enterprise Linux 9 and later.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.profiles import headers, kernels, pins
from checks.profiles.profile import Profile
from provision.step import Step, words

RESTS_ON = ("package_sources",)
# A package that counts as installed brings nothing anew, though its files are gone.
_FILES = """\
for kernel in {lacking}; do
    [ -e "/lib/modules/$kernel/build/Makefile" ] || {{ reinstall_packages {names}; break; }}
done
"""


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    lacking = kernels.without_headers(facts, profile)
    if not lacking:
        return
    built = "no" if facts.driver.missing(lacking) else "the next"
    names = headers.names(facts, lacking)
    yield Step(
        f"install {' '.join(names)}",
        why=f"without headers {built} driver module can be built for {' and '.join(lacking)}",
        script=("OVER_HOLDS=yes\n" if profile.driver.hold else "")
        + f"install_packages {' '.join(names)}\n"
        + _FILES.format(lacking=words(lacking), names=" ".join(map(pins.name, names))),
        undo="undo_packages\n",
        installs=names,
    )
