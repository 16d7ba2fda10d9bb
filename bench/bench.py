"""How fast reports are made, against the tools that people use and against the floor: one run, one machine, the same notebook and outputs.

``make bench``. Every row prints its goal and what came out; ``outputs/bench.json`` has the numbers. What would take hours is sampled, and says so: only
ratios within one run mean something, and other load on the machine moves them.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("en", "zh")
DEPARTMENTS = 147
#: How often our engine and the floor are measured after each other.
TURNS = 3


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    given.add_argument("--units", type=int, default=36, help="departments that our engine and the floor are measured on")
    given.add_argument("--sample", type=int, default=3, help="reports that the slow ways are measured on, for each worker")
    given.add_argument("--copies", type=int, default=100, help="how many times the large city is as large")
    given.add_argument("--workers", type=int, default=os.cpu_count())
    given.add_argument("--to", type=Path, default=ROOT / "outputs" / "bench.json")
    options = given.parse_args()
    with tempfile.TemporaryDirectory(prefix="perfanalysis-bench-") as folder:
        bench = Bench(Path(folder), options)
        bench.run()
    options.to.parent.mkdir(parents=True, exist_ok=True)
    options.to.write_text(json.dumps(bench.results, indent=1) + "\n", encoding="utf-8")


class Bench:
    def __init__(self, folder: Path, options):
        self.folder, self.options, self.results = folder, options, []
        self.dataset = make_city(folder)
        from perfanalysis.reporting import load_plan

        self.plan = load_plan(ROOT / "parameters" / "departments.yaml", dataset=self.dataset)
        self.units = [unit.code for unit in self.plan.units][: options.units]

    def say(self, what: str, goal: str, value, met: bool | None, note: str = "") -> None:
        self.results.append({"what": what, "goal": goal, "value": value, "met": met, "note": note})
        print(f"{'' if met is None else 'met   ' if met else 'MISSED'} {what}: {value} (goal: {goal}){'; ' + note if note else ''}", flush=True)

    def run(self) -> None:
        workers = self.options.workers
        print(f"{workers} workers, load {os.getloadavg()[0]:.1f}; {len(self.units)} of {DEPARTMENTS} departments × {len(LANGUAGES)} languages", flush=True)
        peak, halves = self.memory()
        # in turns: what else runs on the machine falls on both
        turns = [(self.ours(), self.floor()) for _ in range(TURNS)]
        ours, floor = (min(seconds) for seconds in zip(*turns, strict=True))
        ratios = sorted(one / other for one, other in turns)
        pool = self.pool()
        loop = self.loop()
        per = "seconds a department, both languages"
        for name, seconds in (("our engine", ours), ("floor", floor), ("papermill in a pool", pool), ("commands in a loop", loop)):
            self.say(name, per, round(seconds, 3), None)
        self.say("against the commands papermill and jupyter nbconvert", "≥ 15 × faster", round(loop / ours, 1), loop / ours >= 15, f"{self.options.sample} reports sampled")
        self.say("against stock papermill in a pool", "≥ 6 × faster", round(pool / ours, 1), pool / ours >= 6, f"{self.options.sample * workers} reports sampled")
        self.say("against the floor", "≤ 1.3 ×", round(median(ratios), 2), median(ratios) <= 1.3, f"median of {TURNS} turns: {', '.join(f'{ratio:.2f}' for ratio in ratios)}")
        self.unchanged(ours)
        self.one_changed()
        self.large()
        self.say("peak memory, all processes (MB)", "stated, flat", round(peak), None if halves is None else halves <= 1.1,
                 "" if halves is None else f"second half of the run against the first: {halves:.2f} ×")
        for name, words, goal in (("perfanalysis --help", ["-m", "perfanalysis.cli", "--help"], 0.3), ("import perfanalysis", ["-c", "import perfanalysis"], 0.5)):
            seconds = min(timed(lambda words=words: subprocess.run([sys.executable, *words], check=True, capture_output=True, cwd=ROOT)) for _ in range(5))
            self.say(name, f"≤ {goal} s", round(seconds, 3), seconds <= goal, "best of 5")

    def ours(self) -> float:
        """Seconds a department. What is done once, before the first report and after the last, falls on all departments of a real run and not on a sample's."""
        from perfanalysis.reporting import run_plan

        begun, done = time.monotonic(), []
        with Watch(lambda family: any(depth > 1 for _, depth in family), 0.1) as forked:
            self.check(run_plan(self.plan, outputs=self.folder / "ours", workers=self.options.workers, only=self.units, force=True,
                                on_progress=lambda _: done.append(time.monotonic() - begun)))
        seconds = time.monotonic() - begun
        reports = done[-1] - (forked.since[forked.seen.index(True)] if True in forked.seen else 0.0)
        return reports / len(self.units) + (seconds - reports) / DEPARTMENTS

    def memory(self) -> tuple[float, float | None]:
        """Peak megabytes of all processes, and that of the second half of a run to that of the first. In a run of its own: to look costs a tenth of the time."""
        from perfanalysis.reporting import run_plan

        with Watch(lambda family: sum(megabytes(process) for process, _ in family), 0.5) as watch:
            self.check(run_plan(self.plan, outputs=self.folder / "ours", workers=self.options.workers, only=self.units, force=True))
        half = len(watch.seen) // 2
        return max(watch.seen, default=0), max(watch.seen[half:]) / max(watch.seen[:half]) if half > 4 else None

    def check(self, run) -> None:
        if run.failed:
            raise SystemExit(f"{len(run.failed)} reports failed: {run.failed[0].reason} {run.failed[0].message} {run.failed[0].source}")

    def floor(self) -> float:
        """The library's calls and drawings only: everything computed once a department and drawn in each language, in one warm process a core."""
        with ProcessPoolExecutor(self.options.workers, mp_context=get_context("spawn"), initializer=one_thread) as pool:
            list(pool.map(partial(draw_all, str(self.dataset)), self.units[: 2 * self.options.workers]))
            return timed(lambda: list(pool.map(partial(draw_all, str(self.dataset)), self.units))) / len(self.units)

    def pool(self) -> float:
        tasks = [(str(self.dataset), unit, LANGUAGES[number % 2], str(self.folder / "pool")) for number, unit in enumerate(self.units[: self.options.sample * self.options.workers])]
        (self.folder / "pool").mkdir()
        with ProcessPoolExecutor(self.options.workers, mp_context=get_context("spawn")) as pool:
            list(pool.map(run_stock, tasks[: self.options.workers]))
            return timed(lambda: list(pool.map(run_stock, tasks))) / len(tasks) * len(LANGUAGES)

    def loop(self) -> float:
        from perfanalysis.reporting.html import TEMPLATES

        folder = self.folder / "loop"
        folder.mkdir()

        def one(unit: str, lang: str) -> None:
            out = folder / f"{unit}.{lang}.ipynb"
            given = [word for name, value in (("dataset", self.dataset), ("department", unit), ("lang", lang)) for word in ("-p", name, str(value))]
            call("papermill", "--no-progress-bar", "-k", "python3", ROOT / "notebooks" / "department.ipynb", out, *given)
            call("nbconvert", "--to", "html", "--no-input", "--template", "perfanalysis", f"--TemplateExporter.extra_template_basedirs={TEMPLATES}", out)

        sample = [(unit, LANGUAGES[number % 2]) for number, unit in enumerate(self.units[: self.options.sample])]
        return timed(lambda: [one(*task) for task in sample]) / len(sample) * len(LANGUAGES)

    def unchanged(self, ours: float) -> None:
        from perfanalysis.reporting import run_plan

        seconds = min(timed(lambda: run_plan(self.plan, outputs=self.folder / "ours", only=self.units)) for _ in range(3))
        full = ours * len(self.units)
        self.say("again with nothing changed", "≥ 100 × faster", round(full / seconds), full / seconds >= 100, f"{len(self.units)} departments, {seconds:.2f} s; best of 3")

    def one_changed(self) -> None:
        """An answer in one department's indicators, and the text of one."""
        from perfanalysis.reporting import run_plan

        changed = self.units[3]
        for column, value in (("reason", "—"), ("actual", 0.01)):
            edit(self.dataset, changed, column, value)
            run = run_plan(self.plan, outputs=self.folder / "ours", workers=self.options.workers, only=self.units)
            self.check(run)
            why = {record.unit: ", ".join(record.why) for record in run.units if record.status == "done"}
            reasons = ", ".join(sorted(set(why.values())))
            self.say(f"one department's data changed ({column})", "only what depends on it", f"{len(why)} of {len(self.units)} ran", changed in why, reasons)

    def large(self) -> None:
        from perfanalysis.reporting import load_plan, run_plan

        dataset = multiply(self.dataset, self.folder / "large", self.options.copies)
        plan = load_plan(ROOT / "parameters" / "departments.yaml", dataset=dataset)
        few, cities = self.units[:12], {"few": self.plan, "many": plan}
        for name, city in cities.items():  # the summary of the peers is made once
            run_plan(city, outputs=self.folder / name, workers=1, only=few[:1], force=True)
        taken: dict[str, list[float]] = {name: [] for name in cities}
        for name in (*cities, *cities):
            run = run_plan(cities[name], outputs=self.folder / name, workers=1, only=few, force=True)
            self.check(run)
            taken[name] += [sum(record.seconds.values()) for record in run.units if record.unit in few]
        seconds = [median(taken[name]) for name in ("few", "many")]
        ratio = seconds[1] / seconds[0]
        self.say(f"a report with {len(plan.units):,} departments in the dataset against {DEPARTMENTS}", "≤ 1.1 ×", round(ratio, 2), ratio <= 1.1,
                 f"median of {2 * len(few)} in turns: {seconds[1]:.2f} s against {seconds[0]:.2f} s")


