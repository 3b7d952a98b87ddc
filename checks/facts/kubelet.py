"""The kubelet: its version, flags from every place they can live, and what it says of this node's GPUs.

The environment files and the configuration file that its unit names are shown too, each with its checksum.

Asked only where a kubelet is. kubectl is run with the kubelet's own credentials, which may read its node and its pods.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from checks.facts.answers import GET
from checks.facts.reading import NEEDS_ROOT, Reading, Unknown, words
from checks.facts.shown import SHOW, exact, take

CONFIG = "/var/lib/kubelet/config.yaml"
PLACES = (
    "/var/lib/kubelet/kubeadm-flags.env",
    "/etc/default/kubelet",
    "/etc/sysconfig/kubelet",
    "/etc/kubernetes/kubelet",
    "/etc/kubernetes/config",
    "/etc/systemd/system/kubelet.service",
    "/etc/systemd/system/kubelet.service.d/*.conf",
    "/run/systemd/system/kubelet.service.d/*.conf",
    "/usr/lib/systemd/system/kubelet.service",
    "/usr/lib/systemd/system/kubelet.service.d/*.conf",
)
"""Where flags live: kubeadm's, the packages' of Debian and Red Hat, of 2017, and those of a unit by hand."""

SOCKETS = ("/run/containerd/containerd.sock", "/run/crio/crio.sock", "/run/cri-dockerd.sock", "/run/dockershim.sock")
GPU, OLD_GPU = "nvidia.com/gpu", "alpha.kubernetes.io/nvidia-gpu"

_NODE = (
    r'{{range $k, $v := .metadata.labels}}label {{$k}} {{$v}}{{"\n"}}{{end}}'
    r'{{range $k, $v := .status.capacity}}capacity {{$k}} {{$v}}{{"\n"}}{{end}}'
    r'{{range $k, $v := .status.allocatable}}allocatable {{$k}} {{$v}}{{"\n"}}{{end}}'
)
_PODS = (
    r"{{range .items}}{{$n := .metadata.name}}{{range .spec.containers}}"
    r'{{range $k, $v := .resources.limits}}pod {{$n}} {{$k}}{{"\n"}}{{end}}{{end}}{{end}}'
)
_CLASSES = r'{{range .items}}class {{.metadata.name}} {{.handler}}{{"\n"}}{{end}}'

COMMAND = rf"""
command -v kubelet >/dev/null || [ -e /etc/systemd/system/kubelet.service ] ||
    [ -e /usr/lib/systemd/system/kubelet.service ] || [ -e /lib/systemd/system/kubelet.service ] || exit 0
[ "$(id -u)" = 0 ] || {{ echo "the kubelet's files and its journal only root may read"; exit {NEEDS_ROOT}; }}
echo present
started=$(systemctl show -p ExecStart kubelet.service 2>/dev/null | sed -n 's/.*path=\([^ ;]*\).*/\1/p' | tail -n 1)
case $started in
*/hyperkube) started="$started kubelet" ;;
*/kubelet) ;;
*) started=kubelet ;;
esac
command -v "${{started%% *}}" >/dev/null && timeout -k 1 5 $started --version 2>&1 | sed -n '1s/^/version /p'
systemctl show -p ActiveState -p SubState -p NRestarts -p MainPID kubelet.service 2>/dev/null | sed 's/^/unit /'
pid=$(systemctl show -p MainPID kubelet.service 2>/dev/null)
pid=${{pid#MainPID=}}
[ "${{pid:-0}}" = 0 ] || {{ tr '\0' '\n' <"/proc/$pid/cmdline"; }} 2>/dev/null | sed -n '1d; s/^/arg /p'
{SHOW}{GET}
set -- {CONFIG} {" ".join(PLACES)}
[ -L /lib ] || set -- "$@" /lib/systemd/system/kubelet.service /lib/systemd/system/kubelet.service.d/*.conf
for f in $(systemctl show -p EnvironmentFiles -p ExecStart kubelet.service 2>/dev/null |
    sed -n 's/^EnvironmentFiles=\([^ ]*\).*/\1/p; s/.* --config[= ]\([^ ;]*\).*/\1/p'); do
    case " $* " in *" $f "*) ;; *) set -- "$@" "$f" ;; esac
