"""Who is measured. Each module is one way to do the work, in a virtual environment of its own under bench/.venvs."""

from __future__ import annotations

from bench.peers import ansible, fabric_script, gpuwright, openssh, pyinfra
from bench.peers.peer import Peer

PEERS: dict[str, Peer] = {
    peer.name: peer
    for peer in (
        openssh.PEER,
        gpuwright.PEER,
        fabric_script.PEER,
        pyinfra.PEER,
        ansible.MITOGEN,
        ansible.TUNED,
    )
}
"""In the order of the table."""
