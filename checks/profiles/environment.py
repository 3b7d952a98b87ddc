"""The login environment that the profile's [cuda] asks for: what /etc/profile.d/cuda.sh must say, and what it lacks."""

from __future__ import annotations

from checks.facts import Facts
from checks.facts.cuda_toolkit import FILE, Toolkit
from checks.profiles import cuda_packages
from checks.profiles.profile import Profile

LINK = "/usr/local/cuda"
MARK = "# Made by gpuwright"

_TEXT = """\
{mark} for CUDA {version}, as the profile's [cuda] says: what is edited here is put back.
# Other versions may lie beside it; a program that needs one sets these variables for itself.
CUDA_HOME={root}
case ":$PATH:" in
*":$CUDA_HOME/bin:"*) ;;
*) PATH=$CUDA_HOME/bin${{PATH:+:$PATH}} ;;
esac
case ":${{LD_LIBRARY_PATH:-}}:" in
*":$CUDA_HOME/lib64:"*) ;;
*) LD_LIBRARY_PATH={libraries}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}} ;;
esac
export CUDA_HOME PATH LD_LIBRARY_PATH
"""


def asked(profile: Profile) -> bool:
    """Whether the profile asks for an environment at all."""
    return bool(profile.cuda.version and (profile.cuda.environment or profile.cuda.link))


def toolkit(facts: Facts, profile: Profile) -> Toolkit | None:
    """The toolkit of the profile's version on the host; the folder that is named for it rather than another.

    Where its package is still to come, what that will be: NVIDIA's toolkits have CUPTI.
    """
    return _to_come(profile) if is_to_come(facts, profile) else _there(facts, profile)


def is_to_come(facts: Facts, profile: Profile) -> bool:
    """Whether the toolkit is not there yet, and its package will bring it.

    A package that is gone leaves a folder with what others have in it, such as its libraries' packages and cuDNN.
    """
    if not cuda_packages.comes(profile):
        return False
    found = _there(facts, profile)
    return found is None or not (found.cupti or facts.packages.installed(cuda_packages.package(profile.cuda.version)))


def _there(facts: Facts, profile: Profile) -> Toolkit | None:
    fitting = [found for found in facts.cuda_toolkit.toolkits if found.is_version(profile.cuda.version)]
    return max(fitting, key=lambda found: found.root.endswith(f"-{profile.cuda.version}"), default=None)


def _to_come(profile: Profile) -> Toolkit:
    version = ".".join(profile.cuda.version.split(".")[:2])
    return Toolkit(f"/usr/local/cuda-{version}", version, cupti=True)


def no_toolkit(facts: Facts, profile: Profile) -> str:
    """The words for a host without the profile's toolkit; empty where it is there."""
    if toolkit(facts, profile):
        return ""
    others = ", ".join(f"{found.version} in {found.root}" for found in facts.cuda_toolkit.toolkits)
    return f"there is no CUDA {profile.cuda.version} below /usr/local ({others or 'no toolkit at all'})"


def text(facts: Facts, profile: Profile) -> str:
    """What cuda.sh must say; only where the toolkit is there."""
    found = toolkit(facts, profile)
    root = found.root if found else ""
    libraries = "$CUDA_HOME/lib64" + (":$CUDA_HOME/extras/CUPTI/lib64" if found and found.cupti else "")
    return _TEXT.format(mark=MARK, version=profile.cuda.version, root=root, libraries=libraries)


def ours(facts: Facts) -> bool:
    """Whether cuda.sh is one that this program made."""
    return (facts.cuda_toolkit.text or "").startswith(MARK)


def lacking(facts: Facts, profile: Profile) -> str:
    """What cuda.sh does not do for the profile's toolkit; empty where it does, whoever made it."""
    if not profile.cuda.environment:
        return ""
    have, want, root = facts.cuda_toolkit.text, text(facts, profile), _root(facts, profile)
    if have is None:
        return f"there is no {FILE}"
    named = facts.cuda_toolkit.named(have)
    elsewhere = [path for path in named if path != root]
    if elsewhere:
        return f"{FILE} points at {', '.join(elsewhere)}"
    if ours(facts):
        return (
            "" if have.rstrip() == want.rstrip() else f"{FILE} has been edited, or is of another version of gpuwright"
        )
    for place in ("/bin", "/lib64"):
        if root not in named or place not in have:
            return f"{FILE} does not put {root}{place} on the path"
    return ""


def link_lacking(facts: Facts, profile: Profile) -> str:
    """Where /usr/local/cuda leads, if not to the profile's toolkit; empty where it does, or the profile leaves it."""
    if not profile.cuda.link:
        return ""
    leads, root = dict(facts.cuda_toolkit.links).get(LINK), _root(facts, profile)
    if leads is None:
        return f"there is no {LINK}"
    return "" if leads == root else f"{LINK} leads to {leads}, not to {root}"


def obstacle(facts: Facts, profile: Profile) -> str:
    """Why cuda.sh and the link are left alone; empty where they can be written, or need not be."""
    if profile.cuda.link and any(found.root == LINK for found in facts.cuda_toolkit.toolkits):
        return f"{LINK} is a folder and no link: it is left alone"
    if facts.cuda_toolkit.other:
        return facts.cuda_toolkit.other
    if missing := no_toolkit(facts, profile):
        return missing
    why = lacking(facts, profile)
    if why and facts.cuda_toolkit.text is not None and not (ours(facts) or profile.cuda.replace):
        return f"{why}; another tool made it, and it is left alone"
    return ""


def elsewhere(facts: Facts, profile: Profile) -> tuple[tuple[str, str], ...]:
    """The lines of other files that put another toolkit on everybody's path."""
    found, root = facts.cuda_toolkit, _root(facts, profile)
    return tuple((file, line) for file, line in found.lines if any(path != root for path in found.named(line)))


def _root(facts: Facts, profile: Profile) -> str:
    found = toolkit(facts, profile)
    return found.root if found else ""
