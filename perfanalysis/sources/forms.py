"""Filled self-evaluation forms (项目支出绩效自评表): a workbook with one form a sheet becomes rows of units, projects and indicators.

The blocks are found by their labels, so that moved columns, merged cells, extra rows and missing parts do not matter; what is missing or
cannot be read is reported with its cell, never guessed. ``forms_writing`` writes such forms.

Source: 财预〔2020〕10号, annex (form of the self-evaluation); variants as in published forms of Shanghai, Hebei, Anhui, Hubei and Sichuan.
"""

import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from perfanalysis.errors import DataError, Problem
from perfanalysis.sources import forms_values
from perfanalysis.sources.forms_codes import derive_project_code, derive_unit_code, plain_name
from perfanalysis.sources.forms_layout import SUFFIXES, Grid, read_grids
from perfanalysis.sources.forms_monitoring_reading import MonitoringReader, is_monitoring
from perfanalysis.sources.forms_reading import FormReader, split_forms
from perfanalysis.sources.grid import describe_file
from perfanalysis.sources.raw import ORIGIN, RawSource

__all__ = ["derive_project_code", "derive_unit_code", "is_form", "read_form", "read_forms"]

_COLUMNS = {
    "projects": ("project", "year", "unit", "name", "budget_initial", "budget_adjusted", "executed", "execution_rate_stated", "execution_score", "self_score"),
    "indicators": (
        "project", "year", "indicator", "level1", "level2", "level3", "nature", "direction", "target", "measure", "actual", "weight", "score", "reason",
    ),
    "execution": ("unit", "project", "year", "period_end", "budget", "executed_to_date", "projected"),
    "monitoring": (
        "project", "year", "as_of", "indicator", "actual_to_date", "expected", "likelihood", "cause", "rectification_needed", "advice", "result",
        # not part of the table: 原因说明
        "explanation",
    ),
}
_BEGINNING = 60
#: What the columns are called on the form, for problems that are found later.
_HEADERS = {"indicators": {"target": "年度指标值", "actual": "实际完成值", "level1": "一级指标", "level3": "三级指标", "score": "得分", "weight": "分值"}}


def read_form(
    path: str | Path, *, year: int | None = None, money: float | None = None, units: pd.DataFrame | None = None
) -> RawSource:
    """Every filled form of one workbook.

    Parameters
    ----------
    path : ``.xlsx``, ``.xlsm`` or ``.xls``; one form a sheet, or several below each other.
    year : the year of a form that names none.
    money : yuan per unit of money (10,000 for 万元) of a form that names none.
    units : codes of units that are known by name (columns ``unit`` and ``name``), for forms without codes.

    Returns
    -------
    ``RawSource`` with
        ``units`` (one row per unit: unit, name, kind), ``projects`` (one row per form: unit, name, money in yuan as budget_initial,
        budget_adjusted, executed; execution_rate_stated as a ratio; execution_score and self_score in points) and ``indicators`` (one row
        per row of the indicator block; target and actual as written, which ``targets.read_targets`` reads as it reads every table), each
        with its place (``ORIGIN``); ``forms`` (one row per form: what has no column in a table). ``problems`` name the cell of everything that
        is missing or unreadable.

    Notes
    -----
    The department (主管部门) is the unit that reports are about; a form that names none is its implementing unit's (实施单位). A form
    without codes gets them from its names: ``P`` or ``U`` and the first eight hexadecimal digits of the SHA-256 of the unit's name, for
    a project followed by a line break and its own; spaces and full width do not matter. The same names therefore give the same code in
    every year and file, and a changed name gives another.

    Raises
    ------
    DataError
        The file is no workbook, or holds no form.
    """
    path = Path(path)
    found = _Found(year, money, units)
    found.read(path, path.name)
    return found.gather(path.name)


