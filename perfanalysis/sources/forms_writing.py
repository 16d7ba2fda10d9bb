"""Writing a self-evaluation form (项目支出绩效自评表) as bureaus know it: merged cells, borders, one A4 page wide.

Source: 财预〔2020〕10号, annex (layout of the form); "ten thousand yuan" and "—" as in published forms.
"""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from perfanalysis import words
from perfanalysis.errors import PerfAnalysisError
from perfanalysis.sources import xlsx
from perfanalysis.sources.forms_codes import derive_project_code, derive_unit_code
from perfanalysis.tables import TABLES
from perfanalysis.words.values import is_missing

#: Units of money of a form and their yuan.
MONEY_UNITS = {"yuan": 1, "ten_thousand_yuan": 10_000}

_WIDTHS = (9, 11, 13, 26, 16, 16, 9, 9, 22)
_INDICATOR_COLUMNS = ("level1", "level2", "level3", "target", "actual", "weight", "score", "reason")
_LAST = len(_WIDTHS)
#: Says that there is nothing, where an empty cell would go on with what stands above.
NOTHING = "—"


def write_form(
    path: str | Path,
    project: Mapping[str, Any],
    indicators: pd.DataFrame,
    lang: str = "zh",
    *,
    unit: Mapping[str, Any],
    goals: str = "",
    goals_reached: str = "",
    implementing: str = "",
    money: str = "ten_thousand_yuan",
    execution_points: float = 10,
) -> Path:
    """Write one project's form; ``read_form`` gives the same rows back.

    Parameters
    ----------
    project : a row of ``projects`` (money in yuan, ``execution_rate_stated`` a ratio).
    indicators : its rows of ``indicators``, in the order of the form.
    unit : its row of ``units`` (``unit``, ``name``); ``implementing`` is the name of the unit that carries it out, where that is another.
    money : the form's unit of money, one of ``MONEY_UNITS``.
    execution_points : what the execution row counts (10 by 财预〔2020〕10号, 20 in Hubei).
    """
    return write_forms(path, [FormContent(project, indicators, unit, goals, goals_reached, implementing)], lang, money=money, execution_points=execution_points)


class FormContent:
    """What one form says."""

    def __init__(self, project, indicators, unit, goals="", goals_reached="", implementing=""):
        self.project, self.indicators, self.unit = project, indicators, unit
        self.goals, self.goals_reached, self.implementing = goals, goals_reached, implementing


def write_forms(
    path: str | Path, forms: list[FormContent], lang: str = "zh", *, money: str = "ten_thousand_yuan", execution_points: float = 10
) -> Path:
    """Write a workbook with one form a sheet, in the order given."""
    from openpyxl import Workbook

    if money not in MONEY_UNITS:
        raise PerfAnalysisError(f"money {money!r} is not one of {', '.join(MONEY_UNITS)}")
    book = Workbook()
    book.remove(book.active)
    for number, form in enumerate(forms, start=1):
        title = words.say("form.sheet", lang) + (f" {number}" if len(forms) > 1 else "")
        _write(Page(book.create_sheet(title), _WIDTHS), form, lang, money, execution_points)
    return xlsx.save(book, path)


class Page:
    """A sheet being written from the top: cells with borders, merged ranges, and text that stays text."""

    def __init__(self, sheet: Any, widths: tuple[float, ...], *, landscape: bool = False):
        from openpyxl.styles import Alignment, Border, Font, Side
        from openpyxl.utils import get_column_letter

        self.sheet, self.row, self.last = sheet, 1, len(widths)
        for column, width in enumerate(widths, start=1):
            sheet.column_dimensions[get_column_letter(column)].width = width
        sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
        sheet.page_setup.orientation = "landscape" if landscape else "portrait"
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.print_options.horizontalCentered = True
        sheet.sheet_view.showGridLines = False
        thin = Side(style="thin")
        self._border = Border(left=thin, right=thin, top=thin, bottom=thin)
        self._middle = Alignment(horizontal="center", vertical="center", wrap_text=True)
        self._left = Alignment(horizontal="left", vertical="center", wrap_text=True)
        self._plain, self._bold, self._title = Font(size=10), Font(size=10, bold=True), Font(size=16, bold=True)

    def put(
        self, value: Any, first: int, last: int | None = None, *, down: int = 1, row: int | None = None, bold: bool = False, left: bool = False,
        number_format: str = "", border: bool = True, title: bool = False,
    ) -> None:
        """A value in the columns ``first`` to ``last`` of the current row (or ``row``), ``down`` rows high."""
        row, last = row or self.row, last or first
        cell = self.sheet.cell(row, first)
        if not is_missing(value) and value != "":
            # =100% is a target and =HYPERLINK(…) may be a project's name: text, never a formula
            xlsx.put(cell, value)
        if number_format:
            cell.number_format = number_format
        cell.font = self._title if title else self._bold if bold else self._plain
        cell.alignment = self._left if left else self._middle
        if border:
            for line in range(row, row + down):
                for column in range(first, last + 1):
                    self.sheet.cell(line, column).border = self._border
        if last > first or down > 1:
            self.sheet.merge_cells(start_row=row, start_column=first, end_row=row + down - 1, end_column=last)

    def next(self, height: float | None = None) -> None:
        if height:
            self.sheet.row_dimensions[self.row].height = height
        self.row += 1

    def heading(self, title: str, below: str) -> None:
        self.put(title, 1, self.last, border=False, title=True)
        self.next(30)
        self.put(below, 1, self.last, border=False)
        self.next(18)


