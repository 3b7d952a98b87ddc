"""Bad hosts: what is done to a bare one, the command line, and how it must end with nothing changed on the host.

Each is made on the same lab host and unmade before the next, so `prepare` and `restore` are bash that runs inside it as
root. Nothing of what `prepare` does counts as a change: the host is listed after it.
"""

from __future__ import annotations

from dataclasses import dataclass

GPU = "/sys/bus/pci/devices/0000:3b:00.0"
DRIVERS = "/sys/bus/pci/drivers"
PROVISION = ("provision", "--yes")


@dataclass(frozen=True)
class Bad:
    """One bad host. `user` logs in; `left_out` names what this case may change besides (prefixes of paths).

    `profile` is named on the command line; empty: the host's own counts.
    """

    name: str
    prepare: str
    restore: str
    status: int
    words: tuple[str, ...]
    arguments: tuple[str, ...] = PROVISION
    user: str = ""
    left_out: tuple[str, ...] = ()
    handful: bool = False
    profile: str = "debian"


def _file(path: str, text: str) -> tuple[str, str]:
    """A file that stands in for what is there, and how it is taken away again."""
    kept = f"/run/kept{path.replace('/', '_')}"
    aside = f"[ ! -e {path} ] && [ ! -L {path} ] || mv {path} {kept}"
    back = f"[ ! -e {kept} ] && [ ! -L {kept} ] || mv {kept} {path}"
    mode = "755" if text.startswith("#!") else "644"
    folder = path.rpartition("/")[0]
    write = f"mkdir -p {folder}\ncat >{path} <<'END'\n{text}\nEND\nchmod {mode} {path}"
    return f"{aside}\n{write}", f"rm -f {path}; {back}"


def _os(name: str, text: str, *words: str, handful: bool = False) -> Bad:
    return Bad(f"os-release: {name}", *_file("/etc/os-release", text), 78, words, handful=handful)


def _mark(path: str, *words: str, handful: bool = False) -> Bad:
    """Something empty that says what kind of host this is; with the folders above it that were not there."""
    script = f"""path={path}
while [ ! -e "${{path%/*}}" ] && [ -n "${{path%/*}}" ]; do path=${{path%/*}}; done
echo "$path" >/run/kept; mkdir -p {path}"""
    return Bad(f"mark {path}", script, 'rm -r "$(cat /run/kept)"', 78, words, handful=handful)


def _gone(path: str, name: str, status: int, *words: str, arguments: tuple[str, ...] = PROVISION) -> Bad:
    """A program that cannot be run."""
    return Bad(name, f"chmod a-x {path}", f"chmod a+x {path}", status, words, arguments)


def _gpu(name: str, file: str, text: str, *words: str) -> Bad:
    """The card's file in /sys says something else: that of the lab is a plain one."""
    kept = f"cp {GPU}/{file} /run/kept"
    return Bad(name, f"{kept}; echo {text} >{GPU}/{file}", f"cat /run/kept >{GPU}/{file}", 78, words)


_NO_PROXY = 'Acquire::http::Proxy "DIRECT"; Acquire::Retries "0"; Acquire::http::Timeout "3";'
_UNREACHABLE = "deb http://127.0.0.1:9/debian bookworm main\n"

_UNAME = '#!/bin/sh\ncase $1 in WHICH ;; *) exec /usr/bin/uname "$@" ;; esac'

# struct flock of x86-64, as fcntl(2) wants it: type, whence, start, length, pid.
_HOLDS = """use Fcntl; open F, ">>/var/lib/dpkg/lock-frontend";
$lock = pack("ssx4qqix4", F_WRLCK, 0, 0, 0, 0); fcntl(F, F_SETLK, $lock) or die; sleep 600"""

