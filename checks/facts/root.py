"""Becoming root on a host: directly, by a sudo that does not ask, or by one that does; and what keeps us from it.

The script is piped to `sudo sh`, so that sudo's log holds `sh` and not the script. A password is never an argument: it
comes by standard input, and the script is sent to sudo only when a first call has shown that it is the right one,
because a sudo that asks again would take lines of the script for passwords, and lock the account.
"""

from __future__ import annotations

NOT_ROOT = 77
"""Exit status of a script that was given a password and did not become root; it was not begun."""

_REFUSED = "@ not root: "
_MARK = "@ the script begins"

_SCRIPT = """\
gpuwright_script() {{ cat <<'END_OF_SCRIPT'
{script}END_OF_SCRIPT
{data}}}
if [ "$(id -u)" = 0 ]; then gpuwright_script | {sh}
elif gpuwright_sudo=$(LC_ALL=C sudo -n sh -c : 2>&1 </dev/null); then gpuwright_script | sudo -n {sh}
"""


def as_root(script: str, *, fed: bool = False) -> str:
    """The script as a command line for a login shell: run as root where that needs no password, else as who we are.

    What sudo said is in GPUWRIGHT_SUDO then, for the topic `host`. A script that is `fed` has our standard input as its
    own.
    """
    return f"""\
{_begin(script, fed=fed)}\
else gpuwright_script | GPUWRIGHT_SUDO=$gpuwright_sudo {_shell(script, fed=fed)}; fi
"""


def as_root_with_password(script: str, *, fed: bool = False) -> str:
    """Like `as_root` for a sudo that asks: the password is the first line of standard input.

    Where sudo does not take it, the script is not begun, and standard error has what `refusal` reads.
    """
    run = _run(script) if fed else "exec sh"
    return f"""\
{_begin(script, fed=fed)}\
else
    # A printf that is no builtin would show the password to ps.
    [ "$(command -v printf)" = printf ] || {{ echo '{_REFUSED}the login shell has no printf' >&2; exit {NOT_ROOT}; }}
    IFS= read -r gpuwright_line
    gpuwright_sudo=$(printf '%s\\n' "$gpuwright_line" | LC_ALL=C sudo -k -S -p '' sh -c : 2>&1) ||
        {{ echo '{_REFUSED}'$gpuwright_sudo >&2; exit {NOT_ROOT}; }}
    {{ printf '%s\\n' "$gpuwright_line" '{_MARK}'; gpuwright_script; }} | LC_ALL=C sudo -k -S -p '' \\
        sh -c 'while IFS= read -r line; do if [ "$line" = "{_MARK}" ]; then {run}; fi; done; exit {NOT_ROOT}'
fi
"""


def _begin(script: str, *, fed: bool) -> str:
    return _SCRIPT.format(script=script, data="cat\n" if fed else "", sh=_shell(script, fed=fed))


def _shell(script: str, *, fed: bool) -> str:
    """A shell that reads the script from its standard input; one that is fed must not read any further than that."""
    return f"sh -c '{_run(script)}'" if fed else "sh"


def _run(script: str) -> str:
    return f'eval "$(head -c {len(script.encode())})"; exit'


def refusal(said: str) -> str:
    """What kept a script with a password from being root, by its standard error; empty when nothing did."""
    line = next((line for line in said.splitlines() if line.startswith(_REFUSED)), "")
    return reason(line.removeprefix(_REFUSED)) if line else ""


def reason(said: str) -> str:
    """What sudo said, as what it means and what to do about it."""
    if "must have a tty" in said:
        return (
            "sudo wants a terminal (requiretty in sudoers), and there is none: "
            "echo 'Defaults:USER !requiretty' | sudo tee /etc/sudoers.d/gpuwright"
        )
    if "not found" in said and "sudo:" in said:
        return "there is no sudo on the host: log in as root (fab -H root@HOST)"
    if "incorrect password" in said or "no password was provided" in said or "Authentication failure" in said:
        return "sudo did not take the password"
    if "not in the sudoers" in said or "not allowed to" in said or "may not run sudo" in said:
        return f"sudo does not let this account run sh ({_last(said)}): allow it, or log in as another"
    if "password is required" in said or not said.strip():
        return (
            "sudo asks for a password, or does not let this account run sh: --prompt-for-sudo-password, or "
            "FABRIC_SUDO_PASSWORD in the environment (INVOKE_SUDO_PASSWORD under invoke)"
        )
    return f"sudo says: {_last(said)}"


def _last(said: str) -> str:
    return said.strip().splitlines()[-1][-200:].strip()
