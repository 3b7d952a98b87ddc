"""/usr/local/bin/gpu-doctor: the doctor as one file, where the profile wants it, for a Python that the host has.

What is there and not ours is left alone; what was there of ours comes back with the undo.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.doctor_file import PATH
from checks.profiles import doctor_file
from checks.profiles.profile import Profile
from provision import pyz
from provision.step import Brought, Step

RESTS_ON = ()
NAME = "gpu-doctor"


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    why = doctor_file.lacking(facts) if profile.doctor.install else ""
    python = facts.doctor_file.python if why and not doctor_file.obstacle(facts) else None
    if python:
        first = f"1s|.*|#!{facts.doctor_file.interpreter}|"
        yield Step(
            f"put the doctor on the host, as {PATH}",
            why=why,
            script=f'runs() {{ {shlex.quote(python.path)} "$1" --list-checks >/dev/null; }}\n'
            f'LC_ALL=C sed {shlex.quote(first)} "$RUN/files/{NAME}" | put_file {PATH} 755 runs\n',
            undo=f"undo_file {PATH}\n",
            brings=(Brought(NAME, pyz.doctor),),
        )
