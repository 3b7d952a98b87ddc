"""Whether running containers may still open the GPUs that they were given: asked only with --container.

Only the kernel knows the device rules of a control group, so a shell in the container tries to open /dev/nvidiactl.
"""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, words

COMMAND = r"""
[ -d /run/systemd/system ] && systemctl is-active -q docker.service || exit 0
for id in $(timeout -k 1 10 docker ps -q | head -n 50); do
    said=$(timeout -k 1 5 docker exec "$id" sh -c '[ -e /dev/nvidiactl ] || exit 3; : </dev/nvidiactl' 2>&1)
    case $? in
    0) state=open ;;
    3) continue ;;
    *) case $said in *"not permitted"* | *"ermission denied"*) state=lost ;; *) state=untold ;; esac ;;
    esac
    echo "$state $(timeout -k 1 5 docker inspect --format '{{.Name}}' "$id" | tr -d /)"
done
exit 0
"""


@dataclass(frozen=True)
class Inside:
    """The containers that have /dev/nvidiactl: those that can open it, that may not, and that have no shell to ask."""

    open: tuple[str, ...]
    lost: tuple[str, ...]
    untold: tuple[str, ...]


def parse(reading: Reading) -> Inside:
    """Lines of state and name."""
    found: dict[str, list[str]] = {"open": [], "lost": [], "untold": []}
    for line in reading.lines():
        state, name = words(line, 2)
        if state not in found:
            raise Unknown(f"unexpected line {line[:80]!r}")
        found[state].append(name)
    return Inside(tuple(found["open"]), tuple(found["lost"]), tuple(found["untold"]))
