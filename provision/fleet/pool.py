"""Many hosts at once: a job for each, in any `concurrent.futures.Executor`, and the answers as they come.

The job and its answer cross into the executor as data, so that a process pool or a distributed engine will do as well
as threads. A host that fails, hangs or breaks the job costs itself alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Generic, TypeVar

from provision.answers import as_error

Value = TypeVar("Value")
Job = Callable[[str], Value]
"""What is done with one host, by its name."""

WORKERS = 64
"""Hosts in flight at once: beyond that one Python process only waits for itself."""


@dataclass(frozen=True)
class Answer(Generic[Value]):
    """What became of one host: the job's value, or the error with its status; and the seconds that it took."""

    host: str
    value: Value | None = None
    error: str = ""
    status: int = 0
    seconds: float = 0.0


def threads(workers: int = WORKERS) -> ThreadPoolExecutor:
    """The executor that is used unless another one is given."""
    return ThreadPoolExecutor(workers, thread_name_prefix="gpuwright")


def visit(
    hosts: Sequence[str], job: Job[Value], executor: Executor, stopped: Callable[[], bool] = lambda: False
) -> Iterator[Answer[Value]]:
    """The answer of each host as it comes.

    What has not begun is not begun any more when the caller stops asking, or when `stopped` says so after an answer;
    then what is in flight is still waited for.
    """
    pending: dict[Future[Answer[Value]], str] = {executor.submit(_one, job, host): host for host in hosts}
    try:
        for future in as_completed(pending):
            if not future.cancelled():
                yield _result(future, pending[future])
            for left in pending if stopped() else ():
                left.cancel()
    finally:
        for future in pending:
            future.cancel()


def _one(job: Job[Value], host: str) -> Answer[Value]:
    began = time.monotonic()
    try:
        value = job(host)
    except Exception as caught:  # noqa: BLE001 - one host's trouble is its own answer
        error = as_error(host, caught)
        return Answer(host, None, str(error), error.status, time.monotonic() - began)
    return Answer(host, value, seconds=time.monotonic() - began)


def _result(future: Future[Answer[Value]], host: str) -> Answer[Value]:
    """The future's answer; an executor that broke under the job is that host's error, not ours."""
    broken = future.exception()
    if broken is None:
        return future.result()
    error = as_error(host, broken)
    return Answer(host, None, str(error), error.status)
