"""Running a notebook in a child forked from a process in which the libraries are already loaded: no kernel, no ports, no state kept.

A child gets a fresh copy of the worker, runs the cells in an IPython shell of its own, hands every finished cell to the worker and is gone.
Where the sets of parameters differ in a few names only (the language), the cells before the first that mentions one of them run once, and the
child forks there: every language goes on from the same frames. Where fork is unsafe or missing, ``execute.execute_notebook`` (stock papermill)
does the same work; a test runs both and compares.
"""

import gc
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

from perfanalysis.reporting.execute import MEMORY, Executed, kernel_environment, last_words, prepare_notebook, read_log
from perfanalysis.reporting.sharing import count_shared
from perfanalysis.reporting.warm import end_with_parent, load_libraries, warm_shell

#: Fork is sound here: macOS and Windows either lack it or have libraries that do not survive it.
AVAILABLE = sys.platform == "linux"
#: Seconds between two looks at the memory of a child.
_WATCH = 0.25


def execute_forked(notebook: Path, parameters: Mapping[str, Any], *, timeout: float, memory: float = MEMORY) -> Executed:
    """As ``execute_notebook``, in a forked child; how it ended is what the system says of the child."""
    return next(executed for _, executed in execute_each(notebook, {"": parameters}, timeout=timeout, memory=memory))


def execute_each(
    notebook: Path, sets: Mapping[str, Mapping[str, Any]], *, timeout: float, memory: float = MEMORY
) -> Iterator[tuple[str, Executed]]:
    """The notebook run with every one of ``sets`` (name → parameters), in their order; what they have in common runs once.

    ``timeout`` (seconds) and ``memory`` (megabytes) are for each set. A set that fails does not end the others.
    """
    import nbformat

    load_libraries()
    node = nbformat.read(notebook, as_version=4)
    prepared = {name: prepare_notebook(node, parameters) for name, parameters in sets.items()}
    shared = count_shared(next(iter(prepared.values())), list(sets.values()))
    groups = [list(sets)] if shared else [[name] for name in sets]
    for names in groups:
        yield from _run_group({name: prepared[name] for name in names}, {name: sets[name] for name in names}, shared, timeout, memory)


def execute_prepared(node: Any, *, timeout: float, memory: float = MEMORY, place: Path | None = None) -> Executed:
    """A notebook with its parameters already written in, run in the folder ``place`` (by default an empty one of its own)."""
    load_libraries()
    return next(executed for _, executed in _run_group({"": node}, {"": {}}, 0, timeout, memory, place))


@dataclass
class _Followed:
    """What the child has told so far: finished cells by position, for all sets and for the one that runs now."""

    name: str
    common: dict[int, tuple] = field(default_factory=dict)
    own: dict[int, tuple] = field(default_factory=dict)
    process: int = 0
    split: bool = False


def _run_group(
    prepared: dict[str, Any], sets: Mapping[str, Mapping[str, Any]], shared: int, timeout: float, memory: float, place: Path | None = None
) -> Iterator[tuple[str, Executed]]:
    with tempfile.TemporaryDirectory(prefix="perfanalysis-", ignore_cleanup_errors=True) as folder:
        receive, send = Pipe(duplex=False)
        child = os.fork()
        if child == 0:
            receive.close()
            _be_child(prepared, sets, shared, Path(folder), send, place)  # never returns
        send.close()
        state = _Followed(next(iter(prepared)), process=child)
        left = list(prepared)
        try:
            deadline = time.monotonic() + timeout
            while left:
                ended, status = _follow(receive, state, deadline, memory)
                if ended == "died" and status is None:
                    _kill(child)
                    _, status = os.waitpid(child, 0)
                    child = 0
                # what goes wrong in a common cell goes wrong for all, and what stops the child as a whole stops those that wait
                at_once = [state.name] if state.split else list(left)
                for name in at_once:
                    left.remove(name)
                    yield name, _executed(prepared[name], state, ended, status, Path(folder), timeout, memory)
                if ended in ("timeout", "memory") or not child:
                    break
                state.own, deadline = {}, time.monotonic() + timeout
        finally:
            # also when this process is interrupted: nothing that the notebook started outlives it
            if child:
                _kill(child)
                os.waitpid(child, 0)
            receive.close()


def _follow(receive, state: _Followed, deadline: float, memory: float) -> tuple[str, int | None]:
    """Take over what the child finishes until one set has ended: how, and what the system says of its process."""
    failed = False
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            return "timeout", None
        if not receive.poll(min(left, _WATCH)):
            if _megabytes(state.process) > memory:
                return "memory", None
            continue
        try:
            kind, *told = receive.recv()
        except (EOFError, OSError):
            return ("error", None) if failed else ("died", None)
        if kind == "cell":
            position, *finished = told
            (state.own if state.split else state.common)[position] = tuple(finished)
            failed = finished[-1]
            if failed and not state.split:
                return "error", None
        elif kind == "set":
            state.name, state.process = told
            state.split = True
        elif kind == "ended":
            (status,) = told
            if failed:
                return "error", status
            return ("ok" if status == 0 else "died"), status


