"""Who can log in to a host: by key everywhere, with every kind of sudo that a real operator may have."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.lab.command import run

if TYPE_CHECKING:
    from pathlib import Path

PW_PASSWORD = "correct horse"  # noqa: S105  what `pw` types at sudo; known to all, good for nothing else


@dataclass(frozen=True)
class Account:
    """A login and its line in sudoers, if it has one."""

    name: str
    sudoers: str = ""
    password: str = ""


ACCOUNTS = (
    Account("ops", sudoers="ops ALL=(ALL:ALL) NOPASSWD: ALL\n"),
    Account("pw", sudoers="pw ALL=(ALL:ALL) ALL\n", password=PW_PASSWORD),
    Account("nosudo"),
)
HOMES = {"root": "root", **{account.name: f"home/{account.name}" for account in ACCOUNTS}}


def add_accounts(root: Path) -> None:
    """Make the accounts in a base that is being built."""
    for account in ACCOUNTS:
        run("chroot", root, "useradd", "--create-home", "--shell", "/bin/bash", account.name)
        if account.password:
            run("chroot", root, "chpasswd", text=f"{account.name}:{account.password}\n")
        if account.sudoers:
            file = root / "etc/sudoers.d" / account.name
            file.write_text(account.sudoers)
            file.chmod(0o440)


def allow_key(root: Path, public: str) -> None:
    """Let the lab's key in, as every account."""
    for home in HOMES.values():
        folder = root / home / ".ssh"
        folder.mkdir(mode=0o700, exist_ok=True)
        file = folder / "authorized_keys"
        file.write_text(public)
        file.chmod(0o600)
        owner = (root / home).stat()
        for path in (folder, file):
            os.chown(path, owner.st_uid, owner.st_gid)
