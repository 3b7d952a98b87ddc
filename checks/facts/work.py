"""What is at work on the host: who holds the GPUs, jobs and pods, logged-in users, and a shutdown that is scheduled.

By looking only: the links in /proc/PID/fd, and never /proc/PID/maps or cmdline, which hang with a process that is stuck
in the kernel. Only root sees the links of others, so without root holders are unknown where there is a node to hold.
Sessions come from who(1), which knows the terminals of sshd (Debian 13's writes `sshd` before them), and
from /run/systemd/sessions, which knows the displays; one without either (ours, scp) is nobody at work. A scheduled
shutdown is in /run/systemd/shutdown/scheduled (systemd-logind). Control groups name what a process belongs to: Slurm's
(v1 and v2), the kubelet's kubepods, docker's, containerd's and podman's scopes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, number, words

COMMAND = r"""
set -- -lname '/dev/nvidia*'
there=
for node in /dev/nvidia*; do [ -c "$node" ] && there=yes; done
for card in /sys/class/drm/card[0-9]* /sys/class/drm/renderD*; do
    read -r vendor 2>/dev/null <"$card/device/vendor" || continue
    [ "$vendor" = 0x10de ] || continue
    there=yes
    set -- "$@" -o -lname "/dev/dri/${card##*/}"
done
if [ -z "$there" ]; then
    echo "holders none"
elif [ "$(id -u)" != 0 ]; then
    echo "holders only root can see who holds the GPUs"
else
    # find's own standard input is found too: it shows that find could look at all.
    find /proc/self/fd /proc/[0-9]*/fd -maxdepth 1 \( "$@" -o -path /proc/self/fd/0 \) -printf '%h %l\n' 2>/dev/null |
        awk '
            { split($1, part, "/"); pid = part[3]; if (pid == "self") { looked = 1; next }
              sub(/^[^ ]* /, ""); gpu = ""
              if ($0 ~ /^\/dev\/nvidia[0-9]+$/) gpu = substr($0, 12)
              if (!(pid in gpus)) gpus[pid] = ""
              if (gpu != "" && !index(gpus[pid] ",", "," gpu ",")) gpus[pid] = gpus[pid] "," gpu }
            END {
              if (!looked) exit 1
              print "holders read"
              while ((getline line <"/etc/passwd") > 0) { split(line, field, ":"); name[field[3]] = field[1] }
              for (pid in gpus) {
                command = uid = groups = ""
                while ((getline line <("/proc/" pid "/status")) > 0) {
                  if (line ~ /^Name:/) command = substr(line, 7)
                  if (line ~ /^Uid:/) { split(line, field, "\t"); uid = field[2] }
                }
                close("/proc/" pid "/status")
                while ((getline line <("/proc/" pid "/cgroup")) > 0) {
                  sub(/^[^:]*:[^:]*:/, "", line); gsub(/ /, "_", line)
                  if (line != "/" && !index(groups "|", "|" line "|")) groups = groups "|" line
                }
                close("/proc/" pid "/cgroup")
                if (command == "") continue
                print "holder", pid, (uid in name ? name[uid] : uid), (gpus[pid] == "" ? "," : gpus[pid]),
                  (groups == "" ? "|" : groups), command
              }
            }' || echo "holders find or awk cannot read /proc"
fi
for job in /sys/fs/cgroup/system.slice/*slurmstepd.scope/job_* /sys/fs/cgroup/*/slurm*/uid_*/job_*; do
    [ ! -d "$job" ] || echo "job ${job##*/job_}"
done
for pod in /sys/fs/cgroup/kubepods*/*pod[0-9a-f]* /sys/fs/cgroup/kubepods*/*/*pod[0-9a-f]* \
    /sys/fs/cgroup/memory/kubepods*/*/*pod[0-9a-f]*; do
    [ -d "$pod" ] || continue
    pod=${pod##*pod}
    echo "pod ${pod%.slice}"
done
# By getline and not as awk's own files: a session ending meanwhile is no error. The pipes beside them are not opened.
for session in /run/systemd/sessions/*; do [ ! -f "$session" ] || echo "$session"; done | awk '
    { user = tty = type = class = from = ""
      while ((getline line <$0) > 0) {
        value = line; sub(/^[^=]*=/, "", value); sub(/=.*/, "", line)
        if (line == "USER") user = value
        if (line == "TTY") tty = value
        if (line == "TYPE") type = value
        if (line == "CLASS") class = value
        if (line == "REMOTE_HOST") from = value
      }
      close($0)
      if (class == "user" && (tty != "" || type ~ /^(x11|wayland|mir)$/))
        print "session", user, (tty == "" ? type : tty), (from == "" ? "-" : from) }'