def _executed(prepared: Any, state: _Followed, ended: str, status: int | None, folder: Path, timeout: float, memory: float) -> Executed:
    """The notebook with what was shown, and how it ended."""
    from perfanalysis.reporting.shell import read_output

    cells, done = prepared.cells, {**state.common, **state.own}
    for position, (count, outputs, _) in done.items():
        cells[position].execution_count = count
        cells[position].outputs = [read_output(output) for output in outputs]
    after = max(done, default=-1)
    running = next((later for later in range(after + 1, len(cells)) if runs(cells[later])), None)
    source = "" if running is None else cells[running].source
    if ended == "ok":
        return Executed(prepared, "ok", reads=read_log(folder))
    if ended == "timeout":
        return Executed(prepared, "timeout", f"{timeout:g}", source)
    if ended == "memory":
        return Executed(prepared, "memory", f"{memory:g}", source)
    if ended == "error":
        nothing = {"ename": "Error", "evalue": ""}
        error = next((output for output in reversed(cells[after].outputs) if output["output_type"] == "error"), nothing)
        reason = "memory" if error["ename"] in ("MemoryError", "_ArrayMemoryError", "ArrowMemoryError") else "error"
        return Executed(prepared, reason, f"{memory:g}" if reason == "memory" else f"{error['ename']}: {error['evalue']}", cells[after].source)
    return Executed(prepared, "died", " · ".join(filter(None, [_how(status), last_words(folder)])), source)


def _how(status: int) -> str:
    if not os.WIFSIGNALED(status):
        return f"exit status {os.waitstatus_to_exitcode(status)}"
    number = os.WTERMSIG(status)
    return f"signal {number} ({signal.Signals(number).name})" if number in set(signal.Signals) else f"signal {number}"


def _megabytes(process: int) -> float:
    """The memory that a process holds now."""
    try:
        with open(f"/proc/{process}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except (OSError, ValueError, IndexError):
        return 0.0


def _kill(child: int) -> None:
    for kill in (os.killpg, os.kill):  # it may have had no time to become the head of its own group
        try:
            kill(child, signal.SIGKILL)
            return
        except (ProcessLookupError, PermissionError):
            continue


def _be_child(prepared: dict[str, Any], sets: Mapping[str, Mapping[str, Any]], shared: int, folder: Path, send, place: Path | None) -> None:
    status = 1
    try:
        os.setpgid(0, 0)
        end_with_parent()
        _leave_worker(folder, place)
        shell = warm_shell()
        cells = next(iter(prepared.values())).cells
        if _run_cells(shell, cells, range(shared), send):
            *firsts, last = sets
            for name in firsts:
                own = os.fork()
                if own == 0:
                    status = 1
                    _be_one(name, sets[name], folder, shell, cells, shared, send, several=True)
                    status = 0
                    return
                _, ended = os.waitpid(own, 0)
                send.send(("ended", ended))
            # nobody comes after the last: it needs no process of its own, and a copy of the memory less
            _be_one(last, sets[last], folder, shell, cells, shared, send, several=bool(firsts))
            send.send(("ended", 0))
            status = 0
    finally:
        os._exit(status)


def _be_one(name: str, parameters: Mapping[str, Any], folder: Path, shell, cells, shared: int, send, *, several: bool) -> None:
    """Go on with one set of parameters from where all have been alike."""
    end_with_parent()
    send.send(("set", name, os.getpid()))
    if several:
        # what the common cells left in their folder is there for each, and each has its own
        place = folder / f"work-{name}"
        shutil.copytree(folder / "work", place)
        os.chdir(place)
    if shared:
        shell.give(parameters)
    _run_cells(shell, cells, range(shared, len(cells)), send)


def _leave_worker(folder: Path, place: Path | None) -> None:
    """Nothing of the worker's own: signals, folder, environment, streams, random numbers."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_DFL)
    (folder / "work").mkdir()
    os.chdir(place or folder / "work")
    os.environ.update(kernel_environment(folder))
    log = os.open(folder / "kernel.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()  # Python's own generator is seeded anew by fork, numpy's is not
    # a report is short: looking for cycles seldom costs little memory and saves a tenth of the time
    gc.set_threshold(200_000, 20, 50)


def _run_cells(shell, cells, positions: range, send) -> bool:
    for position in positions:
        if runs(cells[position]):
            outputs, failed = shell.run(cells[position].source)
            send.send(("cell", position, shell.count, outputs, failed))
            if failed:
                return False
    return True


def runs(cell) -> bool:
    return cell.cell_type == "code" and bool(cell.source.strip())
