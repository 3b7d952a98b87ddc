"""How docker is told to run: daemon.json, the flags of its unit, and other engines that may be meant instead.

Only files are read. A key that is in daemon.json and also a flag keeps dockerd from starting.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from checks.facts.reading import Reading, Unknown
from checks.facts.shown import SHOW, exact, take

PATH = "/etc/docker/daemon.json"

COMMAND = f"""
{SHOW}
[ ! -e {PATH} ] || [ -r {PATH} ] || {{ echo "{PATH} can be read by root alone"; exit 77; }}
show {PATH}
[ -f {PATH} ] && sum=$(sha256sum <{PATH}) && echo "sum ${{sum%% *}}"
[ -d {PATH} ] && echo "other {PATH} is a folder"
[ -L {PATH} ] && [ ! -e {PATH} ] && echo "dangling $(readlink {PATH})"
if [ -d /run/systemd/system ] && command -v dockerd >/dev/null; then
    systemctl show -p ExecStart docker.service | tr ' ' '\\n' | sed -nE 's/^(argv\\[\\]=.* )?(-.*)$/flag \\2/p'
fi
pid=''
{{ read -r pid </run/docker.pid; }} 2>/dev/null
[ -z "$pid" ] || {{ tr '\\0' '\\n' <"/proc/$pid/cmdline"; }} 2>/dev/null |
    sed -n '1d; s/^/running /p'
[ -d /snap/docker ] && echo "engine snap /snap/docker"
for f in /run/user/*/docker.pid; do [ -e "$f" ] && echo "engine rootless $f"; done
path=$(command -v podman) && echo "engine podman $path"
exit 0
"""


@dataclass(frozen=True)
class DockerConfig:
    """`text` is daemon.json's (None: there is none); `other` is what stands in its place.

    `sum` is the sha256 of the file, which `text` may not be to the byte: see `exact`. `dangling` is what it is a link
    to, where that does not exist: dockerd then starts as if there was no file.

    `flags` are those of the unit, which the next start gets, `running` those of the running daemon. `engines` are
    pairs of kind (snap, rootless, podman) and path.
    """

    text: str | None
    other: str
    flags: tuple[str, ...]
    running: tuple[str, ...]
    engines: tuple[tuple[str, str], ...]
    sum: str = ""
    dangling: str = ""

    @cached_property
    def exact(self) -> str | None:
        """The file's text to the byte; None where that is not known."""
        return exact(self.text or "", self.sum)

    @cached_property
    def _read(self) -> tuple[dict[str, Any], str]:
        text = (self.text or "").lstrip("\ufeff")
        if self.other:
            return {}, self.other
        if not text.strip():
            return {}, ""
        try:
            value = json.loads(text)
        except json.JSONDecodeError as error:
            return {}, f"line {error.lineno} column {error.colno}: {error.msg}"
        except (ValueError, RecursionError) as error:
            return {}, str(error)
        if value is None:
            return {}, ""
        return (value, "") if isinstance(value, dict) else ({}, "not an object in braces")

    @property
    def settings(self) -> dict[str, Any]:
        """What daemon.json sets; empty where it cannot be read."""
        return self._read[0]

    @property
    def problem(self) -> str:
        """Why daemon.json cannot be read, with the line; empty when it can."""
        return self._read[1]

    @property
    def doubled(self) -> tuple[str, ...]:
        """Keys that stand twice in one object: dockerd takes the last one."""
        found: list[str] = []

        def note(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            keys = [key for key, _ in pairs]
            found.extend(key for key in dict.fromkeys(keys) if keys.count(key) > 1)
            return dict(pairs)

        if not self.problem and self.settings:
            json.loads((self.text or "").lstrip("\ufeff"), object_pairs_hook=note)
        return tuple(found)

    @property
    def runtimes(self) -> dict[str, str]:
        """The path of each runtime that daemon.json names; empty where it gives none."""
        named = self.settings.get("runtimes")
        if not isinstance(named, dict):
            return {}
        return {key: str(value.get("path", "")) for key, value in named.items() if isinstance(value, dict)}

    @property
    def exec_options(self) -> dict[str, str]:
        """exec-opts as pairs: native.cgroupdriver and its value."""
        options = self.settings.get("exec-opts")
        texts = [str(option) for option in options] if isinstance(options, list) else []
        return {key: value for key, _, value in (text.partition("=") for text in texts)}

    def flagged(self, key: str) -> str:
        """The flag of the unit that sets a key of daemon.json; empty when none does."""
        names = (f"--{key}", f"--{key.removesuffix('s')}", *_SHORT.get(key, ()))
        return next((flag for flag in self.flags if flag.partition("=")[0] in names), "")


_SHORT = {
    "hosts": ("-H", "--host"),
    "data-root": ("-g", "--graph", "--data-root"),
    "storage-driver": ("-s", "--storage-driver"),
    "debug": ("-D", "--debug"),
    "log-level": ("-l", "--log-level"),
    "bridge": ("-b", "--bridge"),
    "group": ("-G", "--group"),
    "runtimes": ("--add-runtime",),
    "registry-mirrors": ("--registry-mirror",),
    "insecure-registries": ("--insecure-registry",),
}


def parse(reading: Reading) -> DockerConfig:
    """The shown file; and lines that each begin with what they are."""
    texts, rest = take(reading.lines())
    found: dict[str, list[str]] = {"other": [], "flag": [], "running": [], "engine": [], "sum": [], "dangling": []}
    for line in rest:
        kind, _, value = line.partition(" ")
        if kind not in found:
            raise Unknown(f"unexpected line {line[:80]!r}")
        found[kind].append(value)
    engines = tuple((kind, path) for kind, _, path in (text.partition(" ") for text in found["engine"]))
    other, total, dangling = (" ".join(found[key]) for key in ("other", "sum", "dangling"))
    return DockerConfig(texts.get(PATH), other, tuple(found["flag"]), tuple(found["running"]), engines, total, dangling)
