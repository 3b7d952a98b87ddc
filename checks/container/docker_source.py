"""Docker comes from a source that is still there: not from dockerproject.org, and not as docker-engine.

docker-engine's repositories were shut down in March 2020: apt and yum fail over them, and what is installed from there
has had no security update since 2017.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, warn
from checks.profiles.profile import Profile

RESTS_ON: tuple[str, ...] = ()
GONE = "dockerproject.org"


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    files = [(each.file, each.uri) for each in facts.sources.entries if GONE in each.uri]
    for each in (each for each in facts.sources.repositories if each.enabled):
        files += [(each.file, url) for url in each.urls if GONE in url]
    old = facts.packages.installed("docker-engine")
    for file, url in files:
        yield fail(
            f"{file} names docker-engine's repository, which was shut down in 2020",
            why="the package manager fails over it, and nothing can be installed",
            evidence=f"{file}: {url}",
            remedy=by_hand(f"rm {file}; docker-ce, from download.docker.com, takes docker-engine's place"),
        )
    if old:
        yield warn(
            f"docker-engine {old.version} is installed, which nobody updates any more",
            why="its repositories were shut down in 2020; docker-ce takes its place",
            evidence=f"docker-engine {old.version}",
            remedy=by_hand(
                "remove docker-engine when its containers may stop, then provision --only docker; images and "
                "containers in /var/lib/docker stay"
            ),
        )
    if not files and not old:
        yield ok("docker-engine and its repositories are not here")
