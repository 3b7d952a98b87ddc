"""A site's own copies of what lies elsewhere: [mirrors] of a profile, by the beginning of an address."""

from __future__ import annotations

from checks.profiles.keys import MirrorProfile
from checks.profiles.profile import Profile


def mirrored(url: str, profile: Profile) -> tuple[str, MirrorProfile | None]:
    """Where to fetch an address from, and the mirror that has it; the longest beginning counts.

    A beginning is a host's name, or an address, with or without its scheme; it ends where a part of the address does.
    What is no address, a file's path or a key itself, has no mirror.
    """
    if "://" not in url:
        return url, None
    found = [
        (start, mirror) for start, mirror in profile.mirrors.items() if mirror.url and _rest(url, start) is not None
    ]
    if not found:
        return url, None
    start, mirror = max(found, key=lambda pair: len(_bare(pair[0])))
    return f"{mirror.url.rstrip('/')}{_rest(url, start)}", mirror


def _rest(url: str, start: str) -> str | None:
    """What of the address comes after the beginning, with its slash; None where it begins otherwise."""
    whole, begin = _bare(url), _bare(start)
    rest = whole[len(begin) :]
    return rest if whole.startswith(begin) and rest[:1] in ("", "/") else None


def _bare(url: str) -> str:
    return (url.partition("://")[2] or url).rstrip("/")
