"""Every report of a plan at once: in parallel, each on its own, published whole or not at all."""

import datetime
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, ProcessPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from multiprocessing import get_context
from pathlib import Path

from perfanalysis import words
from perfanalysis.errors import PlanError, Problem
from perfanalysis.reporting.changes import Contents, take_reads
from perfanalysis.reporting.cluster import is_lost
from perfanalysis.reporting.confidential import mask_plan
from perfanalysis.reporting.execute import Execute, execute_fastest
from perfanalysis.reporting.folders import folder_name, hold_outputs, publish_folder, recover_folders, write_atomically
from perfanalysis.reporting.index import make_index
from perfanalysis.reporting.pdf import find_browser
from perfanalysis.reporting.plan import Plan, PlannedUnit, choose_units
from perfanalysis.reporting.record import (
    RunRecord,
    UnitRecord,
    again,
    keep_record,
    plan_key,
    read_record,
    unit_key,
    versions,
    why_run,
)
from perfanalysis.reporting.report import Outcome, Task, make_report
from perfanalysis.reporting.warm import end_with_parent, warm_worker


@dataclass(frozen=True)
class Progress:
    """How far a run is: the unit just finished, and how many of how many are."""

    record: UnitRecord
    finished: int
    total: int


def local_processes(workers: int, warm: tuple | None = None) -> Executor:
    """Fresh processes on this machine; nothing is inherited by them, so they are alike on every system. ``warm`` is what ``warm_worker`` takes."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # for the workers, which fill the cores themselves; the libraries of this process have asked already
    if warm is None:
        return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=end_with_parent)
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=warm_worker, initargs=warm)


def run_plan(
    plan: Plan,
    *,
    outputs: str | Path | None = None,
    workers: int | None = None,
    only: Iterable[str] = (),
    force: bool = False,
    resume: bool = False,
    pdf: bool = False,
    execute: Execute = execute_fastest,
    open_pool: Callable[[int], Executor] = local_processes,
    cluster: str | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    now: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.UTC),
) -> RunRecord:
    """Make every report of ``plan`` (or of the units in ``only``) that is not yet there and right; ``force`` makes all of them.

    Parameters
    ----------
    outputs : the folder that the plan's own folder goes to, by default ``outputs`` in the plan's project
    workers : processes at once, by default one a core
    resume : go on with a run that was interrupted: only what is missing or failed may run, and a changed input is an error
    pdf : print every page as a PDF too, by this machine's Chromium or Chrome
    execute : runs one notebook; ``execute_notebook`` is stock papermill, and whatever replaces it has its signature
    open_pool : makes the ``concurrent.futures`` executor of ``workers`` workers, here or on other machines that see the same files
    cluster : address of a Dask scheduler whose workers make the reports, instead of ``open_pool``
    on_progress : called after every unit

    Returns
    -------
    What came of every unit; ``run.json`` and the index say the same. One that fails does not stop the others, and its last good report stays.

    Raises
    ------
    PlanError
        A unit in ``only`` is not in the plan, ``pdf`` is asked for and no browser is here, another run holds the folder, or an input changed since the run that ``resume`` goes on with.

    >>> pa.run_plan(pa.load_plan("parameters/departments.yaml"), only=["101"])  # doctest: +SKIP
    """
    chosen = choose_units(plan, only)
    if pdf and cluster is None:
        find_browser()
    folder = Path(outputs if outputs is not None else plan.root / "outputs").resolve() / plan.name
    if cluster is not None:
        open_pool, size = _open_cluster(plan, cluster)
        workers = workers or size
    workers = workers or os.cpu_count() or 1
    with hold_outputs(folder):
        recover_folders(folder)
        shown, plan = plan.dataset, mask_plan(plan, folder)
        run = _Run(plan, shown, folder, _stamp(now()), force, pdf, now)
        known = {unit.code: read_record(folder, unit.code) for unit in plan.units}
        todo = run.choose(chosen, known, resume)
        records = {record.unit: record for record in known.values() if record is not None}
        skipped = [again(records[unit.code], run.started, run.contents) for unit in chosen if unit.code not in todo]
        finished, interrupted = 0, True
        try:
            for record in chain(skipped, run.make(todo, min(workers, len(todo) or 1), execute, open_pool, records)):
                records[record.unit] = record
                keep_record(folder, record)
                finished += 1
                if on_progress:
                    on_progress(Progress(record, finished, len(chosen)))
            interrupted = False
        finally:
            shutil.rmtree(folder / ".staging", ignore_errors=True)
            result = RunRecord(
                plan.name, dict(plan.title), folder, plan.languages, run.started, _stamp(now()), interrupted, workers,
                tuple(unit.code for unit in chosen), tuple(records[unit.code] for unit in plan.units if unit.code in records), versions(),
            )
            write_atomically(folder / "run.json", result.as_json())
            for name, page in make_index(plan, result).items():
                write_atomically(folder / name, page)
    return result


class _Run:
    """One run of a plan into its folder."""

    def __init__(self, plan: Plan, shown: Path, folder: Path, started: str, force: bool, pdf: bool, now: Callable[[], datetime.datetime]):
        self.plan, self.folder, self.started, self.force, self.pdf, self.now = plan, folder, started, force, pdf, now
        self.shown = str(shown)
        self.contents = Contents(plan)
        self.base = plan_key(plan, self.contents)

    def choose(self, chosen: Iterable[PlannedUnit], known: dict[str, UnitRecord | None], resume: bool) -> dict[str, tuple]:
        """Code → (unit, key, why) of every unit whose report must be made."""
        todo = {}
        for unit in chosen:
            key = unit_key(self.plan, unit, self.base)
            why = why_run(known[unit.code], key, self.folder, self.contents, force=self.force, languages=self.plan.languages if self.pdf else ())
            if why:
                todo[unit.code] = (unit, key, why)
        changed = sorted({part for _, key, why in todo.values() for part in why if part in key or part == "peers" or ":" in part})
        if resume and changed:
            raise PlanError([Problem("run_changed_since", file=self.plan.path.name, found=", ".join(changed))])
        return todo

    def make(self, todo: dict[str, tuple], workers: int, execute: Execute, open_pool, records: dict[str, UnitRecord]) -> Iterator[UnitRecord]:
        if todo:
            self.contents.warm()
        tasks = [self.task(unit) for unit, _, _ in todo.values()]
        if open_pool is local_processes and len(tasks) > 2 * workers and execute is execute_fastest:
            # for two reports it would cost as much as it saves
            open_pool = partial(local_processes, warm=warm_with(self.plan))
        for task, outcome in _work(tasks, workers, execute, open_pool):
            _, key, why = todo[task.unit]
            yield self.settle(task, outcome, key, why, records.get(task.unit))

    def task(self, unit: PlannedUnit) -> Task:
        plan = self.plan
        given = {lang: plan.parameters_of(unit, lang) for lang in plan.languages}
        shown = {lang: {name: _from_root(value, plan.root) for name, value in (parameters | {"dataset": self.shown}).items()} for lang, parameters in given.items()}
        titles = {lang: words.say("index.report_title", lang, {"title": plan.title[lang], "unit": unit.written(lang)}) for lang in plan.languages}
        return Task(unit.code, titles, plan.notebook, given, shown, self.folder / ".staging" / folder_name(unit.code), plan.timeout, plan.memory, plan.dataset, self.pdf)

    def settle(self, task: Task, outcome: Outcome, key: dict, why: tuple[str, ...], known: UnitRecord | None) -> UnitRecord:
        """Publish what a worker made, or keep what was there; the record says which."""
        place, failed = self.folder / folder_name(task.unit), self.folder / "failed" / folder_name(task.unit)
        if not outcome.reason:
            try:
                publish_folder(task.staging, place)
            except OSError as error:
                outcome = Outcome("not_written", message=str(error), seconds=outcome.seconds)
        if not outcome.reason:
            shutil.rmtree(failed, ignore_errors=True)
            return UnitRecord(
                task.unit, "done", self.started, why=why, good=_stamp(self.now()), key=key, seconds=outcome.seconds, sizes=outcome.sizes,
                figures=outcome.figures, findings=outcome.findings, codes=outcome.codes, before=_before(known), reads=take_reads(outcome.reads, self.contents),
                tables=dict(self.contents.tables) if outcome.reads else {},
            )
        _keep_notebooks(task.staging, failed)
        last = known if known is not None and known.good and place.is_dir() else UnitRecord(task.unit, "failed", self.started)
        return replace(
            last, status="failed", run=self.started, reason=outcome.reason, lang=outcome.lang, message=outcome.message,
            source=outcome.source, why=why, seconds=outcome.seconds,
        )


def _work(tasks: Iterable[Task], workers: int, execute: Execute, open_pool: Callable[[int], Executor]) -> Iterator[tuple[Task, Outcome]]:
    """Every task with its outcome, as they finish.

    A worker that is killed breaks its pool and takes the tasks of its neighbours along: those run again one by one in new pools, and one
    that breaks a pool alone is the one that died.
    """
    waiting, suspects = deque(tasks), deque()
    while waiting or suspects:
        alone = not waiting
        queue, at_once = (suspects, 1) if alone else (waiting, workers)
        running = {}
        with open_pool(at_once) as pool:
            try:
                while queue or running:
                    while queue and len(running) < at_once:
                        running[pool.submit(make_report, queue[0], execute)] = queue[0]
                        queue.popleft()
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        outcome = _outcome(future)
                        yield running.pop(future), outcome
            except BrokenExecutor as error:
                if alone and running:
                    yield running.popitem()[1], Outcome("died", message=str(error))
                suspects.extend(running.values())
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise


def _open_cluster(plan: Plan, address: str) -> tuple[Callable[[int], Executor], int]:
    """What opens the cluster at ``address``, and how many reports it makes at once."""
    from perfanalysis.reporting.cluster import Cluster

    with Cluster(address) as pool:
        size = pool.size
    return lambda workers: Cluster(address, warm_with(plan)), size


def warm_with(plan: Plan) -> tuple[str, int | None, str]:
    """What workers get ready with: the dataset, the year and the rule-book, as far as the plan says."""
    given = {**plan.defaults, **plan.parameters}
    year, rulebook = given.get("year"), given.get("rulebook")
    return str(plan.dataset), year if type(year) is int else None, rulebook if isinstance(rulebook, str) else "mof-2020"


def _outcome(future) -> Outcome:
    try:
        return future.result()
    except BrokenExecutor:
        raise
    except (Exception, CancelledError) as error:  # what cannot travel between processes, or a fault of another executor
        return Outcome("died" if is_lost(error) else "error", message=f"{type(error).__name__}: {error}")


def _before(known: UnitRecord | None) -> dict:
    """What the report said that a new one takes the place of; nothing where there was none."""
    return {"figures": dict(known.figures), "codes": list(known.codes)} if known is not None and known.good else {}


def _keep_notebooks(staging: Path, failed: Path) -> None:
    """Keep the notebooks of a failed report as far as they got, for whoever looks for the fault."""
    shutil.rmtree(failed, ignore_errors=True)
    notebooks = sorted(staging.glob("*.ipynb")) if staging.is_dir() else []
    if notebooks:
        failed.mkdir(parents=True, exist_ok=True)
        for notebook in notebooks:
            shutil.copyfile(notebook, failed / notebook.name)
    shutil.rmtree(staging, ignore_errors=True)


def _from_root(value, root: Path):
    """A path on this machine as one that starts from the project, so that a kept notebook is the same wherever it was made."""
    if not isinstance(value, str) or not Path(value).is_absolute():
        return value
    path = Path(value)
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def _stamp(moment: datetime.datetime) -> str:
    return moment.isoformat(timespec="seconds")
