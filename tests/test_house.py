"""The shape of the house: who imports whom, and that checks and components are what their files say."""

from __future__ import annotations

import ast
from pathlib import Path
from types import ModuleType

import pytest

from checks.examine import CHECKS, name
from checks.profiles.wants import READS
from provision.planning import COMPONENTS
from provision.planning import name as component_name

ROOT = Path(__file__).parent.parent
LOOKING = sorted((ROOT / "checks").rglob("*.py"))
TOUCHING = sorted((ROOT / "provision").rglob("*.py"))
STAGES = ("host", "bus", "driver", "gpu", "nvlink", "container", "kubernetes")


def imports(path: Path) -> set[str]:
    """Every module that a file imports, at any depth of its code."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def starts(found: set[str], *prefixes: str) -> set[str]:
    """Those of the modules that lie in one of the packages."""
    return {module for module in found if any(module == p or module.startswith(p + ".") for p in prefixes)}


@pytest.mark.parametrize("path", LOOKING, ids=lambda path: str(path.relative_to(ROOT)))
def test_looking_never_imports_touching(path: Path) -> None:
    assert not starts(imports(path), "provision", "tasks", "fabric", "invoke", "paramiko")


@pytest.mark.parametrize("path", sorted((ROOT / "checks/facts").glob("*.py")), ids=lambda path: path.stem)
def test_facts_rest_on_nothing_but_facts(path: Path) -> None:
    assert not {m for m in starts(imports(path), "checks") if not m.startswith("checks.facts")}


@pytest.mark.parametrize("path", [p for p in LOOKING if p.parent.name in STAGES], ids=lambda path: path.stem)
def test_a_check_imports_facts_findings_and_profiles_and_no_other_check(path: Path) -> None:
    assert not {
        module
        for module in starts(imports(path), "checks")
        if not module.startswith(("checks.facts", "checks.finding", "checks.profiles"))
    }


@pytest.mark.parametrize("path", sorted((ROOT / "provision/components").glob("*.py")), ids=lambda path: path.stem)
def test_a_component_imports_facts_profiles_and_step_and_no_other_component(path: Path) -> None:
    found = imports(path)
    assert not {m for m in starts(found, "checks") if not m.startswith(("checks.facts", "checks.profiles"))}
    # The doctor as one file is a value that a step brings, made when it is sent.
    assert not {
        m
        for m in starts(found, "provision")
        if m != "provision" and not m.startswith(("provision.step", "provision.pyz", "provision.plugin_volume"))
    }


@pytest.mark.parametrize("path", [*TOUCHING, ROOT / "tasks.py"], ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_package_remote_imports_fabric(path: Path) -> None:
    inside = ROOT / "provision/remote" in path.parents
    assert inside or not starts(imports(path), "fabric", "paramiko")


def test_checks_need_the_standard_library_distro_and_tomli_alone() -> None:
    allowed = {"checks", "distro", "tomli", "tomllib", "__future__"}
    modules = {module.partition(".")[0] for path in LOOKING for module in imports(path)}
    import sys

    assert modules <= allowed | set(sys.stdlib_module_names)


def test_every_check_file_is_a_check_and_the_other_way_round() -> None:
    files = {p.stem for p in LOOKING if p.parent.name in STAGES and p.stem != "__init__"}
    assert {name(check) for check in CHECKS} == files


def test_every_component_file_is_a_component_and_the_other_way_round() -> None:
    files = {p.stem for p in (ROOT / "provision/components").glob("*.py") if p.stem != "__init__"}
    assert {component_name(component) for component in COMPONENTS} == files == set(READS)


@pytest.mark.parametrize("modules", [CHECKS, COMPONENTS], ids=["checks", "components"])
def test_each_rests_only_on_what_stands_above_it(modules: tuple[ModuleType, ...]) -> None:
    above: set[str] = set()
    for module in modules:
        assert set(module.RESTS_ON) <= above, module.__name__
        above.add(name(module))


@pytest.mark.parametrize("module", [*CHECKS, *COMPONENTS], ids=lambda module: module.__name__)
def test_each_says_what_is_true_when_all_is_well(module: ModuleType) -> None:
    assert module.__doc__
    first = module.__doc__.partition("\n")[0]
    assert first.endswith((".", ":"))


@pytest.mark.parametrize("path", [*(ROOT / "checks/facts").glob("*.py")], ids=lambda path: path.stem)
def test_parsers_catch_nothing_broadly(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"{path}:{node.lineno}"
            caught = ast.unparse(node.type)
            assert "Exception" not in caught.split("."), f"{path}:{node.lineno}"


def test_invoke_doctor_never_loads_paramiko() -> None:
    import subprocess
    import sys

    code = (
        "import sys, tasks; from checks.facts import Facts; print('paramiko' in sys.modules, 'fabric' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