def lines_of(text: str, width: float) -> int:
    """About how many lines a text takes in columns ``width`` characters wide; a Chinese character is two wide."""
    wide = sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)
    return max(1, -(-wide // max(1, int(width * 1.1))) + text.count("\n"))


def written_value(text: Any, value: Any, measure: Any, direction: Any, lang: str) -> Any:
    """A target or actual value as a form shows it: as it was written, else ``≥90%``; a plain number as a number."""
    if isinstance(text, str) and text:
        return text
    if is_missing(value):
        return ""
    sign = "" if not isinstance(direction, str) else TABLES["indicators"].column("direction").choice_label(direction, "zh")
    unit = measure if isinstance(measure, str) else ""
    number = format(Decimal(repr(float(value))) * (100 if unit == "%" else 1), "f")
    number = number.rstrip("0").rstrip(".") if "." in number else number
    return f"{sign}{number}{unit}"


def _write(page: Page, form: FormContent, lang: str, money: str, execution_points: float) -> None:
    def say(code: str, **values: Any) -> str:
        return words.say(f"form.{code}", lang, values)

    project, unit = form.project, form.unit
    page.heading(say("title"), say("year", year=int(project["year"])))
    write_header(page, project, unit, form.implementing, say)
    _write_money(page, project, say, money, execution_points)
    page.put(say("label.goals"), 1, down=2, bold=True)
    page.put(say("label.goals_planned"), 2, 5, bold=True)
    page.put(say("label.goals_reached"), 6, _LAST, bold=True)
    page.next(18)
    page.put(form.goals, 2, 5, left=True)
    page.put(form.goals_reached, 6, _LAST, left=True)
    page.next(max(42, 14 * max(lines_of(form.goals, sum(_WIDTHS[1:5])), lines_of(form.goals_reached, sum(_WIDTHS[5:])))))
    _write_indicators(page, form.indicators.reset_index(drop=True), say, lang)
    page.put(say("label.total"), 1, 6, bold=True)
    weights = form.indicators["weight"].sum(min_count=1)
    page.put(None if is_missing(weights) else float(weights) + execution_points, 7, bold=True)
    page.put(plain_number(project.get("self_score")), 8, bold=True)
    page.put("", 9)
    page.next(22)
    page.sheet.print_area = f"A1:I{page.row - 1}"


def write_header(page: Page, project: Mapping[str, Any], unit: Mapping[str, Any], implementing: str, say: Any) -> None:
    """Whose form it is: codes where they are needed, names."""
    for label, value in _code_cells(project, unit):
        page.put(say(f"label.{label}"), 1, 2, bold=True)
        page.put(str(value), 3, page.last)
        page.next(20)
    page.put(say("label.name"), 1, 2, bold=True)
    page.put(project["name"], 3, page.last)
    page.next(24)
    page.put(say("label.department"), 1, 2, bold=True)
    page.put(unit["name"], 3, 5)
    page.put(say("label.implementing"), 6, bold=True)
    page.put(implementing or unit["name"], 7, page.last)
    page.next(24)


def _code_cells(project: Mapping[str, Any], unit: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The official form has no place for codes: those that a reader would derive from the names are left out."""
    cells = []
    if project["project"] != derive_project_code(unit["name"], project["name"]):
        cells.append(("project", project["project"]))
    if unit["unit"] != derive_unit_code(unit["name"]):
        cells.append(("unit", unit["unit"]))
    return cells


def _write_money(page: Page, project: Mapping[str, Any], say: Any, money: str, execution_points: float) -> None:
    parts = ("total_funds", "fiscal_appropriation", "carried_over", "other_funds")
    page.put(say("label.funds", money=say(f"money_unit.{money}")), 1, down=1 + len(parts), bold=True)
    page.put("", 2, 3)
    for column, name in enumerate(("budget_initial", "budget_adjusted", "executed", "weight", "execution_rate_stated", "score"), start=4):
        page.put(say(f"money.{name}"), column, bold=True)
    page.next(20)
    for part in parts:
        page.put(say(f"label.{part}"), 2, 3, left=True)
        if part == "total_funds":
            for column, name in enumerate(("budget_initial", "budget_adjusted", "executed"), start=4):
                page.put(in_unit(project.get(name), MONEY_UNITS[money]), column, number_format="#,##0.00####")
            page.put(execution_points, 7)
            page.put(plain_number(project.get("execution_rate_stated")), 8, number_format="0.00%")
            page.put(plain_number(project.get("execution_score")), 9)
        else:
            for column in range(4, 7):
                page.put("", column)
            for column in range(7, 10):
                page.put(NOTHING, column)
        page.next(18)


def _write_indicators(page: Page, indicators: pd.DataFrame, say: Any, lang: str) -> None:
    given = [f"{number:02d}" for number in range(1, len(indicators) + 1)]
    # the official form has no codes; a column for them is added where they are not simply the order
    coded = list(indicators["indicator"]) != given
    names = [*_INDICATOR_COLUMNS, *(["indicator"] if coded else [])]
    page.put(say("label.indicators"), 1, down=len(indicators) + 1, bold=True)
    for column, name in enumerate(names, start=2):
        page.put(say(f"indicators.{name}"), column, bold=True)
    page.next(32)
    start = page.row
    known = TABLES["indicators"].column("level1")
    for line in indicators.to_dict("records"):
        level = "" if is_missing(line.get("level1")) else line["level1"]
        shown = {
            **line,
            "level1": known.choice_label(level, lang) if level in known.choices else level or NOTHING,
            "level2": NOTHING if is_missing(line.get("level2")) else line["level2"] or NOTHING,
            "target": written_value(line.get("target_text"), line.get("target"), line.get("measure"), line.get("direction"), lang),
            "actual": _written_actual(line, lang),
        }
        height = 1
        for column, name in enumerate(names, start=2):
            value = plain_number(shown.get(name)) if name in ("weight", "score") else shown.get(name)
            page.put(value, column, left=name in ("level3", "reason"))
            if isinstance(value, str) and name not in ("level1", "level2"):
                height = max(height, lines_of(value, _WIDTHS[min(column, _LAST) - 1]))
        page.next(max(20, 14 * height))
    levels = indicators[["level1", "level2"]].astype("object").where(indicators[["level1", "level2"]].notna(), None)
    merge_runs(page, start, 2, [(one,) for one in levels["level1"]])
    merge_runs(page, start, 3, list(levels.itertuples(index=False, name=None)))


def _written_actual(line: Mapping[str, Any], lang: str) -> Any:
    written = written_value(line.get("actual_text"), line.get("actual"), line.get("measure"), None, lang)
    reached = line.get("reached")
    if written == "" and isinstance(reached, str):
        return TABLES["indicators"].column("reached").choice_label(reached, lang)
    return written


def merge_runs(page: Page, start: int, column: int, values: list[tuple]) -> None:
    """Equal neighbours become one merged cell; cells without a value stay single, or they would take the one above for theirs."""
    first = 0
    for place in range(1, len(values) + 1):
        if place < len(values) and values[place] == values[first] and values[first][-1] is not None:
            continue
        if place - first > 1:
            for row in range(start + first + 1, start + place):
                page.sheet.cell(row, column).value = None
            page.sheet.merge_cells(start_row=start + first, start_column=column, end_row=start + place - 1, end_column=column)
        first = place


def in_unit(value: Any, scale: int) -> float | None:
    return None if is_missing(value) else float(Decimal(repr(float(value))) / scale)


def plain_number(value: Any) -> float | int | str | None:
    """A number without a decimal point that says nothing; text, where a form says something else there, stays."""
    if is_missing(value) or isinstance(value, str):
        return None if is_missing(value) else value
    return int(value) if float(value).is_integer() else float(value)
