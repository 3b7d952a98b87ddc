"""Secure Boot: what is planned for a bare host, what is said, and the script that makes DKMS' key."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from checks.examine import examine
from checks.facts import Facts
from checks.facts.recording import Recording
from checks.profiles import wants
from checks.profiles.profile import Profile, having
from provision import show
from provision.planning import plan
from tests.alter import Alter, altered, edit, put
from tests.faultbench.signing import BARE, LOCKED_DOWN, MOK
from tests.hosts import DEBIAN, read
from tests.test_recordings import law

REFUSED = ("driver", "nouveau", "device_nodes", "driver_volume")


def host(signing: str, *alters: Alter) -> Facts:
    return Facts(altered(read(BARE), (put("signing", signing), *alters)))


def titles(found: Facts, profile: Profile = DEBIAN) -> list[str]:
    return [step.title for step in plan(found, profile).steps]


def test_without_an_enrolled_key_the_key_is_made_ready_and_no_driver_is_planned() -> None:
    found = host(f"{LOCKED_DOWN}mok {MOK} absent\n")
    planned = plan(found, DEBIAN)
    assert f"make ready the key that DKMS signs modules with: {MOK}" in titles(found)
    assert not {step.component for step in planned.steps} & set(REFUSED)
    assert not planned.reboots
    why = dict(planned.unknown)
    assert set(REFUSED) <= set(why)
    for word in (
        f"{MOK}, does not exist yet",
        f"mokutil --import {MOK}",
        "Enroll MOK, Continue, Yes",
        "run this again",
    ):
        assert word in why["driver"]
    assert "Secure Boot" in show.as_text(planned, "h", "debian")
    law(found, DEBIAN)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (f"{MOK} is not enrolled", f"mokutil --import {MOK}"),
        (f"{MOK} is already in the enrollment request", f"{MOK} waits to be enrolled: reboot, and watch"),
        ("EFI variables are not supported on this system", "is not known: mokutil says 'EFI variables"),
    ],
)
def test_a_key_that_is_there_is_left_to_a_person(said: str, words: str) -> None:
    found = host(f"{LOCKED_DOWN}mok {MOK} {said}\n")
    assert words in dict(plan(found, DEBIAN).unknown)["driver"]
    assert not [title for title in titles(found) if "key" in title]
    law(found, DEBIAN)


@pytest.mark.parametrize(
    "signing",
    [
        f"{LOCKED_DOWN}mok {MOK} {MOK} is already enrolled\n",
        f"secure_boot 0\nlockdown [none] integrity\nenforce N\nmok {MOK} absent\n",
    ],
    ids=["enrolled", "switched off"],
)
def test_where_the_module_will_be_trusted_the_plan_is_the_usual_one(signing: str) -> None:
    assert titles(host(signing)) == titles(Facts(read(BARE)))


def test_where_modules_that_canonical_signed_come_no_key_is_asked_for() -> None:
    signed = having(DEBIAN, {"driver": {"packages": ["linux-modules-nvidia-580-server-generic"]}})
    found = host(f"{LOCKED_DOWN}mok {MOK} absent\n")
    assert not wants.signs_itself(found, signed)
    assert any(title.startswith("install the driver") for title in titles(found, signed))


def test_on_ubuntu_the_way_out_is_named_and_its_own_key() -> None:
    mok = "/var/lib/shim-signed/mok/MOK.der"
    found = host(
        f"{LOCKED_DOWN}mok {mok} {mok} is not enrolled\n",
        put("os", 'ID=ubuntu\nVERSION_ID="24.04"\nVERSION_CODENAME=noble\nPRETTY_NAME="Ubuntu 24.04"\n'),
    )
    why = dict(plan(found, having(DEBIAN, {"driver": {"branch": {"noble": 580}}})).unknown)["driver"]
    assert f"mokutil --import {mok}" in why
    assert "--profile ubuntu" in why


def test_what_was_not_asked_or_cannot_be_read_is_never_taken_for_trusted() -> None:
    whole = dict(read(BARE).readings)
    assert titles(Facts(Recording({name: each for name, each in whole.items() if name != "signing"})))
    lost = Facts(Recording({name: each for name, each in whole.items() if name != "signing"}, complete=False))
    assert "signing" in dict(plan(lost, DEBIAN).unknown)["driver"]
    assert [f.verdict for f in examine(lost, DEBIAN) if f.check == "signing_key"] == ["unknown"]


def test_an_installed_driver_asks_nothing_of_the_key() -> None:
    found = Facts(altered(read("healthy-debian12-a100"), (edit("signing", r"^enforce .*$", "enforce -"),)))
    assert [f.verdict for f in examine(found, DEBIAN) if f.check == "signing_key"] == ["ok"]


def test_the_key_is_made_once_for_root_alone_and_taken_back(tmp_path: Path) -> None:
    certificate = tmp_path / "dkms" / "mok.pub"
    (step,) = (s for s in plan(host(f"{LOCKED_DOWN}mok {certificate} absent\n"), DEBIAN).steps if "key" in s.title)
    begin = f"set -eu\nRUN={tmp_path} STEP=1\ninstall_packages() {{ :; }}\nundo_packages() {{ :; }}\n"

    def sh(script: str) -> None:
        subprocess.run(["sh", "-c", begin + script], check=True, capture_output=True)

    sh(step.script)
    key = certificate.with_name("mok.key")
    assert key.stat().st_mode & 0o077 == 0
    shown = ["openssl", "x509", "-inform", "DER", "-noout", "-subject", "-in", str(certificate)]
    assert "DKMS module signing key" in subprocess.run(shown, check=True, capture_output=True, text=True).stdout
    before = certificate.read_bytes()
    sh(step.script)
    assert certificate.read_bytes() == before
    sh(step.undo)
    assert not certificate.parent.exists()