who 2>/dev/null | sed -nE 's/^([^ ]+) +(sshd +)?((pts\/|tty|hvc|console|:)[^ ]*) .*\(([^ ]+)\)$/session \1 \3 \5/p; t
    s/^([^ ]+) +(sshd +)?((pts\/|tty|hvc|console|:)[^ ]*) .*/session \1 \3 -/p'
sed -n 's/^MODE=/shutdown /p' /run/systemd/shutdown/scheduled 2>/dev/null
exit 0
"""

_SERVICES = frozenset(
    (
        *("nvidia-persiste", "nvidia-powerd", "nvidia-gridd", "nvidia-sleep.sh"),
        *("nv-hostengine", "dcgm-exporter", "dcgm", "nv-fabricmanage", "nvlsm", "nvidia-imex"),
        *("systemd-logind", "nvidia-device-p", "gpu-feature-dis"),
    )
)
"""Commands, as the kernel cuts them to 15 characters, that hold GPUs by being there: no work is lost with them."""

_GRAPHICAL = frozenset(("Xorg", "X", "Xwayland", "gnome-shell", "kwin_wayland", "kwin_x11", "weston", "sway", "sddm"))

_CONTAINER = re.compile(r"(?:docker|containerd|crio|libpod|nerdctl|buildkit)[-/:](?:[^/]*[-:])?([0-9a-f]{12,64})")
_JOB = re.compile(r"slurm[^/]*/(?:.*/)?job_(\d+)")
_POD = re.compile(r"pod([0-9a-f]{8}[-_0-9a-f]{4,})")


@dataclass(frozen=True)
class Holder:
    """A process that has a GPU open: `gpus` are the numbers of its nodes, `groups` its control groups."""

    pid: int
    user: str
    command: str
    gpus: tuple[int, ...]
    groups: tuple[str, ...]

    @property
    def is_service(self) -> bool:
        """A daemon that watches over the GPUs; no work of anybody."""
        return self.command in _SERVICES

    @property
    def container(self) -> str:
        """The id of the container that it runs in; empty outside."""
        return self._in(_CONTAINER)

    @property
    def belongs_to(self) -> str:
        """What it is part of, in words; empty for a plain process."""
        if job := self._in(_JOB):
            return f"Slurm job {job}"
        if pod := self._in(_POD):
            return f"pod {pod.replace('_', '-')}"
        if self.container:
            return f"container {self.container[:12]}"
        return "a graphical session" if self.command in _GRAPHICAL else ""

    def _in(self, pattern: re.Pattern[str]) -> str:
        return next((found[1] for group in self.groups if (found := pattern.search(group))), "")


@dataclass(frozen=True)
class Session:
    """Somebody who is logged in, on which terminal or display, and from where (empty: here)."""

    user: str
    terminal: str
    origin: str


@dataclass(frozen=True)
class Work:
    """`unread` says why holders could not be read (empty: they were). `shutdown` is what is scheduled: reboot, ..."""

    holders: tuple[Holder, ...] = ()
    unread: str = ""
    jobs: tuple[str, ...] = ()
    pods: tuple[str, ...] = ()
    sessions: tuple[Session, ...] = ()
    shutdown: str = ""

    def known(self) -> Work:
        """Itself; `Unknown` when holders could not be read."""
        if self.unread:
            raise Unknown(self.unread)
        return self


def parse(reading: Reading) -> Work:
    """Lines by their first word; exactly one says how the holders were read."""
    holders: list[Holder] = []
    found: dict[str, list[str]] = {}
    for line in reading.lines():
        kind, rest = words(line, 2)
        if kind == "holder":
            holders.append(_holder(rest))
        elif kind in ("holders", "job", "pod", "session", "shutdown"):
            found.setdefault(kind, []).append(rest)
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    if len(found.get("holders", ())) != 1:
        raise Unknown("no line about the holders of the GPUs")
    said = found["holders"][0]
    return Work(
        tuple(sorted(holders, key=lambda holder: holder.pid)),
        "" if said in ("read", "none") else said,
        tuple(dict.fromkeys(found.get("job", ()))),
        tuple(dict.fromkeys(pod.replace("_", "-") for pod in found.get("pod", ()))),
        _sessions(found.get("session", ())),
        (found.get("shutdown") or [""])[0],
    )


def _holder(text: str) -> Holder:
    pid, user, gpus, groups, command = words(text, 5)
    numbers = tuple(sorted(number(gpu) for gpu in gpus.split(",") if gpu))
    return Holder(number(pid), user, command, numbers, tuple(group for group in groups.split("|") if group))


def _sessions(lines: list[str] | tuple[str, ...]) -> tuple[Session, ...]:
    """One for each user and terminal: logind and who(1) tell of the same ones."""
    sessions: dict[tuple[str, str], Session] = {}
    for line in lines:
        user, terminal, origin = words(line, 3)
        sessions.setdefault((user, terminal), Session(user, terminal, "" if origin == "-" else origin))
    return tuple(sessions.values())
