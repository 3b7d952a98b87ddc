"""Faults of docker, the container toolkit, CDI, containerd and CRI-O."""

from __future__ import annotations

from tests.alter import Alter, append, edit, put
from tests.container_toolkit import INSTALLED, wanting
from tests.faultbench.fault import Fault
from tests.faultbench.twin import twin

_FLAGS = "flag -H\nflag --containerd=/run/containerd/containerd.sock\n"
_DOWN = (edit("docker", r"^state active\n(.*\n)*", "state failed\n"), edit("volume", r"^asked\n(.*\n)*", ""))


def _shown(path: str, text: str) -> str:
    return f"file {path}\n" + "".join(f"| {line}\n" for line in text.splitlines())


def daemon(text: str, flags: str = _FLAGS) -> Alter:
    """Docker is told so by daemon.json and by the flags of its unit."""
    return put("docker_config", _shown("/etc/docker/daemon.json", text) + flags)


def live(pattern: str, replacement: str) -> Alter:
    """The running daemon says otherwise."""
    return edit("docker", pattern, replacement)


_NVIDIA = '{"runtimes": {"nvidia": {"args": [], "path": "nvidia-container-runtime"}}}'
_KNOWN = live(r'"Runtimes":\{', '"Runtimes":{"nvidia":{"path":"nvidia-container-runtime"},')
_PROGRAMS = "".join(
    f"have {name} /usr/bin/{name}\n"
    for name in (
        "nvidia-container-runtime",
        "nvidia-container-runtime-hook",
        "nvidia-container-cli",
        "nvidia-ctk",
        "runc",
    )
)


def toolkit(
    text: str = 'disable-require = false\n\n[nvidia-container-runtime]\nmode = "auto"\n', more: str = ""
) -> Alter:
    """The toolkit is installed, with this config.toml."""
    return put("toolkit", _PROGRAMS + _shown("/etc/nvidia-container-runtime/config.toml", text) + more)


def versions(tools: str) -> Alter:
    """The toolkit's packages, its tools of another version."""
    return append(
        "packages",
        f"ii nvidia-container-toolkit 1.18.0-1\nii nvidia-container-toolkit-base 1.18.0-1\n"
        f"ii libnvidia-container-tools {tools}\nii libnvidia-container1:amd64 1.18.0-1\n",
    )


def spec(path: str, *more: str, names: str = "0 all", library: str = "535.309.01") -> str:
    """A CDI spec as the probe tells it."""
    lines = [f"spec {path}", "kind nvidia.com/gpu", *(f"name {name}" for name in names.split())]
    return "\n".join([*lines, *more, f"library /usr/lib/libcuda.so.{library}"]) + "\n"


def working(*names: str, more: str = "request  [[gpu]] [] \n") -> Alter:
    """Containers with GPUs run."""
    return append("containers", "".join(f"container /{name} runc cuda:12.2\n{more}" for name in names))


def containerd(text: str, more: str = "containerd 1.7.24\nup containerd\n", drop_in: str = "") -> Alter:
    """This is what containerd is told, by its file and a drop-in."""
    shown = _shown("/etc/containerd/config.toml", text)
    return put("cri", shown + (_shown("/etc/containerd/conf.d/99-nvidia.toml", drop_in) if drop_in else "") + more)


_MANAGED = (toolkit(), INSTALLED, daemon(_NVIDIA), _KNOWN)
_CTK = "nvidia-ctk 1.20.0, watched"
_K3S = "/var/lib/rancher/k3s/agent/etc/containerd/config.toml"
_V2 = 'plugins."io.containerd.grpc.v1.cri".containerd'
_ONLY_NVIDIA = f'version = 2\n[{_V2}.runtimes.nvidia.options]\nBinaryName = "/usr/bin/nvidia-container-runtime"\n'
_IMPORTS = 'version = 2\nimports = ["/etc/containerd/conf.d/*.toml"]\n'
_CGROUPS = (
    f"version = 2\n[{_V2}.runtimes.runc.options]\nSystemdCgroup = true\n"
    f'[{_V2}.runtimes.nvidia.options]\nBinaryName = "/usr/bin/nvidia-container-runtime"\n'
)

