"""The device nodes in /dev through which programs and containers reach the driver."""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.reading import Reading, number, words

COMMAND = """
set --
for node in /dev/nvidia*; do
    [ -c "$node" ] && set -- "$@" "$node"
done
[ $# = 0 ] || stat -c '%n %t %T %a' "$@"
exit 0
"""


@dataclass(frozen=True)
class Node:
    """A character device; major and minor as the kernel counts them, `mode` in octal."""

    path: str
    major: int
    minor: int
    mode: int


def parse(reading: Reading) -> dict[str, Node]:
    """The nodes by path."""
    nodes = {}
    for line in reading.lines():
        path, major, minor, mode = words(line, 4)
        nodes[path] = Node(path, number(major, 16), number(minor, 16), number(mode, 8))
    return nodes


def expected(gpus: int) -> tuple[str, ...]:
    """The nodes that a host with so many bound GPUs needs before a container can use them."""
    return ("/dev/nvidiactl", "/dev/nvidia-uvm", *(f"/dev/nvidia{i}" for i in range(gpus)))
