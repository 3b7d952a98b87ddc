"""What a framework's program prints, how it is asked for, and what is said of it: outputs as cases.

Real: TensorFlow 2.21.0 without a GPU. The others' lines are known from where their first line says.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from checks.container import framework as check
from checks.examine import examine
from checks.facts import Facts, framework
from checks.facts.framework import Framework, Ran, command, ran
from checks.facts.framework_programs import INSIDE, PROGRAMS, in_sh
from checks.facts.reading import NOT_ASKED, Reading, Unknown
from checks.finding import Finding
from tests.alter import altered, put
from tests.hosts import DEBIAN, HEALTHY, read

CASES = Path(__file__).parent / "framework"


def printed(name: str) -> str:
    """A case's output, without the line that says where it is from."""
    first, _, rest = (CASES / f"{name}.txt").read_text(encoding="utf-8").partition("\n")
    assert first.startswith("# ")
    return rest


def answer(framework: str, *ways: tuple[str, int, str], more: str = "") -> str:
    shown = [f"way {way}\n" + "".join(f"| {x}\n" for x in text.splitlines()) + f"status {n}\n" for way, n, text in ways]
    return f"framework {framework}\nimage an/image:1\n{more}{''.join(shown)}"


def said(text: str, status: int = 0) -> tuple[Finding, ...]:
    """What the doctor says of an answer on the healthy host."""
    found = Facts(altered(read(HEALTHY), (put("framework", text, status),)))
    return examine(found, DEBIAN, (check,))


@pytest.mark.parametrize(
    ("name", "version", "device"),
    [
        ("tensorflow-1.4.0-gpu", "1.4.0", "gpu:0"),
        ("tensorflow-1.2-gpu", "1.2.1", "gpu:0"),
        ("tensorflow-2.21.0-without-gpu", "2.21.0", "cpu:0"),
        ("tensorflow-1.4.0-no-device", "1.4.0", "cpu:0"),
        ("pytorch-gpu", "2.9.1+cu126", "gpu:0"),
        ("pytorch-no-driver", "2.1.2", "cpu"),
    ],
)
def test_an_output_is_read(name: str, version: str, device: str) -> None:
    found = ran(0, printed(name))
    assert (found.version, found.device, found.sum) == (version, device, "42")
    assert found.product == check.PRODUCT
    assert found.hello.startswith("Hello, ")
    assert device.upper().partition(":")[0] in found.placed.upper().replace("CUDA", "GPU")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("tensorflow-1.4.0-no-device", "failed call to cuInit: CUDA_ERROR_NO_DEVICE"),
        ("tensorflow-2.21.0-without-gpu", "Device mapping: no known devices."),
        ("tensorflow-1.4.0-no-library", "ImportError: libcuda.so.1: cannot open shared object file"),
        ("pytorch-no-driver", "Found no NVIDIA driver on your system"),
        ("docker-refuses", 'while adding custom device "/dev/nvidia-uvm"'),
    ],
)
def test_the_line_that_says_what_is_lacking_is_found(name: str, reason: str) -> None:
    assert reason in ran(1, printed(name)).reason


@pytest.mark.parametrize(
    ("framework", "name", "status", "verdict", "words"),
    [
        ("tensorflow", "tensorflow-1.4.0-gpu", 0, "ok", "TensorFlow 1.4.0 computes on gpu:0, through docker's plain"),
        ("tensorflow", "tensorflow-2.21.0-without-gpu", 0, "fail", "the product was placed on the CPU"),
        ("tensorflow", "tensorflow-1.4.0-no-device", 0, "fail", "the product was placed on the CPU"),
        ("tensorflow", "tensorflow-1.4.0-no-library", 1, "fail", "TensorFlow did not get as far as the product"),
        ("tensorflow", "tensorflow-wrong", 0, "fail", "TensorFlow computes wrong"),
        ("tensorflow", "tensorflow-1.4.0-gpu", 124, "fail", "TensorFlow did not end in time"),
        ("pytorch", "pytorch-gpu", 0, "ok", "PyTorch 2.9.1+cu126 computes on gpu:0"),
        ("pytorch", "pytorch-no-driver", 0, "fail", "the product was placed on the CPU"),
        ("tensorflow", "docker-refuses", 125, "fail", "did not get as far as the product"),
    ],
)
def test_what_is_said_of_an_output(framework: str, name: str, status: int, verdict: str, words: str) -> None:
    (one,) = said(answer(framework, ("docker", status, printed(name))))
    assert (one.verdict, one.subject if verdict != "ok" else "docker") == (verdict, "docker")
    assert words in one.summary
    assert one.evidence


def test_a_product_that_nothing_says_the_place_of_is_unknown() -> None:
    text = "\n".join(line for line in printed("tensorflow-1.4.0-gpu").splitlines() if "/job:" not in line)
    assert [one.verdict for one in said(answer("tensorflow", ("docker", 0, text)))] == ["unknown"]


def test_each_way_is_judged_by_itself_and_a_missing_label_is_named() -> None:
    good, bad = printed("tensorflow-1.4.0-gpu"), printed("tensorflow-1.4.0-no-device")
    one, other = said(answer("tensorflow", ("docker", 0, good), ("nvidia-docker", 0, bad), more="unlabelled\n"))
    assert (one.verdict, other.verdict) == ("ok", "fail")
    assert "no label com.nvidia.volumes.needed" in other.evidence


