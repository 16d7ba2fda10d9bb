"""The official form of performance monitoring (项目支出绩效目标执行监控表) of one project as of a month: written, and read back.

Source: 财预〔2019〕136号, annex (layout, recalled: not read again here); columns on rectification as seen in one provincial system, added where they hold
anything.
"""

import datetime
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from perfanalysis import words
from perfanalysis.errors import DataError, PerfAnalysisError, Problem
from perfanalysis.sources import xlsx
from perfanalysis.sources.forms import read_form
from perfanalysis.sources.forms_writing import (
    MONEY_UNITS,
    NOTHING,
    Page,
    in_unit,
    lines_of,
    merge_runs,
    write_header,
    written_value,
)
from perfanalysis.sources.raw import RawSource
from perfanalysis.tables import TABLES
from perfanalysis.words.values import is_missing

_CAUSES = tuple(TABLES["monitoring"].column("cause").choices)
_LIKELIHOODS = tuple(TABLES["monitoring"].column("likelihood").choices)
_WIDTHS = (8, 9, 10, 20, 12, 12, 12, *[5.5] * len(_CAUSES), 16, *[5.5] * len(_LIKELIHOODS), 12)
_FIRST_CAUSE, _EXPLAINED = 8, 8 + len(_CAUSES)
_FIRST_LIKELIHOOD, _REMARK = _EXPLAINED + 1, _EXPLAINED + 1 + len(_LIKELIHOODS)
#: Beside the official columns, only where they hold anything: column, width.
_RECTIFICATION = {"rectification_needed": 9, "advice": 20, "result": 20}
_TICK = "√"
_MONITORED = ("actual_to_date", "expected", "likelihood", "cause", "rectification_needed", "advice", "result", "explanation")


def write_monitoring_form(
    path: str | Path,
    project: Mapping[str, Any],
    indicators: pd.DataFrame,
    monitoring: pd.DataFrame,
    lang: str = "zh",
    *,
    unit: Mapping[str, Any],
    as_of: datetime.date,
    execution: Mapping[str, Any] | None = None,
    goals: str = "",
    implementing: str = "",
    money: str = "ten_thousand_yuan",
) -> Path:
    """Write one project's monitoring form; ``read_monitoring_form`` gives the same rows of ``monitoring`` back.

    Parameters
    ----------
    project : a row of ``projects`` (``budget_initial`` in yuan).
    indicators : its rows of ``indicators``, in the order of the form; rows of others are left out.
    monitoring : rows of ``monitoring``; those of this project, year and ``as_of`` are written, each beside its indicator. A column
        ``explanation`` (text, not part of the table) fills 原因说明.
    unit : its row of ``units`` (``unit``, ``name``).
    as_of : the day that the form speaks of; money and achievement are "1–n月" to its month.
    execution : a row of ``execution`` as of that day (``executed_to_date`` and ``projected`` in yuan); without one these cells stay empty.
    money : the form's unit of money, one of ``MONEY_UNITS``.
    """
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = words.say("form.monitoring.sheet", lang)
    fill_monitoring_sheet(
        book.active, project, indicators, monitoring, lang, unit=unit, as_of=as_of, execution=execution, goals=goals, implementing=implementing, money=money
    )
    return xlsx.save(book, path)


