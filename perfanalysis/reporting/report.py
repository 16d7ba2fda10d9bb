"""Making everything about one unit: its notebook run in every language, its pages, facts and tables, in a folder not yet published.

This is what a worker does, in a process of its own and perhaps on another machine. It says what came of it and never raises for what a
notebook did.
"""

import json
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from perfanalysis.display.show import FILE_MIME
from perfanalysis.errors import PerfAnalysisError
from perfanalysis.findings import SEVERITIES
from perfanalysis.reporting.execute import MEMORY, Execute, Executed, execute_fastest, execute_sets
from perfanalysis.reporting.foreign import find_foreign
from perfanalysis.reporting.gather import FactsDiffer, Gathered, gather, make_facts, write_facts

#: Why a report may fail, each with words under ``run.reason`` in the catalogues.
REASONS = ("error", "died", "timeout", "memory", "empty", "contaminated", "languages_differ", "facts_differ", "not_written", "not_printed")
#: The facts about the whole unit that the index shows, by their measure.
KEY_MEASURES = ("execution_rate", "mean_score")


@dataclass(frozen=True)
class Task:
    """One unit's report in all its languages: what to run with which parameters, and the folder to make it in.

    ``pdf`` prints every page too. ``parameters`` and ``shown`` have one set a language; ``shown`` is what the kept notebook says, with paths that start from the project.
    """

    unit: str
    titles: Mapping[str, str]
    notebook: Path
    parameters: Mapping[str, Mapping[str, Any]]
    shown: Mapping[str, Mapping[str, Any]]
    staging: Path
    timeout: float
    memory: float = MEMORY
    dataset: Path | None = None
    pdf: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of a task. ``reason`` is empty where the report is whole and waits in the staging folder, else one of ``REASONS``.

    ``seconds`` per step, ``sizes`` in bytes per file, ``figures`` the unit's key measures, ``findings`` how many of each severity, ``codes`` which.
    """

    reason: str = ""
    lang: str = ""
    message: str = ""
    source: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)
    findings: Mapping[str, int] = field(default_factory=dict)
    codes: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()


def make_report(task: Task, execute: Execute = execute_fastest) -> Outcome:
    """Make all files of one unit in ``task.staging``; where a language fails the notebook as far as it got lies there too."""
    from perfanalysis.reporting.html import export_html
    from perfanalysis.reporting.workbook import make_workbook

    clock = _Clock()
    gathered: dict[str, Gathered] = {}
    reads: tuple[str, ...] = ()
    notebooks: list[Any] = []
    try:
        shutil.rmtree(task.staging, ignore_errors=True)
        task.staging.mkdir(parents=True, exist_ok=True)
        for lang, executed in execute_sets(execute, task.notebook, task.parameters, timeout=task.timeout, memory=task.memory):
            clock.lap("notebook")
            _write_files(executed.notebook, task.staging)
            _keep_notebook(executed, task, lang)
            reads += executed.reads
            if executed.outcome != "ok":
                return Outcome(executed.outcome, lang, executed.message, executed.source, clock.seconds)
            try:
                said = gathered[lang] = gather(executed.notebook)
            except FactsDiffer as error:
                return Outcome("facts_differ", lang, str(error), seconds=clock.seconds)
            if said.lacking:
                return Outcome("empty", lang, said.lacking, seconds=clock.seconds)
            notebooks.append(executed.notebook)
            title = (said.report or {}).get("title") or task.titles[lang]
            (task.staging / f"report.{lang}.html").write_text(export_html(executed.notebook, lang, title), encoding="utf-8")
            clock.lap("html")
        try:
            facts = make_facts(gathered)
        except FactsDiffer as error:
            return Outcome("languages_differ", message=str(error), seconds=clock.seconds)
        foreign = find_foreign(task.unit, task.dataset, facts["facts"], notebooks) if task.dataset else ""
        if foreign:
            return Outcome("contaminated", message=foreign, seconds=clock.seconds)
        (task.staging / "facts.json").write_text(write_facts(facts), encoding="utf-8")
        (task.staging / "tables.xlsx").write_bytes(make_workbook({lang: said.tables for lang, said in gathered.items()}))
        clock.lap("tables")
        if task.pdf:
            failed = _print_pages(task, gathered)
            clock.lap("pdf")
            if failed:
                return Outcome("not_printed", *failed, seconds=clock.seconds)
    except OSError as error:
        return Outcome("not_written", message=str(error), seconds=clock.seconds)
    except Exception as error:  # a fault of our own, or of what replaces the engine: this report fails, the others go on
        return Outcome("error", message=f"{type(error).__name__}: {error}", seconds=clock.seconds)
    sizes = {path.name: path.stat().st_size for path in sorted(task.staging.iterdir())}
    return Outcome("", seconds=clock.seconds, sizes=sizes, figures=_figures(task, facts), findings=_counts(facts),
                   codes=tuple(dict.fromkeys(finding["code"] for finding in facts["findings"])), reads=tuple(dict.fromkeys(reads)))


def _print_pages(task: Task, languages: Iterable[str]) -> tuple[str, str] | None:
    """Print each language's page beside it; the language that could not be printed and why."""
    from perfanalysis.reporting.pdf import find_browser, print_pdf

    for lang in languages:
        try:
            (task.staging / f"report.{lang}.pdf").write_bytes(print_pdf(task.staging / f"report.{lang}.html", find_browser()))
        except (OSError, PerfAnalysisError) as error:
            return lang, str(error)
    return None


