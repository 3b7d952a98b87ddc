"""Which sources of packages stand in the way of the profile's, and what their files become."""

from __future__ import annotations

import pytest

from checks.examine import examine
from checks.facts import Facts
from checks.profiles import old_sources
from checks.profiles.profile import Profile, having
from provision.components import old_sources as component
from provision.planning import plan
from tests.alter import Alter, altered, append, edit, put
from tests.hosts import DEBIAN, HEALTHY, read
from tests.test_recordings import law

CUDA = "https://developer.download.nvidia.com/compute/cuda/repos/debian12/x86_64"
NEW, OLD = "A4B469963BF863CC", "F60F4B3D7FA2AF80"
RING, OURS = "/usr/share/keyrings/cuda-archive-keyring.gpg", "/usr/share/keyrings/gpuwright-cuda-3BF863CC.gpg"
PROFILE = having(
    DEBIAN,
    {
        "repositories": {
            "cuda": {
                "release": "bookworm",
                "url": CUDA,
                "suite": "/",
                "key": f"{CUDA}/3bf863cc.pub",
                "fingerprint": "EB69 3B30 35CD 5710 E231 E123 A4B4 6996 3BF8 63CC",
                "prefer": "NVIDIA CUDA",
            }
        }
    },
)
D = "/etc/apt/sources.list.d"
KEYRING = f"deb [signed-by={RING}] {CUDA}/ /\n"
BARE = f"deb {CUDA} /\n"
OURS_FILE = f"Types: deb\nURIs: {CUDA}\nSuites: /\nSigned-By: {OURS}\n"


def sources(**files: str) -> Alter:
    text = "".join(f"# file {D}/{name.replace('__', '.')}\n{text}\n" for name, text in files.items())
    return edit("sources", "^# lists", f"{text}# key {OURS}\n# pin release l=NVIDIA CUDA\n# lists")


def keys(**files: str) -> Alter:
    said = {"ring": RING, "ours": OURS, "trusted": "/etc/apt/trusted.gpg"}
    return put(
        "keys",
        "".join(
            f"file {said[name]}\n{''.join(f'key {k} 0{chr(10)}' for k in ids.split())}" for name, ids in files.items()
        ),
    )


def facts(*alters: Alter) -> Facts:
    return Facts(altered(read(HEALTHY), alters))


def new(found: Facts, profile: Profile = PROFILE) -> dict[str, str]:
    return {each.file.rpartition("/")[2]: each.new for each in old_sources.changes(found, profile)}


CASES = {
    "cuda-keyring's entry beside one by hand": (
        (sources(cuda__list=BARE, keyring__list=KEYRING), keys(ring=NEW)),
        {"cuda.list": f"# off, by gpuwright: {BARE}"},
    ),
    "cuda-keyring's entry beside ours": (
        (sources(keyring__list=KEYRING, gpuwright_cuda__sources=OURS_FILE), keys(ring=NEW, ours=NEW)),
        {"keyring.list": f"# off, by gpuwright: {KEYRING}"},
    ),
    "the same key in two styles": (
        (
            sources(
                a__list=f"# mine\n{KEYRING}", b__sources=f"Types: deb\nURIs: {CUDA}\nSuites: /\nSigned-By: {RING}\n"
            ),
            keys(ring=NEW),
        ),
        {"b.sources": f"Enabled: no\nTypes: deb\nURIs: {CUDA}\nSuites: /\nSigned-By: {RING}\n"},
    ),
    "by http, beside ours": (
        (sources(old__list=BARE.replace("https", "http"), gpuwright_cuda__sources=OURS_FILE), keys(ours=NEW)),
        {"old.list": f"# off, by gpuwright: {BARE.replace('https', 'http')}"},
    ),
    "only the retired key vouches for it": (
        (sources(keyring__list=KEYRING), keys(ring=OLD)),
        {"keyring.list": f"# off, by gpuwright: {KEYRING}"},
    ),
    "one, and its key is the right one": ((sources(keyring__list=KEYRING), keys(ring=NEW)), {}),
}


