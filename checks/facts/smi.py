"""What nvidia-smi says of the GPUs: an active topic.

nvidia-smi loads modules and makes device nodes, so it is asked only where both are there already, and never while an
older one is stuck in the kernel: each further one would be stuck too, and would need a reboot to go away.

Asked is `-q`, the text for people: driver 375 had it, and 610 has. A field that a driver does not know is just absent
from it, where --query-gpu refuses the whole question (status 2) for one unknown name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from checks.facts import query
from checks.facts.query import Gpu
from checks.facts.reading import NOT_ASKED, Reading, Unknown, number

STUCK_AFTER = 5
"""Seconds in uninterruptible sleep after which an nvidia-smi counts as stuck."""

GATE = f"""
read -r up _ </proc/uptime
for process in /proc/[0-9]*; do
    {{ read -r comm <"$process/comm"; }} 2>/dev/null || continue
    [ "$comm" = nvidia-smi ] || continue
    {{ read -r stat <"$process/stat"; }} 2>/dev/null || continue
    set -- ${{stat##*) }}
    shift 19 2>/dev/null || continue
    age=$((${{up%.*}} - $1 / $(getconf CLK_TCK 2>/dev/null || echo 100)))
    state=${{stat##*) }}
    [ "${{state%% *}}" = D ] && [ "$age" -ge {STUCK_AFTER} ] && stuck="$stuck ${{process#/proc/}}"
done
if [ -n "$stuck" ]; then
    echo "stuck$stuck"
    exit {NOT_ASKED}
fi
[ -d /sys/module/nvidia ] || {{ echo "reason the driver is not loaded"; exit {NOT_ASKED}; }}
count=0
for device in /sys/bus/pci/drivers/nvidia/*:*; do [ -e "$device" ] && count=$((count + 1)); done
while [ "$count" -gt 0 ]; do
    count=$((count - 1))
    [ -c "/dev/nvidia$count" ] || {{ echo "reason it would make /dev/nvidia$count"; exit {NOT_ASKED}; }}
done
[ -c /dev/nvidiactl ] || {{ echo "reason it would make /dev/nvidiactl"; exit {NOT_ASKED}; }}
command -v nvidia-smi >/dev/null || {{ echo "nvidia-smi: not found"; exit 127; }}
"""
"""sh that ends a topic where asking nvidia-smi would change the host or join one that is stuck."""

COMMAND = f"""{GATE}
nvidia-smi -q >"${{topic:-$0}}.q" 2>&1 &
echo "pid $!"
wait "$!"
status=$?
{query.FILTER} "${{topic:-$0}}.q"
exit "$status"
"""

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class Smi:
    """Its exit status (None: it did not end), what it printed, the GPUs it listed, and the process ids that are stuck.

    `not_asked` says why it was not run; it is empty when it was.
    """

    status: int | None
    text: str
    gpus: tuple[Gpu, ...]
    stuck: tuple[int, ...]
    not_asked: str

    @property
    def answering(self) -> tuple[Gpu, ...]:
        """The GPUs that the driver reaches; `Unknown` where nvidia-smi did not answer."""
        if self.status != 0:
            raise Unknown(f"nvidia-smi did not answer: {self.not_asked or f'status {self.status}'}")
        return tuple(gpu for gpu in self.gpus if not gpu.error)

    def unreported(self, what: str) -> str:
        """The words for a field that no GPU reports."""
        if not self.gpus:
            return "not applicable: no GPU is listed"
        return f"not applicable: driver {self.gpus[0].driver} does not report {what} for these GPUs"


def parse(reading: Reading) -> Smi:
    """Every exit status is an answer here: what nvidia-smi cannot do is what a check wants to know."""
    lines = plain(reading.text).splitlines()
    if reading.status == NOT_ASKED:
        kind, _, rest = (lines[0] if lines else "reason not said").partition(" ")
        if kind == "stuck":
            return Smi(None, "", (), tuple(number(pid) for pid in rest.split()), "an earlier one is stuck")
        return Smi(None, "", (), (), rest)
    pids = tuple(number(line.removeprefix("pid ")) for line in lines if line.startswith("pid "))
    body = [line for line in lines if line.strip() and not line.startswith("pid ")]
    text = "\n".join(body)
    if reading.status is None:
        return Smi(None, text, (), pids, "")
    if reading.cut:
        raise Unknown("the answer is longer than the probe keeps")
    return Smi(reading.status, text, _gpus(body) if reading.status == 0 else (), (), "")


def plain(text: str) -> str:
    """The text without colours and control characters, which a wrapper or a broken terminal may have put in."""
    return _ANSI.sub("", text.replace("\r\n", "\n"))


def _gpus(body: list[str]) -> tuple[Gpu, ...]:
    try:
        return query.parse(body)
    except Unknown as why:
        raise Unknown(f"{why}: {' '.join(body)[:120]!r}") from None
