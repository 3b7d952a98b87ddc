"""nvidia-docker 1.x, where the profile asks for it: its package or archive, what that sets up, and its plugin serving.

The plugin reads the driver's files once, when it starts: after a change of the driver it is started again. systemd
gives up after five starts in ten seconds, so each start begins with a reset.
"""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Iterator
from pathlib import Path

from checks.facts import Facts
from checks.facts.answers import GET
from checks.facts.nvidia_docker import DROP_IN, FOLDER, PORT, SPEC, USER
from checks.profiles import plugin
from checks.profiles.profile import Profile
from checks.profiles.sections.nvidia_docker import ReleasePackage
from provision.step import Brought, Step

RESTS_ON = ("driver", "docker", "device_nodes")
UNIT = "/etc/systemd/system/nvidia-docker.service"


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    if not plugin.mends(facts, profile):
        return
    found, installs = facts.nvidia_docker, plugin.to_install(facts, profile)
    package = plugin.package(facts, profile)
    if installs:
        yield _install(found.release, profile.nvidia_docker.version, package)
    lacks = plugin.lacks(found)
    if lacks and (found.installed or package.source.endswith(".tar.xz")):
        yield Step(
            "set up nvidia-docker's user, folder, capability and unit",
            why="; ".join(lacks),
            script=_SET_UP,
            undo=_UNDO_SET_UP,
            needs_driver=True,
        )
    extra = plugin.arguments(facts, profile)
    if extra != found.extra:
        yield Step(
            f"give the plugin the arguments {extra}" if extra else "take our arguments from the plugin",
            why="the profile asks for them" if extra else "the profile asks for none",
            script=f"put_file {DROP_IN} 644 <<'END_OF_FILE'\n{drop_in(extra)}END_OF_FILE\n{_folder(extra, profile)}",
            undo=f"undo_file {DROP_IN}\nrmdir {posixpath.dirname(DROP_IN)} 2>/dev/null || true\n",
            needs_driver=True,
        )
    yield Step(
        "start nvidia-docker's plugin",
        why=plugin.must_start(facts, profile) if not installs else "it must serve flags and volumes",
        script=_START,
        undo=_STOP,
        needs_driver=True,
        key="start nvidia-docker's plugin",
    )


def drop_in(extra: str) -> str:
    """The unit's addition that gives the plugin more arguments."""
    if not extra:
        return "# no arguments of our own\n"
    return f"[Service]\nExecStart=\nExecStart=/usr/bin/nvidia-docker-plugin -s $SOCK_DIR {extra}\n"


def _folder(extra: str, profile: Profile) -> str:
    path = profile.nvidia_docker.elsewhere
    return f"mkdir -p {path}\nchown {USER}: {path}\n" if path in extra.split() else ""


def _install(have: str, version: str, wanted: ReleasePackage) -> Step:
    name = posixpath.basename(wanted.source)
    path = f'"$RUN/files/{name}"'
    remote = "://" in wanted.source
    fetch = f"fetch_file {shlex.quote(wanted.source)} {wanted.sha256} {path}\n" if remote else ""
    packed = name.endswith(".tar.xz")
    return Step(
        f"install nvidia-docker {version} from {name}",
        why=f"nvidia-docker {have} is here" if have else "it is not installed",
        script=fetch + (_UNPACK if packed else "install_packages {path}\n").replace("{path}", path),
        undo="".join(f"undo_file {program}\n" for program in _PROGRAMS) if packed else "undo_packages\n",
        needs_driver=True,
        brings=() if remote else (Brought(name, Path(wanted.source), wanted.sha256),),
    )


_PROGRAMS = ("/usr/bin/nvidia-docker", "/usr/bin/nvidia-docker-plugin")

_UNPACK = """\
command -v xz >/dev/null || { echo "xz is missing, which unpacks the archive"; exit 1; }
mkdir -p "$RUN/$STEP.tree"
tar -C "$RUN/$STEP.tree" --strip-components=1 -xJf {path}
for program in nvidia-docker nvidia-docker-plugin; do
    put_file "/usr/bin/$program" 755 <"$RUN/$STEP.tree/$program"
done
rm -r "$RUN/$STEP.tree"
"""

_UNIT_TEXT = f"""\
[Unit]
Description=NVIDIA Docker plugin
After=local-fs.target network.target
Wants=docker.service
Before=docker.service

[Service]
Environment=SOCK_DIR={FOLDER}
User={USER}
PermissionsStartOnly=true
Restart=on-failure
RestartSec=1
TimeoutStopSec=20
ExecStart=/usr/bin/nvidia-docker-plugin -s $SOCK_DIR
ExecStartPost=/bin/mkdir -p {posixpath.dirname(SPEC)}
ExecStartPost=/bin/sh -c 'echo unix://{FOLDER}/nvidia-docker.sock >{SPEC}'
ExecStopPost=/bin/rm -f {SPEC}

[Install]
WantedBy=multi-user.target
"""
"""What the packages' unit does, and started before docker: docker waits for a volume plugin that is not up yet."""

# Files in a volume are hard links to the driver's own: only folders are given to the plugin's user.
_SET_UP = f"""\
if ! id -u {USER} >/dev/null 2>&1; then
    useradd -r -M -d {FOLDER} -s /usr/sbin/nologin -c "NVIDIA Docker plugin" {USER}
    : >"$RUN/$STEP.user"
fi
mkdir -p {FOLDER}
chown {USER}: {FOLDER}
[ ! -d {FOLDER}/volumes/nvidia_driver ] || find -H {FOLDER}/volumes -type d -exec chown {USER}: {{}} +
setcap cap_fowner+pe /usr/bin/nvidia-docker-plugin
if ! systemctl cat nvidia-docker.service >/dev/null 2>&1; then
    put_file {UNIT} 644 <<'END_OF_FILE'
{_UNIT_TEXT}END_OF_FILE
fi
"""

_UNDO_SET_UP = f"""\
systemctl stop nvidia-docker.service 2>/dev/null || true
undo_file {UNIT}
systemctl daemon-reload
if [ -e "$RUN/$STEP.user" ]; then
    userdel {USER}
    rm "$RUN/$STEP.user"
    rmdir {FOLDER} 2>/dev/null || true
fi
"""

_START = f"""\
{GET.strip()}
systemctl is-active -q nvidia-docker.service || : >"$RUN/$STEP.started"
systemctl daemon-reload
systemctl enable nvidia-docker.service
systemctl reset-failed nvidia-docker.service 2>/dev/null || true
systemctl restart nvidia-docker.service || true
for _ in 1 2 3 4 5 6 7 8 9 10; do
    if said=$(get {PORT} /docker/cli) && [ -e {SPEC} ]; then
        echo "$said"
        exit 0
    fi
    sleep 1
done
echo "the plugin does not answer on port {PORT}; its journal:"
journalctl -u nvidia-docker.service -n 10 -o cat --no-pager || true
exit 1
"""

_STOP = """\
if [ -e "$RUN/$STEP.started" ]; then
    systemctl disable --now nvidia-docker.service || true
    rm -f "$RUN/$STEP.started"
fi
"""
