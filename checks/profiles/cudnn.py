"""What a host lacks of the profile's [cudnn], in the folder of its CUDA toolkit, and what stands against it."""

from __future__ import annotations

import posixpath
import re

from checks.facts import Facts
from checks.facts.cudnn import Library
from checks.profiles import cuda_packages
from checks.profiles.environment import no_toolkit, toolkit
from checks.profiles.mirrors import mirrored
from checks.profiles.profile import Profile

PLATFORMS = {"x86_64": "linux-x86_64", "aarch64": "linux-sbsa"}
"""What NVIDIA's archives call a machine of which `uname -m` says this; 32 bit and Jetson have archives of their own."""


def asked(profile: Profile) -> bool:
    """Whether the profile asks for cuDNN."""
    return bool(profile.cudnn.version)


def is_manifest(source: str) -> bool:
    """Whether the source is NVIDIA's manifest, redistrib_X.json, which has the archive's address and its sha256."""
    return "://" in source and source.endswith(".json")


def root(facts: Facts, profile: Profile) -> str:
    """The toolkit's folder that it goes into; only where the toolkit is there."""
    found = toolkit(facts, profile)
    return found.root if found else ""


def source(profile: Profile) -> str:
    """Where the archive comes from: the profile's source, or the mirror's copy of it."""
    return mirrored(profile.cudnn.source, profile)[0]


def lacking(facts: Facts, profile: Profile) -> tuple[str, str]:
    """What is not as the profile says, and what shows it; both empty where all is."""
    place = root(facts, profile)
    have, header = facts.cudnn.headers.get(place, ("", ""))
    want = profile.cudnn.version
    if not have:
        return f"there is no cuDNN in {place}", f"{place}/include: neither cudnn.h nor cudnn_version.h names a version"
    if not _same(have, want):
        return f"cuDNN in {place} is {have}, the profile asks for {want}", f"{header}: {have}"
    files = {file.name: file for file in facts.cudnn.libraries.get(place, ())}
    if trouble := _broken(files, want):
        return trouble
    if not {posixpath.dirname(file.path) for file in files.values()} & set(facts.cudnn.loader):
        folders = ", ".join(facts.cudnn.loader)
        return f"the loader does not know cuDNN in {place}", f"ldconfig -p has libcudnn in: {folders or 'no folder'}"
    return "", ""


def _same(have: str, want: str) -> bool:
    """The header has three parts, an archive's name up to four."""
    parts = min(3, want.count(".") + 1)
    return have.split(".")[:parts] == want.split(".")[:parts]


def _broken(files: dict[str, Library], want: str) -> tuple[str, str] | None:
    """What is wrong with the libraries of this version."""
    major = want.partition(".")[0]
    name = f"libcudnn.so.{major}"
    short = files.get(name)
    if short is None:
        return f"{name} is missing", f"there are: {', '.join(files) or 'no libraries'}"
    if not short.target:
        return (
            f"{short.path} is not a symbolic link: it was copied, and ldconfig says so each time",
            f"{short.path}: a file of {short.size} bytes",
        )
    last = files.get(posixpath.basename(short.target))
    if last is None or last.target or not last.size:
        return f"{short.path} leads to nothing that can be loaded", f"{short.path} -> {short.target}"
    if not _same(".".join(last.version), want):
        return f"{short.path} leads to {last.name}, not to {want}", f"{short.path} -> {short.target}"
    return None


def obstacle(facts: Facts, profile: Profile) -> str:
    """Why cuDNN is not installed; empty where it can be, or need not be."""
    if not profile.cuda.version:
        return "the profile asks for cuDNN and says no cuda.version to put it into"
    if missing := no_toolkit(facts, profile):
        return missing
    if not lacking(facts, profile)[0]:
        return ""
    wanted = profile.cudnn
    if why := cuda_packages.cudnn_too_new(facts, wanted.version):
        return why
    if not wanted.source or not (wanted.sha256 or is_manifest(wanted.source)):
        lacks = "source" if not wanted.source else "sha256"
        place = "" if wanted.source else ", from a URL or a file of the machine that provisions"
        return f"the profile's cudnn.{lacks} is missing: an archive is installed only by its checksum{place}"
    named = re.search(r"\blinux-(x86_64|sbsa|aarch64|ppc64le)\b", wanted.source)
    if named and named[0] != PLATFORMS.get(facts.host.machine, named[0]):
        return (
            f"the profile's cudnn.source is an archive for {named[0]}, and this host is {facts.host.machine}: name "
            "NVIDIA's manifest, redistrib_X.json, which has one for each architecture"
        )
    if re.match("https?:", source(profile)) and not facts.cudnn.tools:
        return (
            "this host has neither curl nor wget to fetch cuDNN with: install one, or set cudnn.source to a file of "
            "the machine that provisions"
        )
    return ""
