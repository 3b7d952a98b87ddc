"""ansible-core, tuned as its documentation says: pipelining, as many forks as hosts, no facts; and with mitogen."""

from __future__ import annotations

import json
from typing import Any

from bench.peers.peer import Peer, Task
from bench.work import DOCTOR

_CORE = "ansible-core==2.19.14"


def playbook(task: Task) -> list[dict[str, Any]]:
    """One play; JSON is YAML."""
    states = task.states
    if task.work == DOCTOR:
        steps: list[dict[str, Any]] = [
            {
                "ansible.builtin.shell": f"{{% raw %}}{question}{{% endraw %}}",
                "changed_when": False,
                "failed_when": False,
            }
            for question in states.questions
        ]
    else:
        steps = [{"ansible.builtin.apt": {"name": list(states.packages), "state": "present"}}]
        steps += [{"ansible.builtin.copy": {"dest": path, "src": source}} for path, source in _sources(task).items()]
        steps += [
            {"ansible.builtin.systemd_service": {"name": unit, "enabled": True, "state": "started"}}
            for unit in states.units
        ]
        steps += [{"ansible.builtin.file": {"path": path, "state": "directory"}} for path in states.folders]
    return [{"hosts": "all", "gather_facts": False, "tasks": steps}]


def _sources(task: Task) -> dict[str, str]:
    found = {}
    for path, content in task.states.files.items():
        source = task.folder / path.strip("/").replace("/", "_")
        source.write_text(content, encoding="utf-8")
        found[path] = str(source)
    return found


def command(task: Task) -> tuple[list[str], dict[str, str]]:
    """`ansible-playbook`, cold: connections that persist are put below the run's own folder."""
    book, inventory = task.folder / "book.yml", task.folder / "inventory.ini"
    book.write_text(json.dumps(playbook(task)), encoding="utf-8")
    inventory.write_text("\n".join([*task.hosts, ""]), encoding="utf-8")
    args = f"-F {task.ssh_config} -o ControlMaster=auto -o ControlPersist=60s"
    env = {
        "ANSIBLE_PIPELINING": "True",
        "ANSIBLE_FORKS": str(len(task.hosts)),
        "ANSIBLE_SSH_ARGS": args,
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(task.folder / "cp"),
        "ANSIBLE_GATHERING": "explicit",
        "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3",
        "ANSIBLE_REMOTE_USER": "root",
        "ANSIBLE_LOCAL_TEMP": str(task.folder / "tmp"),
        "LC_ALL": "C.UTF-8",
    }
    return [str(task.bin / "ansible-playbook"), "-i", str(inventory), str(book)], env


def with_mitogen(task: Task) -> tuple[list[str], dict[str, str]]:
    """The same under mitogen's strategy."""
    line, env = command(task)
    plugins = next(task.bin.parent.glob("lib/python3*/site-packages/ansible_mitogen/plugins/strategy"))
    strategy = {"ANSIBLE_STRATEGY": "mitogen_linear", "ANSIBLE_STRATEGY_PLUGINS": str(plugins)}
    return line, {**env, **strategy, "ANSIBLE_SSH_ARGS": f"-F {task.ssh_config}"}


TUNED = Peer(
    "ansible",
    (_CORE,),
    command,
    "ansible-core 2.19.14: pipelining, forks = hosts, ControlPersist, no facts, interpreter named; a task for each",
    slow=True,
    at_most=10,
)
MITOGEN = Peer(
    "mitogen",
    (_CORE, "mitogen==0.3.54"),
    with_mitogen,
    "the same with mitogen 0.3.54 (strategy mitogen_linear)",
    slow=True,
    at_most=50,
)