class Watch:
    """What ``look`` says of this process and those below it, every few seconds; it stops looking once that is ``True``."""

    def __init__(self, look, seconds: float):
        self.seen, self.since = [], []
        self._look, self._seconds, self._stop, self._start = look, seconds, threading.Event(), time.monotonic()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while sys.platform == "linux" and not self._stop.wait(self._seconds):
            self.seen.append(self._look(tree(os.getpid())))
            self.since.append(time.monotonic() - self._start)
            if self.seen[-1] is True:
                return


def tree(root: int) -> list[tuple[int, int]]:
    """A process and all below it, each with its depth."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents.setdefault(int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1]), []).append(int(entry.name))
            except (OSError, IndexError, ValueError):
                continue
    found, ahead = [], [(root, 0)]
    while ahead:
        process, depth = ahead.pop()
        found.append((process, depth))
        ahead += [(child, depth + 1) for child in parents.get(process, ())]
    return found


def megabytes(process: int) -> float:
    """Pages that processes share count once (proportional set size)."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1e3
    except (OSError, StopIteration, IndexError):
        return 0.0


def timed(do) -> float:
    since = time.perf_counter()
    do()
    return time.perf_counter() - since


def call(module: str, *words) -> None:
    subprocess.run([sys.executable, "-m", module, *map(str, words)], check=True, capture_output=True, cwd=ROOT, env={**os.environ, "PYDEVD_DISABLE_FILE_VALIDATION": "1"})