def test_sources_that_apt_cannot_read_are_mended_before_what_was_left_half_done() -> None:
    found = facts(sources(cuda__list=BARE, keyring__list=KEYRING), keys(ring=NEW), append("packages", "iU torn 1\n"))
    assert [step.component for step in plan(found, PROFILE).steps][:2] == ["old_sources", "packages"]


def named(name: str) -> Alter:
    return edit("sources", f"{D}/gpuwright_cuda", f"{D}/gpuwright-cuda") if "ours" in name else lambda _: None


@pytest.mark.parametrize("case", CASES)
def test_what_stands_in_the_way_is_switched_off_and_the_doctor_says_so(case: str) -> None:
    alters, expected = CASES[case]
    found = facts(*alters, named(case))
    assert new(found) == expected
    law(found, PROFILE)
    steps = [step for step in plan(found, PROFILE).steps if step.component == "old_sources"]
    assert bool(steps) == bool(expected)
    assert all(step.undo for step in steps)


def test_two_keys_of_which_none_is_known_are_left_to_a_person() -> None:
    other = "https://packages.example/apt"
    found = facts(
        sources(a__list=f"deb [signed-by=/a.gpg] {other} x main\n", b__list=f"deb [signed-by=/b.gpg] {other} x main\n")
    )
    assert new(found) == {}
    said = [each for each in examine(found, PROFILE) if each.check == "signed_by"]
    assert [each.verdict for each in said] == ["fail"]
    assert said[0].remedy
    assert not said[0].remedy.component
    law(found, PROFILE)


def test_a_repository_that_only_the_retired_key_vouches_for_is_offered_anew_by_ours() -> None:
    found = facts(sources(keyring__list=KEYRING), keys(ring=OLD))
    titles = [step.title for step in plan(found, PROFILE, ("repositories",)).steps]
    assert titles == [
        f"switch off what is doubled or outdated in {D}/keyring.list",
        f"no longer trust NVIDIA's retired key 7fa2af80 ({RING})",
        f"offer the repository cuda ({CUDA})",
    ]


def test_the_retired_key_goes_and_the_others_of_its_file_stay() -> None:
    found = facts(keys(trusted=f"{OLD} {NEW}"))
    (step,) = component.plan(found, DEBIAN)
    assert "--delete-keys F60F4B3D7FA2AF80" in step.script
    assert step.undo == "undo_file /etc/apt/trusted.gpg\n"
    law(found, DEBIAN)


def test_what_nobody_could_read_is_not_changed() -> None:
    found = facts(sources(a__list=BARE, b__list=KEYRING), put("keys", "", None))
    assert new(found) == {"a.list": f"# off, by gpuwright: {BARE}"}, "apt says which keys conflict, whatever they hold"
    assert old_sources.retired(found) == ()
    law(found, PROFILE)
    law(facts(put("sources", "\x1b[31m")), PROFILE)


EL = (
    put("os", 'NAME="Rocky Linux"\nID="rocky"\nVERSION_ID="9.6"\n'),
    put("keys", "rpm 7fa2af80\nrpm d42d0685\n"),
    put("archive", "none\n"),
)
RHEL = "https://developer.download.nvidia.com/compute/cuda/repos/rhel9"
REPO = f"[cuda-rhel9-x86_64]\nname=cuda\nbaseurl={RHEL}/$basearch\nenabled=1\ngpgcheck=1\ngpgkey={RHEL}/D42D0685.pub\n"
KEY9 = "/etc/pki/rpm-gpg/RPM-GPG-KEY-gpuwright-cuda9-D42D0685"
OURS9 = f"[gpuwright-cuda9]\nname=x\nbaseurl={RHEL}/x86_64\nenabled=1\ngpgcheck=1\ngpgkey=file://{KEY9}\npriority=90\n"
PROFILE9 = having(
    DEBIAN,
    {
        "driver": {"branch": {"el9": 580}},
        "repositories": {
            "cuda9": {
                "release": "el9",
                "url": f"{RHEL}/x86_64",
                "key": f"{RHEL}/D42D0685.pub",
                "fingerprint": "610C7B14E068A878070DA4E99CD0A493D42D0685",
                "prefer": "NVIDIA CUDA",
            }
        },
    },
)