def _write_files(notebook: Any, folder: Path) -> None:
    """Write the files that the notebook hands over (``display.show_file``) beside the report; what is kept of the notebook names them only."""
    import base64

    for cell in notebook.cells if notebook is not None else ():
        for output in cell.get("outputs", ()):
            file = output.get("data", {}).pop(FILE_MIME, None)
            if file is not None:
                (folder / Path(file["name"]).name).write_bytes(base64.b64decode(file["content"]))


def _keep_notebook(executed: Executed, task: Task, lang: str) -> None:
    """Write the executed notebook as it is to be kept: no machine's paths, no times, so that the same run gives the same bytes."""
    from papermill.translators import PythonTranslator

    node = executed.notebook
    if node is None:
        return
    node.metadata.pop("papermill", None)
    for number, cell in enumerate(node.cells):
        cell["id"] = f"cell-{number}"
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
        if "injected-parameters" in cell.metadata.get("tags", ()):
            cell.source = PythonTranslator.codify(dict(task.shown[lang]), "Parameters")
    # not nbformat.writes: it copies and checks what nbformat itself has just made, which takes longer than the drawing of a chart
    (task.staging / f"report.{lang}.ipynb").write_text(json.dumps(node, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")


def _figures(task: Task, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The unit's own key measures and grade, as far as its report states them."""
    own = {fact["measure"]: fact["value"] for fact in facts["facts"] if fact["subject"] == task.unit and fact["scope"] == "own"}
    figures = {measure: own[measure] for measure in KEY_MEASURES if own.get(measure) is not None}
    grade = facts["report"].get("grade", own.get("grade"))
    return {**figures, "grade": grade} if grade else figures


def _counts(facts: Mapping[str, Any]) -> dict[str, int]:
    severities = [finding["severity"] for finding in facts["findings"]]
    return {severity: severities.count(severity) for severity in SEVERITIES}


class _Clock:
    """Seconds spent in each step."""

    def __init__(self):
        self._laps: dict[str, float] = {}
        self._since = time.monotonic()

    def lap(self, step: str) -> None:
        now = time.monotonic()
        self._laps[step] = self._laps.get(step, 0.0) + now - self._since
        self._since = now

    @property
    def seconds(self) -> Mapping[str, float]:
        return {step: round(seconds, 3) for step, seconds in self._laps.items()}


