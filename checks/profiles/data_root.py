"""Docker's data root where the profile moves it: whether there is room, and what stays behind unseen."""

from __future__ import annotations

from checks.facts import Facts
from checks.profiles.profile import Profile

ROOM = 10 << 30
"""Bytes that must be free where docker's data goes: one CUDA image takes 5 to 20 GB."""


def moved_to(facts: Facts, profile: Profile) -> str:
    """Where the profile moves docker's data; empty where it stays, or is there already."""
    wanted = profile.docker.daemon.get("data-root", "")
    return str(wanted) if wanted and str(wanted).rstrip("/") != facts.docker.root.rstrip("/") else ""


def obstacle(facts: Facts, profile: Profile) -> str:
    """Why docker's data cannot go where the profile says; empty where it can."""
    wanted = moved_to(facts, profile)
    if not wanted:
        return ""
    if not wanted.startswith("/"):
        return f"data-root {wanted} is no path from /: docker would not start"
    place = facts.disk.holding(wanted)
    if place.free < ROOM:
        return (
            f"no room for docker's data in {wanted}: {place.free} bytes are free on {place.mounted} "
            f"({place.filesystem}), and {ROOM} are wanted: a CUDA image takes 5 to 20 GB"
        )
    return ""


def left_behind(facts: Facts) -> str:
    """What is in the old data root, in words; empty where nothing is."""
    images, containers = facts.docker.held
    counted = [f"{number} {word}" for number, word in ((images, "image(s)"), (containers, "container(s)")) if number]
    return f"{' and '.join(counted)} in {facts.docker.root}, which stay there unseen" if counted else ""
