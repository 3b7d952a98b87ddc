"""apt trusts each archive by one key file only.

Two entries for one archive that name different files, or none, make apt refuse to read any list at all: "Conflicting
values set for option Signed-By" (NVIDIA/nvidia-container-toolkit issue 170, NVIDIA/nvidia-docker issue 1626).
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_command, by_hand, fail, ok, skipped
from checks.profiles.profile import Profile

RESTS_ON = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    if not facts.sources.apt:
        yield skipped("not applicable: this host has no apt")
        return
    seen: dict[tuple[str, str], dict[str, str]] = {}
    for entry in facts.sources.entries:
        key = (entry.uri.rstrip("/"), entry.suite)
        seen.setdefault(key, {}).setdefault(dict(entry.options).get("signed-by", ""), entry.file)
    bad = {key: files for key, files in seen.items() if len(files) > 1}
    for (uri, suite), files in bad.items():
        unsigned = files.get("") or list(files.values())[-1]
        yield fail(
            f"two entries for {uri} {suite} name different keys",
            why='apt refuses all work: "Conflicting values set for option Signed-By"',
            evidence="; ".join(f"{file}: {signed or 'no Signed-By'}" for signed, file in files.items()),
            remedy=by_command(f"mv {unsigned} {unsigned}.off", undo=f"mv {unsigned}.off {unsigned}")
            if sum(entry.file == unsigned for entry in facts.sources.entries) == 1
            else by_hand(f"take the entry without a Signed-By out of {unsigned}"),
        )
    if not bad:
        yield ok("each archive is trusted by one key file")
