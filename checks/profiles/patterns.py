"""Patterns of host names: * and ? and [abc] as in a shell, and ranges of numbers: gpu[01-16], rack[1-3,7]-gpu[1-8]."""

from __future__ import annotations

import re

_BRACKETS = re.compile(r"\[([^\]]*)\]")
_RANGES = re.compile(r"\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*")


def matches(pattern: str, host: str) -> bool:
    """Whether a host has a name of this pattern: the name as it is given to -H, without user and port.

    A pattern without a dot also fits a name with a domain by its first part. Capitals do not matter.
    """
    name = bare(host).lower()
    if _fits(pattern.lower(), name):
        return True
    first = name.partition(".")[0]
    return "." not in pattern and not first.isdigit() and _fits(pattern.lower(), first)


def bare(host: str) -> str:
    """A host as people write it, without its user and its port."""
    name = host.rpartition("@")[2]
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name if name.count(":") > 1 else name.partition(":")[0]


def mistake(pattern: str) -> str:
    """What is wrong with a pattern; empty when nothing is."""
    if not pattern.strip():
        return "an empty pattern fits no host"
    if "[" in _BRACKETS.sub("", pattern):
        return "a [ without its ]"
    for content in _BRACKETS.findall(pattern):
        for low, high in _ranges(content):
            if int(low) > int(high):
                return f"the range {low}-{high} is empty"
            if low[0] == "0" and len(low) != len(high):
                return f"the ends of {low}-{high} are not equally long"
    return ""


def _ranges(content: str) -> list[tuple[str, str]]:
    """The ranges of numbers that brackets hold; none where they hold characters, as [0] and [abc] do."""
    if not _RANGES.fullmatch(content) or content.isdigit():
        return []
    pairs = (part.partition("-") for part in content.split(","))
    return [(low, high or low) for low, _, high in pairs]


def _fits(pattern: str, name: str) -> bool:
    expression, ranges = "", []
    for index, part in enumerate(_BRACKETS.split(pattern)):
        if index % 2 == 0:
            expression += re.escape(part).replace(r"\*", ".*").replace(r"\?", ".")
        elif found := _ranges(part):
            ranges.append(found)
            expression += r"(\d+)"
        else:
            expression += f"[{'^' if part.startswith('!') else ''}{re.escape(part.lstrip('!'))}]".replace(r"\-", "-")
    match = re.fullmatch(expression, name)
    return match is not None and all(map(_in_ranges, match.groups(), ranges))


def _in_ranges(digits: str, ranges: list[tuple[str, str]]) -> bool:
    """Whether a number, written as it is, lies in one of the ranges: gpu[01-16] has no gpu1, gpu[1-16] no gpu01."""
    return any(
        int(low) <= int(digits) <= int(high)
        and (len(digits) == len(low) if len(low) == len(high) else digits[0] != "0" or digits == "0")
        for low, high in ranges
    )
