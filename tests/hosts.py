"""Recorded hosts (tests/recordings/*.rec) and those derived from them, each with its golden report and golden plan."""

from __future__ import annotations

from pathlib import Path

from checks import report
from checks.examine import examine
from checks.facts import Facts
from checks.facts.reading import Unknown
from checks.facts.recording import Recording, parse
from checks.profiles.profile import Profile, having, load
from provision import show
from provision.errors import Unsupported
from provision.planning import plan, refuse
from tests.alter import altered
from tests.derived import DERIVED, REFUSED
from tests.derived_rpm import RPM

FOLDER = Path(__file__).parent / "recordings"
HEALTHY = "healthy-debian12-a100"
NAMES = sorted([*(path.stem for path in FOLDER.glob("*.rec")), *DERIVED, *RPM])
_ALTERED = {**DERIVED, **REFUSED, **RPM}
DEBIAN = load("debian")
STACK_2017 = having(
    load("nvidia-docker1"),
    {
        "mirrors": {
            "https://developer.download.nvidia.com/compute/cuda/repos": {
                "url": "https://mirror.example.org/cuda",
                "key": "https://mirror.example.org/key.asc",
                "fingerprint": "0123456789ABCDEF0123456789ABCDEF01234567",
            }
        }
    },
)
"""The stack of 2017 as a site has it: NVIDIA's repositories from a mirror, signed by a key of the site's own."""


def read(name: str) -> Recording:
    """A recording by its file's name, or a derived one."""
    if name in _ALTERED:
        return altered(read(HEALTHY), _ALTERED[name])
    return parse((FOLDER / f"{name}.rec").read_text(encoding="utf-8"))


def facts(name: str) -> Facts:
    """The facts of a recorded host."""
    return Facts(read(name))


def profile_of(name: str) -> Profile:
    """The profile that a recorded host is compared with."""
    return STACK_2017 if name.startswith(("bare-centos7", "bare-ubuntu1604")) else DEBIAN


def refused(found: Facts, profile: Profile = DEBIAN) -> str:
    """Why the host must not be touched; empty when it may."""
    try:
        refuse(found, profile)
    except (Unsupported, Unknown) as why:
        return str(why)
    return ""


def golden_report(name: str) -> str:
    """What the doctor says is not well; what is well changes with each new check, and is not kept."""
    found, profile = facts(name), profile_of(name)
    loud = report.loudest_first(examine(found, profile))
    return report.as_text(report.of(found, name, profile.name, loud, f"fab -H {name}")).partition("\n\n")[2]


def golden_plan(name: str) -> str:
    """What provisioning would do with it."""
    found, profile = facts(name), profile_of(name)
    why = refused(found, profile)
    return f"refused: {why}\n" if why else show.as_text(plan(found, profile), name, profile.name)


WELL = (HEALTHY, "healthy-with-kubernetes", "healthy-with-nvidia-docker-1", "healthy-el9", "healthy-centos7")
"""Hosts of which the words about what is well are kept, too."""


def golden_well() -> str:
    """What is said of each check of a healthy host; of the other healthy hosts, what is said otherwise of them."""
    shown: dict[str, tuple[str, ...]] = {
        name: tuple(f"{f.check}: {f.verdict}, {f.summary}" for f in examine(facts(name), DEBIAN)) for name in WELL
    }
    known = shown[HEALTHY]
    other = {name: [line for line in said if line not in known] for name, said in shown.items() if name != HEALTHY}
    return "".join(
        f"# {name}\n" + "".join(f"{line}\n" for line in said) for name, said in ({HEALTHY: known} | other).items()
    )


def golden_refusals() -> str:
    """What each host that must not be touched is told."""
    return "".join(f"{name}: {refused(facts(name))}\n\n" for name in REFUSED)
