"""Whether the kernel takes unsigned modules, which keys it trusts, and who signed the NVIDIA modules on disk.

The last byte of the EFI variable SecureBoot is 1 when it is on (UEFI specification, 3.3). A kernel that is locked down
(kernel_lockdown(7)) or started with module.sig_enforce takes a module only if it holds the signer's key; those enrolled
with mokutil are among the keys that /proc/keys lists as asymmetric.

DKMS signs with a key of its own: the one that /etc/dkms names, else Ubuntu's in shim-signed, else /var/lib/dkms/mok.pub
(dkms 3.0, prepare_signing). Whether that one is enrolled is what `mokutil --test-key` says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, words

COMMAND = r"""
state=none
[ -d /sys/firmware/efi ] && state=unreadable
for file in /sys/firmware/efi/efivars/SecureBoot-*; do
    [ -r "$file" ] && state=$(od -An -tu1 -j4 -N1 "$file" | tr -d ' ')
done
echo "secure_boot $state"
lockdown=absent enforce=-
read -r lockdown 2>/dev/null </sys/kernel/security/lockdown
read -r enforce 2>/dev/null </sys/module/module/parameters/sig_enforce
echo "lockdown ${lockdown:-absent}"
echo "enforce $enforce"
sed -nE 's/.* asymmetri (.*)/key \1/p' /proc/keys 2>/dev/null
if [ -d /sys/firmware/efi ]; then
    mok=$(cat /etc/dkms/framework.conf /etc/dkms/framework.conf.d/*.conf 2>/dev/null |
        sed -nE 's/^[[:space:]]*mok_certificate="?([^"]+)"?$/\1/p' | tail -n 1)
    [ -n "$mok" ] || ! grep -qE '^ID="?ubuntu' /etc/os-release || mok=/var/lib/shim-signed/mok/MOK.der
    : "${mok:=/var/lib/dkms/mok.pub}"
    said=absent
    [ ! -s "$mok" ] || said=untested
    [ ! -s "$mok" ] || ! command -v mokutil >/dev/null || said=$(mokutil --test-key "$mok" 2>&1 | tail -n 1)
    echo "mok $mok $said"
fi
for table in /lib/modules/*/modules.dep; do
    [ -e "$table" ] || continue
    tree=${table%/modules.dep}
    path=$(grep -m 1 -oE '^([^:]*/)?nvidia(-(current|tesla|legacy|open|[0-9]+)[^./:]*)?[.]ko[^:]*' "$table") || continue
    [ -e "$tree/$path" ] && echo "module ${tree##*/} $(modinfo -F signer "$tree/$path")"
done
exit 0
"""

_CHOSEN = re.compile(r"\[(\w+)\]")


@dataclass(frozen=True)
class Own:
    """The certificate that DKMS signs with, or would, and what mokutil said of it.

    `said` is `absent` where there is none, `untested` where there is no mokutil.
    """

    file: str
    said: str

    @property
    def enrolled(self) -> bool:
        """Whether the firmware holds it: a kernel that boots from now on trusts it."""
        return self.said.endswith("is already enrolled")

    @property
    def requested(self) -> bool:
        """Whether somebody has asked for it, and the next boot's console will ask back."""
        return self.said.endswith("is already in the enrollment request")

    @property
    def refused(self) -> bool:
        """Whether it is known not to be enrolled."""
        return self.said.endswith("is not enrolled")


@dataclass(frozen=True)
class Signing:
    """`secure_boot` is None where the firmware's variable cannot be read; `signers` by kernel, empty for unsigned.

    `own` is None where the firmware is not EFI.
    """

    secure_boot: bool | None
    lockdown: str
    enforced: bool
    keys: tuple[str, ...]
    signers: dict[str, str]
    own: Own | None = None

    @property
    def required(self) -> bool:
        """Whether the running kernel refuses modules that nobody it trusts has signed.

        A kernel older than lockdown (EL 7) enforces signatures by itself when Secure Boot is on.
        """
        old = self.lockdown == "absent" and bool(self.secure_boot)
        return self.enforced or old or self.lockdown in ("integrity", "confidentiality")

    def accepts(self, release: str) -> bool:
        """Whether it would take the module on disk for that kernel; `Unknown` where its keys cannot be listed."""
        signer = self.signers.get(release, "")
        if not signer:
            return False
        if not self.keys:
            raise Unknown("/proc/keys lists no key that the kernel trusts: it can be read by root only")
        return any(f" {signer}: " in f" {key} " for key in self.keys)


def parse(reading: Reading) -> Signing:
    """`secure_boot`, `lockdown`, `enforce` and `mok` once, `key` and `module` lines."""
    single: dict[str, str] = {}
    keys: list[str] = []
    signers: dict[str, str] = {}
    own: Own | None = None
    for line in reading.lines():
        kind, rest = words(line, 2)
        if kind == "key":
            keys.append(rest)
        elif kind == "module":
            release, _, signer = rest.partition(" ")
            signers[release] = signer.strip()
        elif kind == "mok":
            own = Own(*words(rest, 2))
        else:
            single[kind] = rest
    try:
        state, lockdown = single["secure_boot"], single["lockdown"]
        chosen = _CHOSEN.search(lockdown)
        return Signing(
            {"none": False, "0": False, "1": True}.get(state),
            chosen[1] if chosen else lockdown,
            single["enforce"] in ("Y", "1"),
            tuple(keys),
            signers,
            own,
        )
    except KeyError as missing:
        raise Unknown(f"no line {missing} in the answer") from None
