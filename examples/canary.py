"""Roll a profile out behind a gate of one's own: no canary may show what it did not show before, not even a warning.

    python -m examples.canary --hosts gpu[01-64] --profile fewer-downloads.toml --canaries 2

What is to be done is shown first and asked for; a host on which anything else comes up stays as it was.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from provision.fleet import (
    Access,
    Asked,
    Doctor,
    Job,
    Options,
    Propose,
    Report,
    Roll,
    Usage,
    covered,
    names,
    proposals_as_text,
    threads,
    visit,
)


def signs(hosts: Sequence[str], doctor: Job[Report]) -> dict[str, set[str]]:
    """The checks that are not well on each host; a host that does not answer is a sign too."""
    with threads() as pool:
        return {
            answer.host: {found.check for found in answer.value.findings if found.verdict not in {"ok", "skipped"}}
            if answer.value
            else {"no answer"}
            for answer in visit(hosts, doctor, pool)
        }


def new_signs(before: dict[str, set[str]], after: dict[str, set[str]]) -> list[str]:
    """The gate: what each host shows now and did not show before."""
    return [f"{host}: {check}" for host, checks in sorted(after.items()) for check in sorted(checks - before[host])]


def turns(hosts: Sequence[str], roll: Roll) -> list[str]:
    """Do the hosts' turns at once; what went wrong."""
    with threads() as pool:
        answers = list(visit(hosts, roll, pool))
    bad = [answer for answer in answers if answer.value is None or answer.value.state != "done"]
    return [answer.value.why if answer.value else answer.error for answer in bad]


def roll_out(
    hosts: Sequence[str], canaries: int, options: Options, agree: Callable[[str], bool], access: Access
) -> str:
    """Canaries, the gate, and then the rest; empty when all is done, else why it stopped."""
    doctor = Doctor(Asked(options.profile), access)
    with threads() as pool:
        shown = list(visit(hosts, Propose(options, access), pool))
    if not agree(proposals_as_text(shown)):
        return "not agreed; nothing was changed"
    roll = Roll(options, access=access, agreed=covered(shown))
    first, rest = hosts[:canaries], hosts[canaries:]
    before = signs(first, doctor)
    wrong = turns(first, roll) or new_signs(before, signs(first, doctor))
    if wrong:
        return f"stopped after the canaries: {'; '.join(wrong)}"
    wrong = turns(rest, roll)
    return f"not done: {'; '.join(wrong)}" if wrong else ""


def ask(text: str) -> bool:
    """Show it on a terminal, and ask."""
    print(text)
    return input("Roll out? [y/N] ").strip().lower() == "y"


def main(arguments: Sequence[str], agree: Callable[[str], bool] = ask, access: Access | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--hosts", required=True)
    parser.add_argument("--profile", default="")
    parser.add_argument("--canaries", type=int, default=2)
    said = parser.parse_args(arguments)
    try:
        hosts = names(said.hosts)
    except Usage as error:
        parser.error(str(error))
    why = roll_out(hosts, said.canaries, Options(profile=said.profile), agree, access or Access())
    print(why or "done")
    return 1 if why else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