def fill_monitoring_sheet(
    sheet: Any, project: Mapping[str, Any], indicators: pd.DataFrame, monitoring: pd.DataFrame, lang: str = "zh", *, unit: Mapping[str, Any],
    as_of: datetime.date, execution: Mapping[str, Any] | None = None, goals: str = "", implementing: str = "", money: str = "ten_thousand_yuan",
) -> None:
    """One project's form on an empty openpyxl ``sheet``; parameters as those of ``write_monitoring_form``."""
    if money not in MONEY_UNITS:
        raise PerfAnalysisError(f"money {money!r} is not one of {', '.join(MONEY_UNITS)}")
    as_of = pd.Timestamp(as_of).date()
    lines = _lines(project, indicators, monitoring, as_of)
    extra = {name: width for name, width in _RECTIFICATION.items() if lines[name].notna().any()}
    coded = list(lines["indicator"]) != [f"{number:02d}" for number in range(1, len(lines) + 1)]
    page = Page(sheet, (*_WIDTHS, *extra.values(), *([9] if coded else [])), landscape=True)

    def say(code: str, **values: Any) -> str:
        return words.say(f"form.{code}", lang, values)

    months = say("monitoring.months" if as_of.month > 1 else "monitoring.month", month=as_of.month)
    page.heading(say("monitoring.title"), say("year", year=int(project["year"])))
    write_header(page, project, unit, implementing, say)
    page.put(say("label.as_of"), 1, 2, bold=True)
    page.put(as_of.isoformat(), 3, page.last)
    page.next(20)
    _write_money(page, project, execution or {}, say, months, money)
    page.put(say("label.goals"), 1, bold=True)
    page.put(goals, 2, page.last, left=True)
    page.next(max(36, 14 * lines_of(goals, sum(_WIDTHS[1:]))))
    _write_lines(page, lines, [*extra, *(["indicator"] if coded else [])], say, months, lang)
    page.sheet.print_area = f"A1:{page.sheet.cell(page.row - 1, page.last).coordinate}"


def read_monitoring_form(path: str | Path, *, year: int | None = None, money: float | None = None, units: pd.DataFrame | None = None) -> RawSource:
    """``forms.read_form`` for a workbook that must hold a monitoring form.

    Raises
    ------
    DataError
        No sheet is such a form.
    """
    read = read_form(path, year=year, money=money, units=units)
    if "monitoring" not in read.tables:
        raise DataError([Problem("form_not_monitoring", file=Path(path).name)])
    return read


def _lines(project: Mapping[str, Any], indicators: pd.DataFrame, monitoring: pd.DataFrame, as_of: datetime.date) -> pd.DataFrame:
    """The project's indicators in their order, each with what was monitored; one without a row stays, with empty cells."""
    def mine(frame: pd.DataFrame) -> pd.DataFrame:
        if "project" not in frame:
            return frame
        return frame[(frame["project"] == project["project"]) & (frame["year"] == project["year"])]

    monitored = mine(monitoring)
    monitored = monitored[pd.to_datetime(monitored["as_of"]).dt.date == as_of] if "as_of" in monitored else monitored
    columns = [name for name in _MONITORED if name in monitored]
    lines = mine(indicators).merge(monitored[["indicator", *columns]], on="indicator", how="left", validate="one_to_one")
    return lines.reindex(columns=list(dict.fromkeys([*lines.columns, *_MONITORED])))


def _write_money(page: Page, project: Mapping[str, Any], execution: Mapping[str, Any], say: Any, months: str, money: str) -> None:
    scale = MONEY_UNITS[money]
    budget, spent = in_unit(project.get("budget_initial"), scale), in_unit(execution.get("executed_to_date"), scale)
    amounts = (budget, spent, spent / budget if budget and spent is not None else None, in_unit(execution.get("projected"), scale))
    spans = ((5, 6), (7, _EXPLAINED - 2), (_EXPLAINED - 1, _EXPLAINED), (_EXPLAINED + 1, page.last))
    parts = ("total_funds", "fiscal_appropriation", "other_funds")
    page.put(say("label.funds", money=say(f"money_unit.{money}")), 1, down=1 + len(parts), bold=True)
    page.put("", 2, 4)
    for (first, last), name in zip(spans, ("budget_initial", "executed_to_date", "rate", "projected"), strict=True):
        page.put(say(f"monitored_money.{name}", months=months), first, last, bold=True)
    page.next(20)
    for part in parts:
        page.put(say(f"label.{part}"), 2, 4, left=True)
        for place, ((first, last), amount) in enumerate(zip(spans, amounts, strict=True)):
            page.put(amount if part == "total_funds" else "", first, last, number_format="0.00%" if place == 2 else "#,##0.00####")
        page.next(18)


