"""Running one notebook with one set of parameters, by stock papermill and a stock kernel of this very Python.

``execute_notebook`` is the seam of the batch engine: whatever takes its place has the same signature, gets a notebook and
parameters and gives an ``Executed``, and never raises for what the notebook did.
"""

import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perfanalysis.dataset import READS
from perfanalysis.reporting.plan import MEMORY

#: What a notebook's run may come to, seen from outside; its own metadata is not asked.
OUTCOMES = ("ok", "error", "died", "timeout", "memory")


@dataclass(frozen=True)
class Executed:
    """A notebook that was run: the node with its outputs, and how the run ended.

    ``message`` is the error in one line and ``source`` the cell that it happened in. ``reads`` says what was read of the dataset, as far as the library
    read it (see ``perfanalysis.dataset.READS``); empty where that is not known.
    """

    notebook: Any
    outcome: str
    message: str = ""
    source: str = ""
    reads: tuple[str, ...] = ()


Execute = Callable[..., Executed]


def execute_fastest(notebook: Path, parameters: Mapping[str, Any], *, timeout: float) -> Executed:
    """By the fastest engine that is sound on this system; the outputs are the same with each."""
    from perfanalysis.reporting import fork

    run = fork.execute_forked if fork.AVAILABLE else execute_notebook
    return run(notebook, parameters, timeout=timeout)


def execute_sets(
    execute: Execute, notebook: Path, sets: Mapping[str, Mapping[str, Any]], *, timeout: float, memory: float = MEMORY
) -> Iterator[tuple[str, Executed]]:
    """``notebook`` with each of ``sets`` (name → parameters) by ``execute``, in their order; the forking engine runs once what they share, and it alone
    watches the memory."""
    from perfanalysis.reporting import fork

    if execute is fork.execute_forked or (execute is execute_fastest and fork.AVAILABLE):
        yield from fork.execute_each(notebook, sets, timeout=timeout, memory=memory)
    else:
        for name, parameters in sets.items():
            yield name, execute(notebook, parameters, timeout=timeout)


def execute_notebook(notebook: Path, parameters: Mapping[str, Any], *, timeout: float) -> Executed:
    """Run ``notebook`` in a kernel of its own, in an empty folder of its own, for at most ``timeout`` seconds."""
    import nbformat
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError
    from papermill.execute import remove_error_markers

    node = nbformat.read(notebook, as_version=4)
    with tempfile.TemporaryDirectory(prefix="perfanalysis-", ignore_cleanup_errors=True) as folder:
        for trial in (1, 2):
            prepared = prepare_notebook(node, parameters)
            try:
                _run(prepared, Path(folder), timeout)
            except PapermillExecutionError as error:
                return Executed(remove_error_markers(prepared), "error", f"{error.ename}: {error.evalue}", error.source)
            except CellTimeoutError:
                return Executed(prepared, "timeout", f"{timeout:g}", _last_source(prepared))
            except (DeadKernelError, RuntimeError) as error:
                if trial == 1 and not _started(prepared):
                    continue  # many kernels starting at once may take each other's ports: once more
                return Executed(prepared, "died", last_words(Path(folder)) or str(error), _last_source(prepared))
            return Executed(prepared, "ok", reads=read_log(Path(folder)))
    raise AssertionError("the second trial returns")


def prepare_notebook(node: Any, parameters: Mapping[str, Any]) -> Any:
    """A copy with the parameters written in; only literals reach this point (see ``plan``), and papermill writes them escaped."""
    import copy

    from papermill.parameterize import parameterize_notebook

    prepared = copy.deepcopy(node)
    prepared.metadata["papermill"] = {"parameters": {}, "environment_variables": {}}
    for cell in prepared.cells:
        cell.metadata.setdefault("tags", [])
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return parameterize_notebook(prepared, dict(parameters), kernel_name="python3", language="python")


def _run(prepared, folder: Path, timeout: float) -> None:
    from papermill.engines import NBClientEngine, NotebookExecutionManager
    from papermill.execute import raise_for_execution_errors

    logging.getLogger("papermill").setLevel(logging.CRITICAL)  # what happened is told once, by the run
    deadline = time.monotonic() + timeout
    work = folder / "work"
    work.mkdir(exist_ok=True)
    manager = NotebookExecutionManager(prepared, progress_bar=False)
    manager.notebook_start()
    try:
        NBClientEngine.execute_managed_notebook(
            manager,
            "python3",
            kernel_manager_class=_kernel_manager(folder),
            resources={"metadata": {"path": str(work)}},
            timeout_func=lambda cell: max(1, round(deadline - time.monotonic())),
            raise_on_iopub_timeout=True,
        )
    finally:
        manager.cleanup_pbar()
        manager.notebook_complete()
    raise_for_execution_errors(prepared, None)


def _kernel_manager(folder: Path):
    """Kernels of this very Python, whatever kernel of the same name a user has installed; over sockets in ``folder``, not ports, where
    the system has them."""
    from jupyter_client import AsyncKernelManager
    from jupyter_client.kernelspec import KernelSpec

    class OwnKernelManager(AsyncKernelManager):
        @property
        def kernel_spec(self):
            command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--HistoryManager.enabled=False"]
            return KernelSpec(argv=command, display_name="Python 3", language="python")

        async def _async_start_kernel(self, **options):
            options["env"] = {**os.environ, **kernel_environment(folder)}
            with open(folder / "kernel.log", "ab") as log:
                await super()._async_start_kernel(**options, stdout=log, stderr=log)

        start_kernel = _async_start_kernel

        def _connection_file_default(self):
            return str(folder / "kernel.json")

        def _transport_default(self):
            return "tcp" if sys.platform == "win32" else "ipc"

        def _ip_default(self):
            return super()._ip_default() if sys.platform == "win32" else str(folder / "kernel")

    return OwnKernelManager


def kernel_environment(folder: Path) -> dict[str, str]:
    """What the kernel's process is given: nothing of the user's IPython start-up files, the same hashes each time, one thread each."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {READS: str(folder / "reads"), "IPYTHONDIR": str(folder / "ipython"), "PYTHONHASHSEED": "0", "PYDEVD_DISABLE_FILE_VALIDATION": "1", **threads}


def read_log(folder: Path) -> tuple[str, ...]:
    """What the notebook's process noted of its readings, each once."""
    log = folder / "reads"
    return tuple(dict.fromkeys(log.read_text(encoding="utf-8").splitlines())) if log.exists() else ()


def last_words(folder: Path) -> str:
    """The last line that the kernel's process wrote before it died, such as a fatal error of a library."""
    log = folder / "kernel.log"
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n") if log.exists() else []
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")


def _started(prepared) -> bool:
    return any(cell.get("execution_count") or cell.get("outputs") for cell in prepared.cells) or any(
        cell.metadata.get("papermill", {}).get("status") in ("running", "completed", "failed") for cell in prepared.cells
    )


def _last_source(prepared) -> str:
    """The source of the cell that was running when the run ended."""
    running = [cell for cell in prepared.cells if cell.metadata.get("papermill", {}).get("start_time")]
    return running[-1].source if running else ""
