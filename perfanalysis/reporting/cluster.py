"""Reports on many machines: a Dask cluster behind the same executor that local processes stand behind.

Every machine must have this library in the same version and see the project's folder under the same path. A Dask worker is a process of many threads,
from which forking is unsound: each has processes of its own that make the reports.
"""

import contextlib
import multiprocessing
import os
import shutil
import socket
import threading
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import replace
from functools import partial
from typing import Any

from perfanalysis.errors import PlanError, Problem
from perfanalysis.reporting.report import Outcome, Task, make_report

_lock = threading.Lock()
_here: dict[tuple | None, Executor] = {}


class Cluster(Executor):
    """The workers of the Dask scheduler at ``address``; a report whose worker is lost is made by another."""

    def __init__(self, address: str, warm: tuple | None = None):
        try:
            from distributed import Client
        except ImportError:
            raise PlanError([Problem("run_no_distributed")]) from None
        try:
            self._client = Client(address, timeout=20, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise PlanError([Problem("run_no_cluster", found=address, values={"error": str(error)})]) from None
        self._warm = warm
        self._executor = self._client.get_executor(pure=False)

    @property
    def size(self) -> int:
        """How many reports it makes at once."""
        return sum(self._client.nthreads().values()) or 1

    def submit(self, function, task: Task, *arguments: Any, **options: Any) -> Future:
        """As any executor, for ``make_report`` only."""
        return self._executor.submit(partial(_make_far, warm=self._warm, size=1), task, *arguments)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._executor.shutdown(wait=wait)
        with contextlib.suppress(Exception):
            self._client.close()


def is_lost(error: BaseException) -> bool:
    """Whether ``error`` says that the workers which made a report were lost, again and again."""
    return type(error).__name__ in ("KilledWorker", "CommClosedError", "FutureCancelledError", "CancelledError")


def _make_far(task: Task, execute: Any, *, warm: tuple | None, size: int) -> Outcome:
    """Make a report in a process of this worker, in a folder of this try: a worker that was given up may still be writing to its own."""
    attempt = task.staging.with_name(f"{task.staging.name}.{socket.gethostname()}-{os.getpid()}-{threading.get_ident()}")
    try:
        outcome = _pool(warm, size).submit(make_report, replace(task, staging=attempt), execute).result()
    except BrokenExecutor as error:
        with _lock:
            _here.pop((warm, threading.get_ident()), None)
        outcome = Outcome("died", message=str(error))
    shutil.rmtree(task.staging, ignore_errors=True)
    with contextlib.suppress(OSError):  # nothing was made, or it could not be written: the outcome says so
        os.rename(attempt, task.staging)
    return outcome


def _pool(warm: tuple | None, size: int) -> Executor:
    from perfanalysis.reporting.run import local_processes

    key = (warm, threading.get_ident())
    with _lock:
        if key not in _here:
            # a Dask worker is a daemon of its nanny, and Python lets daemons have no children; these end with it (see warm.end_with_parent)
            multiprocessing.current_process()._config["daemon"] = False
            _here[key] = local_processes(size, warm)
        return _here[key]