def read_forms(
    folder: str | Path, *, year: int | None = None, money: float | None = None, units: pd.DataFrame | None = None
) -> RawSource:
    """Every form of every workbook in a folder and its folders, in order of their names; files that are no workbook are left alone.

    What a workbook lacks is reported and the others are read; only a folder without any form is a ``DataError``.
    """
    folder = Path(folder)
    found = _Found(year, money, units)
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(("~$", ".")):
            # by its path inside the folder: two folders may hold files of the same name
            found.read(path, path.relative_to(folder).as_posix())
    return found.gather(folder.name)


def is_form(path: str | Path) -> bool:
    """Whether any sheet of a workbook is such a form (a header block and an indicator block or the money of a project)."""
    path = Path(path)
    # a form begins at the top; what comes far below in a list of 100,000 rows need not be read to know that it is none
    return path.suffix.lower() in SUFFIXES and any(split_forms(grid) for grid in _grids(path, path.name, rows=_BEGINNING))


@dataclass
class _Found:
    """The forms of one or many files while they are read."""

    year: int | None
    money: float | None
    units: pd.DataFrame | None
    forms: list[dict[str, Any]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    sources: list[dict[str, Any]] = field(default_factory=list)
    derived: int = 0

    def read(self, path: Path, name: str) -> None:
        units = self.units
        known = {} if units is None else {plain_name(name): code for name, code in zip(units["name"], units["unit"], strict=True)}
        before = len(self.forms)
        try:
            grids = _grids(path, name)
        except DataError as error:
            self.problems += error.problems
            return
        for grid in grids:
            parts = split_forms(grid)
            if not parts:
                self.problems.append(Problem("form_not_a_form", "warning", grid.file, grid.sheet))
            for part in parts:
                kind = MonitoringReader if is_monitoring(part) else FormReader
                form = kind(part, self.year, self.money, known)
                self.forms.append(form.read())
                self.problems += form.problems
                self.derived += form.derived
        if len(self.forms) > before:
            self.sources.append(describe_file(path, name))

    def gather(self, name: str) -> RawSource:
        if not self.forms:
            raise DataError(self.problems or [Problem("form_empty_file", file=name)])
        problems = [*self.problems]
        if self.derived:
            # said once: a thousand official forms would say it a thousand times
            problems.append(Problem("form_codes_derived", "warning", name, table="projects", values={"count": self.derived}))
        tables = {"units": pd.DataFrame([form["units"] for form in self.forms]).drop_duplicates("unit", ignore_index=True), **self._tables()}
        raw = {name: forms_values.raw(frame) for name, frame in tables.items()}
        forms = forms_values.raw(pd.DataFrame([form["forms"] for form in self.forms]))
        return RawSource(raw, tuple(problems), tuple(self.sources), forms, _HEADERS)

    def _tables(self) -> dict[str, pd.DataFrame]:
        """Rows by table; a monitoring form stands for its project and indicators only where no self-evaluation has come yet."""
        rows: dict[str, list[dict[str, Any]]] = {name: [] for name in _COLUMNS}
        told: set[tuple[Any, Any]] = set()
        for form in sorted(self.forms, key=lambda form: "monitoring" in form):
            rows["monitoring"] += form.get("monitoring", [])
            rows["execution"] += [form["execution"]] if "execution" in form else []
            project = form["projects"]
            if "monitoring" not in form or (project["project"], project["year"]) not in told:
                rows["projects"].append(project)
                rows["indicators"] += form["indicators"]
            told.add((project["project"], project["year"]))
        return {
            name: pd.DataFrame(lines, columns=[*_COLUMNS[name], *ORIGIN])
            for name, lines in rows.items() if lines or name in ("projects", "indicators")
        }


def _grids(path: Path, name: str, rows: int | None = None) -> list[Grid]:
    from openpyxl.utils.exceptions import InvalidFileException
    from python_calamine import CalamineError

    try:
        return read_grids(path, name, rows=rows)
    except (InvalidFileException, zipfile.BadZipFile, CalamineError, KeyError, ValueError, OSError) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError([Problem("form_unreadable_file", file=name, values={"why": why})]) from None
