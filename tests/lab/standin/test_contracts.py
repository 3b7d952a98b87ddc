"""Each stand-in answers as its contract says, and so does the real program wherever it can answer without a card."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.lab.standin.fixtures import library_version
from tests.lab.standin.room import BLACKLIST, Answer

if TYPE_CHECKING:
    from tests.lab.standin.fixtures import MakeRoom
    from tests.lab.standin.room import Room

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CONTRACTS = Path(__file__).parent / "contracts"
STATES = ("bare", "loaded", "unloaded", "nouveau", "mismatch")

pytestmark = [pytest.mark.lab, pytest.mark.slow]


@dataclass(frozen=True)
class Case:
    """One line of a contract."""

    program: str
    name: str
    command: str
    known_from: str
    status: int
    out: str = ""
    err: str = ""
    state: str = "bare"
    user: int = 0
    prepare: str = ""
    real: bool = False

    def script(self) -> str:
        """What the room runs."""
        before = "modprobe -r nvidia\n" if self.state == "unloaded" else ""
        before += f"{self.prepare}\n" if self.prepare else ""
        if not self.user:
            return before + self.command
        return f"{before}exec setpriv --reuid={self.user} --clear-groups sh -c {shlex.quote(self.command)}"


def cases() -> list[Case]:
    """All contracts, case by case."""
    found = []
    for path in sorted(CONTRACTS.glob("*.toml")):
        contract = tomllib.loads(path.read_text(encoding="utf-8"))
        for case in contract["case"]:
            texts = {key: case[key].removeprefix("\n") for key in ("out", "err") if key in case}
            found.append(Case(program=contract["program"], **{**case, **texts}))
    return found


def furnished(room: MakeRoom, case: Case) -> tuple[Room, dict[str, str]]:
    """A room in the state that a case starts from, and what its placeholders stand for."""
    one = room()
    version = library_version(one)
    module = f"{version.split('.')[0]}.1.2" if case.state == "mismatch" else version
    if case.state != "bare":
        one.modules(module)
    if case.state in {"loaded", "unloaded", "mismatch"}:
        one.initramfs(BLACKLIST)
    debian12 = version.startswith("535.")
    words = {
        "kernel": one.kernel(),
        "version": version,
        "nvml": ".".join(version.split(".")[:2]),
        "compressed": "" if debian12 else ".xz",
        "line": "1047" if debian12 else "1081",
    }
    return one, words


def filled(text: str, words: dict[str, str]) -> str:
    """Put the room's own values into a text of the contract."""
    for word, value in words.items():
        text = text.replace(f"{{{word}}}", value)
    return text


def test_every_stand_in_has_a_contract() -> None:
    """No stand-in without one."""
    programs = {path.name for path in (Path(__file__).parent / "bin").iterdir()}
    assert programs == {path.stem for path in CONTRACTS.glob("*.toml")}


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case.program}: {case.name}")
def test_stand_in(case: Case, room: MakeRoom) -> None:
    """The stand-in gives the contract's answer."""
    assert case.state in STATES
    one, words = furnished(room, case)
    answer = one.run(filled(case.script(), words))
    assert answer == Answer(case.status, filled(case.out, words), filled(case.err, words))


@pytest.mark.parametrize(
    "case", [case for case in cases() if case.real], ids=lambda case: f"{case.program}: {case.name}"
)
def test_real_program(case: Case, room: MakeRoom) -> None:
    """So does the real program."""
    one, words = furnished(room, case)
    answer = one.run(filled(case.script(), words), environment={"GPUWRIGHT_LAB_REAL": "1"})
    assert answer == Answer(case.status, filled(case.out, words), filled(case.err, words))