def rpm(*files: tuple[str, str]) -> Facts:
    text = "".join(f"# file /etc/yum.repos.d/{name}\n{text}\n" for name, text in files)
    return facts(*EL, put("sources", f"# none\n{text}# key {KEY9}\n# lists \n"))


def test_cuda_rhel9_repo_beside_ours_is_switched_off() -> None:
    found = rpm(("cuda-rhel9.repo", REPO), ("gpuwright-cuda9.repo", OURS9))
    assert new(found, PROFILE9) == {
        "cuda-rhel9.repo": REPO.replace("enabled=1\n", "").replace("64]\n", "64]\nenabled=0\n")
    }
    assert new(rpm(("cuda-rhel9.repo", REPO)), PROFILE9) == {}, "alone it is what offers the repository"
    law(found, PROFILE9)


def test_rpm_forgets_the_retired_key_and_the_undo_imports_it_again() -> None:
    (step,) = component.plan(rpm(), PROFILE9)
    assert step.title == "no longer trust NVIDIA's retired key 7fa2af80"
    assert "rpm -e" in step.script
    assert "rpm --import" in step.undo
    law(rpm(), PROFILE9)


def test_an_entry_of_a_stanza_that_others_share_is_left_to_a_person() -> None:
    shared = f"Types: deb\nURIs: {CUDA} https://other.example/\nSuites: /\n"
    found = facts(sources(a__sources=shared, b__list=KEYRING), keys(ring=NEW))
    assert new(found) == {}
    law(found, PROFILE)


def test_the_solver_sees_the_files_as_they_will_be() -> None:
    found = facts(
        edit("sources", r"^deb http://deb.debian.org/debian bookworm main", f"{BARE.strip()}\n\\g<0>"),
        sources(keyring__list=KEYRING),
        keys(ring=NEW),
    )
    text = component.planned(found, PROFILE)
    assert 'cat >"$d/sources.list"' in text
    assert f"# off, by gpuwright: {BARE}" in text


def test_without_the_pin_the_repository_is_offered_again_with_it() -> None:
    ours = (sources(gpuwright_cuda__sources=OURS_FILE), named("ours"), keys(ours=NEW))
    assert not plan(facts(*ours), PROFILE)
    (step,) = plan(facts(*ours, edit("sources", "^# pin .*\n", "")), PROFILE).steps
    assert "/etc/apt/preferences.d/gpuwright-cuda" in step.script
    assert "Pin: release l=NVIDIA CUDA\nPin-Priority: 600" in step.script
    assert "undo_file /etc/apt/preferences.d/gpuwright-cuda" in step.undo


def test_a_profile_that_wants_no_other_sources_switches_them_off() -> None:
    alone = having(PROFILE, {"sources": {"others": "off"}})
    found = facts(sources(gpuwright_cuda__sources=OURS_FILE), named("ours"), keys(ours=NEW))
    texts = new(found, alone)
    assert list(texts) == ["sources.list", "gpuwright.sources"]
    assert texts["sources.list"].startswith("# off, by gpuwright: deb http://deb.debian.org/debian bookworm main")
    assert texts["gpuwright.sources"].count("Enabled: no\n") == 3
    law(found, alone)
    repo = "[baseos]\nmetalink=https://x.example/\nenabled=1\n\n[crb]\nmetalink=https://y.example/\nenabled=0\n"
    found = rpm(("rocky.repo", repo), ("gpuwright-cuda9.repo", OURS9))
    alone = having(PROFILE9, {"sources": {"others": "off"}})
    assert new(found, alone) == {
        "rocky.repo": repo.replace("enabled=1\n", "").replace("[baseos]\n", "[baseos]\nenabled=0\n")
    }
    law(found, alone)


def test_a_repository_of_which_the_index_is_signed_is_checked_by_that() -> None:
    index = having(PROFILE9, {"repositories": {"cuda9": {"signed": "index"}}})
    found = rpm(("gpuwright-cuda9.repo", OURS9))
    assert [step.component for step in plan(found, PROFILE9, ("repositories",)).steps] == ["old_sources"]
    (_, step) = plan(found, index, ("repositories",)).steps
    assert "gpgcheck=0\nrepo_gpgcheck=1\n" in step.script
    law(found, index)
