"""k3s and rke2, which bring a containerd of their own and write its configuration anew at each start.

Of that configuration only the lines about runtimes are shown: it also holds the passwords of registries.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from checks.facts.reading import Reading, Unknown

OURS = "99-gpuwright.yaml"
"""The file of ours that tells a default runtime; `told` is what others say."""

COMMAND = rf"""
for name in k3s rke2; do
    folder=/var/lib/rancher/$name/agent/etc/containerd
    [ -d "$folder" ] || continue
    version=
    for path in /usr/local/bin /usr/bin /opt/$name/bin; do
        [ -x "$path/$name" ] || continue
        version=$(timeout -k 1 5 "$path/$name" --version 2>&1 | awk 'NR == 1 {{ print $3 }}')
        break
    done
    echo "is $name $version"
    for unit in $name $name-server $name-agent; do
        systemctl is-active -q "$unit.service" 2>/dev/null && echo "unit $unit.service"
    done
    if [ -f "$folder/config.toml" ]; then
        echo "generated $folder/config.toml"
        awk '/^ *\[/ {{ here = $0 }}
            /^ *default_runtime_name/ {{ print "default " $3 }}
            here ~ /runtimes\.["\047]?nvidia["\047]?\.options\]/ && /BinaryName/ {{ print "nvidia " $3 }}
        ' "$folder/config.toml"
    fi
    for file in "$folder"/config.toml.tmpl "$folder"/config-v3.toml.tmpl; do
        [ ! -f "$file" ] || grep -q 'template "base"' "$file" || echo "whole $file"
    done
    for file in /etc/rancher/$name/config.yaml /etc/rancher/$name/config.yaml.d/*.yaml; do
        [ ! -f "$file" ] || [ "${{file##*/}}" = {OURS} ] || sed -n 's/^default-runtime: */told /p' "$file"
    done
done | tr -d "\"'"
exit 0
"""


@dataclass(frozen=True)
class K3s:
    """One of the two. `generated` is its containerd's configuration, with the default runtime and the path of nvidia's.

    `whole` are templates of the site that take nothing from its own; `told` is the default runtime that it is told.
    """

    name: str
    version: str = ""
    unit: str = ""
    generated: str = ""
    default: str = ""
    nvidia: str = ""
    whole: tuple[str, ...] = field(default=())
    told: str = ""

    @property
    def minor(self) -> int:
        """The 30 of v1.30.4+k3s1; 0 where it could not be told."""
        parts = self.version.lstrip("v").split(".")
        return int(parts[1]) if len(parts) > 1 and parts[1].isdecimal() else 0


def parse(reading: Reading) -> tuple[K3s, ...]:
    """An `is` line for each, and below it what belongs to it."""
    found: list[dict[str, list[str]]] = []
    for line in reading.lines():
        kind, _, value = line.partition(" ")
        if kind == "is":
            found.append({kind: [value], **{each: [] for each in _KINDS}})
        elif found and kind in _KINDS:
            found[-1][kind].append(value)
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    return tuple(map(_one, found))


_KINDS = ("unit", "generated", "default", "nvidia", "told", "whole")


def _one(found: dict[str, list[str]]) -> K3s:
    name, _, version = found["is"][0].partition(" ")
    unit, generated, default, nvidia, told = ((found[kind] or [""])[-1] for kind in _KINDS[:5])
    return K3s(name, version, unit, generated, default, nvidia, tuple(found["whole"]), told)
