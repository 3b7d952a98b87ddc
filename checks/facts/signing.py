"""Whether the kernel takes unsigned modules, which keys it trusts, and who signed the NVIDIA modules on disk.

The last byte of the EFI variable SecureBoot is 1 when it is on (UEFI specification, 3.3). A kernel that is locked down
(kernel_lockdown(7)) or started with module.sig_enforce takes a module only if it holds the signer's key; those enrolled
with mokutil are among the keys that /proc/keys lists as asymmetric.
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
class Signing:
    """`secure_boot` is None where the firmware's variable cannot be read; `signers` by kernel, empty for unsigned."""

    secure_boot: bool | None
    lockdown: str
    enforced: bool
    keys: tuple[str, ...]
    signers: dict[str, str]

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
    """`secure_boot`, `lockdown` and `enforce` once, `key` and `module` lines."""
    single: dict[str, str] = {}
    keys: list[str] = []
    signers: dict[str, str] = {}
    for line in reading.lines():
        kind, rest = words(line, 2)
        if kind == "key":
            keys.append(rest)
        elif kind == "module":
            release, _, signer = rest.partition(" ")
            signers[release] = signer.strip()
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
        )
    except KeyError as missing:
        raise Unknown(f"no line {missing} in the answer") from None
