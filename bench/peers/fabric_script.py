"""A plain Fabric script: what people write who have Fabric and an afternoon."""

from __future__ import annotations

from bench.peers.peer import SCRIPTS, Peer, Task


def command(task: Task) -> tuple[list[str], dict[str, str]]:
    """A ThreadingGroup; one `run` for each question or state."""
    states = task.states.write(task.folder / "states.json")
    python, script = task.bin / "python", SCRIPTS / "fabric_script.py"
    return [str(python), str(script), task.work, str(states), str(task.ssh_config), *task.hosts], {}


PEER = Peer(
    "fabric",
    ("fabric==3.2.3", "invoke==2.2.1", "paramiko==5.1.0"),
    command,
    "Fabric 3.2.3: a ThreadingGroup, one `run` for each question or state; it verifies no host key",
    slow=True,
    at_most=50,
)
