"""Whether a container sees the GPUs: asked only on demand, since it makes an image and starts containers.

Docker's ways are tried where it is up, Podman's where it takes GPUs by CDI and a specification defines some.

The image is made on the host from the host's own files (a shell and the libraries it needs), so that the test works
where no registry can be reached; it is removed again. The driver comes in by every way that this host has, as it does
for real work: the toolkit's runtime, CDI, docker's --gpus, the driver volume, nvidia-docker 1.x.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from checks.facts.reading import NOT_ASKED, Reading, Unknown

IMAGE = "gpuwright/test"
RUNTIME, CDI, GPUS, VOLUME, WRAPPED = "the runtime nvidia", "CDI", "--gpus", "the driver volume", "nvidia-docker"
PODMAN = "Podman's CDI"
"""The ways into a container, as they stand before the answer of each."""

# --gpus is docker's hook, which the runtime's own way is preferred to (--gpus loses its GPUs at a reload of systemd).
COMMAND = f"""
[ -d /sys/module/nvidia ] || {{ echo "the driver is not loaded"; exit {NOT_ASKED}; }}
spec() {{ grep -qs nvidia.com/gpu /etc/cdi/*.yaml /etc/cdi/*.json /var/run/cdi/*.yaml /var/run/cdi/*.json; }}
podman= engines=
case $(command -v podman >/dev/null && timeout -k 1 10 podman --version) in
"" | *" "[0-3].* | *" 4.0"*) ;;
*) ! spec || podman=podman ;;
esac
if systemctl is-active -q docker.service; then
    engines=docker
elif [ -z "$podman" ]; then
    echo "docker is not running, and there is no Podman that takes GPUs by CDI, or no CDI spec for it"
    exit {NOT_ASKED}
fi
ask() {{ [ -n "$engines" ] && timeout -k 1 10 docker "$@" 2>/dev/null; }}
read -r version </sys/module/nvidia/version
volume=nvidia_driver_$version ways=
case "$(ask info --format '{{{{range $name, $_ := .Runtimes}}}} {{{{$name}}}} {{{{end}}}}')" in
*" nvidia "*) ways=runtime ;;
esac
case $(ask info --format '{{{{json .CDISpecDirs}}}}') in
*/*) ! spec || ways="$ways cdi" ;;
esac
[ -n "$ways" ] || [ -z "$engines" ] || ! command -v nvidia-container-runtime-hook >/dev/null || ways=gpus
! ask volume inspect "$volume" >/dev/null || ways="$ways volume"
[ -n "$ways" ] || engines=
[ -n "$ways$podman" ] || {{ echo "docker has no runtime nvidia, no CDI, and no volume $volume"; exit {NOT_ASKED}; }}
d=$(mktemp -d /var/tmp/gpuwright.XXXXXXXX) || exit 73
image={IMAGE}:$$
engines="$engines $podman"
trap 'for engine in $engines; do timeout -k 1 20 "$engine" image rm -f "$image" >/dev/null 2>&1; done; rm -rf "$d"' EXIT
smi=$(readlink -f "$(command -v nvidia-smi)")
# The loader and the C library; the driver's own files come from the volume.
ldd "$(command -v sh)" "$smi" 2>/dev/null | grep -o '/[^ :()]*' | grep -v -e "^$smi" -e libnvidia | sort -u >"$d/files"
while read -r file; do
    mkdir -p "$d${{file%/*}}"
    cp -L "$file" "$d$file" 2>/dev/null
done <"$d/files"
rm "$d/files"
for file in $(ldconfig -p | sed -nE 's/.*(libdl|libpthread|librt|libm|libc)\\.so\\.[0-9]+ .*=> //p'); do
    mkdir -p "$d${{file%/*}}"
    cp -L "$file" "$d$file"
done
mkdir -p "$d/bin"
cp -L "$(command -v sh)" "$d/bin/sh"
label="LABEL com.nvidia.volumes.needed=nvidia_driver" # by which nvidia-docker 1.x knows its images
for engine in $engines; do
    said=$(tar -C "$d" -c . | timeout -k 1 60 "$engine" import -c "$label" - "$image" 2>&1) || {{
        echo "$engine: $said"
        exit 1
    }}
done
status=0
smi() {{ # WAY FLAG...: what nvidia-smi lists in a container that was started so
    echo "through $1:"
    shift
    timeout -k 1 60 "$@" "$image" nvidia-smi -L 2>&1 || status=$?
}}
set -- docker run --rm --network none
inside="--env PATH=/usr/local/nvidia/bin:/bin --env LD_LIBRARY_PATH=/usr/local/nvidia/lib64"
case " $ways " in *" runtime "*)
    smi "{RUNTIME}" "$@" --runtime nvidia --env NVIDIA_VISIBLE_DEVICES=all --env NVIDIA_DRIVER_CAPABILITIES=all ;;
esac
case " $ways " in *" cdi "*) smi "{CDI}" "$@" --device nvidia.com/gpu=all ;; esac
case " $ways " in *" gpus "*) smi "{GPUS}" "$@" --gpus all --env NVIDIA_DRIVER_CAPABILITIES=all ;; esac
case " $ways " in *" volume "*)
    set -- "$@" --volume "$volume:/usr/local/nvidia:ro"
    for node in /dev/nvidiactl /dev/nvidia-uvm /dev/nvidia-uvm-tools /dev/nvidia[0-9]*; do
        [ -c "$node" ] && set -- "$@" --device "$node"
    done
    # shellcheck disable=SC2086 # its words
    smi "{VOLUME}" "$@" $inside
    # shellcheck disable=SC2086
    ! command -v nvidia-docker >/dev/null || smi "{WRAPPED}" nvidia-docker run --rm --network none $inside ;;
esac
[ -z "$podman" ] || smi "{PODMAN}" podman run --rm --pull never --network none --device nvidia.com/gpu=all
exit $status
"""

_MARK = re.compile(r"^through (.+):$", re.MULTILINE)


@dataclass(frozen=True)
class Answer:
    """What `nvidia-smi -L` printed in a container that got its GPUs by one way."""

    way: str
    text: str

    @property
    def gpus(self) -> tuple[str, ...]:
        """The lines that name a GPU."""
        return tuple(line for line in self.text.splitlines() if line.startswith("GPU "))


@dataclass(frozen=True)
class Container:
    """The answers, way by way, and the last exit status that was not 0 (None: docker did not end in time)."""

    status: int | None
    answers: tuple[Answer, ...]
    not_asked: str = ""


def parse(reading: Reading) -> Container:
    """Every exit status is an answer; an older probe did not say of the first answer that it came by the volume."""
    text = reading.text.strip()
    if reading.status == NOT_ASKED:
        return Container(None, (), text or "no reason given")
    if reading.cut:
        raise Unknown("the answer is longer than the probe keeps")
    first, *rest = _MARK.split(text)
    found = [Answer(rest[at], rest[at + 1].strip()) for at in range(0, len(rest), 2)]
    unmarked = first.strip() or not any(each.way != WRAPPED for each in found)
    return Container(reading.status, (*([Answer(VOLUME, first.strip())] if unmarked else []), *found))