done
show "$@"
sha256sum "$@" 2>/dev/null | sed 's/^\([0-9a-f]*\) [ *]/sum \1 /'
for f; do [ ! -f "$f" ] || [ -r "$f" ] || echo "unread $f"; done
sed -n '1d; s/[[:space:]].*//; s/^/swap /p' /proc/swaps
for s in {" ".join(SOCKETS)}; do [ -S "$s" ] && echo "socket $s"; done
said=$(get 10248 /healthz | head -c 200 | tr '\n' ' ')
said=${{said% }}
echo "healthz $said"
[ "$said" = ok ] || journalctl -u kubelet.service -n 8 -o cat --no-pager 2>/dev/null | sed 's/^/journal /'
for s in /var/lib/kubelet/device-plugins/*.sock; do [ -S "$s" ] && echo "plugin ${{s##*/}}"; done
f=/var/lib/kubelet/device-plugins/kubelet_internal_checkpoint
[ -f "$f" ] && echo "checkpoint $(tr -d '\n' <"$f")"
grep -rl {OLD_GPU} /etc/kubernetes/manifests 2>/dev/null | sed 's/^/manifest /'
for f in /var/log/pods/*nvidia-device-plugin*/*/*.log; do [ -e "$f" ] && tail -n 15 "$f"; done | sed 's/^/log /'
conf=/etc/kubernetes/kubelet.conf
if [ "$said" = ok ] && [ -r "$conf" ] && command -v kubectl >/dev/null; then
    name=$(uname -n | tr '[:upper:]' '[:lower:]')
    ask() {{ timeout -k 1 6 kubectl --kubeconfig "$conf" --request-timeout=5s get "$@" 2>/dev/null; }}
    ask node "$name" -o go-template='{_NODE}' | grep nvidia
    ask runtimeclass -o go-template='{_CLASSES}' && echo classes
    ask pods -A --field-selector "spec.nodeName=$name" -o go-template='{_PODS}' | grep nvidia
    echo asked
fi
exit 0
"""

_FLAG = r"--{}(?:=|\s+)[\"']?([^\s\"']+)"


@dataclass(frozen=True)
class Kubelet:
    """`args` are the running kubelet's, `texts` the files by path, `registered` the devices of the checkpoint.

    `sums` are the sha256 of the files, `unread` those that could not be read. `capacity`, `allocatable` and `labels`
    are of this node, for GPUs, where `asked` says that the cluster answered. `classes` are its runtime classes, name to
    handler; None where it was not asked, or knows none (before 1.14).
    """

    present: bool = False
    version: str = ""
    unit: dict[str, str] = field(default_factory=dict)
    args: tuple[str, ...] = ()
    texts: dict[str, str] = field(default_factory=dict)
    swap: tuple[str, ...] = ()
    sockets: tuple[str, ...] = ()
    healthz: str = ""
    journal: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    registered: dict[str, tuple[str, ...]] = field(default_factory=dict)
    manifests: tuple[str, ...] = ()
    log: tuple[str, ...] = ()
    asked: bool = False
    capacity: dict[str, str] = field(default_factory=dict)
    allocatable: dict[str, str] = field(default_factory=dict)
    pods: tuple[tuple[str, str], ...] = ()
    sums: dict[str, str] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    classes: dict[str, str] | None = None

    def exact(self, path: str) -> str | None:
        """A file's text to the byte; None where that is not known."""
        return exact(self.texts[path], self.sums.get(path, ""))

    @property
    def minor(self) -> int:
        """The 28 of v1.28.3; 0 where it could not be told."""
        match = re.search(r"v1\.(\d+)", self.version)
        return int(match[1]) if match else 0

    @property
    def active(self) -> bool:
        """What systemd says."""
        return self.unit.get("ActiveState") == "active"

    def flag(self, name: str) -> str:
        """The last value of a flag, of the running kubelet or of the files that the next start reads."""
        found = [value for _, value in self._flags(name)]
        return found[-1] if found else ""

    def _flags(self, name: str) -> Iterator[tuple[str, str]]:
        for place, text in self._sources:
            yield from ((place, value) for value in re.findall(_FLAG.format(name), text))

    @property
    def _sources(self) -> Iterator[tuple[str, str]]:
        if self.args:
            for i in range(len(self.args)):
                pair = self.args[i : i + 2]
                yield self._place(pair), " ".join(pair)
            return
        for path, text in self.texts.items():
            if path != CONFIG:
                yield path, "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))

    def _place(self, pair: tuple[str, ...]) -> str:
        """The file that a flag of the running kubelet comes from, where one has its text."""
        value = pair[0].partition("=")[2] or pair[-1]
        named = (path for path, text in self.texts.items() if path != CONFIG and value and value in text)
        return next(named, "the running kubelet's flags")

    def setting(self, key: str) -> str:
        """A top-level value of its configuration file; empty where it is not set."""
        match = re.search(rf"^{key}:\s*[\"']?([^\s\"'#]+)", self.texts.get(CONFIG, ""), re.MULTILINE)
        return match[1] if match else ""

    @property
    def gates(self) -> dict[str, tuple[str, str]]:
        """The feature gates that are set: value and place; a flag counts more than the file."""
        block = re.search(r"^featureGates:[ \t]*\n((?:[ \t]+.*\n?)*)", self.texts.get(CONFIG, ""), re.MULTILINE)
        found = {
            name: (value.lower(), CONFIG)
            for name, value in re.findall(r"^[ \t]+(\w+):\s*[\"']?(\w+)", block[1] if block else "", re.MULTILINE)
        }
        for place, value in self._flags("feature-gates"):
            for pair in value.split(","):
                name, _, on = pair.partition("=")
                found[name.strip()] = (on.strip().lower(), place)
        return found

    @property
    def endpoint(self) -> str:
        """The path of the container runtime's socket; empty where docker is asked directly, as kubelet did to 1.23."""
        said = self.flag("container-runtime-endpoint") or self.setting("containerRuntimeEndpoint")
        default = SOCKETS[0] if self.minor >= 24 else ""
        return (said.removeprefix("unix://") or default).replace("/var/run/", "/run/")

    @property
    def cgroup_driver(self) -> str:
        """How it makes control groups."""
        return self.flag("cgroup-driver") or self.setting("cgroupDriver") or "cgroupfs"

    @property
    def tolerates_swap(self) -> bool:
        """Whether it was told to start with swap on."""
        return "false" in (self.flag("fail-swap-on"), self.setting("failSwapOn"))


def parse(reading: Reading) -> Kubelet:
    """Lines by their first word, and the shown files; nothing at all where there is no kubelet."""
    texts, rest = take(reading.lines())
    found: dict[str, list[str]] = {}
    for line in rest:
        kind, _, value = line.partition(" ")
        if kind not in _KINDS:
            raise Unknown(f"unexpected line {line[:80]!r}")
        found.setdefault(kind, []).append(value)
    if "present" not in found:
        return Kubelet()

    def every(kind: str) -> tuple[str, ...]:
        return tuple(found.get(kind, ()))

    def pairs(kind: str) -> dict[str, str]:
        return dict(words(line, 2) for line in every(kind))

    return Kubelet(
        present=True,
        version=" ".join(every("version")),
        unit=dict(pair.partition("=")[::2] for pair in every("unit")),
        args=every("arg"),
        texts=texts,
        swap=every("swap"),
        sockets=every("socket"),
        healthz=" ".join(every("healthz")).strip(),
        journal=every("journal"),
        plugins=every("plugin"),
        registered=_registered("".join(every("checkpoint"))),
        manifests=every("manifest"),
        log=every("log"),
        asked="asked" in found,
        capacity=pairs("capacity"),
        allocatable=pairs("allocatable"),
        sums={path: total for total, path in (words(line, 2) for line in every("sum"))},
        unread=every("unread"),
        classes=pairs("class") if "classes" in found else None,
        labels={key: value for key, _, value in (line.partition(" ") for line in every("label"))},
        pods=tuple((name, resource) for name, resource in (words(line, 2) for line in every("pod"))),
    )


_KINDS = (
    *("present", "version", "unit", "arg", "swap", "socket", "healthz", "journal", "plugin", "checkpoint", "manifest"),
    *("log", "asked", "capacity", "allocatable", "pod", "sum", "unread", "label", "class", "classes"),
)


def _registered(text: str) -> dict[str, tuple[str, ...]]:
    if not text:
        return {}
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise Unknown("the kubelet's checkpoint of device plugins is no JSON") from None
    for key in ("Data", "RegisteredDevices"):
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, dict):
        return {}
    return {str(name): tuple(map(str, ids)) for name, ids in found.items() if isinstance(ids, list)}
