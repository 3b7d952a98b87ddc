"""The docker volume nvidia_driver_<version>: the driver's files for containers, as nvidia-docker 1.0 laid them out.

Filled by hard links where docker's data lies on the driver's file system, else by copies. A file is put in place under
another name and renamed, so that a container which has the old one open keeps it.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.volume import FILES, PREFIX
from checks.profiles import plugin, wants
from checks.profiles.profile import Profile
from provision import plugin_volume
from provision.step import Step

RESTS_ON = ("driver", "docker", "nvidia_docker")


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    if profile.driver_volume.method == "none":
        return
    if plugin.makes_volume(profile):
        yield from plugin_volume.steps(facts, profile)
        return
    if wants.volume_is_ready_to_fill(facts) and wants.volume_is_complete(facts):
        return
    copy = wants.volume_by_copy(facts, profile)
    how = "copies" if copy else "hard links"
    yield Step(
        f"fill the driver volume {PREFIX}{facts.driver.library or '<driver version>'} with {how}",
        why="containers get the driver's libraries from it",
        script=_FILL.replace("CLONE", _CLONE[profile.driver_volume.method]),
        undo=_UNDO,
        needs_driver=True,
        key="fill the driver volume",
    )


_LINK = 'ln "$path" "$root/$folder/.new"'
_COPY = 'cp -p "$path" "$root/$folder/.new"'
_CLONE = {"link": _LINK, "copy": _COPY, "auto": f"{_LINK} 2>/dev/null || {_COPY}"}

_FILL = f"""\
files() {{ {FILES.strip()}
}}
read -r version </sys/module/nvidia/version
volume={PREFIX}$version
if ! timeout 60 docker volume inspect "$volume" >/dev/null 2>&1; then
    echo "$volume" >"$RUN/$STEP.made"
    timeout 60 docker volume create "$volume"
fi
root=$(timeout 60 docker volume inspect -f '{{{{.Mountpoint}}}}' "$volume")
files >"$RUN/$STEP.files"
[ -s "$RUN/$STEP.files" ] || {{ echo "the driver has no files here"; exit 1; }}
while read -r folder name path; do
    file=${{path##*/}}
    mkdir -p "$root/$folder"
    # One file has several names (libcuda.so, libcuda.so.1); mv refuses to rename a link onto itself.
    # shellcheck disable=SC3013 # dash, bash and busybox all have -ef
    if ! [ "$root/$folder/$file" -ef "$path" ]; then
        rm -f "$root/$folder/.new"
        CLONE
        mv -f "$root/$folder/.new" "$root/$folder/$file"
    fi
    [ "$name" = "$file" ] || ln -sfn "$file" "$root/$folder/$name"
done <"$RUN/$STEP.files"
chmod 755 "$root" "$root"/*
"""

_UNDO = """\
if [ -e "$RUN/$STEP.made" ] && systemctl is-active -q docker.service; then
    timeout 60 docker volume rm "$(cat "$RUN/$STEP.made")"
fi
"""
