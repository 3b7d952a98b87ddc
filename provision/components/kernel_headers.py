"""Headers for the kernels that the profile covers: DKMS builds the driver against them.

What makes the next kernel bring its headers along comes too: with apt the metapackage, where the kernel's own is
installed; kernel-devel-matched on Enterprise Linux 9 and later.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from checks.facts import Facts
from checks.profiles import headers, kernels, pins
from checks.profiles.profile import Profile
from provision.step import Step, words

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
        script=("OVER_HOLDS=yes\n" if profile.driver.hold else "")
        + f"install_packages {' '.join(names)}\n"
        + "".join(_files(facts, release) for release in lacking),
        undo="undo_packages\n",
        installs=names,
    )


def _files(facts: Facts, release: str) -> str:
    """A package that counts as installed brings nothing anew, though its files are gone; -matched has none itself."""
    names = words(pins.name(each).replace("-matched-", "-") for each in headers.names(facts, (release,)))
    return f"[ -e {shlex.quote(f'/lib/modules/{release}/build/Makefile')} ] || reinstall_packages {names}\n"
