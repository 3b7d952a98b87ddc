"""The kernel log in every form that it comes in, and the Xids in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.facts import Facts, kernel_log
from checks.facts.kernel_log import KernelLog, Line
from checks.facts.reading import Reading, Unknown
from checks.facts.recording import Recording
from checks.facts.trouble import troubles
from checks.facts.xid import ACTIONS, Xid, _table, link, link_action, lost, of, said_action, xids
from tests.hosts import HEALTHY, read

NOW, UP = 1740327880.0, 3600.0  # 2025-02-23 16:24:40 UTC, an hour after the boot
CAPTURE = Path(__file__).parent.parent / "captures/gpud-dmesg-with-xid-119.log"


def log(*lines: str, before: tuple[str, ...] = ()) -> KernelLog:
    text = "".join(f"this {line}\n" for line in lines) + "".join(f"before {line}\n" for line in before)
    return kernel_log.parse(Reading(0, f"clock {NOW:.0f} {UP}\nfrom dmesg\n{text}"))


def one(text: str) -> Xid:
    return xids((Line(None, text),))[0]


@pytest.mark.parametrize(
    ("line", "at"),
    [
        ("[ 3582.000000] NVRM: x", 3582),
        ("<4>[ 3582.000000] NVRM: x", 3582),
        ("[Sun Feb 23 16:24:22 2025] NVRM: x", 3582),
        ("2025-02-23T16:24:22+0000 gpu01 kernel: NVRM: x", 3582),
        ("2025-02-23T16:24:22.123456+00:00 gpu01 kernel: [    3.1] NVRM: x", 3582),
        ("Feb 23 16:24:22 gpu01 kernel: [ 3582.000000] NVRM: x", 3582),
        ("Feb 23 16:24:22 gpu01 kernel: NVRM: x", None),
        ("4,1234,3582000000,-;NVRM: x", 3582),
        ("NVRM: x", None),
        ("\x1b[31m[ 3582.000000]\x1b[0m NVRM: \x00x", 3582),
    ],
)
def test_a_line_of_any_form_is_read_with_its_time(line: str, at: float | None) -> None:
    assert log(line).lines == (Line(at, "NVRM: x"),)


def test_a_log_without_its_clock_or_with_strange_lines_is_unknown() -> None:
    for text in ("", "from journal\n", "clock 1 2\nwhat is this\n", "clock x y\n"):
        with pytest.raises(Unknown):
            kernel_log.parse(Reading(0, text))


def test_only_what_came_after_the_last_load_of_the_driver_counts() -> None:
    found = log(
        "[   10.0] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  535.1",
        "[   20.0] NVRM: Xid (PCI:0000:3b:00): 48, DBE",
        "[   30.0] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  535.2",
        "[   40.0] NVRM: Xid (PCI:0000:3b:00): 13, x",
        before=("2025-02-23T15:00:00+0000 gpu01 kernel: NVRM: Xid (PCI:0000:3b:00): 79, x",),
    )
    assert [xid.number for xid in xids(found.lines)] == [48, 13]
    assert [xid.number for xid in xids(found.current)] == [13]
    assert [xid.number for xid in xids(found.before)] == [79]


def test_the_recorded_storm_is_five_reports_of_one_gpu_by_three_programs() -> None:
    found = xids(log(*CAPTURE.read_text(encoding="utf-8").splitlines()).current)
    assert [(xid.number, xid.address) for xid in found] == [(119, "0000:9b:00.0")] * 5
    assert {xid.process for xid in found} == {"nvidia-smi", "cache_mgr_main", "gpud"}
    assert found[0].text.startswith("Timeout after 6s of waiting for RPC response")


@pytest.mark.parametrize(
    ("text", "number", "address"),
    [
        ("NVRM: Xid (PCI:0000:9b:00): 119, pid=7, name=a, Timeout", 119, "0000:9b:00.0"),
        ("NVRM: Xid (0000:03:00): 14, Channel 00000001", 14, "0000:03:00.0"),
        ("NVRM: Xid (PCI:0018:01:00): 149, NETIR Fatal", 149, "0018:01:00.0"),
        ("NVRM: Xid (PCI:0000:05:00 GPU-I:05): 94, pid=7, name=a, Contained", 94, "0000:05:00.0"),
    ],
)
def test_old_and_new_forms_of_an_xid(text: str, number: int, address: str) -> None:
    assert (one(text).number, one(text).address) == (number, address)


def test_an_sxid_is_no_xid_and_a_cut_line_is_none() -> None:
    assert xids((Line(None, "nvidia-nvswitch3: SXid (PCI:0000:c1:00.0): 28006, Non-fatal"),)) == ()
    assert xids((Line(None, "NVRM: Xid (PCI:0000:3b"),)) == ()


def test_gpus_off_the_bus_are_found_in_every_form() -> None:
    lines = [
        "NVRM: Xid (PCI:0000:1b:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.",
        "NVRM: GPU 0000:18:00.0: GPU has fallen off the bus.",
        "NVRM: The NVIDIA GPU 0000:5d:00.0",
        "NVRM: (PCI ID: 10de:2330) installed in this system has",
        "NVRM: fallen off the bus and is not responding to commands.",
    ]
    assert set(lost(Line(None, line) for line in lines)) == {"0000:1b:00.0", "0000:18:00.0", "0000:5d:00.0"}


# The words and their sub-codes as gpud's tests have them (kmsg_extended_test.go, from production logs).
@pytest.mark.parametrize(
    ("text", "unit", "number", "code", "action"),
    [
        ("149, NETIR_BER_EVENT Nonfatal XC0 i0 Link 03 (0x00086226 0x00000001 0x0", "NETIR_BER_EVENT", 3, 0, "none"),
        (
            "145, pid=1, name=a, RLW_RXPIPE Nonfatal XC0 i0 Link 13 (0x0409a0c2 0x00000008 0x1",
            "RLW_RXPIPE",
            13,
            0,
            "none",
        ),
        ("145, RLW_SRC_TRACK Nonfatal XC1 i0 Link 12 (0x040988e2 0x00000008 0x0", "RLW_SRC_TRACK", 12, 0, "watch"),
        ("149, NETIR Fatal XC0 i0 Link -1 (0x000fe406 0x00000000 0x0", "NETIR", -1, 0, "reset"),
        ("149, NETIR_LINK_EVT Fatal XC0 i0 Link 08 (0x004505c6 0x00000000 0x0", "NETIR_LINK_EVT", 8, 4, "reset"),
        ("149, NETIR_LINK_EVT Fatal XC0 i0 Link 08 (0x026505c6 0x00000000 0x0", "NETIR_LINK_EVT", 8, 38, "none"),
        ("146, TLW_RX_PIPE0 Fatal XC0 i0 Link 01 (0x0 0x00000005 0x0", "TLW_RX_PIPE0", 1, 0, "reset"),
        ("147, UNHEARD_OF Fatal XC0 i0 Link 01 (0x0 0x00000005 0x0", "UNHEARD_OF", 1, 0, "reset"),
    ],
)
def test_an_nvlink_5_error_is_decoded(text: str, unit: str, number: int, code: int, action: str) -> None:
    xid = one(f"NVRM: Xid (PCI:0018:01:00): {text})")
    found = link(xid)
    assert found is not None
    assert (found.unit, found.link, found.code) == (unit, number, code)
    assert link_action(xid.number, found) == action


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("GPU recovery action changed from 0x0 (None) to 0x1 (GPU Reset Required)", "reset"),
        ("GPU recovery action changed from 0x0 (None) to 0x2 (Node Reboot Required)", "reboot"),
        ("Drain and Reset", "drain_reset"),
        ("Drain P2P", "drain_reset"),
        ("None", ""),
    ],
)
def test_the_words_of_154_name_the_action(text: str, action: str) -> None:
    assert said_action(text) == action


def test_the_catalogue_has_every_number_and_uses_known_words() -> None:
    table = _table()
    assert {int(number) for number in table["xid"]} == set(range(1, 173))
    for entry in table["xid"].values():
        assert entry["action"] in ACTIONS
        assert entry["points"] in ("application", "driver", "hardware")
        assert set(entry.get("by", {}).values()) <= set(ACTIONS)
    units = [statuses for rules in table["nvlink5"].values() for statuses in rules.values()]
    assert {action for statuses in units for action in statuses.values()} <= set(ACTIONS)


def test_what_differs_by_generation_and_what_is_not_known() -> None:
    assert (of(64, "ampere").action, of(64, "hopper").action, of(64).action) == ("reboot", "reset", "reset")
    assert "newer than this catalogue" in of(4711).means


def trouble(*lines: str, action: str = "", before: str = "") -> tuple[int, str, bool]:
    """The gravest Xid of the healthy host's GPU, what is to be done, and whether it came back after a reboot."""
    readings = dict(read(HEALTHY).readings)
    text = readings["kernel_log"].text + "".join(
        f"this [  900.0] NVRM: Xid (PCI:0000:3b:00): {line}\n" for line in lines
    )
    text += f"before [  5.0] NVRM: Xid (PCI:0000:3b:00): {before}\n" if before else ""
    readings["kernel_log"] = Reading(0, text)
    if action:
        query = readings["smi"].text.replace(" VBIOS", f" GPU Recovery Action: {action}\n VBIOS", 1)
        readings["smi"] = Reading(0, query)
    (found,) = troubles(Facts(Recording(readings)))
    return found.entry.number, found.action, found.again


def test_what_the_driver_tells_wins_over_the_catalogue() -> None:
    to_reboot = "154, GPU recovery action changed from 0x0 (None) to 0x2 (Node Reboot Required)"
    assert trouble("94, Contained") == (94, "restart_app", False)
    assert trouble("94, Contained", to_reboot) == (94, "reboot", False)
    assert trouble("94, Contained", to_reboot, action="Reset") == (94, "reset", False)
    assert trouble("95, Uncontained", action="None") == (95, "watch", False)
    assert trouble("95, Uncontained") == (95, "reboot", False)  # an A100


def test_the_gravest_counts_and_one_that_came_back_after_a_reboot_is_for_hands() -> None:
    assert trouble("13, x", "119, Timeout", "45, y") == (119, "reset", False)
    assert trouble("119, Timeout", before="119, Timeout") == (119, "inspect", True)
    assert trouble("13, x", before="13, x") == (13, "restart_app", False)
