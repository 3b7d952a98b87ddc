"""What a run brings: measured here, sent by standard input, judged by its checksum there, and never left half."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
from pathlib import Path

import pytest

from checks.facts.root import as_root, as_root_with_password
from provision.bringing import Load, Parcel, pack
from provision.console import Terminal
from provision.errors import BadInput, GpuwrightError, Interrupted, NoSpace, StepFailed, Unreachable
from provision.following import follow
from provision.host import LocalHost
from provision.remote import detached
from provision.remote.detached import Script
from provision.step import Brought
from tests.facts.test_root import Played
from tests.test_detached import folder, here, place
from tests.test_following import Shown, Told

__all__ = ["place"]

SHA_OF_NOTHING = hashlib.sha256(b"").hexdigest()
DATA = bytes(range(256)) * 1200 + b"\n\0END_OF_SCRIPT\n"


def parcel(name: str = "a.tgz", data: bytes = DATA) -> Parcel:
    (made,) = pack([Brought(name, lambda: data)])
    return made


def names(path: Path) -> list[str]:
    return sorted(file.name for file in path.iterdir())


def load(*parcels: Parcel) -> Load:
    return Load(parcels or (parcel(),), lambda _name, _sent, _size: None)


def brought(place: Path, script: str, *parcels: Parcel, sent: bytes | None = None, run: str = "r1") -> tuple[int, str]:
    """A run of one step with these files on the host of a folder: its status and what it said."""
    text = detached.start(run, "joe@desk", [Script("one", script)], parcels=parcels)
    data = b"".join(load(*parcels)) if sent is None else sent
    environment = {"PATH": f"{place}/bin:{os.environ['PATH']}"}
    for name in ("etc/default", "var/lib/gpuwright/runs"):
        (place / name).mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["sh", "-c", here(text, place)], input=data, capture_output=True, env=environment, check=False, timeout=30
    )
    return done.returncode, (done.stdout + done.stderr).decode().replace("@ tick\n", "")


def test_a_step_finds_the_files_that_it_was_brought_and_they_go_with_the_run(place: Path) -> None:
    script = 'sha256sum <"$RUN/files/a.tgz"\ncat "$RUN/files/b"\nls "$RUN/files"\nstat -c %a "$RUN/files/b"\n'
    status, out = brought(place, script, parcel(), parcel("b", b"small\n"))
    sha = hashlib.sha256(DATA).hexdigest()
    assert (status, out) == (
        0,
        f"@ begin 01/01 one\n {sha}  -\n small\n a.tgz\n b\n 600\n@ done 01\n@ end 0\n",
    )
    assert not {"files", "bringing", "reserve"} & set(names(folder(place)))


@pytest.mark.parametrize(
    ("sent", "said"), [(DATA[:-1], "@ cut a.tgz\n"), (DATA[:-1] + b"?", "@ differs a.tgz\n")], ids=["cut", "differs"]
)
def test_what_did_not_arrive_whole_is_not_used_and_leaves_nothing(place: Path, sent: bytes, said: str) -> None:
    assert brought(place, f"touch {place}/in\n", parcel(), sent=sent) == (1, said)
    assert not (place / "in").exists()
    assert names(folder(place).parent) == []


def test_too_little_room_is_said_before_anything_is_sent(place: Path) -> None:
    (place / "bin/df").write_text("#!/bin/sh\necho head\necho /dev/x 9 1 1000 1% /mnt\n")
    (place / "bin/df").chmod(0o755)
    status, out = brought(place, ":\n", parcel(), sent=b"")
    assert (status, out) == (73, "@ no-room /mnt 1000 300 all that the run brings: there is not enough room\n")
    assert names(folder(place).parent) == []


def test_a_disk_that_fills_up_meanwhile_is_said(place: Path) -> None:
    full = '[ "$2" != 307216 ] || { echo "head: No space left on device" >&2; exit 1; }'
    (place / "bin/head").write_text(f'#!/bin/sh\n{full}\nexec /usr/bin/head "$@"\n')
    (place / "bin/head").chmod(0o755)
    assert len(DATA) == 307216
    status, out = brought(place, ":\n", parcel())
    assert status == 73
    assert out.startswith("@ no-room /")
    assert out.endswith(" 300 a.tgz: head: No space left on device\n")


def test_leftovers_go_with_the_next_run_and_what_is_still_being_sent_stays(place: Path) -> None:
    runs = folder(place).parent
    for run in ("cut", "sending", "lost"):
        (runs / run / "files").mkdir(parents=True)
        (runs / run / "files/x.part").touch()
        (runs / run / "bringing").touch()
        (runs / run / "log").write_text("@ begin 01/01 one\n" if run == "lost" else "")
    holder = subprocess.Popen(["flock", str(runs / "sending/bringing"), "sh", "-c", "echo held; read x"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    with holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        assert brought(place, ":\n")[0] == 0
        holder.communicate(b"\n")
    assert names(runs) == ["lost", "r1", "sending"]
    assert names(runs / "lost") == ["log"]
    assert (runs / "sending/files/x.part").exists()


def test_who_would_be_refused_in_the_end_sends_nothing(place: Path) -> None:
    owner = folder(place, "r0")
    owner.mkdir(parents=True)
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    (owner / "pid").write_text(f"{os.getsid(0)} {boot}\n")
    (owner / "who").write_text("ann@other")
    (place / "run/gpuwright").mkdir(parents=True)
    (place / "run/gpuwright/lock").symlink_to(owner)
    status, out = brought(place, ":\n", parcel(), sent=b"")
    assert status == 75
    assert out.startswith("@ locked ann@other")


@pytest.mark.parametrize("shell", ["dash", "bash"])
@pytest.mark.parametrize("password", [False, True], ids=["no password", "password"])
def test_data_reaches_the_script_byte_for_byte_through_a_login_shell_and_sudo(
    tmp_path: Path, shell: str, password: bool
) -> None:
    host = Played(tmp_path)
    host.log.touch()
    env = {"PATH": f"{tmp_path}:{os.defpath}", "LOG": str(host.log), "ASKS": "yes"}
    wrap = as_root_with_password if password else as_root
    script = f"head -c 10 >{tmp_path}/first\ncat >{tmp_path}/rest\necho done; exit 7\n"
    data = (b"open sesame\n" if password else b"") + DATA
    done = subprocess.run([shell, "-c", wrap(script, fed=True)], input=data, env=env, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (7, b"done\n"), done.stderr
    assert (tmp_path / "first").read_bytes() + (tmp_path / "rest").read_bytes() == DATA


def test_this_machine_can_be_fed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.defpath)
    lines: list[str] = []
    assert LocalHost().stream("head -c 300000 | wc -c\n", lines.append, 10, iter([DATA, DATA])) == 0
    assert lines == ["300000\n"]


def test_a_file_is_measured_and_one_that_is_made_is_too(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(DATA)
    file, made = pack([Brought("a", tmp_path / "a"), Brought("b", lambda: b"x")])
    assert (file.size, file.sha256) == (len(DATA), hashlib.sha256(DATA).hexdigest())
    assert made.size == 1
    assert b"".join(load(file, made)) == DATA + b"x"


def test_a_file_that_shrinks_meanwhile_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(DATA)
    (file,) = pack([Brought("a", tmp_path / "a")])
    (tmp_path / "a").write_bytes(b"short")
    assert len(b"".join(load(file))) == file.size


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "cannot be read: No such file"), (b"x", "its sha256 is 2d711642"), (b"<!DOCTYPE html>", "an HTML page")],
)
def test_a_file_that_is_not_what_it_must_be_is_said_before_anything_is_touched(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    if content is not None:
        (tmp_path / "a").write_bytes(content)
    with pytest.raises(BadInput, match=words) as caught:
        pack([Brought("a", tmp_path / "a", "0" * 64)])
    assert str(caught.value).endswith("nothing was changed")


@pytest.mark.parametrize("taken", [("a b",), ("../a",), ("a.part",), ("a", "a")])
def test_a_name_that_cannot_be_one_is_a_bug(taken: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    with pytest.raises(ValueError, match="no name"):
        pack(
            Brought(name, tmp_path / "x", sha256="" if number else SHA_OF_NOTHING) for number, name in enumerate(taken)
        )


def ending(host: Told) -> GpuwrightError:
    with pytest.raises(GpuwrightError) as caught:
        follow(host, "r1", "script", Shown(), load=load())
    return caught.value


@pytest.mark.parametrize(
    ("host", "kind", "words"),
    [
        (Told([("", KeyboardInterrupt())], takes=2), Interrupted, "stopped while a.tgz was sent; nothing was changed"),
        (Told([("", -1)], takes=2), Unreachable, "the connection was lost while a.tgz was sent; nothing was changed"),
        (Told([("", Unreachable("gpu01: gone"))], takes=2), Unreachable, "gone, while a.tgz was sent; nothing was cha"),
        (Told([("@ cut a.tgz\n", 1)]), Unreachable, "a.tgz did not arrive whole; nothing was changed"),
        (Told([("@ differs a.tgz\n", 1)]), StepFailed, "is that file being written just now? Nothing was changed"),
        (
            Told([("@ no-room /var 2048 307200 a.tgz: head: No space left on device\n", 73)], takes=2),
            NoSpace,
            "no room on /var (2.0 MiB free) for a.tgz (300.0 MiB): head: No space left on device; nothing was changed",
        ),
    ],
    ids=["interrupt", "lost", "given up", "cut", "differs", "full"],
)
def test_what_ends_a_run_before_it_began_says_that_nothing_was_changed(
    host: Told, kind: type[GpuwrightError], words: str
) -> None:
    error = ending(host)
    assert isinstance(error, kind)
    assert words in str(error)


def test_a_connection_lost_after_all_was_sent_is_that_of_a_run() -> None:
    assert "the steps go on there" in str(ending(Told([("@ begin 01/01 one\n", -1)])))


def test_a_long_upload_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr("time.monotonic", lambda: float(next(clock)))
    out = io.StringIO()
    terminal = Terminal(out, live=False, colour=False)
    for sent in range(0, 11 << 20, 1 << 20):
        terminal.bringing("a.tgz", sent, 10 << 20)
    lines = out.getvalue().splitlines()
    assert lines[0] == "  sending a.tgz: 4.0 of 10.0 MiB"
    assert lines[-1] == "  sent a.tgz: 10.0 MiB, 1 min 50 s"
    assert len(lines) == 3
