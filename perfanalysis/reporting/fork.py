"""Running a notebook in a child forked from a process in which the libraries are already loaded: no kernel, no ports, no state kept.

A child gets a fresh copy of the worker, runs the cells in an IPython shell of its own, hands every finished cell to the worker and is gone.
Where fork is unsafe or missing, ``execute.execute_notebook`` (stock papermill) does the same work; a test runs both and compares.
"""

import os
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from functools import cache
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

from perfanalysis.reporting.execute import Executed, kernel_environment, last_words, prepare_notebook

#: Fork is sound here: macOS and Windows either lack it or have libraries that do not survive it.
AVAILABLE = sys.platform == "linux"


def execute_forked(notebook: Path, parameters: Mapping[str, Any], *, timeout: float) -> Executed:
    """As ``execute_notebook``, in a forked child; how it ended is what the system says of the child."""
    import nbformat

    _preload()
    prepared = prepare_notebook(nbformat.read(notebook, as_version=4), parameters)
    with tempfile.TemporaryDirectory(prefix="perfanalysis-", ignore_cleanup_errors=True) as folder:
        receive, send = Pipe(duplex=False)
        child = os.fork()
        if child == 0:
            _be_child(prepared, Path(folder), send)  # never returns
        send.close()
        try:
            ended, running = _follow(prepared, receive, time.monotonic() + timeout)
        finally:
            # also when this process is interrupted: nothing that the notebook started outlives it
            _kill(child)
            _, status = os.waitpid(child, 0)
            receive.close()
        source = prepared.cells[running].source if running < len(prepared.cells) else ""
        if ended == "timeout":
            return Executed(prepared, "timeout", f"{timeout:g}", source)
        if ended == "error":
            error = next(output for output in prepared.cells[running].outputs if output["output_type"] == "error")
            return Executed(prepared, "error", f"{error['ename']}: {error['evalue']}", source)
        if ended == "died":
            how = f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"exit status {os.waitstatus_to_exitcode(status)}"
            return Executed(prepared, "died", " · ".join(filter(None, [how, last_words(Path(folder))])), source)
    return Executed(prepared, "ok")


def _follow(prepared, receive, deadline: float) -> tuple[str, int]:
    """Take over every cell that the child finishes; how it ended and the position of the cell that it ended in."""
    import nbformat

    running = 0
    while True:
        if not receive.poll(max(0, deadline - time.monotonic())):
            return "timeout", running
        try:
            position, count, outputs, failed = receive.recv()
        except EOFError:
            return "died", running
        if position is None:
            return "ok", len(prepared.cells)
        prepared.cells[position].execution_count = count
        prepared.cells[position].outputs = [nbformat.from_dict(output) for output in outputs]
        if failed:
            return "error", position
        running = next((later for later in range(position + 1, len(prepared.cells)) if _runs(prepared.cells[later])), len(prepared.cells))


def _kill(child: int) -> None:
    try:
        os.killpg(child, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        os.kill(child, signal.SIGKILL)  # it had no time to become the head of its own group


@cache
def _preload() -> None:
    """Load what notebooks use, once a worker: every public name, the words, and matplotlib as far as drawing and writing go."""
    from importlib import import_module

    import perfanalysis
    from perfanalysis import words

    for name in perfanalysis.__all__:
        getattr(perfanalysis, name)
    for lang in words.languages():
        words.codes(lang)
    for module in ("matplotlib.figure", "matplotlib.pyplot", "matplotlib_inline.backend_inline", "matplotlib.backends.backend_svg", "perfanalysis.reporting.shell"):
        import_module(module)
    from matplotlib.figure import Figure

    # a drawn text fills the caches of fonts and tickers
    figure = Figure()
    figure.subplots().set_title("0")
    figure.canvas.draw()


def _be_child(prepared, folder: Path, send) -> None:
    status = 1
    try:
        os.setpgid(0, 0)
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, signal.SIG_DFL)
        (folder / "work").mkdir()
        os.chdir(folder / "work")
        os.environ.update(kernel_environment(folder))
        log = os.open(folder / "kernel.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for stream in (1, 2):
            os.dup2(log, stream)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        from perfanalysis.reporting.shell import Shell

        shell = Shell()
        for position, cell in enumerate(prepared.cells):
            if _runs(cell):
                outputs, failed = shell.run(cell.source)
                send.send((position, shell.count, outputs, failed))
                if failed:
                    break
        else:
            send.send((None, None, None, None))
        status = 0
    finally:
        os._exit(status)


def _runs(cell) -> bool:
    return cell.cell_type == "code" and bool(cell.source.strip())
