"""Headers for the kernels that the profile covers: DKMS builds the driver against them.

What makes the next kernel bring its headers along comes too: with apt the metapackage, where the kernel's own is
installed; kernel-devel-matched on Enterprise Linux 9 and later.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.profiles import headers, kernels
from checks.profiles.profile import Profile
from provision.step import Step

RESTS_ON = ("package_sources",)


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    lacking = kernels.without_headers(facts, profile)
    if not lacking:
        return
    built = "no" if facts.driver.missing(lacking) else "the next"
    names = headers.names(facts, lacking)
    yield Step(
        f"install {' '.join(names)}",
        why=f"without headers {built} driver module can be built for {' and '.join(lacking)}",
        script=("OVER_HOLDS=yes\n" if profile.driver.hold else "") + f"install_packages {' '.join(names)}\n",
        undo="undo_packages\n",
        installs=names,
    )
