"""pyinfra 3: facts for the questions, its own operations for the states."""

from __future__ import annotations

from bench.peers.peer import SCRIPTS, Peer, Task


def command(task: Task) -> tuple[list[str], dict[str, str]]:
    """`pyinfra -y INVENTORY DEPLOY`."""
    states = task.states.write(task.folder / "states.json")
    data = {"ssh_user": "root", "ssh_key": str(task.key), "ssh_known_hosts_file": str(task.known_hosts)}
    hosts = [
        (name, {**data, "ssh_hostname": address}) for name, address in zip(task.hosts, task.addresses, strict=True)
    ]
    inventory = task.folder / "inventory.py"
    inventory.write_text(f"hosts = {hosts!r}\n", encoding="utf-8")
    script = SCRIPTS / f"pyinfra_{task.work}.py"
    return [str(task.bin / "pyinfra"), "-y", str(inventory), str(script)], {"BENCH_STATES": str(states)}


PEER = Peer(
    "pyinfra",
    ("pyinfra==3.10.0",),
    command,
    "pyinfra 3.10.0: `get_fact(Command)` for each question; apt, files and systemd operations for the states",
    slow=True,
    at_most=50,
)
