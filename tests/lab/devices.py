"""The devices that a host's processes may open: none of this machine's.

A host may make any node (runc makes those of its containers, the simulated driver makes /dev/nvidia*), but the kernel
opens only the harmless ones, whatever their name. The rule is a small eBPF program on the control group above all
hosts, where no host can take it off; programs that runc adds below it can only forbid more.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from typing import TYPE_CHECKING

from tests.lab.errors import LabError

if TYPE_CHECKING:
    from pathlib import Path

ALL_MINORS = -1
# null, zero, full, random, urandom; tty, ptmx; the pseudo terminals
OPENABLE = (
    *((1, minor) for minor in (3, 5, 7, 8, 9)),
    *((5, minor) for minor in (0, 2)),
    *((major, ALL_MINORS) for major in range(136, 144)),
)

SYSCALL = {"x86_64": 321, "aarch64": 280}
BPF_PROG_LOAD, BPF_PROG_ATTACH = 5, 8
PROG_TYPE_CGROUP_DEVICE, ATTACH_CGROUP_DEVICE, ALLOW_MULTI = 15, 6, 2
MKNOD, CHARACTER = 1, 2
# Registers of the program: its context, then what it reads from it.
R0, R1, ACCESS, TYPE, MAJOR, MINOR = 0, 1, 2, 3, 4, 5
LOAD, MOVE, MOVE_REGISTER, AND, SHIFT_RIGHT, IF_EQUAL, IF_NOT_EQUAL, EXIT = (
    0x61,
    0xB7,
    0xBF,
    0x57,
    0x77,
    0x15,
    0x55,
    0x95,
)


def instruction(code: int, register: int = 0, source: int = 0, offset: int = 0, value: int = 0) -> bytes:
    """One eBPF instruction."""
    return struct.pack("<BBhi", code, register | source << 4, offset, value)


def program(openable: tuple[tuple[int, int], ...] = OPENABLE) -> bytes:
    """Allow mknod of everything, and opening of the given character devices."""
    code = [
        instruction(LOAD, TYPE, R1, 0),
        instruction(MOVE_REGISTER, ACCESS, TYPE),
        instruction(SHIFT_RIGHT, ACCESS, value=16),
        instruction(AND, TYPE, value=0xFFFF),
        instruction(LOAD, MAJOR, R1, 4),
        instruction(LOAD, MINOR, R1, 8),
        *_allow_if(((ACCESS, MKNOD),)),
    ]
    for major, minor in openable:
        same_minor = () if minor == ALL_MINORS else ((MINOR, minor),)
        code += _allow_if(((TYPE, CHARACTER), (MAJOR, major), *same_minor))
    return b"".join([*code, instruction(MOVE, R0, value=0), instruction(EXIT)])


def _allow_if(conditions: tuple[tuple[int, int], ...]) -> list[bytes]:
    """Answer yes when every register has its value; each failed comparison jumps behind the answer."""
    allow = [instruction(MOVE, R0, value=1), instruction(EXIT)]
    count = len(conditions)
    compare = [
        instruction(IF_NOT_EQUAL, register, offset=count - index - 1 + len(allow), value=value)
        for index, (register, value) in enumerate(conditions)
    ]
    return compare + allow


def confine(cgroup: Path) -> None:
    """Attach the rule to a control group of the unified hierarchy; it lives as long as the group."""
    loaded = _load(program())
    try:
        group = os.open(cgroup, os.O_RDONLY | os.O_DIRECTORY)
        try:
            _bpf(BPF_PROG_ATTACH, struct.pack("=IIII", group, loaded, ATTACH_CGROUP_DEVICE, ALLOW_MULTI))
        finally:
            os.close(group)
    finally:
        os.close(loaded)


def _load(code: bytes) -> int:
    instructions = ctypes.create_string_buffer(code, len(code))
    licence = ctypes.create_string_buffer(b"Apache-2.0")
    log = ctypes.create_string_buffer(65536)
    request = struct.pack(
        "=IIQQIIQII16s",
        PROG_TYPE_CGROUP_DEVICE,
        len(code) // 8,
        ctypes.addressof(instructions),
        ctypes.addressof(licence),
        1,
        len(log),
        ctypes.addressof(log),
        0,
        0,
        b"gpuwright_lab",
    )
    return _bpf(BPF_PROG_LOAD, request)


def _bpf(command: int, request: bytes) -> int:
    number = SYSCALL.get(platform.machine())
    if number is None:
        raise LabError(f"the lab does not know the number of bpf(2) on {platform.machine()}")
    libc = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(request, len(request))
    answer = int(libc.syscall(number, command, buffer, len(request)))
    if answer < 0:
        reason = os.strerror(ctypes.get_errno())
        raise LabError(f"the kernel did not take the rule for devices (bpf, {command}: {reason})")
    return answer
