"""The CDI specification: where it lies, when it is made anew, and what else defines the same devices."""

from __future__ import annotations

import pytest

from checks.examine import examine
from checks.facts import Facts
from checks.profiles import cdi_settings, wants
from checks.profiles.profile import having
from provision.components import cdi
from provision.planning import plan
from tests.alter import Alter, altered, edit, put
from tests.container_toolkit import INSTALLED, wanting
from tests.faultbench.container import spec, toolkit
from tests.faultbench.twin import twin
from tests.hosts import DEBIAN, facts, read
from tests.test_recordings import law

ETC, MEMORY = "/etc/cdi/nvidia.yaml", "/var/run/cdi/nvidia.yaml"
ON = "refresh path enabled\nrefresh service enabled\n"
OFF = "refresh path disabled\nrefresh service disabled\n"


def host(answer: str, *more: Alter) -> Facts:
    """A healthy host with the toolkit, whose specs are told so."""
    return Facts(altered(read("healthy-debian12-a100"), (INSTALLED, toolkit(), put("cdi", answer), *more)))


# What the host says of its specs, the folder of the profile, and what is lacking (empty: nothing).
CASES: dict[str, tuple[str, str, str]] = {
    "in memory, made by the toolkit": (f"{ON}{spec(MEMORY)}", "auto", ""),
    "in /etc, where no refresh is": (spec(ETC), "auto", f"no {MEMORY} defines nvidia.com/gpu; {ETC} defines"),
    "in /etc, as asked": (spec(ETC), "/etc/cdi", ""),
    "none": (ON, "auto", f"no {MEMORY} defines nvidia.com/gpu"),
    "of another driver": (
        f"{ON}{spec(MEMORY, library='525.147.05')}",
        "auto",
        "was made for driver 525.147.05, and 535.309.01 is loaded",
    ),
    "a node that is gone": (f"{ON}{spec(MEMORY, 'missing /dev/nvidia1')}", "auto", "names /dev/nvidia1, which is not"),
    "one by hand, hidden": (f"{ON}{spec(ETC)}{spec(MEMORY)}", "auto", f"{ETC} defines nvidia.com/gpu=0 too"),
    "a site's own names stay": (f"{ON}{spec('/etc/cdi/site.yaml', names='pair')}{spec(MEMORY)}", "auto", ""),
    "nobody makes it anew": (f"{OFF}{spec(MEMORY)}", "auto", "nvidia-cdi-refresh, which makes it anew, is not enabled"),
    "in /etc, hidden by the refresh": (f"{ON}{spec(ETC)}", "/etc/cdi", "makes another in /var/run/cdi, which hides it"),
    "in /etc, the refresh off": (f"{OFF}{spec(ETC)}", "/etc/cdi", ""),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_lacking(name: str) -> None:
    answer, folder, words = CASES[name]
    found, profile = host(answer), wanting(cdi=folder)
    assert words in "; ".join(cdi_settings.lacking(found, profile))
    assert bool(words) == bool(list(cdi.plan(found, profile)))
    said = [f.remedy.component for f in examine(found, profile) if f.check == "cdi_spec" and f.remedy]
    assert said == (["cdi"] if words and not wants.unplannable("cdi", found, profile) else [""] if words else [])
    law(found, profile)


def test_a_gpu_that_came_since_is_lacking() -> None:
    found = host(f"{ON}{spec(MEMORY)}", *twin())
    assert cdi_settings.lacking(found, wanting(cdi="auto")) == (f"{MEMORY} has no device 1",)


def test_it_is_made_by_the_toolkits_own_unit_where_that_is() -> None:
    (step,) = cdi.plan(host(f"{ON}{spec(ETC)}"), wanting(cdi="auto"))
    assert step.title == f"make the CDI specification {MEMORY}"
    assert step.needs_driver
    assert step.script.startswith(f"put_aside {ETC}\n")
    assert step.script.endswith(f"refresh_cdi {MEMORY}\n")
    assert step.undo.endswith("put_back\n")


def test_in_etc_the_unit_is_switched_off_as_it_would_hide_it() -> None:
    (step,) = cdi.plan(host(f"{ON}{spec(MEMORY)}"), wanting(cdi="/etc/cdi"))
    assert f"put_aside {MEMORY}\n" in step.script
    assert "systemctl disable --now nvidia-cdi-refresh.path" in step.script
    assert step.undo.startswith(f"undo_file {ETC}\n")


def test_a_change_of_the_driver_makes_it_anew_in_the_same_run() -> None:
    right = f"{ON}{spec(MEMORY)}"
    other = edit("driver", r"^library .*", "library 535.500.01")
    steps = plan(host(right, other), wanting(cdi="auto")).steps
    assert [step.component for step in steps if step.component in ("driver", "cdi")] == ["driver", "cdi"]
    assert "the driver changes" in next(step.why for step in steps if step.component == "cdi")


def test_a_change_of_mig_makes_it_anew() -> None:
    """The toolkit's own refresh does not see one."""
    divided = put(
        "mig", "instance gpu0/mig/gi1\nlist GPU 0: A100 (UUID: GPU-0)\nlist   MIG 3g.40gb     Device  0: (U)\n"
    )
    found = host(f"{ON}{spec(MEMORY)}", divided)
    assert cdi_settings.lacking(found, wanting(cdi="auto")) == (
        f"{MEMORY} has 0 MIG device(s) of GPU 0, and there are 1",
    )
    law(found, wanting(cdi="auto"))
    right = host(f"{ON}{spec(MEMORY, names='0:0 all')}", divided)
    assert cdi_settings.lacking(right, wanting(cdi="auto")) == ()
    undone = host(f"{ON}{spec(MEMORY, names='0:0 all')}", put("mig", ""))
    assert "has 1 MIG device(s) of GPU 0, and there are 0" in "".join(cdi_settings.lacking(undone, wanting(cdi="auto")))


def test_a_division_that_is_planned_makes_it_anew_in_the_same_run() -> None:
    divide = having(wanting(cdi="auto"), {"mig": {"all": ["3g.40gb"]}})
    found = host(f"{ON}{spec(MEMORY)}", put("mig", ""))
    steps = plan(found, divide).steps
    assert "the GPUs are divided otherwise" in next(step.why for step in steps if step.component == "cdi")
    assert [step.component for step in steps][-1] == "cdi"
    law(found, divide)


def test_a_bare_host_is_planned_whole() -> None:
    """What a later round needs was shown before the first: consent covers it."""
    planned = plan(facts("bare-debian12-a100"), wanting(cdi="auto"))
    (step,) = (step for step in planned.steps if step.component == "cdi")
    assert step.title == f"make the CDI specification {MEMORY}"
    order = [step.component for step in planned.steps]
    assert order.index("container_toolkit") < order.index("device_nodes") < order.index("cdi")


def test_where_nothing_would_make_it_at_the_next_boot_it_is_not_put_in_memory() -> None:
    old = having(wanting(cdi="/var/run/cdi"), {"container_toolkit": {"version": "1.17.8"}})
    assert "came with toolkit 1.18" in wants.unplannable("cdi", facts("bare-debian12-a100"), old)
    assert "came with toolkit 1.18" in wants.unplannable("cdi", host(spec(ETC)), wanting(cdi="/var/run/cdi"))
    older = having(wanting(cdi="auto"), {"container_toolkit": {"version": "1.17.8"}})
    assert cdi_settings.target(facts("bare-debian12-a100"), older) == ETC
    alone = having(DEBIAN, {"cdi": {"folder": "/etc/cdi"}})
    assert "there is no nvidia-ctk here" in wants.unplannable("cdi", facts("healthy-debian12-a100"), alone)


def test_it_waits_for_a_driver_that_cannot_be_loaded() -> None:
    """The law on hosts whose driver, toolkit or specs cannot be read or put right."""
    for alters in (
        (put("cdi", "nonsense\n"),),
        (put("toolkit", "nonsense\n"),),
        (edit("pci", "10de:20b5", "10de:102d"),),
        (put("nodes", ""),),
    ):
        found = Facts(altered(read("healthy-debian12-a100"), (INSTALLED, toolkit(), put("cdi", ON), *alters)))
        law(found, wanting(cdi="auto"))
