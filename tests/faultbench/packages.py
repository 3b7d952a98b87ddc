"""Faults of the package manager: origins, versions, holds, keys, locks, and what it will do next."""

from __future__ import annotations

from checks.profiles.profile import having, load
from tests.alter import append, edit, put
from tests.faultbench.fault import Fault

_UNATTENDED = (
    append("packages", "ii unattended-upgrades 2.9.1+nmu3\n"),
    append("archive", 'config APT::Periodic::Unattended-Upgrade "1";\n'),
)
_CUDA = "developer.download.nvidia.com/compute/cuda/repos/debian12/x86_64"

_WITH_DOCKER = having(
    load("debian"),
    {
        "repositories": {
            "docker": {
                "release": "bookworm",
                "url": "https://download.docker.com/linux/debian",
                "suite": "bookworm",
                "components": ["stable"],
                "key": "https://download.docker.com/linux/debian/gpg",
                "fingerprint": "9DC8 5822 9FC7 DD38 854A E2D8 8D81 803C 0EBF CD88",
            }
        }
    },
)

FAULTS = (
    Fault(
        "a repository of the profile is not offered",
        "docs.docker.com, Install Docker Engine on Debian",
        "repositories",
        (),
        says="download.docker.com",
        verdict="warn",
        profile=_WITH_DOCKER,
    ),
    Fault(
        "the driver's packages are of two versions",
        "NVIDIA/ansible-role-nvidia-driver issue 28",
        "package_versions",
        (edit("packages", r"^ii libcuda1:amd64 .*$", "ii libcuda1:amd64 535.288.01-1~deb12u1"),),
        says="535.288.01, 535.309.01",
        verdict="warn",
    ),
    Fault(
        "packages of the distribution and of NVIDIA's repository are mixed",
        "NVIDIA/deepops issue 1123",
        "package_origins",
        (
            append("archive", f"release {_CUDA.replace('_', '%5f').replace('/', '_')}\tNVIDIA\tNVIDIA CUDA\t\t\n"),
            append("archive", "policy libnvidia-ml1:\npolicy  *** 535.309.01-0+deb12u1 600\n"),
            append("archive", f"policy         600 https://{_CUDA}  Packages\n"),
        ),
        says="Debian, NVIDIA",
        verdict="warn",
    ),
    Fault(
        "some of the driver's packages are on hold",
        "NVIDIA/ansible-role-nvidia-driver issue 17",
        "package_holds",
        (edit("packages", r"^ii nvidia-kernel-dkms ", "hi nvidia-kernel-dkms "),),
        says="apt-mark hold",
        verdict="warn",
    ),
    Fault(
        "unattended upgrades may take the driver",
        "NVIDIA/ubuntu-packaging-nvidia-driver issue 3",
        "unattended_upgrades",
        (
            *_UNATTENDED,
            append(
                "archive",
                "config Unattended-Upgrade::Origins-Pattern:: "
                '"origin=Debian,codename=${distro_codename}-security,label=Debian-Security";\n',
            ),
        ),
        says="libcuda1",
        verdict="warn",
    ),
    Fault(
        "unattended upgrades in the older style of Ubuntu",
        "unattended-upgrades: 50unattended-upgrades",
        "unattended_upgrades",
        (
            *_UNATTENDED,
            append(
                "archive", 'config Unattended-Upgrade::Allowed-Origins:: "${distro_id}:${distro_codename}-security";\n'
            ),
        ),
        says="apt-mark hold",
        verdict="warn",
    ),
    Fault(
        "the next kernel comes without headers",
        "NVIDIA/ansible-role-nvidia-driver issue 20",
        "next_kernel",
        (
            edit("packages", r"^ii linux-headers-amd64 .*\n", ""),
            append(
                "archive",
                "policy linux-image-amd64:\npolicy   Installed: 6.1.192-2\npolicy   Candidate: 6.1.195-1\n",
            ),
        ),
        says="6.1.192-2 -> 6.1.195-1 is waiting",
        verdict="warn",
    ),
    Fault(
        "one archive in two files, one without Signed-By",
        "NVIDIA/nvidia-container-toolkit issue 170",
        "signed_by",
        (
            edit(
                "sources",
                r"^# lists",
                "# file /etc/apt/sources.list.d/nvidia-docker.list\n"
                "deb https://nvidia.github.io/libnvidia-container/stable/deb/amd64 /\n"
                "# file /etc/apt/sources.list.d/nvidia-container-toolkit.list\n"
                "deb [signed-by=/usr/share/keyrings/nvidia-container-toolkit-keyring.gpg] "
                "https://nvidia.github.io/libnvidia-container/stable/deb/amd64/ /\n# lists",
            ),
        ),
        says="provision --only old_sources",
    ),
    Fault(
        "only NVIDIA's retired key is there",
        "NVIDIA/cuda-repo-management issue 4",
        "repository_keys",
        (edit("keys", r"^tool none\n", "file /etc/apt/trusted.gpg.d/cuda.gpg\nkey F60F4B3D7FA2AF80 0\n"),),
        says="provision --only old_sources",
    ),
    Fault(
        "NVIDIA's retired key is still trusted beside others",
        "NVIDIA/nvidia-docker issue 1631",
        "repository_keys",
        (
            edit(
                "keys",
                r"^tool none\n",
                "file /etc/apt/trusted.gpg\nkey F60F4B3D7FA2AF80 0\nkey A4B469963BF863CC 0\n",
            ),
        ),
        says="F60F4B3D7FA2AF80",
        verdict="warn",
    ),
    Fault(
        "cuda-keyring brings its entry beside one with the same key",
        "NVIDIA/cuda-repo-management: cuda-keyring's own .list",
        "repository_twice",
        (
            edit(
                "sources",
                r"^# lists",
                "# file /etc/apt/sources.list.d/a.sources\n"
                f"Types: deb\nURIs: https://{_CUDA}\nSuites: /\n"
                "Signed-By: /usr/share/keyrings/cuda-archive-keyring.gpg\n"
                "# file /etc/apt/sources.list.d/cuda-debian12-x86_64.list\n"
                f"deb [signed-by=/usr/share/keyrings/cuda-archive-keyring.gpg] https://{_CUDA}/ /\n# lists",
            ),
        ),
        says="also offered by /etc/apt/sources.list.d/cuda-debian12-x86_64.list",
        verdict="warn",
        profile=having(
            load("debian"),
            {"repositories": {"cuda": {"release": "bookworm", "url": f"https://{_CUDA}", "suite": "/"}}},
        ),
    ),
    Fault(
        "rpm trusts NVIDIA's retired key",
        "NVIDIA's blog: Updating the CUDA Linux GPG Repository Key",
        "repository_keys",
        (put("keys", "rpm 7fa2af80\nrpm d42d0685\n"),),
        says="rpm still trusts",
        verdict="warn",
        base="healthy-el9",
    ),
    Fault(
        "the key of an archive has expired",
        "apt: EXPKEYSIG",
        "repository_keys",
        (edit("keys", r"^tool none\n", "file /etc/apt/keyrings/kubernetes.gpg\nkey 234654DA9A296436 1795000000\n"),),
        says="has expired",
    ),
    Fault(
        "the key of an archive expires soon",
        "pkgs.k8s.io: its key is renewed every two years",
        "repository_keys",
        (edit("keys", r"^tool none\n", "file /etc/apt/keyrings/kubernetes.gpg\nkey 234654DA9A296436 1796000000\n"),),
        says="2026-11-30",
        verdict="warn",
    ),
    Fault(
        "unattended-upgrade holds dpkg's lock",
        "trailofbits/algo issue 14335",
        "package_lock",
        (append("package_lock", "912 41 /var/lib/dpkg/lock-frontend /usr/bin/python3 /usr/bin/unattended-upgrade\n"),),
        says="pid 912",
        verdict="warn",
    ),
    Fault(
        "a package's question has held the lock for hours",
        "ansible/ansible issue 51663",
        "package_lock",
        (append("package_lock", "912 14400 /var/lib/dpkg/lock dpkg --configure -a\n"),),
        says="for 4 h",
        verdict="warn",
    ),
    Fault(
        "dpkg was cut off between two of its files",
        "dpkg: dpkg was interrupted, you must manually run 'dpkg --configure -a'",
        "transactions_finished",
        (append("unfinished", "/var/lib/dpkg/updates/0003\n"),),
        says="dpkg --configure -a",
    ),
    Fault(
        "yum left a transaction unfinished",
        "yum-complete-transaction(8)",
        "transactions_finished",
        (append("unfinished", "/var/lib/yum/transaction-all.2026-11-20.03:11.12\n"),),
        says="yum-complete-transaction",
    ),
)