HOSTS: tuple[Bad, ...] = (
    _os(
        "a system not known", 'ID=void\nPRETTY_NAME="Void Linux"', "this host is Void Linux", "--profile", handful=True
    ),
    _os("a release not known", "ID=debian\nVERSION_CODENAME=buster", "profile debian knows bookworm, trixie"),
    _os("an unclosed quote", 'ID="debian', "what this host is could not be read", "os-release"),
    _os("empty", "", "what this host is could not be read", "os-release has no ID"),
    _os("binary", "\x01\x02\x7f", "what this host is could not be read"),
    _os("Flatcar", "ID=flatcar", "this is Flatcar Container Linux"),
    Bad(
        "os-release: missing",
        "mv /etc/os-release /run/kept1; mv /usr/lib/os-release /run/kept2",
        "mv /run/kept2 /usr/lib/os-release; mv /run/kept1 /etc/os-release",
        78,
        ("what this host is could not be read", "os-release"),
    ),
    _mark("/etc/dgx-release", "this is DGX OS", handful=True),
    _mark("/etc/nv_tegra_release", "this is a Jetson"),
    _mark("/etc/NIXOS", "this is NixOS"),
    _mark("/etc/eks", "this is a node of Amazon EKS"),
    _mark("/opt/azure/containers", "Azure Kubernetes Service"),
    _mark("/home/kubernetes/bin", "Google Kubernetes Engine"),
    _mark("/run/ostree-booted", "booted from an ostree image"),
    _mark("/.dockerenv", "this is a container (docker)"),
    _mark("/run/.containerenv", "this is a container (podman)"),
    _mark("/run/secrets/kubernetes.io/serviceaccount", "this is a container (Kubernetes)"),
    Bad(
        "container=lxc",
        "cp /run/systemd/container /run/kept; echo lxc >/run/systemd/container",
        "cp /run/kept /run/systemd/container; rm /run/kept",
        78,
        ("this is a container (LXC)", "container=lxc"),
    ),
    _mark("/usr/bin/nvidia-vgpu-mgr", "shares its GPUs among virtual machines"),
    _mark("/usr/bin/nvidia-gridd", "this virtual machine has a vGPU"),
    _mark("/run/nvidia/driver/usr", "gpu-operator manages the driver here"),
    Bad(
        "an architecture not known",
        *_file("/usr/local/bin/uname", _UNAME.replace("WHICH", "-nm) echo lab riscv64")),
        78,
        ("for this architecture", "riscv64"),
    ),
    _gpu("no GPU", "vendor", "0x1af4", "there is no NVIDIA GPU on the PCI bus", "--force"),
    _gpu("a GPU too old", "device", "0x102d", "needs driver branch 304 to 470"),
    _gpu("a GPU too new", "device", "0x2901", "needs driver branch 570 or later"),
    _gpu("a GPU of an unknown model", "device", "0xffff", "is of a model not known here"),
    Bad(
        "a GPU handed to a virtual machine",
        f"mkdir {DRIVERS}/vfio-pci; ln -sfn ../../drivers/vfio-pci {GPU}/driver",
        f"ln -sfn ../../drivers/nouveau {GPU}/driver; rmdir {DRIVERS}/vfio-pci",
        78,
        ("handed over to virtual machines, held by vfio-pci",),
        handful=True,
    ),
    Bad(
        "a GPU shared by mdev",
        f"mkdir {GPU}/mdev_supported_types",
        f"rmdir {GPU}/mdev_supported_types",
        78,
        ("NVIDIA vGPU", "mdev_supported_types"),
    ),
    Bad(
        "/etc is read-only",
        "mount --bind /etc /etc; mount -o remount,bind,ro /etc",
        "umount /etc",
        78,
        ("root cannot write", "not writable: /etc"),
        handful=True,
    ),
    Bad(
        "/boot is read-only",
        "mount --bind /boot /boot; mount -o remount,bind,ro /boot",
        "umount /boot",
        78,
        ("root cannot write", "not writable: /boot"),
    ),
    Bad(
        "no apt sources",
        "mv /etc/apt/sources.list /run/kept",
        "mv /run/kept /etc/apt/sources.list",
        1,
        ("no apt source of bookworm to extend",),
    ),
    Bad(
        "a broken file of sources",
        *_file("/etc/apt/sources.list.d/broken.sources", "Types deb"),
        1,
        ("broken.sources: not a field",),
    ),
    Bad(
        "a broken line of sources",
        *_file("/etc/apt/sources.list.d/broken.list", "deb http://"),
        80,
        ("apt cannot install", "broken.list", "nothing was changed"),
    ),
    Bad(
        "a mirror that does not answer",
        "mv /etc/apt/sources.list /run/kept; mv /etc/apt/apt.conf.d /run/kept.d; mkdir /etc/apt/apt.conf.d\n"
        f"echo '{_UNREACHABLE}' >/etc/apt/sources.list; echo '{_NO_PROXY}' >/etc/apt/apt.conf.d/direct",
        "rm -r /etc/apt/apt.conf.d; mv /run/kept.d /etc/apt/apt.conf.d; mv /run/kept /etc/apt/sources.list",
        80,
        ("apt cannot install", "nothing was changed", "reachable"),
    ),
    Bad(
        "a pinned package",
        *_file("/etc/apt/preferences.d/no", "Package: dkms\nPin: release *\nPin-Priority: -1"),
        80,
        ("apt cannot install", "nothing was changed"),
    ),
    Bad(
        "dpkg cut off half way",
        "cp /var/lib/dpkg/status /run/kept; sed -i '/^Package: sudo$/,/^Status:/s/^Status:.*/Status: install ok "
        "half-configured/' /var/lib/dpkg/status",
        "cp -p /run/kept /var/lib/dpkg/status; rm /run/kept",
        2,
        ("finish the interrupted installation of sudo",),
        ("plan",),
    ),
    Bad(
        "dpkg's database is broken",
        "cp /var/lib/dpkg/status /run/kept; echo garbage >/var/lib/dpkg/status",
        "cp -p /run/kept /var/lib/dpkg/status; rm /run/kept",
        1,
        ("cannot be planned", "dpkg-query: error"),
    ),
    _gone("/usr/bin/dpkg-query", "no dpkg-query", 1, "cannot be planned", "dpkg-query"),
    Bad(
        "no room for packages",
        "mount -t tmpfs -o size=1m full /var/cache",
        "umount /var/cache",
        73,
        ("not enough room", "/var/cache"),
    ),
    Bad(
        "no room to plan in",
        "mount -t tmpfs -o size=64k full /var/tmp",
        "umount /var/tmp",
        73,
        ("no room below /var/tmp", "nothing was changed"),
    ),
    Bad("no sudo", "", "", 77, ("this needs root", "nothing was changed"), user="nosudo", handful=True),
    Bad("sudo wants a password", "", "", 77, ("this needs root", "--prompt-for-sudo-password"), user="pw"),
    _gone("/usr/bin/sudo", "sudo cannot be run", 77, "this needs root"),
    _gone("/usr/bin/mktemp", "no mktemp", 69, "no folder to work in", "mktemp"),
    Bad(
        "a profile on the host that is no TOML",
        *_file("/etc/gpuwright/profile.toml", "name = "),
        65,
        ("/etc/gpuwright/profile.toml", "not TOML"),
        profile="",
    ),
    Bad(
        "a profile on the host with a key that is none",
        *_file("/etc/gpuwright/profile.toml", 'name = "x"\nsurprise = 1'),
        65,
        ("/etc/gpuwright/profile.toml:2", "surprise"),
        profile="",
    ),
    Bad(
        "a profile on the host that is a folder",
        "mkdir -p /etc/gpuwright/profile.toml",
        "rm -r /etc/gpuwright",
        78,
        ("could not be read", "nothing was changed"),
        profile="",
    ),
    Bad("a run that is not there", "", "", 64, ("there is no run 2026",), ("rollback", "--run", "2026", "--yes")),
    Bad("nobody to ask", "", "", 79, ("there is no terminal", "nothing was changed"), ("provision",)),
    Bad("no /tmp", "mv /tmp /run/kept", "mv /run/kept /tmp", 78, ("root cannot write", "not writable: /tmp")),
    Bad(
        "/tmp is read-only",
        "mount -t tmpfs -o ro none /tmp",
        "umount /tmp",
        78,
        ("root cannot write", "not writable: /tmp"),
    ),
    Bad(
        "no host name",
        *_file("/usr/local/bin/uname", _UNAME.replace("WHICH", "-nm) echo ' x86_64'")),
        2,
        ("6 steps, 1 reboot",),
        ("plan",),
    ),
    Bad(
        "another sh",
        "ln -sfn false /usr/bin/sh",
        "ln -sfn dash /usr/bin/sh",
        69,
        ("the probe did not start", "the host said: nothing"),
    ),
    Bad(
        "the package manager is locked",
        f"setsid perl -e '{_HOLDS}' </dev/null >/dev/null 2>&1 & echo $! >/run/kept; sleep 0.3",
        "kill $(cat /run/kept)",
        75,
        ("the package manager is locked", "perl"),
        (*PROVISION, "--only", "docker", "--lock-wait", "2s"),
        left_out=("/var/lib d ", "/var/lib/gpuwright", "/var/lib/apt", "/etc/apt/sources.list.d "),
    ),
)
