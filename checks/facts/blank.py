"""Blanking: what a recording must not carry when it is saved. In memory nothing is blanked.

Blanked are passwords in addresses, tokens, and the serial numbers and UUIDs that identify one piece of hardware.
"""

from __future__ import annotations

import re

from checks.facts.reading import Reading
from checks.facts.recording import Recording

BLANK = "[blanked]"

_NAMES = r"(?:passw(?:or)?d|passphrase|token|secret|auth|(?:api|access|secret)[_-]?key)"
_SECRETS = (
    re.compile(r"(?<=://)[^/\s@\"']+(?=@)"),
    re.compile(r"(?i)(\blogin\s+\S+\s+password\s+)\S+"),  # ~/.netrc and apt's auth.conf
    re.compile(r"(?im)^(\s*password\s+)\S+$"),
    re.compile(r"(?i)(authorization\"?\s*[=:]\s*\"?(?:basic|bearer)\s+)[^\s\",]+"),
    re.compile(rf"(?i)({_NAMES}\"?\s*=\s*\"?)[^\s\",]+"),
    re.compile(rf"(?i)({_NAMES}\"\s*:\s*\")[^\"\n]+"),
    re.compile(rf"(?im)^(\s*[\w.-]*?{_NAMES}\s*:\s*)\S+"),  # within a line it is prose: "asks for a password: ..."
    re.compile(r"\b(?:nvapi-|ghp_|glpat-|hf_|dckr_pat_)[\w-]{8,}"),  # keys that show by their beginning
    re.compile(r"(?<=GPU-)[0-9a-fA-F]{8}-[0-9a-fA-F-]{20,}"),
    re.compile(r"(?i)(serial[^:=\n]*[:=]\s*)\S+"),
)


def blanked(recording: Recording) -> Recording:
    """The recording without secrets and serial numbers."""
    readings = {
        topic: Reading(reading.status, blank_text(reading.text), reading.cut)
        for topic, reading in recording.readings.items()
    }
    return Recording(readings, recording.complete)


def blank_text(text: str) -> str:
    """The text with every secret replaced by a mark of its own."""
    for pattern in _SECRETS:
        text = pattern.sub(lambda match: (match[1] if match.groups() else "") + BLANK, text)
    return text