FAULTS = (
    Fault(
        "daemon.json with a trailing comma, docker down",
        "NVIDIA/nvidia-docker issue 1448",
        "daemon_json",
        (daemon('{\n  "debug": true,\n}'), *_DOWN),
        says="line 3 column 1",
    ),
    Fault(
        "daemon.json with a comment, docker still up",
        f"{_CTK}, case docker-19",
        "daemon_json",
        (daemon("# by hand\n{}"),),
        verdict="warn",
        says="line 1 column 1",
    ),
    Fault(
        "a doubled key in daemon.json",
        f"{_CTK}, case docker-51",
        "daemon_json",
        (daemon('{"runtimes": {}, "runtimes": {}}'),),
        verdict="warn",
        says='"runtimes" stands there twice',
    ),
    Fault(
        "the default runtime is not defined",
        f"{_CTK}, case docker-52",
        "daemon_json",
        (daemon('{"default-runtime": "nvidia"}'), *_DOWN),
        says='"nvidia" is not among the runtimes',
    ),
    Fault(
        "runtimes is a list",
        f"{_CTK}, case docker-28",
        "daemon_json",
        (daemon('{"runtimes": []}'), *_DOWN),
        says='"runtimes" is not an object',
    ),
    Fault(
        "a mirror without its scheme",
        "moby registry/config.go ValidateMirror",
        "daemon_json",
        (daemon('{"registry-mirrors": ["mirror.example.com:5000"]}'), *_DOWN),
        says="mirror.example.com:5000",
    ),
    Fault(
        "daemon.json is a folder",
        f"{_CTK}, case docker-21",
        "daemon_json",
        (put("docker_config", f"other /etc/docker/daemon.json is a folder\n{_FLAGS}"), *_DOWN),
        says="is a folder",
    ),
    Fault(
        "hosts in daemon.json and -H in the unit, docker down",
        "NVIDIA/nvidia-container-toolkit issue 631",
        "daemon_flags",
        (daemon('{"hosts": ["tcp://0.0.0.0:2375"]}'), *_DOWN),
        says='"hosts" is in /etc/docker/daemon.json and also the flag -H',
    ),
    Fault(
        "storage-driver in daemon.json and in a drop-in, docker still up",
        "NVIDIA/nvidia-container-toolkit issue 631",
        "daemon_flags",
        (daemon('{"storage-driver": "vfs"}', f"{_FLAGS}flag --storage-driver=vfs\n"),),
        verdict="warn",
        says="--storage-driver=vfs",
    ),
    Fault(
        "docker was not restarted since the runtime was added",
        "NVIDIA/nvidia-docker issues 578 and 1236",
        "daemon_live",
        (daemon(_NVIDIA), toolkit()),
        says="the running docker does not know it",
    ),
    Fault(
        "the default runtime was changed and docker not restarted",
        "NVIDIA/nvidia-docker issue 838",
        "daemon_live",
        (daemon(_NVIDIA.replace("}}}", '}}, "default-runtime": "nvidia"}')), toolkit(), _KNOWN),
        verdict="warn",
        says="sets default-runtime to nvidia, and the running docker has runc",
    ),
    Fault(
        "the cgroup driver was changed and docker not restarted",
        "NVIDIA container toolkit documentation, Troubleshooting",
        "daemon_live",
        (daemon('{"exec-opts": ["native.cgroupdriver=cgroupfs"]}'),),
        verdict="warn",
        says="native.cgroupdriver to cgroupfs",
    ),
    Fault(
        "docker is a snap",
        "NVIDIA/nvidia-docker issue 1034",
        "docker_engine",
        (
            edit("docker", r"^client .*", "client /snap/bin/docker"),
            append("docker_config", "engine snap /snap/docker\n"),
        ),
        verdict="warn",
        says="docker is a snap",
    ),
    Fault(
        "a rootless docker beside a toolkit for root",
        "NVIDIA/libnvidia-container issue 154",
        "docker_engine",
        (append("docker_config", "engine rootless /run/user/1000/docker.pid\n"), toolkit()),
        verdict="warn",
        says="/run/user/1000/docker.pid",
    ),
    Fault(
        "the toolkit was removed and its runtime left in daemon.json",
        "NVIDIA/nvidia-docker issues 958 and 1337",
        "runtime_programs",
        (daemon(_NVIDIA), _KNOWN),
        says="nvidia-container-runtime: not on PATH",
    ),
    Fault(
        "a runtime named by a path that is gone",
        "NVIDIA/nvidia-docker issue 1190",
        "runtime_programs",
        (
            daemon('{"runtimes": {"nvidia": {"path": "/usr/bin/nvidia-container-runtime"}}}'),
            _KNOWN,
            put("toolkit", "have runc /usr/sbin/runc\nabsent /usr/bin/nvidia-container-runtime\n"),
        ),
        says="/usr/bin/nvidia-container-runtime: no such file",
    ),
    Fault(
        "the hook is missing beside the runtime",
        "NVIDIA/nvidia-docker issue 1337",
        "runtime_programs",
        (edit("toolkit", r"^have runc", "have nvidia-container-runtime /usr/bin/nvidia-container-runtime\nhave runc"),),
        says="nvidia-container-runtime-hook, nvidia-container-cli: not on PATH",
    ),
    Fault(
        "the toolkit's packages of two versions",
        "packaging/debian of nvidia-container-toolkit 1.18",
        "toolkit_versions",
        (toolkit(), versions("1.17.8-1")),
        says="libnvidia-container-tools 1.17.8-1",
    ),
    Fault(
        "half an upgrade of the toolkit, which the profile asks for",
        "packaging/debian of nvidia-container-toolkit 1.18",
        "toolkit_versions",
        (toolkit(), versions("1.17.8-1")),
        says="of 2 versions, and the profile asks for 1.20.0",
        profile=wanting(),
    ),
    Fault(
        "the toolkit is not there, and the profile asks for it",
        "NVIDIA Container Toolkit, installation guide",
        "toolkit_versions",
        (),
        says="is not installed, and the profile asks for 1.20.0",
        profile=wanting(),
    ),
    Fault(
        "a mode that does not exist",
        f"{_CTK}, case config-11",
        "toolkit_config",
        (toolkit('[nvidia-container-runtime]\nmode = "banana"\n'),),
        says='mode = "banana"',
    ),
    Fault(
        "no-cgroups without a rootless engine",
        "NVIDIA/nvidia-container-toolkit issue 139",
        "toolkit_config",
        (toolkit("[nvidia-container-cli]\nno-cgroups = true\n"),),
        says="no-cgroups = true",
    ),
    Fault(
        "config.toml is no TOML",
        f"{_CTK}, case config-13",
        "toolkit_config",
        (toolkit("[nvidia-container-cli\n"),),
        says="cannot be read",
    ),
    Fault(
        "the toolkit looks for a driver container that is gone",
        "NVIDIA/gpu-operator, driver root /run/nvidia/driver",
        "toolkit_config",
        (toolkit('[nvidia-container-cli]\nroot = "/run/nvidia/driver"\n', "absent /run/nvidia/driver\n"),),
        says="root /run/nvidia/driver is not there",
    ),
    Fault(
        "CDI mode without a spec",
        "NVIDIA/nvidia-container-toolkit issue 1239",
        "cdi_missing",
        (toolkit('[nvidia-container-runtime]\nmode = "cdi"\n'),),
        says="nvidia-ctk cdi generate",
    ),
    Fault(
        "a CDI spec of the driver before",
        "NVIDIA/nvidia-container-toolkit issue 1828",
        "cdi_stale",
        (toolkit(), put("cdi", spec("/etc/cdi/nvidia.yaml", library="525.147.05"))),
        says="was made for driver 525.147.05, and 535.309.01 is loaded",
    ),
    Fault(
        "a CDI spec names a library that is gone",
        "containers/podman issue 23935",
        "cdi_stale",
        (toolkit(), put("cdi", spec("/var/run/cdi/nvidia.yaml", "missing /usr/lib/libnvidia-nvvm.so.4"))),
        says="/usr/lib/libnvidia-nvvm.so.4",
    ),
    Fault(
        "a CDI spec names a device node that is gone",
        "NVIDIA/nvidia-container-toolkit issue 1895",
        "cdi_stale",
        (toolkit(), put("cdi", spec("/etc/cdi/nvidia.yaml", "missing /dev/nvidia1", names="0 1 all"))),
        says="/dev/nvidia1",
    ),
    Fault(
        "a CDI spec by hand is hidden by the one in memory",
        f"{_CTK}, case cdi-list-two-dirs-conflict",
        "cdi_twice",
        (toolkit(), put("cdi", spec("/etc/cdi/nvidia.yaml") + spec("/var/run/cdi/nvidia.yaml"))),
        verdict="warn",
        says="/etc/cdi/nvidia.yaml and /var/run/cdi/nvidia.yaml",
    ),
    Fault(
        "two CDI specs in one folder define one device",
        f"{_CTK}, case cdi-list-same-dir-conflict",
        "cdi_twice",
        (toolkit(), put("cdi", spec("/etc/cdi/a.yaml") + spec("/etc/cdi/b.yaml"))),
        says="defined by two files of /etc/cdi",
    ),
    Fault(
        "docker's daemon is gone, its packages are not",
        "derived: /usr/sbin/dockerd was removed by hand",
        "docker_running",
        (edit("docker", r"^daemon .*\n", ""),),
        says="dockerd is not on PATH; docker.io should have brought it",
    ),
    Fault(
        "docker's command is gone, its daemon is not",
        "derived: /usr/bin/docker was removed by hand",
        "docker_running",
        (edit("docker", r"^client .*\n", ""),),
        says="docker is not on PATH; docker.io should have brought it",
    ),
    Fault(
        "docker is asked while it starts",
        "systemctl(1): the state activating; derived",
        "docker_running",
        (edit("docker", r"^state .*$", "state activating"),),
        verdict="unknown",
        says="just starting (activating)",
    ),
    Fault(
        "a CDI spec of podman's days beside the toolkit's, both in /etc",
        f"{_CTK}, case cdi-list-same-dir-conflict",
        "cdi_twice",
        (toolkit(), put("cdi", spec("/etc/cdi/nvidia.json", names="all") + spec("/etc/cdi/nvidia.yaml"))),
        says="nvidia.com/gpu=all is defined by two files of /etc/cdi",
    ),
    Fault(
        "a container that asks for a GPU by name, and the spec is gone since the boot",
        "NVIDIA/nvidia-container-toolkit issue 1239",
        "cdi_missing",
        (toolkit(), working("train", more="request cdi [] [nvidia.com/gpu=all]\n"), put("inside", "open train\n")),
        says="container train asks for one",
    ),
    Fault(
        "CDI mode, and specs of other devices alone",
        f"{_CTK}, case cdi-list-bad-kind",
        "cdi_missing",
        (
            toolkit('[nvidia-container-runtime]\nmode = "cdi"\n'),
            put("cdi", spec("/etc/cdi/nic.yaml", names="0").replace("nvidia.com/gpu", "nvidia.com/nic")),
        ),
        says='config.toml: mode = "cdi"',
    ),
    Fault(
        "a CDI spec with the second GPU alone",
        "NVIDIA/nvidia-container-toolkit issue 1828",
        "cdi_gpus",
        (toolkit(), put("cdi", spec("/var/run/cdi/nvidia.yaml", names="1 all")), *twin()),
        says="no device 0",
    ),
    Fault(
        "a CDI spec with MIG instances of the first GPU alone",
        "NVIDIA/nvidia-container-toolkit issue 1828",
        "cdi_gpus",
        (toolkit(), put("cdi", spec("/var/run/cdi/nvidia.yaml", names="0:0 0:1 all")), *twin()),
        says="no device 1",
    ),
    Fault(
        "no CDI specification, and the profile asks for one",
        "NVIDIA/nvidia-container-toolkit issue 1239",
        "cdi_spec",
        (*_MANAGED, put("cdi", "refresh path enabled\nrefresh service enabled\n")),
        says="no /var/run/cdi/nvidia.yaml defines nvidia.com/gpu",
        profile=wanting(cdi="auto"),
    ),
    Fault(
        "the CDI specification of a managed host is of the driver before",
        "NVIDIA/nvidia-container-toolkit issue 1828",
        "cdi_spec",
        (*_MANAGED, put("cdi", spec("/etc/cdi/nvidia.yaml", library="525.147.05"))),
        says="was made for driver 525.147.05",
        profile=wanting(cdi="/etc/cdi"),
    ),
    Fault(
        "nvidia-cdi-refresh was switched off on a managed host",
        "NVIDIA/nvidia-container-toolkit issue 1239",
        "cdi_spec",
        (
            *_MANAGED,
            put("cdi", "refresh path disabled\nrefresh service disabled\n" + spec("/var/run/cdi/nvidia.yaml")),
        ),
        says="nvidia-cdi-refresh, which makes it anew, is not enabled",
        profile=wanting(cdi="auto"),
    ),
    Fault(
        "a CDI spec from before the second GPU was there",
        "NVIDIA/nvidia-container-toolkit issue 1828",
        "cdi_gpus",
        (
            toolkit(),
            put("cdi", spec("/etc/cdi/nvidia.yaml")),
            *twin(),
        ),
        says="1 of 2 GPUs",
    ),
    Fault(
        "containers with GPUs, and no links in /dev/char",
        "NVIDIA/nvidia-docker issue 1730",
        "daemon_reload",
        (working("train", "serve"),),
        verdict="warn",
        says="2 container(s) lose their GPUs: train, serve",
    ),
    Fault(
        "a container with the nodes alone, and no links in /dev/char",
        "NVIDIA/nvidia-container-toolkit issue 48",
        "daemon_reload",
        (working("legacy", more="device /dev/nvidia0\ndevice /dev/nvidiactl\n"),),
        verdict="warn",
        says="ln -sfn /dev/nvidia0 /dev/char/195:0",
    ),
    Fault(
        "a managed host without links in /dev/char, before any container has GPUs",
        "NVIDIA/nvidia-container-toolkit issue 48",
        "device_nodes",
        (*_MANAGED, put("char_links", "cgroup 2\nmissing /dev/char/195:0 /dev/nvidia0\n")),
        verdict="warn",
        says="no /dev/char/195:0",
        profile=wanting(),
    ),
    Fault(
        "a container that has lost its GPUs",
        "NVIDIA/nvidia-docker issue 1671",
        "gpus_kept",
        (put("inside", "open serve\nlost train\n"),),
        says="the container train has lost its GPUs",
    ),
    Fault(
        "vfs where overlay2 would work",
        "docker documentation, Select a storage driver",
        "storage_driver",
        (edit("containers", r"overlayfs$", "ext2/ext3"),),
        verdict="warn",
        says="vfs",
    ),
    Fault(
        "devicemapper",
        "docker engine 25 release notes",
        "storage_driver",
        (live('"Driver":"vfs"', '"Driver":"devicemapper"'),),
        verdict="warn",
        says="devicemapper",
    ),
    Fault(
        "docker's disk is full",
        "NVIDIA/nvidia-docker issue 792",
        "data_root",
        (
            edit("containers", r"^on .*$", "on 4096 1000000 5000 1000000 900000 xfs"),
            live('"Driver":"vfs"', '"Driver":"overlay2"'),
        ),
        says="docker system df",
    ),
    Fault(
        "docker's disk has no inodes left",
        "NVIDIA/nvidia-docker issue 1225",
        "data_root",
        (edit("containers", r"16108460", "0"),),
        says="no inodes left",
    ),
    Fault(
        "docker's disk is nearly full",
        "zonca/jupyterhub-deploy-kubernetes-jetstream issue 76",
        "data_root",
        (edit("containers", r"^on 4096 \d+ \d+ ", "on 4096 66053021 1000000 "),),
        verdict="warn",
        says="3.8 GiB are left",
    ),
    Fault(
        "docker's data on NFS",
        "docker documentation, Select a storage driver",
        "data_root",
        (edit("containers", r"overlayfs$", "nfs"),),
        verdict="warn",
        says="lies on nfs",
    ),
    Fault(
        "an image too new for the driver",
        "NVIDIA/nvidia-docker issue 1442",
        "image_cuda",
        (
            append(
                "containers",
                "image sha256:1 [nvidia/cuda:12.8.1-base-ubuntu24.04]\n"
                "env NVIDIA_REQUIRE_CUDA=cuda>=12.8 brand=tesla,driver>=470,driver<471\n",
            ),
        ),
        verdict="warn",
        says="nvidia/cuda:12.8.1-base-ubuntu24.04",
    ),
    Fault(
        "an insecure registry with its scheme",
        "moby registry/config.go loadInsecureRegistries",
        "registries",
        (daemon('{"insecure-registries": ["http://10.0.0.5:5000"]}'),),
        verdict="warn",
        says="http://10.0.0.5:5000",
    ),
    Fault(
        "containerd 1.7 with a file of version 3",
        f"{_CTK}, case containerd-26",
        "containerd_config",
        (containerd("version = 3\n", "containerd 1.7.24\n"),),
        says="knows up to 2",
    ),
    Fault(
        "containerd's configuration is no TOML, containerd still up",
        f"{_CTK}, case containerd-34",
        "containerd_config",
        (containerd("[plugins\n"),),
        verdict="warn",
        says="/etc/containerd/config.toml is no TOML",
    ),
    Fault(
        "containerd 2 passes over a version 1 file",
        f"{_CTK}, case containerd-63",
        "containerd_config",
        (containerd("[plugins.cri]\nsandbox_image = 'x'\n", "containerd 2.0.11\nup containerd\n"),),
        verdict="warn",
        says="containerd config migrate",
    ),
    Fault(
        "a file of version 3 with the plugin's name of version 2",
        f"{_CTK}, case containerd-31",
        "containerd_config",
        (
            containerd(
                f"version = 3\n[{_V2}.runtimes.nvidia.options]\nSystemdCgroup = true\n",
                "containerd 2.2.7\nup containerd\n",
            ),
        ),
        verdict="warn",
        says="move them below io.containerd.cri.v1.runtime",
    ),
    Fault(
        "a drop-in that nobody imports",
        f"{_CTK}, case containerd-19",
        "containerd_config",
        (containerd("version = 2\n", drop_in=_ONLY_NVIDIA),),
        verdict="warn",
        says="does not import /etc/containerd/conf.d/99-nvidia.toml",
    ),
    Fault(
        "a drop-in with nvidia alone takes runc away from containerd 1.7",
        f"{_CTK}, case containerd-61",
        "containerd_runtimes",
        (containerd(_IMPORTS, drop_in=_ONLY_NVIDIA),),
        says="default runtime runc is not among its runtimes (nvidia)",
    ),
    Fault(
        "the NVIDIA runtime without SystemdCgroup",
        "NVIDIA/nvidia-docker issue 1788",
        "containerd_runtimes",
        (containerd(_CGROUPS),),
        verdict="warn",
        says="SystemdCgroup is false for the runtime nvidia",
    ),
    Fault(
        "k3s was started before the toolkit came",
        "docs.k3s.io, Advanced options: NVIDIA Container Runtime Support",
        "k3s_runtime",
        (*_MANAGED, put("rancher", f"is k3s v1.30.4+k3s1\nunit k3s.service\ngenerated {_K3S}\n")),
        says="it was written before the toolkit came",
        profile=wanting(),
    ),
    Fault(
        "a template of the site without NVIDIA's runtime",
        f"{_CTK}, case containerd-49",
        "k3s_runtime",
        (
            *_MANAGED,
            put("rancher", f"is rke2 v1.33.1+rke2r1\nunit rke2-agent.service\ngenerated {_K3S}\nwhole /x.tmpl\n"),
        ),
        says="/x.tmpl is the whole configuration of rke2's containerd",
        profile=wanting(),
    ),
    Fault(
        "k3s finds a runtime of the operator's first",
        "NVIDIA/gpu-operator, toolkit in /usr/local/nvidia/toolkit; k3s pkg/agent/containerd",
        "k3s_runtime",
        (
            *_MANAGED,
            put(
                "rancher",
                f"is k3s v1.33.1+k3s1\nunit k3s.service\ngenerated {_K3S}\n"
                "nvidia /usr/local/nvidia/toolkit/nvidia-container-runtime\n",
            ),
        ),
        says="its runtime nvidia is /usr/local/nvidia/toolkit/nvidia-container-runtime",
        profile=wanting(),
    ),
    Fault(
        "CRI-O's drop-in where it does not read",
        "nvidia-container-toolkit 584f68ef",
        "crio_config",
        (append("cri", "unread /etc/crio/conf.d/99-nvidia.toml\nup crio\n"),),
        says="mv /etc/crio/conf.d/99-nvidia.toml /etc/crio/crio.conf.d/99-nvidia.toml",
    ),
    Fault(
        "CRI-O's default runtime is not defined",
        f"{_CTK}, case crio-08",
        "crio_config",
        (append("cri", _shown("/etc/crio/crio.conf", '[crio.runtime]\ndefault_runtime = "nvidia"\n')),),
        says="default runtime nvidia is not among",
    ),
)