def _write_lines(page: Page, lines: pd.DataFrame, extra: list[str], say: Any, months: str, lang: str) -> None:
    schema = TABLES["monitoring"]
    page.put(say("label.indicators"), 1, down=len(lines) + 2, bold=True)
    for column, name in enumerate(("level1", "level2", "level3", "target"), start=2):
        page.put(say(f"indicators.{name}"), column, down=2, bold=True)
    page.put(say("monitored.actual_to_date", months=months), 6, down=2, bold=True)
    page.put(say("monitored.expected"), 7, down=2, bold=True)
    page.put(schema.column("cause").label(lang), _FIRST_CAUSE, _EXPLAINED, bold=True)
    page.put(schema.column("likelihood").label(lang), _FIRST_LIKELIHOOD, _REMARK - 1, bold=True)
    for column, name in enumerate(["remark", *extra], start=_REMARK):
        page.put(say(f"monitored.{name}") if name != "indicator" else say("indicators.indicator"), column, down=2, bold=True)
    page.next(20)
    for column, cause in enumerate(_CAUSES, start=_FIRST_CAUSE):
        page.put(schema.column("cause").choice_label(cause, lang), column, bold=True)
    page.put(say("monitored.explanation"), _EXPLAINED, bold=True)
    for column, likelihood in enumerate(_LIKELIHOODS, start=_FIRST_LIKELIHOOD):
        page.put(schema.column("likelihood").choice_label(likelihood, lang), column, bold=True)
    page.next(48)
    start = page.row
    known = TABLES["indicators"].column("level1")
    for line in lines.to_dict("records"):
        levels = [NOTHING if is_missing(line.get(name)) else line[name] or NOTHING for name in ("level1", "level2")]
        levels[0] = known.choice_label(levels[0], lang) if levels[0] in known.choices else levels[0]
        measure = line.get("measure")
        # a bare 19000 of a column of numbers says on the form which way and of what: ≥19000平方米
        written = None if _bare(line.get("target_text")) else line.get("target_text")
        target = written_value(written, line.get("target"), measure, line.get("direction"), lang)
        achieved = [written_value(None, line[name], measure, None, lang) for name in ("actual_to_date", "expected")]
        for column, value in enumerate((*levels, line["level3"], target, *achieved), start=2):
            page.put(value, column, left=column == 4)
        for column, cause in enumerate(_CAUSES, start=_FIRST_CAUSE):
            page.put(_TICK if line["cause"] == cause else "", column)
        page.put(line["explanation"], _EXPLAINED, left=True)
        for column, likelihood in enumerate(_LIKELIHOODS, start=_FIRST_LIKELIHOOD):
            page.put(_TICK if line["likelihood"] == likelihood else "", column)
        page.put("", _REMARK)
        for column, name in enumerate(extra, start=_REMARK + 1):
            value = line[name]
            if name == "rectification_needed" and not is_missing(value):
                value = say("monitored.needed" if value else "monitored.not_needed")
            page.put(value, column, left=name in ("advice", "result"))
        texts = ((line["level3"], 20), (line["explanation"], 16), (line["advice"], 20), (line["result"], 20))
        page.next(max(20, 14 * max(lines_of(text, width) if isinstance(text, str) else 1 for text, width in texts)))
    levels = lines[["level1", "level2"]].astype("object").where(lines[["level1", "level2"]].notna(), None)
    merge_runs(page, start, 2, [(one,) for one in levels["level1"]])
    merge_runs(page, start, 3, list(levels.itertuples(index=False, name=None)))


def _bare(text: Any) -> bool:
    """A number without sign or measure (100% is one with its measure)."""
    return isinstance(text, str) and re.fullmatch(r"\s*\d[\d,]*(\.\d+)?\s*", text) is not None
