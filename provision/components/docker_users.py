"""The group docker: the users that the profile names are added to it; nobody is taken out."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.profiles import docker_users
from checks.profiles.profile import Profile
from provision.step import Step, words

RESTS_ON = ("docker",)

_ADD = """\
for user in {users}; do
    getent passwd "$user" >/dev/null || {{ echo "there is no user $user on this host: nobody was added"; exit 1; }}
done
getent group docker >/dev/null || {{ echo "there is no group docker, which docker's package makes"; exit 1; }}
for user in {users}; do
    case ",$(getent group docker | cut -d: -f4)," in *",$user,"*) continue ;; esac
    echo "$user" >>"$RUN/$STEP.added"
    usermod -a -G docker "$user"
done
"""
_REMOVE = """\
[ ! -e "$RUN/$STEP.added" ] || while read -r user; do gpasswd -d "$user" docker || true; done <"$RUN/$STEP.added"
"""


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    lacking = docker_users.lacking(facts, profile)
    if lacking:
        yield Step(
            f"add {', '.join(lacking)} to the group docker",
            why=f"the profile names them; {docker_users.ROOT}",
            script=_ADD.format(users=words(lacking)),
            undo=_REMOVE,
        )
