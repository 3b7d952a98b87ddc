"""Whether a container sees the GPUs: asked only on demand, since it makes an image and starts a container.

The image is made on the host from the host's own files (a shell and the libraries it needs), so that the test works
where no registry can be reached; it is removed again. The driver comes in by the volume, as it does for real work.
"""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.reading import NOT_ASKED, Reading, Unknown

IMAGE = "gpuwright/test"
WRAPPED = "through nvidia-docker:"
"""What stands before the answer of the second container, which nvidia-docker 1.x was asked for."""

COMMAND = f"""
[ -d /sys/module/nvidia ] || {{ echo "the driver is not loaded"; exit {NOT_ASKED}; }}
systemctl is-active -q docker.service || {{ echo "docker is not running"; exit {NOT_ASKED}; }}
read -r version </sys/module/nvidia/version
volume=nvidia_driver_$version
timeout -k 1 10 docker volume inspect "$volume" >/dev/null 2>&1 || {{ echo "no volume $volume"; exit {NOT_ASKED}; }}
d=$(mktemp -d /var/tmp/gpuwright.XXXXXXXX) || exit 73
image={IMAGE}:$$
trap 'timeout -k 1 20 docker image rm -f "$image" >/dev/null 2>&1; rm -rf "$d"' EXIT
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
tar -C "$d" -c . | timeout -k 1 60 docker import -c "$label" - "$image" >/dev/null || exit 1
set -- --rm --network none --volume "$volume:/usr/local/nvidia:ro"
for node in /dev/nvidiactl /dev/nvidia-uvm /dev/nvidia-uvm-tools /dev/nvidia[0-9]*; do
    [ -c "$node" ] && set -- "$@" --device "$node"
done
set -- "$@" --env PATH=/usr/local/nvidia/bin:/bin --env LD_LIBRARY_PATH=/usr/local/nvidia/lib64
timeout -k 1 60 docker run "$@" "$image" nvidia-smi -L 2>&1 || exit
if command -v nvidia-docker >/dev/null; then
    echo "{WRAPPED}"
    set -- --env PATH=/usr/local/nvidia/bin:/bin --env LD_LIBRARY_PATH=/usr/local/nvidia/lib64
    timeout -k 1 60 nvidia-docker run --rm --network none "$@" "$image" nvidia-smi -L 2>&1
fi
"""


@dataclass(frozen=True)
class Container:
    """What `nvidia-smi -L` printed in a container, and its exit status (None: docker did not end in time).

    `wrapped` is what it printed in one that nvidia-docker 1.x started; None where there is none, or it was not reached.
    """

    status: int | None
    text: str
    not_asked: str
    wrapped: str | None = None

    @property
    def gpus(self) -> tuple[str, ...]:
        """The lines that name a GPU."""
        return _gpus(self.text)

    @property
    def wrapped_gpus(self) -> tuple[str, ...]:
        """Those of the container that nvidia-docker started."""
        return _gpus(self.wrapped or "")


def _gpus(text: str) -> tuple[str, ...]:
    return tuple(line for line in text.splitlines() if line.startswith("GPU "))


def parse(reading: Reading) -> Container:
    """Every exit status is an answer."""
    text = reading.text.strip()
    if reading.status == NOT_ASKED:
        return Container(None, "", text or "no reason given")
    if reading.cut:
        raise Unknown("the answer is longer than the probe keeps")
    plain, marker, wrapped = text.partition(WRAPPED)
    return Container(reading.status, plain.strip(), "", wrapped.strip() if marker else None)
