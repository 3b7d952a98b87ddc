"""CDI specs: which devices their files define, and what they name that is not on this host.

Specs are YAML or JSON of many lines, so the host looks for the paths itself and sends only what is missing.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field

from checks.facts.reading import Reading, Unknown

ETC, MEMORY = "/etc/cdi", "/var/run/cdi"
"""The folders of specs; of two files that define one device the one in the later folder counts."""

COMMAND = r"""
for unit in /etc/systemd/system /usr/lib/systemd/system /lib/systemd/system; do
    [ -d /run/systemd/system ] && [ -e "$unit/nvidia-cdi-refresh.service" ] || continue
    for name in path service; do
        echo "refresh $name $(systemctl is-enabled "nvidia-cdi-refresh.$name" 2>/dev/null)"
    done
    break
done
for file in /etc/cdi/*.yaml /etc/cdi/*.json /var/run/cdi/*.yaml /var/run/cdi/*.json; do
    [ -f "$file" ] || continue
    echo "spec $file"
    # JSON becomes one field a line, as YAML is.
    tr ',{}[]' '\n\n\n\n\n' <"$file" |
        sed -nE "s/^[[:space:]-]*\"?(kind|name|path|hostPath)\"?: *[\"']?([^\"' ]*)[\"']?\r? *$/\1 \2/p" |
        sort -u | while read -r key value; do
        case $key:$value in
        kind:*) echo "kind $value" ;;
        name:*=*) ;; # a variable of the environment
        name:*) echo "name $value" ;;
        hostPath:/*)
            [ -e "$value" ] || echo "missing $value"
            case $value in
            */libcuda.so.* | */libnvidia-ml.so.*) echo "library $value" ;;
            */dev/nvidia*) elsewhere=1 ;; # then path is what the node is called in the container
            esac
            ;;
        path:/dev/*) [ -n "$elsewhere" ] || [ -e "$value" ] || echo "missing $value" ;;
        path:*/nvidia-cdi-hook | path:*/nvidia-ctk) [ -e "$value" ] || echo "missing $value" ;;
        esac
    done
done
exit 0
"""

_VERSION = re.compile(r"\.so\.(\d+(?:\.\d+)+)$")


@dataclass(frozen=True)
class Spec:
    """One file: the kind of its devices, their names, the driver library it mounts, and paths that are not there."""

    path: str
    kind: str = ""
    names: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """Where it lies; of two files in different folders the later folder wins, in one folder neither counts."""
        return posixpath.dirname(self.path)

    @property
    def versions(self) -> tuple[str, ...]:
        """The driver versions of the libraries that it mounts."""
        return tuple(sorted({match[1] for match in map(_VERSION.search, self.libraries) if match}))

    @property
    def devices(self) -> tuple[str, ...]:
        """The full names: nvidia.com/gpu=0."""
        return tuple(f"{self.kind}={name}" for name in self.names)


@dataclass(frozen=True)
class Cdi:
    """All specs; `refresh` has the units of nvidia-cdi-refresh by their suffix, where they are: enabled, disabled."""

    specs: tuple[Spec, ...] = field(default=())

    refresh: dict[str, str] = field(default_factory=dict)

    @property
    def refreshes(self) -> bool:
        """Whether the toolkit makes a spec in memory at each boot and after each change of the driver."""
        return self.refresh == {"path": "enabled", "service": "enabled"}

    @property
    def gpus(self) -> tuple[Spec, ...]:
        """Those that define GPUs of NVIDIA."""
        return tuple(spec for spec in self.specs if spec.kind == "nvidia.com/gpu")


def parse(reading: Reading) -> Cdi:
    """`spec` lines, each with the lines that belong to it."""
    specs: list[dict[str, list[str]]] = []
    refresh: dict[str, str] = {}
    for line in reading.lines():
        kind, _, value = line.partition(" ")
        if kind == "refresh":
            unit, _, state = value.partition(" ")
            refresh[unit] = state
        elif kind == "spec":
            specs.append({"spec": [value], "kind": [], "name": [], "missing": [], "library": []})
        elif specs and kind in specs[-1]:
            specs[-1][kind].append(value)
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    return Cdi(
        tuple(
            Spec(s["spec"][0], "".join(s["kind"][:1]), tuple(s["name"]), tuple(s["missing"]), tuple(s["library"]))
            for s in specs
        ),
        refresh,
    )
