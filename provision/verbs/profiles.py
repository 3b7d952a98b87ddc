"""The verbs about profiles, `profile.show` and `profile.validate`: composition only.

They name their hosts themselves (`--hosts`), so -H is refused.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

from invoke.collection import Collection
from invoke.tasks import task

from checks.facts import TOPICS, Facts, gather
from provision.answers import RESULTS, answering, finish
from provision.errors import Usage


def _refuse_connection(c: Any, verb: str) -> None:
    if hasattr(c, "original_host"):
        raise Usage(f"profile.{verb} names its hosts itself: leave -H out; profile.show --hosts {c.original_host}")


@task(
    name="show",
    auto_shortflags=False,
    post=[finish],
    help={"profile": "a profile's name or a file", "hosts": "what counts for these hosts: a set such as gpu[01-64]"},
)
def profile_show(c: Any, profile: str = "", hosts: str = "") -> None:
    """Show a profile with all that it extends and overrides, and the file and line of each value."""
    from checks.profiles import show
    from checks.profiles.choose import decide

    named: tuple[str, ...] = ()
    with answering("profile.show"):
        _refuse_connection(c, "show")
        if not profile and not hosts:
            raise Usage("profile.show of what? --profile NAME or FILE, or --hosts gpu01,gpu02")
        named = _names(hosts) if hosts else ("",)
    for host in named:
        with answering(host or "profile.show"):
            print(show.as_text(decide(profile, host, partial(_held, c, host)), host).rstrip())
            RESULTS.append(0)


@task(
    name="validate",
    auto_shortflags=False,
    post=[finish],
    help={"file": "a profile or a site file (- for standard input); default: the site file that counts here"},
)
def profile_validate(c: Any, file: str = "") -> None:
    """Say whether a profile or a site file can be used, and all that is wrong with it. Status 65: it cannot."""
    from checks.profiles import show, site

    with answering("profile.validate"):
        _refuse_connection(c, "validate")
        if file == "-":
            print(show.validated(sys.stdin.read(), "standard input", Path()))
        else:
            path = Path(file) if file else site.find()
            if path is None:
                raise Usage(f"profile.validate of what? --file FILE; no site file {site.NAME} counts here")
            print(show.validated(path.read_text(encoding="utf-8"), str(path), path.parent))
        RESULTS.append(0)


def _names(hosts: str) -> tuple[str, ...]:
    from provision.fleet.naming import names

    return names(hosts)


def _held(c: Any, host: str) -> str:
    """What provisioning left on the host: asked only where no site file says more."""
    from provision.remote import access_of

    with access_of(c).to(host) as remote:
        return Facts(gather(remote, {"applied": TOPICS["applied"]})).applied


namespace = Collection("profile", profile_show, profile_validate)
