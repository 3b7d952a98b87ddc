"""k3s and rke2: started again, so that they find NVIDIA's runtime, and told the profile's default in a file of our own.

Pods outlive the restart, as each has a shim of its own; the Kubernetes API of a server is away for seconds. Neither was
at hand to try it with.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.profiles import container_toolkit, k3s_settings
from checks.profiles.profile import Profile
from provision.step import Step

RESTS_ON = ("container_toolkit",)


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    for one, why in k3s_settings.lacking(facts, profile):
        path = k3s_settings.drop_in(one)
        sets = k3s_settings.sets_default(one, profile)
        told = f"default-runtime: {profile.containerd.default}\n"
        write = f"put_file {path} 600 <<'END_OF_FILE'\n{told}END_OF_FILE\n" if sets else ""
        yield Step(
            f"restart {one.unit}, which then finds NVIDIA's runtime" + (f", with {path}" if sets else ""),
            why=why,
            script=f"[ -x {container_toolkit.RUNTIME} ]\n{write}systemctl restart {one.unit}\n"
            f"grep -q {container_toolkit.RUNTIME} {one.generated}\n",
            undo=f"undo_file {path}\nsystemctl restart {one.unit}\n",
        )
