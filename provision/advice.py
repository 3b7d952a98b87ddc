"""What a package manager's error means, and what to do next: one line for a person; pure.

The words are those that apt 2.6 and dnf 4.14 printed when it was tried, each with the mirror in that state.
"""

from __future__ import annotations

import re

_LATER = "Run the same command again later; if it stays so, name another mirror in the profile's [mirrors]"
_KEYS = "Ask who keeps that repository. Only a key that you know belongs into the profile, as its fingerprint"
_WAY = "Name a mirror that the host reaches in the profile's [mirrors], or its proxy in /etc/environment on the host"

_CAUSES: tuple[tuple[str, str, str], ...] = (
    (
        r"Hash Sum mismatch|[Cc]hecksum doesn't match|digest:? (?:BAD|mismatch)|SHA\d+ digest: BAD",
        "what came has another checksum than its repository names",
        _LATER,
    ),
    (
        r"unexpected size \((\d+) != (\d+)\)",
        "{0} bytes came in place of the package's {1}: a login page, or an error page",
        "Ask for the address on the host (curl -L) to see it; name a mirror in the profile's [mirrors] if it stays so",
    ),
    (
        r"(\S+) answers with an HTML page",
        "{0} answers with an HTML page in place of a package: a login page, or an error page",
        "Ask for the address on the host (curl -L) to see it; name a mirror in the profile's [mirrors] if it stays so",
    ),
    (
        r"reported file Content-Length: (\d+), repository metadata states file length: (\d+)",
        "{0} bytes came in place of the package's {1}: a login page, or an error page",
        "Ask for the address on the host (curl -L) to see it; name a mirror in the profile's [mirrors] if it stays so",
    ),
    (
        r"Remote end closed connection|Undetermined Error|Transferred a partial file|transfer closed with",
        "the download was cut off",
        _LATER,
    ),
    (r"EXPKEYSIG (\w+)|KEYEXPIRED|key (?:has )?expired", "the repository is signed with a key that has expired", _KEYS),
    (
        r"NO_PUBKEY (\w+)|[Pp]ublic key .*is not installed|GPG check FAILED|not correct for this package",
        "the repository is signed with a key that nobody vouched for",
        _KEYS,
    ),
    (
        r"Could(?: not|n't) (?:connect|resolve)|Connection refused|Temporary failure resolving|timed out",
        "the repository does not answer",
        _WAY,
    ),
    (r"404 +Not Found|Status code: 404", "the repository has it no longer", _LATER),
)


def advice(text: str) -> str:
    """What an error of apt, dnf or yum means, and what next; empty where it is none that is known."""
    if hosts := _elsewhere(text):
        return f"{hosts[0]} redirects to another host, {hosts[1]}, which has not got it: a login, perhaps. {_WAY}"
    for pattern, words, then in _CAUSES:
        if found := re.search(pattern, text):
            return f"{words.format(*found.groups())}. {then}"
    return ""


def _elsewhere(text: str) -> tuple[str, str] | None:
    """The host that was asked and the one that answered: as apt names them for one download, and we for dnf's."""
    if told := re.search(r"^ *(\S+) redirects to another host, ([^\s:]+)", text, re.MULTILINE):
        return told[1], told[2]
    asked = dict(re.findall(r"^ *Err:(\d+) \w+://([^/ ]+)", text, re.MULTILINE))
    for number, host in re.findall(r"^ *Get:(\d+) \w+://([^/ ]+)", text, re.MULTILINE):
        if number in asked and asked[number] != host:
            return asked[number], host
    return None
