"""cuDNN in the profile's CUDA toolkit, from NVIDIA's archive: a URL, or a file of the machine that provisions.

Installed by checksum, whole or not at all: links stay links, the version is read back from the header.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from checks.facts import Facts
from checks.profiles import cudnn
from checks.profiles.profile import Profile
from provision.step import Brought, Step

RESTS_ON = ("cuda_packages",)
_SCRIPT = Path(__file__).with_suffix(".sh")
_NAME = "cudnn-archive"
_OWN_COPY = "Else name a copy of yours as cudnn.source; its sha256 stays the same"


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    if not cudnn.asked(profile) or cudnn.obstacle(facts, profile):
        return
    why, _ = cudnn.lacking(facts, profile)
    if not why:
        return
    wanted, root, source = profile.cudnn, cudnn.root(facts, profile), cudnn.source(profile)
    here = not re.match("(https?|file):", source)
    values = {"ROOT": root, "VERSION": wanted.version, "SHA256": wanted.sha256, "SOURCE": source}
    text = "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items()) + _SCRIPT.read_text("utf-8")
    yield Step(
        f"install cuDNN {wanted.version} in {root}, from {'this machine' if here else 'its URL'}",
        why=why,
        script=text + _obtain(source, profile.cuda.version) + 'install_cudnn "$archive"\n',
        undo=f"{text}undo_cudnn\n",
        brings=(Brought(_NAME, Path(source), wanted.sha256),) if here else (),
    )


def _obtain(source: str, cuda: str) -> str:
    if cudnn.is_manifest(source):
        return f"obtain_by_manifest cuda{cuda.partition('.')[0]}\n"
    if source.startswith("http"):
        obtain = f'said=$(fetch "$SOURCE" "$archive") || fail "cuDNN cannot be fetched: $said. {_OWN_COPY}"'
        return f"archive=$RUN/$STEP.fetched\n{obtain}\n"
    if source.startswith("file:"):
        path = source.partition("://")[2]
        return f'archive={shlex.quote(path)}\n[ -f "$archive" ] || fail "there is no $archive on this host"\n'
    return f"archive=$RUN/files/{_NAME}\n"
