"""What DKMS has of the NVIDIA driver, in its tree below /var/lib/dkms: sources, modules built, and builds that failed.

A build that fails leaves its make.log in the version's build folder; one that succeeds moves it below the kernel's
(dkms(8) of 2.2 to 3.2). A tree whose dkms.conf is gone makes every dkms run end with "Could not locate dkms.conf file".
"""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, number, words

COMMAND = r"""
for tree in /var/lib/dkms/nvidia*/*; do
    [ -d "$tree" ] && [ ! -L "$tree" ] || continue
    name=${tree#/var/lib/dkms/}
    conf=no
    [ -e "$tree/source/dkms.conf" ] && conf=yes
    echo "tree $name $conf"
    for built in "$tree"/*/*/module; do
        [ -d "$built" ] || continue
        built=${built%/*/module}
        echo "built $name ${built##*/}"
    done
    log=$tree/build/make.log
    [ -e "$log" ] || continue
    kernel=$(sed -n '1s/.* for kernel \([^ ]*\).*/\1/p' "$log")
    error=$(grep -m 1 -E '[Ee]rror:|fatal|undefined!|No such file|[*][*][*]|not found' "$log" || tail -n 1 "$log")
    echo "failed $name ${kernel:--} $(stat -c %Y "$log") $(echo "$error" | cut -c 1-300)"
done
exit 0
"""


@dataclass(frozen=True)
class Failure:
    """A build that did not succeed: for which kernel (empty: not said), when (seconds since 1970), its first error."""

    kernel: str
    time: int
    error: str


@dataclass(frozen=True)
class Tree:
    """One version that DKMS knows: nvidia-current/535.309.01. `has_conf` is False for an orphan."""

    name: str
    has_conf: bool
    built: tuple[str, ...] = ()
    failure: Failure | None = None


def parse(reading: Reading) -> tuple[Tree, ...]:
    """`tree` lines, each followed by the `built` and `failed` lines of its version."""
    trees: list[Tree] = []
    for line in reading.lines():
        kind, rest = words(line, 2)
        if kind == "tree":
            name, conf = words(rest, 2)
            trees.append(Tree(name, conf == "yes"))
            continue
        if not trees or not rest.startswith(trees[-1].name + " "):
            raise Unknown(f"unexpected line {line[:80]!r}")
        tree = trees[-1]
        if kind == "built":
            trees[-1] = Tree(tree.name, tree.has_conf, (*tree.built, words(rest, 2)[1]), tree.failure)
        elif kind == "failed":
            kernel, time, error = words(rest.partition(" ")[2] + " ", 3)
            found = Failure("" if kernel == "-" else kernel, number(time), error.strip())
            trees[-1] = Tree(tree.name, tree.has_conf, tree.built, found)
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    return tuple(trees)
