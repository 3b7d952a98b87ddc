"""The key that DKMS signs modules with, ready to be enrolled: only where the kernel takes signed modules alone.

Enrolling it is left to a person at the console (checks/profiles/signatures.py says how); until then no driver is
planned. The key is made as DKMS itself would make it at its first build: by update-secureboot-policy on Ubuntu, else by
openssl. It stays root's alone.
"""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Iterator

from checks.facts import Facts
from checks.profiles import signatures, wants
from checks.profiles.profile import Profile
from provision.step import Step

RESTS_ON = ("package_sources",)
_TOOLS = ("mokutil", "openssl")


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    own = signatures.to_prepare(facts) if wants.signs_itself(facts, profile) else None
    if own:
        yield Step(
            f"make ready the key that DKMS signs modules with: {own.file}",
            why="Secure Boot: the kernel takes only modules whose signer it trusts, and somebody must enrol this key",
            script=f"install_packages {' '.join(_TOOLS)}\n{_make(own.file)}",
            undo=f"{_UNMAKE}undo_packages\n",
            installs=_TOOLS,
        )


def _make(certificate: str) -> str:
    folder, name = posixpath.split(certificate)
    key = {"mok.pub": "mok.key", "MOK.der": "MOK.priv"}.get(name, posixpath.splitext(name)[0] + ".key")
    return (
        f"CERTIFICATE={shlex.quote(certificate)} KEY={shlex.quote(f'{folder}/{key}')}\n"
        'if [ ! -s "$CERTIFICATE" ]; then\n'
        '    [ ! -e "$KEY" ] || { echo "$KEY is there without $CERTIFICATE: move it away first" && exit 1; }\n'
        '    mkdir -p "${CERTIFICATE%/*}"\n'
        '    echo "$CERTIFICATE $KEY" >"$RUN/$STEP.made"\n'
        "    case $CERTIFICATE in\n"
        "    */shim-signed/*) SHIM_NOTRIGGER=y update-secureboot-policy --new-key || true ;;\n"
        "    esac\n"
        '    [ -s "$CERTIFICATE" ] || (umask 077 && openssl req -new -x509 -nodes -days 36500 -newkey rsa:2048 \\\n'
        '        -subj "/CN=DKMS module signing key" -keyout "$KEY" -outform DER -out "$CERTIFICATE")\n'
        '    chmod 600 "$KEY"\n'
        "fi\n"
    )


_UNMAKE = """\
if [ -e "$RUN/$STEP.made" ]; then
    read -r certificate key <"$RUN/$STEP.made"
    rm -f "$certificate" "$key"
    rmdir "${certificate%/*}" 2>/dev/null || true
fi
"""