def one_thread() -> None:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"


def draw_all(dataset: str, department: str) -> int:
    """The calls of notebooks/department.ipynb, without a notebook."""
    from perfanalysis.display.show import make_output, make_title_output

    names: dict = {}
    for number, cell in enumerate(code_cells()):
        if number == 0:  # the parameters, with this department's own in their place
            exec(cell, names)
            names |= {"dataset": dataset, "department": department}
        elif "show" not in cell:
            exec(cell, names)
    size = 0
    for lang in LANGUAGES:
        size += len(str(make_title_output(names["unit"], lang)))
        for section in (names["summary"], *names["sections"], names["method"]):
            size += len(make_output(section, lang)["text/html"])
    return size


def code_cells() -> list[str]:
    cells = json.loads((ROOT / "notebooks" / "department.ipynb").read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def run_stock(task: tuple[str, str, str, str]) -> None:
    """One report by papermill's and nbconvert's Python interfaces."""
    dataset, unit, lang, folder = task
    import nbformat
    import papermill
    from nbconvert import HTMLExporter

    from perfanalysis.reporting.html import TEMPLATES

    out = f"{folder}/{unit}.{lang}.ipynb"
    for trial in range(3):
        try:
            papermill.execute_notebook(str(ROOT / "notebooks" / "department.ipynb"), out, {"dataset": dataset, "department": unit, "lang": lang}, kernel_name="python3", progress_bar=False)
            break
        except RuntimeError:  # kernels that start at once take each other's ports
            if trial == 2:
                raise
    exporter = HTMLExporter(extra_template_basedirs=[str(TEMPLATES)], template_name="perfanalysis")
    page, _ = exporter.from_notebook_node(nbformat.read(out, as_version=4))
    Path(out).with_suffix(".html").write_text(page, encoding="utf-8")


def make_city(folder: Path) -> Path:
    from perfanalysis.dataset import import_source
    from perfanalysis.demo import make_city, write_city

    write_city(folder / "source", make_city())
    return import_source(folder / "source", folder / "dataset", demonstration=True, name="示范市", name_en="Demonstration City").path


def edit(dataset: Path, unit: str, column: str, value) -> None:
    """Change one department's indicators of 2020, as a new import would."""
    def change(tables):
        indicators = tables["indicators"]
        at = indicators.index[(indicators["unit"] == unit) & (indicators["year"] == 2020) & indicators["actual"].notna()][0]
        indicators.loc[at, column] = value
    rewrite(dataset, dataset, change)


def rewrite(dataset: Path, to: Path, change) -> Path:
    from perfanalysis.dataset import load_dataset, write_dataset

    data = load_dataset(dataset)
    tables = {name: data.table(name) for name in data.names}
    aside = data.table("set_aside")
    changed = change(tables) or tables
    about = {name: data.meta[name] for name in ("currency", "fiscal_year_start", "demonstration", "name", "name_en", "sources")}
    return write_dataset(to, changed, set_aside=aside, **about).path


def multiply(dataset: Path, to: Path, copies: int) -> Path:
    """The city ``copies`` times over, every unit and project with a code of its own: those of the first copy are those of the original."""
    import pandas as pd

    def change(tables):
        def again(table, frame, number):
            if number == 0:
                return frame
            apart = ("unit", "name", "name_en") if table == "units" else ("unit", "project", "proposal", "problem")
            return frame.assign(**{name: frame[name] + f"-{number}" for name in apart if name in frame})

        return {table: pd.concat([again(table, frame, number) for number in range(copies)], ignore_index=True) for table, frame in tables.items()}

    shutil.rmtree(to, ignore_errors=True)
    return rewrite(dataset, to, change)


if __name__ == "__main__":
    main()
