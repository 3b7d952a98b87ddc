"""Change the driver rack by rack: each rack is a wave, drained by kubectl, and left to itself before the next begins.

    python -m examples.racks --racks '@racks:r1 @racks:r2 gpu[33-48]' --profile driver-550.toml --record r.jsonl --yes

The record makes the same command go on where it was, also after a crash. More than one failed host pauses it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from provision.fleet import (
    Access,
    Drain,
    Kubernetes,
    Options,
    Propose,
    Roll,
    Say,
    Terms,
    covered,
    names,
    proposals_as_text,
    read_journal,
    roll_out,
    threads,
    turns,
    visit,
)

TERMS = Terms(max_failures=1, soak=600.0)
"""At most one host may fail; ten minutes between racks."""


def change(racks: Sequence[Sequence[str]], roll: Roll, record: Path, *, yes: bool, terms: Terms = TERMS) -> str:
    """Rack by rack; empty when all hosts are done, else why it paused."""
    journal = read_journal(record)
    left = [host for rack in racks for host in rack if journal.ended.get(host) != "done"]
    with threads() as pool:
        shown = list(visit(left, Propose(roll.options, roll.access), pool))
    print(proposals_as_text(shown))
    if not yes:
        return "nothing was changed; --yes agrees to what is shown"
    journal.agree(covered(shown))
    fleet = turns(replace(roll, agreed=journal.agreed), workers=16)
    with fleet.interruptible():
        return roll_out(racks, fleet, journal, terms, Say(print))


def main(
    arguments: Sequence[str], access: Access | None = None, drain: Drain | None = None, terms: Terms = TERMS
) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--racks", required=True, help="sets of hosts, a rack each, with blanks between")
    parser.add_argument("--profile", default="")
    parser.add_argument("--record", type=Path, required=True)
    parser.add_argument("--yes", action="store_true")
    said = parser.parse_args(arguments)
    options = Options(profile=said.profile, only=("driver",))
    roll = Roll(options, drain or Kubernetes(), access=access or Access())
    why = change([names(rack) for rack in said.racks.split()], roll, said.record, yes=said.yes, terms=terms)
    print(why or "done")
    return 1 if why else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