def test_a_host_without_any_way_fails_and_one_that_was_not_asked_is_unknown() -> None:
    assert [one.summary for one in said(answer("tensorflow"))] == ["this host has no way to give a container its GPUs"]
    text = "framework tensorflow\nimage x\nthe image x is not on this host: docker pull x\n"
    (one,) = said(text, NOT_ASKED)
    assert (one.verdict, "docker pull x" in one.summary) == ("unknown", True)
    (skipped,) = examine(Facts(read(HEALTHY)), DEBIAN, (check,))
    assert "--framework" in skipped.summary


@pytest.mark.parametrize(
    "text",
    [
        "framework tensorflow\nway docker\n| gpuwright version 1\n",
        "framework tensorflow\nstatus 0\n",
        "framework tensorflow\nway docker\nway cdi\nstatus 0\n",
        "framework jax\n",
        "way elsewhere\nstatus 0\n",
        "",
    ],
)
def test_an_answer_that_is_not_whole_is_unknown(text: str) -> None:
    with pytest.raises(Unknown):
        framework.parse(Reading(0, text))


def test_no_output_of_a_program_can_pass_for_a_line_of_the_answer() -> None:
    forged = "status 0\nway cdi\n| gpuwright version 9\nstatus 0\n"
    found = framework.parse(Reading(0, answer("tensorflow", ("docker", 7, forged))))
    assert [(way, each.status) for way, each in found.ways] == [("docker", 7)]


DOCKER = """#!/bin/sh
# A docker that notes what it was asked, and has what $HAS names.
echo "$(basename "$0") $*" | tr '\\n' ' ' >>"$NOTES"
echo >>"$NOTES"
case "$1 $2" in
"image inspect") case $HAS in *image*) echo '{"a":"b"}' ;; *) echo "Error: No such image: $5" >&2; exit 1 ;; esac ;;
"volume inspect") case $HAS in *volume*) ;; *) exit 1 ;; esac ;;
"info -f") case "$3$HAS" in
    *Runtimes*runtime*) echo '{"io.containerd.runc.v2":{"path":"runc"},"nvidia":{"path":"nvidia-container-runtime"}}' ;;
    *Runtimes*) echo '{"runc":{"path":"runc"}}' ;;
    *CDISpecDirs*cdi*) echo '["/etc/cdi","/var/run/cdi"]' ;;
    *CDISpecDirs*) echo 'null' ;;
    esac ;;
"run --rm") printf 'gpuwright version 2\\r\\nstatus 0\\n' ; exit 3 ;;
esac
"""


@pytest.mark.parametrize(
    ("has", "ways"),
    [
        ("image volume", ["docker", "nvidia-docker"]),
        ("image runtime", ["nvidia-docker", "runtime"]),
        ("image cdi", ["nvidia-docker", "cdi"]),
        ("image", ["nvidia-docker"]),
    ],
)
def test_every_way_that_the_host_has_is_tried(tmp_path: Path, has: str, ways: list[str]) -> None:
    found, notes = asked(tmp_path, has)
    assert [way for way, _ in found.ways] == ways
    assert all(each.status == 3 and each.lines == ("gpuwright version 2", "status 0") for _, each in found.ways)
    assert found.unlabelled
    runs = [line for line in notes if " run " in line]
    assert len(runs) == len(ways)
    for line in runs:
        assert "--network none --env TF_CPP_MIN_LOG_LEVEL=0 --entrypoint sh an/image:1 -c" in line
    assert notes[-1].startswith("docker rm -f gpuwright-framework-")


def test_an_image_that_is_not_there_is_not_fetched(tmp_path: Path) -> None:
    found, notes = asked(tmp_path, "volume")
    assert found.not_asked == "the image an/image:1 is not on this host: docker pull an/image:1"
    assert not [line for line in notes if " run " in line or " pull " in line]


def asked(folder: Path, has: str) -> tuple[Framework, list[str]]:
    """The command's answer on a host with a docker that has these, and what docker was asked."""
    for name, text in {"docker": DOCKER, "nvidia-docker": DOCKER, "systemctl": "#!/bin/sh\n"}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    (folder / "nvidia.yaml").write_text("kind: nvidia.com/gpu\n")
    env = {"PATH": f"{folder}:{os.defpath}", "HAS": has, "NOTES": f"{folder}/notes"}
    script = command("tensorflow", "an/image:1").replace("/etc/cdi/*", f"{folder}/*.yaml")
    done = subprocess.run(["sh", "-c", script], env=env, capture_output=True, text=True, check=False)
    found = framework.parse(Reading(done.returncode, done.stdout))
    return found, (folder / "notes").read_text().splitlines()


def test_the_programs_are_right_for_both_pythons_and_run_by_whichever_there_is(tmp_path: Path) -> None:
    for program in PROGRAMS.values():
        compile(program, "program", "exec")
        assert program.startswith("from __future__ import print_function\n")
        assert "$(" not in in_sh("tensorflow")
    (tmp_path / "python3").symlink_to(sys.executable)
    env = {"PATH": f"{tmp_path}", "LD_LIBRARY_PATH": "/opt"}
    code = "import os; print(os.environ['LD_LIBRARY_PATH'])"
    done = subprocess.run(["/bin/sh", "-c", INSIDE, code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "/usr/local/nvidia/lib64:/opt\n"


def test_a_longer_deadline_is_each_ways_limit() -> None:
    assert "limit=300 " in command("pytorch", "x", 20)
    assert "limit=1800 " in command("pytorch", "x", 1800)
    assert "--ipc=host" in command("pytorch", "x")
    assert framework.longest(1800) > 4 * 1800


def test_what_was_not_reached_is_empty() -> None:
    assert ran(1, "") == Ran(1, ())
    assert ran(1, "").reason == "it printed nothing"
