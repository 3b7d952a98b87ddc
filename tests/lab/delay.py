"""A long cable: two network interfaces joined by a process that holds every frame for a while.

For kernels without netem. TAP interfaces, so that the kernel itself finishes checksums and segments.
Runs as a script of its own, without this package: `delay.py MILLISECONDS OUTER INNER`.
"""

from __future__ import annotations

import fcntl
import os
import queue
import struct
import sys
import threading
import time

TUNSETIFF = 0x400454CA
TAP_WITHOUT_HEADER = 0x1002


def tap(name: str) -> int:
    """Make an interface whose other end is this process."""
    file = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH", name.encode(), TAP_WITHOUT_HEADER))
    return file


def read_frames(source: int, line: queue.SimpleQueue[tuple[float, bytes]], seconds: float) -> None:
    """Take frames as they come and note when each is due."""
    while True:
        try:
            frame = os.read(source, 65536)
        except OSError:
            # The interface is down: a cut cable, which may be mended.
            time.sleep(0.05)
            continue
        line.put((time.monotonic() + seconds, frame))


def write_frames(target: int, line: queue.SimpleQueue[tuple[float, bytes]]) -> None:
    """Hand frames on when they are due; what a cut cable does not take is lost."""
    while True:
        due, frame = line.get()
        wait = due - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        try:
            os.write(target, frame)
        except OSError:
            continue


def main(milliseconds: str, outer: str, inner: str) -> None:
    """Join the two interfaces, each way with the same delay."""
    seconds = float(milliseconds) / 1000
    ends = tap(outer), tap(inner)
    threads = []
    for source, target in (ends, ends[::-1]):
        line: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
        threads += [
            threading.Thread(target=read_frames, args=(source, line, seconds)),
            threading.Thread(target=write_frames, args=(target, line)),
        ]
    for thread in threads:
        thread.start()


if __name__ == "__main__":
    main(*sys.argv[1:])
