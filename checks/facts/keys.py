"""The keys by which apt trusts its archives: which files hold which keys, and until when those are valid.

gpg reads each file by itself, in a home of its own that is removed again: it writes nothing on the host. rpm has one
keyring for all repositories, and names a key by the end of its id: gpg-pubkey-7fa2af80.
"""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, number, words

COMMAND = r"""
if ! [ -d /etc/apt ]; then
    ! command -v rpm >/dev/null || rpm -q gpg-pubkey --qf 'rpm %{VERSION}\n' 2>/dev/null | grep '^rpm '
    exit 0
fi
command -v gpg >/dev/null || { echo "tool none"; exit 0; }
home=$(mktemp -d /dev/shm/gpuwright.XXXXXXXX 2>/dev/null || mktemp -d) || exit 73
trap 'rm -rf "$home"' EXIT
# Files that an archive of NVIDIA, docker or Kubernetes names, and those that count for every archive.
for file in $(grep -rhoE '[Ss]igned-[Bb]y[=:] *[^] ]+' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null |
    sed 's/^.*[=:] *//' | grep '^/' | sort -u) /etc/apt/trusted.gpg /etc/apt/trusted.gpg.d/*; do
    case $file in */debian-archive-* | */ubuntu-keyring-*) continue ;; esac
    [ -s "$file" ] || continue
    echo "file $file"
    timeout -k 1 5 gpg --homedir "$home" --no-options --no-autostart --batch --quiet --with-colons --show-keys "$file" \
        2>/dev/null | awk -F: '$1 == "pub" { printf "key %s %s\n", $5, $7 == "" ? 0 : $7 }'
done
exit 0
"""

RETIRED = "F60F4B3D7FA2AF80"
"""NVIDIA's CUDA repository key until April 2022: "Updating the CUDA Linux GPG Repository Key", NVIDIA's blog."""


@dataclass(frozen=True)
class Key:
    """A primary key: its long id, and the end of its validity (seconds since 1970; 0: it has none)."""

    id: str
    expires: int


@dataclass(frozen=True)
class Keys:
    """apt's keys by file, None where there is no gpg to read them with; and the short ids of rpm's."""

    files: dict[str, tuple[Key, ...]] | None
    rpm: tuple[str, ...] = ()


def parse(reading: Reading) -> Keys:
    """`file` lines, each followed by the `key` lines of its keys."""
    files: dict[str, tuple[Key, ...]] = {}
    rpm: list[str] = []
    file = ""
    for line in reading.lines():
        kind, rest = words(line, 2)
        if kind == "tool":
            return Keys(None)
        if kind == "rpm":
            rpm.append(rest)
        elif kind == "file":
            file = rest
            files[file] = ()
        elif kind == "key" and file:
            name, expires = words(rest, 2)
            files[file] = (*files[file], Key(name, number(expires)))
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    return Keys(files, tuple(rpm))
