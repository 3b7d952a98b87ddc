"""The driver volume made by nvidia-docker 1.x's plugin: its folder where hard links work, then the volume itself.

The plugin takes any folder of the right name for the volume and repairs nothing, so what is wrong is removed and made
anew. It deletes nothing that a container holds.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.nvidia_docker import DROP_IN, FOLDER, USER
from checks.facts.volume import FILES, PREFIX
from checks.profiles import plugin
from checks.profiles.profile import Profile
from provision.step import Step

LIMIT = 40
"""Seconds for one docker command: without its plugin docker tries for 30 s, and the plugin may yet come up."""


def steps(facts: Facts, profile: Profile) -> Iterator[Step]:
    """What makes the volume whole; nothing where it is."""
    if plugin.needs_link(facts, profile):
        yield _link(profile.nvidia_docker.elsewhere)
    if wrong := plugin.volume_is_wrong(facts):
        copy = profile.nvidia_docker.volumes == "copy" and plugin.links_fail(facts)
        yield Step(
            f"make the driver volume {PREFIX}{facts.driver.library or '<driver version>'} by nvidia-docker's plugin"
            + (", of copies" if copy else ""),
            why=wrong,
            script=_MAKE.replace("COPY_FILES\n", _COPY if copy else ""),
            undo=_REMOVE,
            needs_driver=True,
            key="make the driver volume",
        )
    for volume in plugin.old_volumes(facts, held=False):
        yield Step(
            f"remove the volume of an older driver, {volume.name}",
            why="no container holds it, and its libraries do not fit the driver",
            script=f"timeout -k 1 {LIMIT} docker volume rm {volume.name}\n",
            needs_driver=True,
        )


def _link(elsewhere: str) -> Step:
    return Step(
        f"make {FOLDER}/volumes a link to {elsewhere}",
        why="hard links cannot cross file systems, and the driver's files are on another than /var/lib",
        script=_LINK.replace("ELSEWHERE", elsewhere),
        undo=_UNLINK.replace("ELSEWHERE", elsewhere),
        needs_driver=True,
    )


_LINK = f"""\
[ -d ELSEWHERE ] || {{ mkdir -p ELSEWHERE; : >"$RUN/$STEP.made"; }}
chown {USER}: ELSEWHERE
driver=$(readlink -f "$(ldconfig -p | sed -n 's/.*libnvidia-ml\\.so\\.1 .*x86-64.* => //p' | head -n 1)")
[ "$(stat -c %d ELSEWHERE)" = "$(stat -c %d "$driver")" ] || {{
    echo "ELSEWHERE is not on the file system of $driver: name another folder as nvidia_docker.elsewhere"
    exit 1
}}
if [ -d {FOLDER}/volumes ]; then mv {FOLDER}/volumes "{FOLDER}/volumes.before-${{RUN##*/}}"; fi
ln -s ELSEWHERE {FOLDER}/volumes
rmdir "{FOLDER}/volumes.before-${{RUN##*/}}/nvidia_driver" "{FOLDER}/volumes.before-${{RUN##*/}}" 2>/dev/null || true
"""

_UNLINK = f"""\
[ ! -L {FOLDER}/volumes ] || rm {FOLDER}/volumes
old={FOLDER}/volumes.before-${{RUN##*/}}
[ ! -d "$old" ] || mv "$old" {FOLDER}/volumes
if [ -e "$RUN/$STEP.made" ]; then rmdir ELSEWHERE/nvidia_driver ELSEWHERE 2>/dev/null || true; fi
"""

_MAKE = f"""\
files() {{ {FILES.strip()}
}}
ask() {{ timeout -k 1 {LIMIT} docker "$@"; }}
read -r version </sys/module/nvidia/version
volume={PREFIX}$version
if [ -n "$(ask volume inspect -f '{{{{.Driver}}}}' "$volume" 2>/dev/null || true)" ]; then ask volume rm "$volume"; fi
# It reads the driver's files when it starts, and five starts in ten seconds are the last.
systemctl reset-failed nvidia-docker.service 2>/dev/null || true
systemctl restart nvidia-docker.service
volumes=$(sed -n 's/^ExecStart=.* -d \\([^ ]*\\).*/\\1/p' {DROP_IN} 2>/dev/null || true)
root=${{volumes:-{FOLDER}/volumes}}/nvidia_driver/$version
rm -rf "$root"
COPY_FILES
: >"$RUN/$STEP.made"
if ! ask volume create --driver=nvidia-docker --name="$volume"; then
    journalctl -u nvidia-docker.service -n 5 -o cat --no-pager || true
    # What is left of it would be taken for a volume the next time.
    rm -rf "$root"
    exit 1
fi
root=$(ask volume inspect -f '{{{{.Mountpoint}}}}' "$volume")
ls "$root"/lib64/libcuda.so.* >/dev/null || {{ echo "$root holds no libcuda"; exit 1; }}
"""

_COPY = f"""\
mkdir -p "$root/bin" "$root/lib" "$root/lib64"
files | while read -r folder name path; do
    file=${{path##*/}}
    [ -e "$root/$folder/$file" ] || cp -p "$path" "$root/$folder/$file"
    [ "$name" = "$file" ] || ln -sfn "$file" "$root/$folder/$name"
done
find {FOLDER}/volumes -type d -exec chown {USER}: {{}} +
"""

_REMOVE = f"""\
if [ -e "$RUN/$STEP.made" ] && systemctl is-active -q docker.service nvidia-docker.service; then
    read -r version </sys/module/nvidia/version && timeout -k 1 {LIMIT} docker volume rm "{PREFIX}$version"
    rm -f "$RUN/$STEP.made"
fi
"""
